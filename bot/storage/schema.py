"""The tables as they are now. `migrations` brings every older database here; a test compares the two."""

from enum import StrEnum

from sqlalchemy import (
    JSON,
    Boolean,
    CheckConstraint,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    false,
    text,
)

from bot.domain.credits import LedgerPhase
from bot.domain.requests.requests import DeliveryState, JobState
from bot.storage.column_types import Money, UtcTime, one_of


class SpendState(StrEnum):
    """The state of the owner's money for a try: possibly needed, probably billed, or not billed."""

    RESERVED = "reserved"
    SETTLED = "settled"
    RELEASED = "released"


class DeliveryKind(StrEnum):
    """The role of a message of ours for its request."""

    STATUS = "status"
    OUTCOME = "outcome"


metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

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

pictures = Table(
    "pictures",
    metadata,
    Column("sha256", String(64), primary_key=True),
    Column("mime", String, nullable=False),
    Column("width", Integer, nullable=False),
    Column("height", Integer, nullable=False),
    Column("size_bytes", Integer, nullable=False),
    Column("created_at", UtcTime, nullable=False),
)

# The order of acceptance is the order of `id`. Outside the program, requests and results have only their `public_id`.
# (SQLite adds a NOT NULL column to a table only with a default; every row is written with an id of its own.)
requests = Table(
    "requests",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("public_id", String(40), nullable=False, server_default=text("''"), index=True, unique=True),
    Column("account", ForeignKey("accounts.id"), nullable=False),
    Column("platform", String, nullable=False),
    Column("member_id", String, nullable=False),
    Column("member_name", String, nullable=False),
    Column("language", String, nullable=False),
    Column("address", Text, nullable=False),
    Column("community", String),
    Column("in_reply_to", String),
    Column("prompt", Text, nullable=False),
    Column("model", String, nullable=False),
    Column("settings", JSON, nullable=False, server_default=text("'{}'")),  # the chosen values by setting
    Column("repeats", ForeignKey("requests.id"), index=True),
    Column("price", Integer, nullable=False),
    Column("cost", Money, nullable=False),
    Column("expected_seconds", Integer, nullable=False),
    Column("accepted_at", UtcTime, nullable=False, index=True),
    Column("offered_until", UtcTime),  # when an unconfirmed offer expires
    Column("album", String),  # the album whose further pictures join it
    Column("claim_after", UtcTime),  # it is not claimed before, because pictures may still join
    Column("most_sources", Integer),  # that its model takes; NULL if none can join
    Column("claims", Integer),  # the request whose pictures it bought; it may be deleted by now
    Index(None, "platform", "album"),
    CheckConstraint("price >= 0", name="price"),
    CheckConstraint("cost >= 0", name="cost"),
)

# Every event that refers to a request. An event may have been answered with an open repeat. If it is delivered again
# after that repeat has ended, it must not make another request.
events = Table(
    "events",
    metadata,
    Column("platform", String, primary_key=True),
    Column("key", String, primary_key=True),
    Column("request", ForeignKey("requests.id"), nullable=False, index=True),
    Column("at", UtcTime, nullable=False, index=True, server_default="0"),
)

