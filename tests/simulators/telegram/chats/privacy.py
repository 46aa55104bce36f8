"""Which messages of a group a bot is shown, by the rules of privacy mode as Telegram's own pages give them."""

from tests.simulators.telegram.chats.chats import Chat
from tests.simulators.telegram.chats.messages import Message
from tests.simulators.telegram.chats.people import Person
from tests.simulators.telegram.chats.text import utf16_slice

ABSENT = frozenset({"left", "kicked"})


def is_seen(chat: Chat, message: Message, bot: Person, *, reads_everything: bool) -> bool:
    """Whether the bot is shown a message of somebody else."""
    if chat.bot_status in ABSENT:
        return False
    if chat.type in {"private", "channel"} or reads_everything or chat.bot_status == "administrator":
        return True
    return _is_service(message) or _answers(message, bot) or _commands(chat, message, bot)


def _is_service(message: Message) -> bool:
    return "entities" not in message.body and not message.body.keys() & {"text", "photo", "document", "sticker"}


def _answers(message: Message, bot: Person) -> bool:
    """Return whether a message answers the bot.

    Everything in a topic answers the message that opened it, which is no answer to whoever opened it.
    """
    answered = message.body.get("reply_to_message", {})
    return answered.get("from", {}).get("id") == bot.id and "forum_topic_created" not in answered


def _commands(chat: Chat, message: Message, bot: Person) -> bool:
    """Return whether a message has a command for the bot.

    `/name@bot` is one always; a bare `/name` only while no other bot has written since this one did.
    """
    for entity in message.entities:
        if entity["type"] == "bot_command":
            _, _, addressee = utf16_slice(message.text, entity["offset"], entity["length"]).partition("@")
            if addressee.casefold() == (bot.username or "").casefold():
                return True
            if not addressee and chat.last_bot_id == bot.id:
                return True
    return False
