"""The context in which the bot answers: channel, permissions and token, and its storable text; message references.

A reply context is made once, from the event that began the conversation, and has all that is needed after a restart. It
may contain the token of an interaction, with which anybody can post in our name for 15 minutes.

Stored text outlives this code: `tests/stored_forms` keeps a sample of every form that was ever written, and each must
be readable for ever. An address is JSON with a version. The first addresses had no version.
"""

import base64
import hashlib
import json
import re
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta

import discord
from pydantic import TypeAdapter

from bot.domain.chat import Address, ConversationKey, MessageRef
from bot.domain.errors import AddressUnreadable

ADDRESS_VERSION = 1

_MESSAGE = re.compile(r"(?P<channel>[0-9]{1,20}):(?P<message>[0-9]{1,20})")

TOKEN_TIME = timedelta(minutes=14)
"""How long we rely on a token. Discord accepts it for one minute longer."""

CHANGES_TIME = timedelta(minutes=13, seconds=30)
"""Age of a token when a message that only the token can edit gets its last edit, to arrive within `TOKEN_TIME`."""

DISCORD_EPOCH_MILLISECONDS = 1_420_070_400_000


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplyContext:
    """A channel on Discord, the event that began the conversation there, and what the bot may do there."""

    channel: int
    event: int  # the interaction or message
    user: int  # whom the bot talks with
    guild: int | None = None
    is_here: bool = True  # whether the bot is a member there; otherwise it needs the token
    is_thread: bool = False
    permissions: int = 0  # the bot's permissions, as Discord's bit set
    most_file_bytes: int
    is_private: bool = False  # only the user sees the messages
    is_spoiler: bool = False  # pictures are posted as spoilers
    is_age_restricted: bool = False  # only for adults: elsewhere the pictures are posted as spoilers
    application: int = 0
    token: str | None = field(default=None, repr=False)
    original: int | None = None  # the message that answers the interaction, if we may edit it
    pressed: int | None = None  # the message whose button was pressed, if the token can edit that one instead
    is_direct: bool = False  # the user's direct messages; the channel is looked up when sending

    @property
    def key(self) -> ConversationKey:
        """The channel, or for private answers the channel and the user."""
        if self.is_direct:
            return ConversationKey(f"direct:{self.user}")
        return to_private_key(self.channel, self.user) if self.is_private else to_key(self.channel)

    @property
    def may(self) -> discord.Permissions:
        """The bot's permissions there."""
        return discord.Permissions(self.permissions)

    @property
    def may_send(self) -> bool:
        """Whether the bot may post there without a token."""
        if not self.is_here:
            return False
        if self.guild is None:
            return True
        send = self.may.send_messages_in_threads if self.is_thread else self.may.send_messages
        return send and self.may.view_channel

    @property
    def may_attach(self) -> bool:
        """Whether the bot may attach pictures."""
        return self.may.attach_files or (self.guild is None and self.is_here)

    @property
    def may_react(self) -> bool:
        """Whether the bot may add reactions to messages."""
        is_allowed = self.guild is None or self.may.add_reactions
        return self.is_here and is_allowed and self.may_read_history

    @property
    def may_read_history(self) -> bool:
        """Whether the bot may read earlier messages there, and reply to them."""
        return self.is_here and (self.guild is None or self.may.read_message_history)

    @property
    def is_alone_with_bot(self) -> bool:
        """Whether it is the direct message chat of one user and the bot."""
        return self.guild is None and self.is_here

    @property
    def is_shared(self) -> bool:
        """Whether other members can read the messages."""
        return not (self.is_private or self.is_alone_with_bot)

    @property
    def may_change(self) -> bool:
        """Whether the bot may edit its messages there without a token."""
        return self.is_here and not self.is_private and (self.guild is None or self.may.view_channel)

    @property
    def changes_until(self) -> datetime | None:
        """The time for the last edit of our messages; None if edits need no token."""
        return None if self.token is None or self.may_change else time_of(self.event) + CHANGES_TIME

    @property
    def reachable_until(self) -> datetime | None:
        """The time after which the bot may be unable to post here; None if posting needs no token.

        A direct message may still work after that, but nobody can know that beforehand.
        """
        return None if self.token is None or self.may_change or self.may_send else time_of(self.event) + TOKEN_TIME

    def has_token(self, now: datetime) -> bool:
        """Whether the interaction's token may still be used."""
        return self.token is not None and now - time_of(self.event) < TOKEN_TIME

    def ref(self, message: int) -> MessageRef:
        """Return the core's reference to a message in this channel."""
        return to_message_ref(self.channel, message)

    def nonce(self, key: str) -> str:
        """Make the nonce for a post with a key. It is the same after a restart. Discord allows 25 characters."""
        digest = hashlib.sha256(f"{self.channel}:{self.event}:{key}".encode()).digest()
        return base64.urlsafe_b64encode(digest[:18]).decode()


def time_of(snowflake: int) -> datetime:
    """Return the creation time that is part of a Discord ID (snowflake)."""
    return datetime.fromtimestamp(((snowflake >> 22) + DISCORD_EPOCH_MILLISECONDS) / 1000, UTC)


def direct_reply_context(near: ReplyContext, user: int) -> ReplyContext:
    """Make the context of the direct messages with a user. What was a spoiler in `near` stays a spoiler."""
    return ReplyContext(
        channel=0,
        event=near.event,
        user=user,
        most_file_bytes=discord.utils.DEFAULT_FILE_SIZE_LIMIT_BYTES,
        is_spoiler=near.is_spoiler or near.is_age_restricted,
        is_direct=True,
    )


_REPLY_CONTEXT = TypeAdapter(ReplyContext)


def to_address(reply_context: ReplyContext) -> Address:
    """Write a reply context as text."""
    return Address(json.dumps({"version": ADDRESS_VERSION, **asdict(reply_context)}, separators=(",", ":")))


def to_reply_context(address: Address) -> ReplyContext:
    """Read an address. Fields that another version added are ignored.

    Raises `AddressUnreadable`.
    """
    try:
        return _REPLY_CONTEXT.validate_json(address.text)
    except ValueError:
        raise AddressUnreadable("no place on Discord") from None  # the cause would quote the text, and with it a token


def to_key(channel: int) -> ConversationKey:
    """Return the conversation key of a channel, a thread or a direct message chat."""
    return ConversationKey(str(channel))


def to_private_key(channel: int, user: int) -> ConversationKey:
    """Return the conversation key for messages that only one user sees in a channel."""
    return ConversationKey(f"{channel}:{user}")


def to_message_ref(channel: int, message: int) -> MessageRef:
    """Return the core's reference to a message."""
    return MessageRef(f"{channel}:{message}")


def message_of(ref: MessageRef) -> tuple[int, int]:
    """Return the channel ID and message ID of a reference; zeros if it is not a message that can be edited."""
    match = _MESSAGE.fullmatch(ref)
    return (int(match["channel"]), int(match["message"])) if match else (0, 0)
