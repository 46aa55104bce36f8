"""The first tables."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_NAME = sa.String(16)
_LEDGER_PHASES = (
    "(phase = 'grant' AND job IS NULL AND available_delta > 0 AND reserved_delta = 0)"
    " OR (phase = 'expire' AND available_delta < 0 AND reserved_delta = 0)"
    " OR (phase = 'reserve' AND job IS NOT NULL AND available_delta < 0 AND reserved_delta = -available_delta)"
    " OR (phase = 'settle' AND job IS NOT NULL AND available_delta = 0 AND reserved_delta < 0)"
    " OR (phase = 'release' AND job IS NOT NULL AND available_delta > 0 AND reserved_delta = -available_delta)"
)


def upgrade() -> None:
    """Bring the database to this revision."""
    _create_members()
    _create_requests()
    _create_sources()
    _create_jobs()
    _create_ledger()
    _create_balances()
    _create_deliveries()
    _create_transcript()


def _create_members() -> None:
    op.create_table(
        "accounts",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_accounts"),
    )
    op.create_table(
        "identities",
        sa.Column("platform", sa.String(), nullable=False),
        sa.Column("member_id", sa.String(), nullable=False),
        sa.Column("account", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["account"], ["accounts.id"], name="fk_identities_account"),
        sa.PrimaryKeyConstraint("platform", "member_id", name="pk_identities"),
    )


def _create_requests() -> None:
    op.create_table(
        "requests",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account", sa.Integer(), nullable=False),
        sa.Column("platform", sa.String(), nullable=False),
        sa.Column("member_id", sa.String(), nullable=False),
        sa.Column("member_name", sa.String(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("community", sa.String()),
        sa.Column("in_reply_to", sa.String()),
        sa.Column("prompt", sa.Text(), nullable=False),
        sa.Column("model", sa.String(), nullable=False),
        sa.Column("ratio", sa.String()),
        sa.Column("size", sa.String()),
        sa.Column("repeats", sa.Integer()),
        sa.Column("price", sa.Integer(), nullable=False),
        sa.Column("cost", sa.BigInteger(), nullable=False),
        sa.Column("expected_seconds", sa.Integer(), nullable=False),
        sa.Column("accepted_at", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("cost >= 0", name="ck_requests_cost"),
        sa.CheckConstraint("price >= 0", name="ck_requests_price"),
        sa.ForeignKeyConstraint(["account"], ["accounts.id"], name="fk_requests_account"),
        sa.ForeignKeyConstraint(["repeats"], ["requests.id"], name="fk_requests_repeats"),
        sa.PrimaryKeyConstraint("id", name="pk_requests"),
    )
    op.create_index("ix_requests_repeats", "requests", ["repeats"])
    op.create_table(
        "events",
        sa.Column("platform", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("request", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["request"], ["requests.id"], name="fk_events_request"),
        sa.PrimaryKeyConstraint("platform", "key", name="pk_events"),
    )


def _create_sources() -> None:
    op.create_table(
        "pictures",
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("mime", sa.String(), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("size_bytes", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("sha256", name="pk_pictures"),
    )
    op.create_table(
        "sources",
        sa.Column("request", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("picture_ref", sa.Text()),
        sa.Column("sha256", sa.String(64)),
        sa.CheckConstraint("picture_ref IS NOT NULL OR sha256 IS NOT NULL", name="ck_sources_known"),
        sa.ForeignKeyConstraint(["request"], ["requests.id"], name="fk_sources_request"),
        sa.ForeignKeyConstraint(["sha256"], ["pictures.sha256"], name="fk_sources_sha256"),
        sa.PrimaryKeyConstraint("request", "number", name="pk_sources"),
    )


def _create_jobs() -> None:
    op.create_table(
        "jobs",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("request", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("account", sa.Integer(), nullable=False),
        sa.Column("state", _NAME, nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("sent_attempts", sa.Integer(), nullable=False),
        sa.Column("claim", sa.Integer()),
        sa.Column("claimed_at", sa.BigInteger()),
        sa.Column("left_at", sa.BigInteger()),
        sa.Column("failure_code", sa.String()),
        sa.Column("failure_words", sa.Text()),
        sa.ForeignKeyConstraint(["account"], ["accounts.id"], name="fk_jobs_account"),
        sa.ForeignKeyConstraint(["request"], ["requests.id"], name="fk_jobs_request"),
        sa.PrimaryKeyConstraint("id", name="pk_jobs"),
        sa.UniqueConstraint("claim", name="uq_jobs_claim"),
        sa.UniqueConstraint("request", "number", name="uq_jobs_request_number"),
    )
    op.create_index("ix_jobs_account_claim", "jobs", ["account", "claim"])
    op.create_index("ix_jobs_state", "jobs", ["state"])
    op.create_table(
        "results",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("request", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("job", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("words", sa.Text()),
        sa.ForeignKeyConstraint(["job"], ["jobs.id"], name="fk_results_job"),
        sa.ForeignKeyConstraint(["request"], ["requests.id"], name="fk_results_request"),
        sa.ForeignKeyConstraint(["sha256"], ["pictures.sha256"], name="fk_results_sha256"),
        sa.PrimaryKeyConstraint("id", name="pk_results"),
        sa.UniqueConstraint("request", "number", name="uq_results_request_number"),
    )


def _create_ledger() -> None:
    op.create_table(
        "ledger",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account", sa.Integer(), nullable=False),
        sa.Column("job", sa.Integer()),
        sa.Column("phase", _NAME, nullable=False),
        sa.Column("bucket", sa.String(), nullable=False),
        sa.Column("available_delta", sa.Integer(), nullable=False),
        sa.Column("reserved_delta", sa.Integer(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(_LEDGER_PHASES, name="ck_ledger_phase"),
        sa.ForeignKeyConstraint(["account"], ["accounts.id"], name="fk_ledger_account"),
        sa.ForeignKeyConstraint(["job"], ["jobs.id"], name="fk_ledger_job"),
        sa.PrimaryKeyConstraint("id", name="pk_ledger"),
    )
    for name, columns, where in (
        ("uq_ledger_of_job", ["job", "phase", "bucket"], "job IS NOT NULL"),
        ("uq_ledger_of_account", ["account", "phase", "bucket"], "job IS NULL"),
        ("uq_ledger_end", ["job", "bucket"], "phase IN ('settle', 'release')"),
    ):
        op.create_index(name, "ledger", columns, unique=True, sqlite_where=sa.text(where))
    for change in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER ledger_refuses_{change.lower()} BEFORE {change} ON ledger "
            "BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END"
        )


def _create_balances() -> None:
    op.create_table(
        "balances",
        sa.Column("account", sa.Integer(), nullable=False),
        sa.Column("bucket", sa.String(), nullable=False),
        sa.Column("available", sa.Integer(), nullable=False),
        sa.Column("reserved", sa.Integer(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("is_closed", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.CheckConstraint("available >= 0", name="ck_balances_available"),
        sa.CheckConstraint("reserved >= 0", name="ck_balances_reserved"),
        sa.ForeignKeyConstraint(["account"], ["accounts.id"], name="fk_balances_account"),
        sa.PrimaryKeyConstraint("account", "bucket", name="pk_balances"),
    )
    op.create_table(
        "spend",
        sa.Column("job", sa.Integer(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("cost", sa.BigInteger(), nullable=False),
        sa.Column("state", _NAME, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["job"], ["jobs.id"], name="fk_spend_job"),
        sa.PrimaryKeyConstraint("job", "attempt", name="pk_spend"),
    )


def _create_deliveries() -> None:
    op.create_table(
        "deliveries",
        sa.Column("request", sa.Integer(), nullable=False),
        sa.Column("kind", _NAME, nullable=False),
        sa.Column("state", _NAME, nullable=False),
        sa.Column("message_ref", sa.String()),
        sa.ForeignKeyConstraint(["request"], ["requests.id"], name="fk_deliveries_request"),
        sa.PrimaryKeyConstraint("request", "kind", name="pk_deliveries"),
    )
    op.create_index("ix_deliveries_state", "deliveries", ["state"])
    op.create_table(
        "messages",
        sa.Column("platform", sa.String(), nullable=False),
        sa.Column("ref", sa.String(), nullable=False),
        sa.Column("request", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["request"], ["requests.id"], name="fk_messages_request"),
        sa.PrimaryKeyConstraint("platform", "ref", name="pk_messages"),
    )


def _create_transcript() -> None:
    op.create_table(
        "transcript",
        sa.Column("conversation", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("body", sa.JSON(none_as_null=True)),
        sa.PrimaryKeyConstraint("conversation", "key", name="pk_transcript"),
        sa.UniqueConstraint("conversation", "position", name="uq_transcript_conversation_position"),
        sa.UniqueConstraint("conversation", "revision", name="uq_transcript_conversation_revision"),
    )
