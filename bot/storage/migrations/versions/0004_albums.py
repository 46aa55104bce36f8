"""Adds albums whose pictures arrive separately, and the requests that these pictures join."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the database to this revision."""
    op.add_column("requests", sa.Column("album", sa.String()))
    op.add_column("requests", sa.Column("claim_after", sa.BigInteger()))
    op.add_column("requests", sa.Column("most_sources", sa.Integer()))
    op.create_index("ix_requests_platform_album", "requests", ["platform", "album"])
    op.create_table(
        "album_pictures",
        sa.Column("platform", sa.String(), nullable=False),
        sa.Column("album", sa.String(), nullable=False),
        sa.Column("picture_ref", sa.Text(), nullable=False),
        sa.Column("order", sa.Integer(), nullable=False),
        sa.Column("seen_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("platform", "album", "picture_ref", name="pk_album_pictures"),
    )
    op.create_index("ix_album_pictures_seen_at", "album_pictures", ["seen_at"])
