"""Adds pictures that could not be delivered and wait for their member, and refunds in the ledger."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the database to this revision. Pictures that could not be delivered before wait for their member now."""
    op.add_column("requests", sa.Column("claims", sa.Integer()))
    op.create_table(
        "undelivered",
        sa.Column("request", sa.Integer(), nullable=False),
        sa.Column("account", sa.Integer(), nullable=False),
        sa.Column("platform", sa.String(), nullable=False),
        sa.Column("is_refunded", sa.Boolean(), nullable=False),
        sa.Column("is_told", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["request"], ["requests.id"], name="fk_undelivered_request"),
        sa.ForeignKeyConstraint(["account"], ["accounts.id"], name="fk_undelivered_account"),
        sa.PrimaryKeyConstraint("request", name="pk_undelivered"),
    )
    op.create_index("ix_undelivered_paid", "undelivered", ["request"], sqlite_where=sa.text("is_refunded = 0"))
    untold = sa.text("is_told = 0")
    op.create_index("ix_undelivered_untold_of_account", "undelivered", ["account"], sqlite_where=untold)
    op.create_index("ix_undelivered_untold_on_platform", "undelivered", ["platform"], sqlite_where=untold)
    op.execute(
        "INSERT INTO undelivered (request, account, platform, is_refunded, is_told)"
        " SELECT id, account, platform, 0, 0 FROM requests"
        " WHERE EXISTS (SELECT 1 FROM deliveries WHERE request = requests.id AND kind = 'outcome'"
        " AND state = 'undeliverable')"
        " AND EXISTS (SELECT 1 FROM results WHERE request = requests.id)"
    )
    _let_the_ledger_give_back()


_INDEXES = (
    ("uq_ledger_of_job", ["job", "phase", "bucket"], "job IS NOT NULL"),
    ("uq_ledger_of_account", ["account", "phase", "bucket"], "job IS NULL"),
    ("uq_ledger_end", ["job", "bucket"], "phase IN ('settle', 'release')"),
)
_PHASES = (
    "(phase = 'grant' AND job IS NULL AND available_delta > 0 AND reserved_delta = 0)"
    " OR (phase = 'expire' AND available_delta < 0 AND reserved_delta = 0)"
    " OR (phase = 'reserve' AND job IS NOT NULL AND available_delta < 0 AND reserved_delta = -available_delta)"
    " OR (phase = 'settle' AND job IS NOT NULL AND available_delta = 0 AND reserved_delta < 0)"
    " OR (phase = 'release' AND job IS NOT NULL AND available_delta > 0 AND reserved_delta = -available_delta)"
    " OR (phase = 'refund' AND job IS NOT NULL AND available_delta > 0 AND reserved_delta = 0)"
)


def _let_the_ledger_give_back() -> None:
    """Recreate the ledger with the phase `refund`, because SQLite cannot change a check constraint."""
    for change in ("update", "delete"):
        op.execute(f"DROP TRIGGER ledger_refuses_{change}")
    for name, _, _ in _INDEXES:
        op.drop_index(name, "ledger")
    op.rename_table("ledger", "ledger_without_refunds")
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
        sa.CheckConstraint(_PHASES, name="ck_ledger_phase"),
        sa.ForeignKeyConstraint(["account"], ["accounts.id"], name="fk_ledger_account"),
        sa.PrimaryKeyConstraint("id", name="pk_ledger"),
    )
    columns = "id, account, job, phase, bucket, available_delta, reserved_delta, at"
    op.execute(f"INSERT INTO ledger ({columns}) SELECT {columns} FROM ledger_without_refunds ORDER BY id")  # noqa: S608 - ours
    op.drop_table("ledger_without_refunds")
    for name, indexed, where in _INDEXES:
        op.create_index(name, "ledger", indexed, unique=True, sqlite_where=sa.text(where))
    op.create_index("ix_ledger_refunds", "ledger", ["account", "at"], sqlite_where=sa.text("phase = 'refund'"))
    for change in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER ledger_refuses_{change.lower()} BEFORE {change} ON ledger "
            "BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END"
        )
