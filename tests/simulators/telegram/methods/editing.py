"""The methods that change what stands: edits, deletions, reactions, and the answers to pressed buttons."""

import re
from collections.abc import Mapping
from typing import Any

from tests.simulators.telegram.chats.chats import Chat
from tests.simulators.telegram.chats.messages import CONTENT, Message
from tests.simulators.telegram.chats.world import World
from tests.simulators.telegram.methods.access import chat_of, is_by, message_of
from tests.simulators.telegram.methods.keyboards import keyboard_of
from tests.simulators.telegram.methods.sending import Method, Sending, worded
from tests.simulators.telegram.refusals import NOT_MODIFIED, QUERY_TOO_OLD, NotSimulated, bad_request
from tests.simulators.telegram.requests import Call

Json = dict[str, Any]

DELETABLE_SECONDS = 48 * 3600
MESSAGES_AT_ONCE = 100
ANSWER_CHARACTERS = 200
ANSWER_SECONDS = 15
"""How long a pressed button waits for its one answer."""

REACTIONS = frozenset(
    re.findall(
        r"\S+",
        "👍 👎 ❤ 🔥 🥰 👏 😁 🤔 🤯 😱 🤬 😢 🎉 🤩 🤮 💩 🙏 👌 🕊 🤡 🥱 🥴 😍 🐳 ❤\u200d🔥 🌚 🌭 "
        "💯 🤣 ⚡ 🍌 🏆 💔 🤨 😐 🍓 🍾 💋 🖕 😈 😴 😭 🤓 👻 👨\u200d💻 👀 🎃 🙈 😇 😨 🤝 ✍ 🤗 🫡 "
        "🎅 🎄 ☃ 💅 🤪 🗿 🆒 💘 🙉 🦄 😘 💊 🙊 😎 👾 🤷\u200d♂ 🤷 🤷\u200d♀ 😡",
    )
)
"""The emoji that a bot may react with."""

_EMOJI_STYLE = "\ufe0f"


class Editing:
    """Each method takes a call and gives what the Bot API answers."""

    def __init__(self, world: World, sending: Sending) -> None:
        self._world = world
        self._sending = sending

    def methods(self) -> Mapping[str, Method]:
        return {
            "editMessageText": self.edit_text,
            "editMessageCaption": self.edit_caption,
            "editMessageMedia": self.edit_media,
            "editMessageReplyMarkup": self.edit_keyboard,
            "deleteMessage": self.delete_message,
            "deleteMessages": self.delete_messages,
            "setMessageReaction": self.react,
            "answerCallbackQuery": self.answer_press,
        }

    async def edit_text(self, call: Call) -> Json:
        message = self._editable(call)
        if "text" not in message.body:
            raise bad_request("there is no text in the message to edit")
        return self._replace(message, call, worded(call.parameters, "text"))

    async def edit_caption(self, call: Call) -> Json:
        message = self._editable(call)
        shown = {name: message.body[name] for name in ("photo", "document") if name in message.body}
        if not shown:
            raise bad_request("there is no caption in the message to edit")
        return self._replace(message, call, shown | worded(call.parameters, "caption"))

    async def edit_media(self, call: Call) -> Json:
        """Replace the media of a message. A text may become a photo this way."""
        message = self._editable(call)
        media = call.parameters.get("media") or {}
        kind = str(media.get("type"))
        if "media_group_id" in message.body and ("document" in message.body) != (kind == "document"):
            raise bad_request("can't use the media of the specified type in the album")
        return self._replace(message, call, await self._sending.shown(kind, call, media))

    async def edit_keyboard(self, call: Call) -> Json:
        message = self._editable(call)
        return self._replace(message, call, {name: message.body[name] for name in CONTENT & message.body.keys()})

    async def delete_message(self, call: Call) -> bool:
        chat = chat_of(self._world, call)
        message = message_of(chat, call, "delete")
        if not self._may_delete(chat, message):
            raise bad_request("message can't be deleted")
        del chat.messages[message.id]
        return True

    async def delete_messages(self, call: Call) -> bool:
        """Delete messages. Those that are not there, or may not be deleted, are passed over."""
        chat = chat_of(self._world, call)
        numbers = call.parameters.get("message_ids") or []
        if not numbers or len(numbers) > MESSAGES_AT_ONCE:
            raise bad_request(
                "message identifiers are not specified" if not numbers else "too many message identifiers specified"
            )
        for message in [chat.messages[number] for number in numbers if number in chat.messages]:
            if self._may_delete(chat, message):
                del chat.messages[message.id]
        return True

    async def react(self, call: Call) -> bool:
        chat = chat_of(self._world, call)
        message = message_of(chat, call, "react")
        emoji = [str(one.get("emoji", "")).replace(_EMOJI_STYLE, "") for one in call.parameters.get("reaction") or []]
        if len(emoji) > 1:
            raise bad_request("REACTIONS_TOO_MANY")
        if not REACTIONS.issuperset(emoji):
            raise bad_request("REACTION_INVALID")
        if chat.available_reactions is not None and not set(emoji) <= chat.available_reactions:
            raise bad_request("REACTION_INVALID")
        message.reactions = emoji
        return True

    async def answer_press(self, call: Call) -> bool:
        press = self._world.presses.get(call.text("callback_query_id"))
        is_late = press is not None and (press.is_expired or self._world.now - press.at > ANSWER_SECONDS)
        if press is None or is_late or press.answer is not None:
            raise bad_request(QUERY_TOO_OLD)
        if len(call.text("text")) > ANSWER_CHARACTERS:
            raise bad_request("MESSAGE_TOO_LONG")
        press.answer = call.parameters
        return True

    def _editable(self, call: Call) -> Message:
        if "inline_message_id" in call.parameters:
            raise NotSimulated("messages that were sent inline")
        chat = chat_of(self._world, call)
        message = message_of(chat, call, "edit")
        if not is_by(message, self._world.bot, chat):
            raise bad_request("message can't be edited")
        return message

    def _replace(self, message: Message, call: Call, content: Json) -> Json:
        """Replace the content of a message. A keyboard that is not given is taken away."""
        new = content | keyboard_of(call.parameters)
        old = {name: message.body[name] for name in (CONTENT | {"reply_markup"}) & message.body.keys()}
        if new == old:
            raise bad_request(NOT_MODIFIED)
        message.replace_content(content | {"edit_date": self._world.now})
        message.body.pop("reply_markup", None)
        message.body |= keyboard_of(call.parameters)
        return message.body

    def _may_delete(self, chat: Chat, message: Message) -> bool:
        if self._world.now - message.body["date"] >= DELETABLE_SECONDS:
            return False
        return chat.is_private or chat.bot_status == "administrator" or is_by(message, self._world.bot, chat)
