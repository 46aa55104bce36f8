"""How chats, messages and events of Telegram are written as the core's storable text.

Everything begins with the bot's own number: another bot's token makes every message number mean something else.

What is stored outlives this code: `tests/stored_forms` keeps a sample of every form that was ever written, and each
must be readable for ever. An address is JSON with a version; the first ones were `bot:chat:topic`.
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
_MESSAGE = re.compile(r"[0-9]{1,19}:(?P<chat>-?[0-9]{1,19}):(?P<message>[0-9]{1,19})")


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatRef:
    """A chat, or a topic in one. General is where no topic is named."""

    bot_id: int
    chat_id: int
    thread_id: int | None = None

    @property
    def address(self) -> Address:
        """The place as text; it holds no secret."""
        return Address(json.dumps({"version": ADDRESS_VERSION, **asdict(self)}, separators=(",", ":")))

    @property
    def key(self) -> ConversationKey:
        """The chat with all of its topics: whoever is in one can read the others."""
        return _key_of(self.bot_id, self.chat_id)

    @property
    def is_private(self) -> bool:
        """Whether it is the chat of one person with the bot; groups and channels have negative numbers."""
        return self.chat_id > 0


_PLACE = TypeAdapter(ChatRef)


def to_place(address: Address) -> ChatRef:
    """The place at an address; fields that another version added are passed over. Raises `AddressUnreadable`."""
    first = _FIRST_ADDRESS.fullmatch(address.text)
    if first is not None:
        topic = int(first["topic"]) if first["topic"] else None
        return ChatRef(bot_id=int(first["bot"]), chat_id=int(first["chat"]), thread_id=topic)
    try:
        return _PLACE.validate_json(address.text)
    except ValueError:
        raise AddressUnreadable("no chat of Telegram") from None


def to_private(member: Member, near: ChatRef) -> ChatRef | None:
    """The private chat with a person, which has their number; None if they are of another platform, or near is it."""
    if member.platform != PLATFORM or not member.id.isdecimal() or int(member.id) == near.chat_id:
        return None
    return ChatRef(bot_id=near.bot_id, chat_id=int(member.id))


def place_of(message: Message, bot_id: int) -> ChatRef:
    """Where a message stands. Outside of topics a thread's number is only that of a chain of replies."""
    thread_id = message.message_thread_id if message.is_topic_message else None
    return ChatRef(bot_id=bot_id, chat_id=message.chat.id, thread_id=thread_id)


def to_ref(bot_id: int, chat_id: int, message_id: int) -> MessageRef:
    """A message as the core names it."""
    return MessageRef(f"{bot_id}:{chat_id}:{message_id}")


def to_posted(ref: MessageRef, pictures: tuple[tuple[MessageRef, int], ...] = ()) -> Posted:
    """What was posted; it stands in the chat that its reference names, where a group may have moved to."""
    bot_id, chat_id, _ = map(int, ref.split(":"))
    return Posted(ref=ref, conversation=_key_of(bot_id, chat_id), pictures=pictures)


def _key_of(bot_id: int, chat_id: int) -> ConversationKey:
    return ConversationKey(f"{bot_id}:{chat_id}")


def numbers_of(ref: MessageRef) -> tuple[int, int]:
    """Chat and message that a reference names; zeros for what nobody can change or answer."""
    match = _MESSAGE.fullmatch(ref)
    return (int(match["chat"]), int(match["message"])) if match else (0, 0)
