"""Adds tries at endpoints with their outcome, links to painted pictures, and the retry-after of a failure."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the database to this revision."""
    op.add_column("jobs", sa.Column("links", sa.JSON(none_as_null=True)))
    op.add_column("jobs", sa.Column("failure_retry_after_seconds", sa.Integer()))
    # SQLite cannot change a primary key: the table is recreated, and each row becomes the first try of its attempt.
    op.rename_table("spend", "spend_by_attempt")
    _create_spend()
    op.execute(
        "INSERT INTO spend (job, attempt, number, cost, state, at)"
        " SELECT job, attempt, 1, cost, state, at FROM spend_by_attempt"
    )
    op.drop_table("spend_by_attempt")


def _create_spend() -> None:
    op.create_table(
        "spend",
        sa.Column("job", sa.Integer(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("endpoint", sa.String()),
        sa.Column("model", sa.String()),
        sa.Column("seconds", sa.Float()),
        sa.Column("fault", sa.String()),
        sa.Column("cost", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["job"], ["jobs.id"], name="fk_spend_job"),
        sa.PrimaryKeyConstraint("job", "attempt", "number", name="pk_spend"),
    )
    op.create_index("ix_spend_at", "spend", ["at"])
