"""Adds several pictures at once: a prompt for each job, offers, and messages that show one picture of several."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the database to this revision."""
    op.add_column("requests", sa.Column("offered_until", sa.BigInteger()))
    op.add_column("jobs", sa.Column("prompt", sa.Text()))
    op.add_column("messages", sa.Column("number", sa.Integer()))
