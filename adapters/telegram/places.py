"""How chats, messages and events of Telegram are written as the core's storable text.

Everything begins with the bot's own number: another bot's token makes every message number mean something else.
"""

from dataclasses import dataclass

from telegram import Message

from bot.domain.chat import Address, ConversationKey, MessageRef, Posted


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A chat, or a topic in one. General is where no topic is named."""

    bot_id: int
    chat_id: int
    thread_id: int | None = None

    @property
    def address(self) -> Address:
        """The place as text; it holds no secret."""
        return Address(f"{self.bot_id}:{self.chat_id}:{self.thread_id or ''}")

    @property
    def key(self) -> ConversationKey:
        """The chat with all of its topics: whoever is in one can read the others."""
        return _key_of(self.bot_id, self.chat_id)

    @property
    def is_private(self) -> bool:
        """Whether it is the chat of one person with the bot; groups and channels have negative numbers."""
        return self.chat_id > 0


def to_place(address: Address) -> Place:
    """The place at an address."""
    bot_id, chat_id, thread_id = address.text.split(":")
    return Place(bot_id=int(bot_id), chat_id=int(chat_id), thread_id=int(thread_id) if thread_id else None)


def place_of(message: Message, bot_id: int) -> Place:
    """Where a message stands. Outside of topics a thread's number is only that of a chain of replies."""
    thread_id = message.message_thread_id if message.is_topic_message else None
    return Place(bot_id=bot_id, chat_id=message.chat.id, thread_id=thread_id)


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
    """Chat and message that a reference names."""
    _, chat_id, message_id = ref.split(":")
    return int(chat_id), int(message_id)
