"""Which chat a request means, whether the bot may write there, and where in it the message goes."""

from typing import Any

from tests.simulators.telegram.chats.chats import GENERAL, Chat, Matter
from tests.simulators.telegram.chats.membership import ChangingChat
from tests.simulators.telegram.chats.messages import Message
from tests.simulators.telegram.chats.people import Person
from tests.simulators.telegram.chats.world import World
from tests.simulators.telegram.methods.placing import placed
from tests.simulators.telegram.refusals import Refused, bad_request, forbidden
from tests.simulators.telegram.requests import Call

Json = dict[str, Any]


def chat_of(world: World, call: Call, *, reads_only: bool = False) -> ChangingChat:
    """Return the chat that `chat_id` names.

    Raises:
        Refused: there is none, it has moved, or the bot has no business there.
    """
    chat_id = call.parameters.get("chat_id")
    if chat_id in {None, ""}:
        raise bad_request("chat_id is empty")
    chat = world.find_chat(chat_id)
    if not isinstance(chat, ChangingChat):
        if chat_id in world.people:
            raise forbidden("bot can't initiate conversation with a user")
        raise bad_request("chat not found")
    if not reads_only and (refusal := _why_closed(chat)):
        raise refusal
    return chat


def _why_closed(chat: Chat) -> Refused | None:
    if chat.migrated_to:
        return bad_request("group chat was upgraded to a supergroup chat", migrate_to_chat_id=chat.migrated_to)
    if chat.is_deactivated:
        return forbidden("user is deactivated")
    if chat.bot_status == "kicked":
        words = "blocked by the user" if chat.is_private else f"kicked from the {chat.type} chat"
        return forbidden(f"bot was {words}")
    if chat.bot_status == "left":
        return forbidden(f"bot is not a member of the {chat.type} chat")
    return None


def demand(chat: Chat, matter: Matter) -> None:
    """Refuse if the bot may not send this here."""
    is_free = chat.bot_status == "administrator" or chat.is_private
    if (matter in chat.withheld or chat.bot_status == "restricted") and not is_free:
        raise bad_request(f"not enough rights to send {matter} to the chat")
    if chat.type == "channel" and chat.bot_status != "administrator":
        raise bad_request("need administrator rights in the channel chat")


def place_of(world: World, chat: Chat, call: Call) -> Json:
    """Return topic and reply of a new message, as `message_thread_id` and `reply_parameters` ask for."""
    topic = _topic(chat, call.integer("message_thread_id"))
    parameters = call.parameters.get("reply_parameters") or {}
    answered = _answered(world, chat, parameters)
    if topic is None and answered and answered.chat_id == chat.id:
        topic = answered.thread_id
    opened = chat.topics.get(topic if topic is not None else GENERAL)
    if chat.is_forum and opened and opened.is_closed and chat.bot_status != "administrator":
        raise bad_request("TOPIC_CLOSED")
    return placed(chat, topic=topic, answered=answered, quote=parameters.get("quote"))


def _topic(chat: Chat, thread_id: int) -> int | None:
    """Return the topic of a new message. A thread is passed over where there are no topics.

    General has a number that nobody may say.
    """
    if not thread_id or not (chat.is_forum or chat.is_private):
        return None
    if thread_id == GENERAL or thread_id not in chat.topics:
        raise bad_request("message thread not found")
    return thread_id


def _answered(world: World, chat: Chat, parameters: Json) -> Message | None:
    if "message_id" not in parameters:
        return None
    there = world.find_chat(parameters["chat_id"]) if "chat_id" in parameters else chat
    answered = there.messages.get(parameters["message_id"]) if there else None
    if answered is None and not (parameters.get("allow_sending_without_reply") and there is chat):
        raise bad_request("message to be replied not found")
    return answered


def message_of(chat: Chat, call: Call, what: str) -> Message:
    """Return the message that `message_id` names; `what` says what it was wanted for."""
    if not (number := call.integer("message_id")):
        raise bad_request("message identifier is not specified")
    if number not in chat.messages:
        raise bad_request(f"message to {what} not found")
    return chat.messages[number]


def is_by(message: Message, bot: Person, chat: Chat) -> bool:
    """Whether the bot wrote it; in a channel everything is said by the channel."""
    return message.author_id == bot.id or (chat.type == "channel" and message.author_id is None)
