"""Records each part of an outcome, and marks a status before it is posted."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the database to this revision. Deletes statuses of delivered requests: they became the outcome."""
    op.add_column("deliveries", sa.Column("round", sa.Integer(), server_default="1", nullable=False))
    op.execute(
        "DELETE FROM deliveries WHERE kind = 'status' AND EXISTS (SELECT 1 FROM deliveries AS outcome"
        " WHERE outcome.request = deliveries.request AND outcome.kind = 'outcome' AND outcome.state != 'due')"
    )
    op.create_index("ix_deliveries_status", "deliveries", ["request"], sqlite_where=sa.text("kind = 'status'"))
    op.create_table(
        "delivery_parts",
        sa.Column("request", sa.Integer(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("part", sa.String(), nullable=False),
        sa.Column("begun_at", sa.BigInteger(), nullable=False),
        sa.Column("refs", sa.JSON()),
        sa.ForeignKeyConstraint(["request"], ["requests.id"], name="fk_delivery_parts_request"),
        sa.PrimaryKeyConstraint("request", "round", "part", name="pk_delivery_parts"),
    )
