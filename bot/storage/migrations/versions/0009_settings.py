"""Keeps the settings of a picture in one column, so that a new setting needs no migration."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the database to this revision. The old columns go, so that nothing can read or write them any more."""
    op.add_column("requests", sa.Column("settings", sa.JSON(), nullable=False, server_default=sa.text("'{}'")))
    _take_over(op.get_bind())
    op.drop_column("requests", "ratio")
    op.drop_column("requests", "size")


def _take_over(connection: sa.Connection) -> None:
    old = sa.table("requests", sa.column("ratio"), sa.column("size"), sa.column("settings", sa.JSON()))
    for ratio, size in connection.execute(sa.select(old.c.ratio, old.c.size).distinct()).all():
        kept = {name: value for name, value in (("ratio", ratio), ("size", size)) if value is not None}
        these = old.c.ratio.is_not_distinct_from(ratio) & old.c.size.is_not_distinct_from(size)
        connection.execute(old.update().where(these).values(settings=kept))
