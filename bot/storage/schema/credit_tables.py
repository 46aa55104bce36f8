"""The tables of accounts, the ledger and the owner's money."""

from enum import StrEnum

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    false,
    text,
)

from bot.domain.credits import LedgerPhase
from bot.storage.column_types import Money, UtcTime, one_of
from bot.storage.schema.metadata import metadata


class SpendState(StrEnum):
    """The state of the owner's money for a try: possibly needed, probably billed, or not billed."""

    RESERVED = "reserved"
    SETTLED = "settled"
    RELEASED = "released"


# The order of claims is stored with the accounts, so that a claim does not read the queue (`turns.py`).
accounts = Table(
    "accounts",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("last_claim", Integer, nullable=False, server_default="0", index=True),  # 0 if it never had one
    Column("next_request", Integer),  # the oldest with a queued job that has all its sources; NULL if there is none
    Index(None, "last_claim", "next_request", sqlite_where=text("next_request IS NOT NULL")),
)

identities = Table(
    "identities",
    metadata,
    Column("platform", String, primary_key=True),
    Column("member_id", String, primary_key=True),
    Column("account", ForeignKey("accounts.id"), nullable=False),
    Column("name", String, nullable=False),
)

# Append-only: triggers of the migrations refuse UPDATE and DELETE. It is kept for ever, and `job` may outlive the row
# that it names. A number is never used twice, because the newest rows are never deleted.
ledger = Table(
    "ledger",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("account", ForeignKey("accounts.id"), nullable=False),
    Column("job", Integer),
    Column("phase", one_of(LedgerPhase), nullable=False),
    Column("bucket", String, nullable=False),
    Column("available_delta", Integer, nullable=False),
    Column("reserved_delta", Integer, nullable=False),
    Column("at", UtcTime, nullable=False),
    Index("uq_ledger_of_job", "job", "phase", "bucket", unique=True, sqlite_where=text("job IS NOT NULL")),
    Index("uq_ledger_of_account", "account", "phase", "bucket", unique=True, sqlite_where=text("job IS NULL")),
    # A reservation ends once: settled or released, never both.
    Index("uq_ledger_end", "job", "bucket", unique=True, sqlite_where=text("phase IN ('settle', 'release')")),
    CheckConstraint(
        "(phase = 'grant' AND job IS NULL AND available_delta > 0 AND reserved_delta = 0)"
        " OR (phase = 'expire' AND available_delta < 0 AND reserved_delta = 0)"
        " OR (phase = 'reserve' AND job IS NOT NULL AND available_delta < 0 AND reserved_delta = -available_delta)"
        " OR (phase = 'settle' AND job IS NOT NULL AND available_delta = 0 AND reserved_delta < 0)"
        " OR (phase = 'release' AND job IS NOT NULL AND available_delta > 0 AND reserved_delta = -available_delta)"
        " OR (phase = 'refund' AND job IS NOT NULL AND available_delta > 0 AND reserved_delta = 0)",
        name="phase",
    ),
    Index("ix_ledger_refunds", "account", "at", sqlite_where=text("phase = 'refund'")),
)

# An expired bucket is closed once. Credits that are released to it later expire at once.
balances = Table(
    "balances",
    metadata,
    Column("account", ForeignKey("accounts.id"), primary_key=True),
    Column("bucket", String, primary_key=True),
    Column("available", Integer, nullable=False),
    Column("reserved", Integer, nullable=False),
    Column("expires_at", UtcTime, nullable=False),
    Column("is_closed", Boolean, nullable=False, server_default=false()),
    Index("ix_balances_open", "account", "expires_at", "bucket", sqlite_where=text("is_closed = 0")),
    CheckConstraint("available >= 0", name="available"),
    CheckConstraint("reserved >= 0", name="reserved"),
)

# Accounts whose ledger, balances and jobs disagree. They take no request until a later check finds that they agree.
blocked_accounts = Table(
    "blocked_accounts",
    metadata,
    Column("account", ForeignKey("accounts.id"), primary_key=True),
    Column("why", Text, nullable=False),  # shown to the owner
    Column("since", UtcTime, nullable=False),
)

# One row for each try at an endpoint, in the order of `number` within an attempt. `model` is NULL until the end of the
# try is recorded.
spend = Table(
    "spend",
    metadata,
    Column("job", ForeignKey("jobs.id"), primary_key=True),
    Column("attempt", Integer, primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("endpoint", String),
    Column("model", String),
    Column("seconds", Float),
    Column("fault", String),  # its code; NULL if it painted, or has not ended
    Column("cost", Money, nullable=False),
    Column("state", one_of(SpendState), nullable=False),
    Column("at", UtcTime, nullable=False, index=True),
)
