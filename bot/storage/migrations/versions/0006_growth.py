"""What a year of a busy server needs: the turn of each account, so that a claim does not read the queue."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the database to this revision. Each table is filled by one statement, in the database's own memory."""
    _keep_turns()


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
