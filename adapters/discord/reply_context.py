"""Where a conversation is, as storable text, and what may be done there; and how messages are named.

A place is made once, of the event that began the conversation, and holds all that is needed after a restart. It may
hold the token of an interaction, which lets anybody speak in our name for 15 minutes.

What is stored outlives this code: `tests/stored_forms` keeps a sample of every form that was ever written, and each
must be readable for ever. An address is JSON with a version; the first ones had none.
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
"""How long a token is relied on; Discord takes it for a minute longer."""

CHANGES_TIME = timedelta(minutes=13, seconds=30)
"""When what only a token reaches gets its last words, so that they arrive while the token is relied on."""

DISCORD_EPOCH_MILLISECONDS = 1_420_070_400_000


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplyContext:
    """A place in a chat of Discord's, and the event that began the conversation there."""

    channel: int
    event: int  # the interaction or message
    user: int  # who is spoken with
    guild: int | None = None
    is_here: bool = True  # whether the bot itself is there; otherwise only the token reaches it
    is_thread: bool = False
    permissions: int = 0  # what we may do there, as Discord counts it
    most_file_bytes: int
    is_private: bool = False  # only the user sees what is said
    is_spoiler: bool = False  # what is shown stays hidden until it is pressed
    is_age_restricted: bool = False  # only for adults: elsewhere what is shown stays hidden at first
    application: int = 0
    token: str | None = field(default=None, repr=False)
    original: int | None = None  # the message that the token's interaction is answered with, if it is ours to fill
    pressed: int | None = None  # the message whose button was pressed, if the token reaches that one instead
    is_direct: bool = False  # the user's chat with the bot, of which the channel is asked for when something is said

    @property
    def key(self) -> ConversationKey:
        """The channel, or what its user alone sees there."""
        if self.is_direct:
            return ConversationKey(f"direct:{self.user}")
        return to_private_key(self.channel, self.user) if self.is_private else to_key(self.channel)

    @property
    def may(self) -> discord.Permissions:
        """What we may do there."""
        return discord.Permissions(self.permissions)

    @property
    def may_send(self) -> bool:
        """Whether the bot may post there by itself."""
        if not self.is_here:
            return False
        if self.guild is None:
            return True
        send = self.may.send_messages_in_threads if self.is_thread else self.may.send_messages
        return send and self.may.view_channel

    @property
    def may_attach(self) -> bool:
        """Whether pictures may be sent along."""
        return self.may.attach_files or (self.guild is None and self.is_here)

    @property
    def may_react(self) -> bool:
        """Whether the bot may put reactions to messages."""
        is_allowed = self.guild is None or self.may.add_reactions
        return self.is_here and is_allowed and self.may_read_history

    @property
    def may_read_history(self) -> bool:
        """Whether the bot may look at messages that stand there, and answer them."""
        return self.is_here and (self.guild is None or self.may.read_message_history)

    @property
    def is_alone_with_bot(self) -> bool:
        """Whether it is the chat of one person and the bot."""
        return self.guild is None and self.is_here

    @property
    def is_shared(self) -> bool:
        """Whether others read along."""
        return not (self.is_private or self.is_alone_with_bot)

    @property
    def may_change(self) -> bool:
        """Whether the bot may change its messages there by itself, without a token."""
        return self.is_here and not self.is_private and (self.guild is None or self.may.view_channel)

    @property
    def changes_until(self) -> datetime | None:
        """When what was said is to have its last words; None where no token is needed for that."""
        return None if self.token is None or self.may_change else time_of(self.event) + CHANGES_TIME

    @property
    def reachable_until(self) -> datetime | None:
        """When nothing can be said any more for certain; None where no token is needed.

        A direct message may lead there even then, but nobody can know that beforehand.
        """
        return None if self.token is None or self.may_change or self.may_send else time_of(self.event) + TOKEN_TIME

    def has_token(self, now: datetime) -> bool:
        """Whether the interaction's token may still be used."""
        return self.token is not None and now - time_of(self.event) < TOKEN_TIME

    def ref(self, message: int) -> MessageRef:
        """A message of this place."""
        return to_message_ref(self.channel, message)

    def nonce(self, key: str) -> str:
        """A name for what is posted with a key, the same after a restart; Discord takes 25 characters."""
        digest = hashlib.sha256(f"{self.channel}:{self.event}:{key}".encode()).digest()
        return base64.urlsafe_b64encode(digest[:18]).decode()


def time_of(snowflake: int) -> datetime:
    """When something was made that has this identifier."""
    return datetime.fromtimestamp(((snowflake >> 22) + DISCORD_EPOCH_MILLISECONDS) / 1000, UTC)


def direct_place(near: ReplyContext, user: int) -> ReplyContext:
    """The chat of a person and the bot; what was hidden at the place where they are known from stays hidden."""
    return ReplyContext(
        channel=0,
        event=near.event,
        user=user,
        most_file_bytes=discord.utils.DEFAULT_FILE_SIZE_LIMIT_BYTES,
        is_spoiler=near.is_spoiler or near.is_age_restricted,
        is_direct=True,
    )


_PLACE = TypeAdapter(ReplyContext)


def to_address(place: ReplyContext) -> Address:
    """The place as text."""
    return Address(json.dumps({"version": ADDRESS_VERSION, **asdict(place)}, separators=(",", ":")))


def to_place(address: Address) -> ReplyContext:
    """The place that an address of ours names; fields that another version added are passed over.

    Raises `AddressUnreadable`.
    """
    try:
        return _PLACE.validate_json(address.text)
    except ValueError:
        raise AddressUnreadable("no place on Discord") from None  # the cause quotes the text, and with it a token


def to_key(channel: int) -> ConversationKey:
    """What a channel, a thread or a chat of one person with the bot is known by."""
    return ConversationKey(str(channel))


def to_private_key(channel: int, user: int) -> ConversationKey:
    """What is known by that only one user sees in a channel."""
    return ConversationKey(f"{channel}:{user}")


def to_message_ref(channel: int, message: int) -> MessageRef:
    """How the core names a message."""
    return MessageRef(f"{channel}:{message}")


def message_of(ref: MessageRef) -> tuple[int, int]:
    """The channel and the message that a reference names; zeros for what nobody can change."""
    match = _MESSAGE.fullmatch(ref)
    return (int(match["channel"]), int(match["message"])) if match else (0, 0)
