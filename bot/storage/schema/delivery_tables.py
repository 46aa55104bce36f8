"""The tables of deliveries, of the messages that show a request, and of the transcript."""

from enum import StrEnum

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    UniqueConstraint,
    text,
)

from bot.domain.requests.requests import DeliveryState
from bot.storage.column_types import UtcTime, one_of
from bot.storage.schema.metadata import metadata


class DeliveryKind(StrEnum):
    """The role of a message of ours for its request."""

    STATUS = "status"
    OUTCOME = "outcome"


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
