"""The tables of pictures, requests, their events, sources, jobs and results."""

from sqlalchemy import (
    JSON,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from bot.domain.requests.requests import JobState
from bot.storage.column_types import Money, UtcTime, one_of
from bot.storage.schema.metadata import metadata

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
    Column("ratio", String),
    Column("size", String),
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
