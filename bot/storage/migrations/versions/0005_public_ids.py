"""Adds ids that nobody can guess to requests and results, and the conversations each request was shown in."""

import base64
import secrets

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_BATCH = 1_000
_ID_BYTES = 15


def upgrade() -> None:
    """Bring the database to this revision."""
    for name in ("requests", "results"):
        op.add_column(name, sa.Column("public_id", sa.String(40), server_default=sa.text("''"), nullable=False))
        _fill(name)
        op.create_index(f"ix_{name}_public_id", name, ["public_id"], unique=True)
    op.create_table(
        "shown_in",
        sa.Column("request", sa.Integer(), nullable=False),
        sa.Column("conversation", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["request"], ["requests.id"], name="fk_shown_in_request", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("request", "conversation", name="pk_shown_in"),
    )


def _fill(name: str) -> None:
    """Give each row an id, in batches, so that a large table takes no more memory than a small one."""
    table = sa.table(name, sa.column("id", sa.Integer()), sa.column("public_id", sa.String()))
    connection = op.get_bind()
    give = sa.update(table).where(table.c.id == sa.bindparam("of_id")).values(public_id=sa.bindparam("given"))
    after = 0
    while True:
        query = sa.select(table.c.id).where(table.c.id > after).order_by(table.c.id).limit(_BATCH)
        numbers = list(connection.scalars(query))
        if not numbers:
            return
        connection.execute(give, [{"of_id": number, "given": _new_id()} for number in numbers])
        after = numbers[-1]


def _new_id() -> str:
    return base64.b32encode(secrets.token_bytes(_ID_BYTES)).decode().lower()
