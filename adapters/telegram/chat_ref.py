"""Converts chats and messages of Telegram to the text that the core stores, and back.

Every form contains the bot's own ID: with another bot's token, the same message ID means another message.

Stored text outlives this code: `tests/stored_forms` keeps a sample of every form that was ever written, and each must
be readable for ever. An address is JSON with a version. The first form of an address was `bot:chat:topic`.
"""

import json
import re
from dataclasses import asdict, dataclass

from pydantic import TypeAdapter
from telegram import Message

from bot.domain.chat import Address, ConversationKey, Member, MessageRef, Posted
from bot.domain.errors import AddressUnreadable

PLATFORM = "telegram"

ADDRESS_VERSION = 1

_FIRST_ADDRESS = re.compile(r"(?P<bot>[0-9]{1,19}):(?P<chat>-?[0-9]{1,19}):(?P<topic>[0-9]{0,19})")
_MESSAGE = re.compile(r"(?P<bot>[0-9]{1,19}):(?P<chat>-?[0-9]{1,19}):(?P<message>[0-9]{1,19})")


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatRef:
    """A chat, or a topic in a chat. `thread_id` is None in the topic General and in chats without topics."""

    bot_id: int
    chat_id: int
    thread_id: int | None = None

    @property
    def address(self) -> Address:
        """The chat and topic as text. It contains no secret."""
        return Address(json.dumps({"version": ADDRESS_VERSION, **asdict(self)}, separators=(",", ":")))

    @property
    def key(self) -> ConversationKey:
        """The chat with all of its topics: a member of one topic can read the others."""
        return _key_of(self.bot_id, self.chat_id)

    @property
    def is_private(self) -> bool:
        """Whether it is the chat of one person with the bot. Groups and channels have negative IDs."""
        return self.chat_id > 0

    def message_of(self, ref: MessageRef) -> tuple[int, int]:
        """Return the chat ID and message ID of a reference; zeros if it names no message that this bot knows.

        With another bot's token, the same message ID means another message.
        """
        match = _MESSAGE.fullmatch(ref)
        is_ours = match is not None and int(match["bot"]) == self.bot_id
        return (int(match["chat"]), int(match["message"])) if match and is_ours else (0, 0)


_CHAT_REF = TypeAdapter(ChatRef)


def to_chat_ref(address: Address) -> ChatRef:
    """Read an address. Fields that another version added are ignored. Raises `AddressUnreadable`."""
    first = _FIRST_ADDRESS.fullmatch(address.text)
    if first is not None:
        topic = int(first["topic"]) if first["topic"] else None
        return ChatRef(bot_id=int(first["bot"]), chat_id=int(first["chat"]), thread_id=topic)
    try:
        return _CHAT_REF.validate_json(address.text)
    except ValueError:
        raise AddressUnreadable("no chat of Telegram") from None


def to_private(member: Member, near: ChatRef) -> ChatRef | None:
    """Return the private chat with a member, whose chat ID is their user ID.

    Return None for a member of another platform, or if `near` already is this chat.
    """
    if member.platform != PLATFORM or not member.id.isdecimal() or int(member.id) == near.chat_id:
        return None
    return ChatRef(bot_id=near.bot_id, chat_id=int(member.id))


def chat_ref_of(message: Message, bot_id: int) -> ChatRef:
    """Return the chat and topic of a message. Outside topics, a thread ID only names a chain of replies: ignore it."""
    thread_id = message.message_thread_id if message.is_topic_message else None
    return ChatRef(bot_id=bot_id, chat_id=message.chat.id, thread_id=thread_id)


def to_ref(bot_id: int, chat_id: int, message_id: int) -> MessageRef:
    """Return the core's reference to a message."""
    return MessageRef(f"{bot_id}:{chat_id}:{message_id}")


def to_posted(ref: MessageRef, pictures: tuple[tuple[MessageRef, int], ...] = ()) -> Posted:
    """Return what was posted. Its conversation comes from `ref`, because a group may have moved to a new chat ID."""
    bot_id, chat_id, _ = map(int, ref.split(":"))
    return Posted(ref=ref, conversation=_key_of(bot_id, chat_id), pictures=pictures)


def _key_of(bot_id: int, chat_id: int) -> ConversationKey:
    return ConversationKey(f"{bot_id}:{chat_id}")


def numbers_of(ref: MessageRef) -> tuple[int, int]:
    """Return the chat ID and message ID of a reference; zeros if it is not a message that can be edited or answered."""
    match = _MESSAGE.fullmatch(ref)
    return (int(match["chat"]), int(match["message"])) if match else (0, 0)