sources = Table(
    "sources",
    metadata,
    Column("request", ForeignKey("requests.id"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("picture_ref", Text),
    Column("sha256", ForeignKey("pictures.sha256"), index=True),  # NULL until the picture is in PictureFiles
    CheckConstraint("picture_ref IS NOT NULL OR sha256 IS NOT NULL", name="known"),
    Index("ix_sources_missing", "request", sqlite_where=text("sha256 IS NULL")),
)

# Pictures seen of albums. For a picture without a command this is the only record.
album_pictures = Table(
    "album_pictures",
    metadata,
    Column("platform", String, primary_key=True),
    Column("album", String, primary_key=True),
    Column("picture_ref", Text, primary_key=True),
    Column("order", Integer, nullable=False),
    Column("seen_at", UtcTime, nullable=False, index=True),
)

_IS_OPEN = "state IN ('offered', 'queued', 'painting')"

# `claim` orders all claims; NULL if there was none, or if it was taken back. An account's `last_claim` is the largest
# of its jobs' claims.
jobs = Table(
    "jobs",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("request", ForeignKey("requests.id"), nullable=False),
    Column("number", Integer, nullable=False),
    Column("account", ForeignKey("accounts.id"), nullable=False),
    Column("prompt", Text),  # if different from the request's
    Column("state", one_of(JobState), nullable=False),
    Column("attempt", Integer, nullable=False, default=0),
    Column("sent_attempts", Integer, nullable=False, default=0),
    Column("claim", Integer, unique=True),
    Column("claimed_at", UtcTime),
    Column("left_at", UtcTime),  # when the current request was sent; NULL again after its try has failed
    Column("links", JSON(none_as_null=True)),  # secrets: the URLs of paid pictures
    Column("failure_code", String),
    Column("failure_words", Text),
    Column("failure_retry_after_seconds", Integer),
    UniqueConstraint("request", "number"),
    Index(None, "state"),
    Index(None, "account", "claim"),
    Index("ix_jobs_open", "account", "state", "request", "id", sqlite_where=text(_IS_OPEN)),
)

JOB_IS_OPEN = text(f"jobs.{_IS_OPEN}")
"""Whether a job may still change. Written exactly as in the index `ix_jobs_open`, so that SQLite uses it."""

results = Table(
    "results",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("public_id", String(40), nullable=False, server_default=text("''"), index=True, unique=True),
    Column("request", ForeignKey("requests.id"), nullable=False),
    Column("number", Integer, nullable=False),
    Column("job", ForeignKey("jobs.id"), nullable=False, index=True),
    Column("sha256", ForeignKey("pictures.sha256"), nullable=False, index=True),
    Column("words", Text),
    UniqueConstraint("request", "number"),
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

# A status is due from just before it is posted until its message is known. Its row is deleted with the message. `round`
# counts how often an outcome was to be delivered.
deliveries = Table(
    "deliveries",
    metadata,
    Column("request", ForeignKey("requests.id"), primary_key=True),
    Column("kind", one_of(DeliveryKind), primary_key=True),
    Column("state", one_of(DeliveryState), nullable=False, index=True),
    Column("message_ref", String),
    Column("round", Integer, nullable=False, server_default="1"),
    Index("ix_deliveries_status", "request", sqlite_where=text("kind = 'status'")),
)

# The parts of outcomes. A row is written just before a part is sent, and gets its messages when the platform has
# accepted it.
delivery_parts = Table(
    "delivery_parts",
    metadata,
    Column("request", ForeignKey("requests.id"), primary_key=True),
    Column("round", Integer, primary_key=True),
    Column("part", String, primary_key=True),
    Column("begun_at", UtcTime, nullable=False),
    Column("refs", JSON(none_as_null=True)),
)

# Requests whose pictures could not be delivered, until they are shown. `is_told`: whether their member knows.
undelivered = Table(
    "undelivered",
    metadata,
    Column("request", ForeignKey("requests.id"), primary_key=True),
    Column("account", ForeignKey("accounts.id"), nullable=False),
    Column("platform", String, nullable=False),
    Column("is_refunded", Boolean, nullable=False),
    Column("is_told", Boolean, nullable=False),
    Index("ix_undelivered_paid", "request", sqlite_where=text("is_refunded = 0")),  # these are kept whatever their age
    Index("ix_undelivered_untold_of_account", "account", sqlite_where=text("is_told = 0")),
    Index("ix_undelivered_untold_on_platform", "platform", sqlite_where=text("is_told = 0")),
)

messages = Table(
    "messages",
    metadata,
    Column("platform", String, primary_key=True),
    Column("ref", String, primary_key=True),
    Column("request", ForeignKey("requests.id"), nullable=False, index=True),
    Column("number", Integer),  # of the one picture that it shows; NULL: it shows all of them
)

# The conversations in which a request was shown: its buttons work there, and its pictures can be replied to. A request
# from before public ids has no row until something of it is posted again.
shown_in = Table(
    "shown_in",
    metadata,
    Column("request", ForeignKey("requests.id", ondelete="CASCADE"), primary_key=True),
    Column("conversation", String, primary_key=True),
)

transcript = Table(
    "transcript",
    metadata,
    Column("conversation", String, primary_key=True),
    Column("key", String, primary_key=True),
    Column("position", Integer, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("body", JSON(none_as_null=True)),
    Column("changed_at", UtcTime, nullable=False, index=True, server_default="0"),
    UniqueConstraint("conversation", "position"),
    UniqueConstraint("conversation", "revision"),
)
