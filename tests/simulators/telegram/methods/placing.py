"""Who a message is from, where in a chat it stands and what it answers, as its JSON says it."""

from typing import Any

from tests.simulators.telegram.chats.chats import Chat
from tests.simulators.telegram.chats.messages import Message
from tests.simulators.telegram.chats.people import ANONYMOUS, FOR_A_CHANNEL, Person
from tests.simulators.telegram.chats.text import utf16_length
from tests.simulators.telegram.refusals import bad_request

Json = dict[str, Any]


def signed(chat: Chat, speaker: Person | Chat) -> Json:
    """Return the author of a message.

    A person speaks as such, the chat itself for an anonymous administrator, a channel for its owner.
    """
    if chat.type == "channel":
        return {"sender_chat": chat.as_chat()}
    if isinstance(speaker, Person):
        return {"from": speaker.as_user()}
    stand_in = ANONYMOUS if speaker is chat else FOR_A_CHANNEL
    return {"from": stand_in.as_user(), "sender_chat": speaker.as_chat()}


def placed(chat: Chat, *, topic: int | None, answered: Message | None, quote: str | None = None) -> Json:
    """Topic and reply.

    A reply within the chat and topic carries the whole message, any other what little Telegram shows of it. In a topic,
    what answers nothing answers the message that opened the topic.
    """
    fields: Json = {}
    is_near = (
        answered is not None and answered.chat_id == chat.id and (not chat.is_forum or answered.thread_id == topic)
    )
    if chat.is_forum and topic is not None:
        fields |= {"message_thread_id": topic, "is_topic_message": True}
    if answered and is_near:
        fields["reply_to_message"] = answered.as_replied()
        if not chat.is_forum and (root := chat.root_of_thread(answered)):
            fields["message_thread_id"] = root
    elif topic is not None and topic in chat.messages:
        fields["reply_to_message"] = chat.messages[topic].as_replied()
    if answered and not is_near:
        fields["external_reply"] = answered.as_external()
    if answered and quote:
        fields["quote"] = _quoted(answered, quote)
    return fields


def _quoted(answered: Message, quote: str) -> Json:
    at = answered.text.find(quote)
    if at < 0:
        raise bad_request("QUOTE_TEXT_INVALID")
    return {"text": quote, "position": utf16_length(answered.text[:at]), "is_manual": True}
