"""Adds what a busy year needs: turns in accounts, indexes, times for retention, a ledger with no key to jobs."""

import time

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the database to this revision. Each table is filled by one statement inside the database."""
    _keep_turns()
    _know_ages()
    _index_what_is_looked_up()
    _let_the_ledger_stand_alone()
    op.create_table(
        "blocked_accounts",
        sa.Column("account", sa.Integer(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["account"], ["accounts.id"], name="fk_blocked_accounts_account"),
        sa.PrimaryKeyConstraint("account", name="pk_blocked_accounts"),
    )


def _keep_turns() -> None:
    op.create_index("ix_sources_missing", "sources", ["request"], sqlite_where=sa.text("sha256 IS NULL"))
    op.create_index(
        "ix_jobs_open",
        "jobs",
        ["account", "state", "request", "id"],
        sqlite_where=sa.text("state IN ('offered', 'queued', 'painting')"),
    )
    op.add_column("accounts", sa.Column("last_claim", sa.Integer(), server_default="0", nullable=False))
    op.add_column("accounts", sa.Column("next_request", sa.Integer()))
    op.execute(
        "UPDATE accounts SET"
        " last_claim = coalesce((SELECT max(claim) FROM jobs WHERE account = accounts.id), 0),"
        " next_request = (SELECT min(request) FROM jobs WHERE account = accounts.id AND state = 'queued'"
        "  AND NOT EXISTS (SELECT 1 FROM sources WHERE sources.request = jobs.request AND sha256 IS NULL))"
    )
    op.create_index("ix_accounts_last_claim", "accounts", ["last_claim"])
    op.create_index(
        "ix_accounts_last_claim_next_request",
        "accounts",
        ["last_claim", "next_request"],
        sqlite_where=sa.text("next_request IS NOT NULL"),
    )


def _know_ages() -> None:
    """Add the times of events and transcript entries.

    An existing event gets the time of its request; an existing entry gets the time of the migration.
    """
    op.add_column("events", sa.Column("at", sa.BigInteger(), server_default="0", nullable=False))
    op.execute("UPDATE events SET at = (SELECT accepted_at FROM requests WHERE requests.id = events.request)")
    op.add_column("transcript", sa.Column("changed_at", sa.BigInteger(), server_default="0", nullable=False))
    op.execute(sa.text("UPDATE transcript SET changed_at = :now").bindparams(now=time.time_ns() // 1000))


def _index_what_is_looked_up() -> None:
    for table, column in (
        ("events", "at"),
        ("events", "request"),
        ("messages", "request"),
        ("requests", "accepted_at"),
        ("results", "job"),
        ("results", "sha256"),
        ("sources", "sha256"),
        ("transcript", "changed_at"),
    ):
        op.create_index(f"ix_{table}_{column}", table, [column])
    op.create_index(
        "ix_balances_open", "balances", ["account", "expires_at", "bucket"], sqlite_where=sa.text("is_closed = 0")
    )


_LEDGER_INDEXES = (
    ("uq_ledger_of_job", ["job", "phase", "bucket"], "job IS NOT NULL"),
    ("uq_ledger_of_account", ["account", "phase", "bucket"], "job IS NULL"),
    ("uq_ledger_end", ["job", "bucket"], "phase IN ('settle', 'release')"),
)
_LEDGER_PHASES = (
    "(phase = 'grant' AND job IS NULL AND available_delta > 0 AND reserved_delta = 0)"
    " OR (phase = 'expire' AND available_delta < 0 AND reserved_delta = 0)"
    " OR (phase = 'reserve' AND job IS NOT NULL AND available_delta < 0 AND reserved_delta = -available_delta)"
    " OR (phase = 'settle' AND job IS NOT NULL AND available_delta = 0 AND reserved_delta < 0)"
    " OR (phase = 'release' AND job IS NOT NULL AND available_delta > 0 AND reserved_delta = -available_delta)"
)


def _let_the_ledger_stand_alone() -> None:
    """Recreate the ledger without its foreign key to jobs, because jobs are deleted later. SQLite cannot drop a key."""
    for change in ("update", "delete"):
        op.execute(f"DROP TRIGGER ledger_refuses_{change}")
    for name, _, _ in _LEDGER_INDEXES:
        op.drop_index(name, "ledger")
    op.rename_table("ledger", "ledger_with_jobs")
    op.create_table(
        "ledger",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account", sa.Integer(), nullable=False),
        sa.Column("job", sa.Integer()),
        sa.Column("phase", sa.String(16), nullable=False),
        sa.Column("bucket", sa.String(), nullable=False),
        sa.Column("available_delta", sa.Integer(), nullable=False),
        sa.Column("reserved_delta", sa.Integer(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(_LEDGER_PHASES, name="ck_ledger_phase"),
        sa.ForeignKeyConstraint(["account"], ["accounts.id"], name="fk_ledger_account"),
        sa.PrimaryKeyConstraint("id", name="pk_ledger"),
    )
    columns = "id, account, job, phase, bucket, available_delta, reserved_delta, at"
    op.execute(f"INSERT INTO ledger ({columns}) SELECT {columns} FROM ledger_with_jobs ORDER BY id")  # noqa: S608 - ours
    op.drop_table("ledger_with_jobs")
    for name, indexed, where in _LEDGER_INDEXES:
        op.create_index(name, "ledger", indexed, unique=True, sqlite_where=sa.text(where))
    for change in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER ledger_refuses_{change.lower()} BEFORE {change} ON ledger "
            "BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END"
        )
