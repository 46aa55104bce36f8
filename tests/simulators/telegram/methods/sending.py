"""The methods that send: messages, photos, documents, albums, and that the bot is at it."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from tests.simulators.telegram.chats.chats import ChatAction, Draft
from tests.simulators.telegram.chats.files import check_photo
from tests.simulators.telegram.chats.membership import ChangingChat
from tests.simulators.telegram.chats.text import formatted
from tests.simulators.telegram.chats.world import World
from tests.simulators.telegram.methods.access import chat_of, demand, place_of
from tests.simulators.telegram.methods.keyboards import keyboard_of
from tests.simulators.telegram.methods.placing import signed
from tests.simulators.telegram.refusals import NotSimulated, bad_request
from tests.simulators.telegram.requests import Call

Json = dict[str, Any]
Method = Callable[[Call], Awaitable[Any]]

TEXT_UNITS = 4096
CAPTION_UNITS = 1024
ALBUM_ITEMS = range(2, 11)
ACTIONS = frozenset(
    {
        *("typing", "upload_photo", "record_video", "upload_video", "record_voice", "upload_voice"),
        *("upload_document", "choose_sticker", "find_location", "record_video_note", "upload_video_note"),
    }
)


def worded(given: Mapping[str, Any], name: str) -> Json:
    """Return the text or caption of a message, with its entities."""
    text, entities = formatted(given, name, most=TEXT_UNITS if name == "text" else CAPTION_UNITS)
    if not text:
        return {}
    return {name: text} | ({"entities" if name == "text" else "caption_entities": entities} if entities else {})


class Sending:
    """Each method takes a call and gives what the Bot API answers."""

    def __init__(self, world: World) -> None:
        self._world = world

    def methods(self) -> Mapping[str, Method]:
        return {
            "sendMessage": self.send_message,
            "sendPhoto": self.send_photo,
            "sendDocument": self.send_document,
            "sendMediaGroup": self.send_media_group,
            "sendChatAction": self.send_chat_action,
            "sendMessageDraft": self.send_message_draft,
        }

    async def send_message(self, call: Call) -> Json:
        chat = chat_of(self._world, call)
        demand(chat, "text messages")
        return self._put(chat, call, worded(call.parameters, "text"))

    async def send_photo(self, call: Call) -> Json:
        chat = chat_of(self._world, call)
        demand(chat, "photos")
        content = await self.shown("photo", call, call.parameters | {"media": call.text("photo")})
        return self._put(chat, call, content)

    async def send_document(self, call: Call) -> Json:
        chat = chat_of(self._world, call)
        demand(chat, "documents")
        content = await self.shown("document", call, call.parameters | {"media": call.text("document")})
        return self._put(chat, call, content)

    async def send_media_group(self, call: Call) -> list[Json]:
        chat = chat_of(self._world, call)
        media = call.parameters.get("media") or []
        if len(media) not in ALBUM_ITEMS:
            few_or_many = "few" if len(media) < ALBUM_ITEMS.start else "many"
            raise bad_request(f"too {few_or_many} messages to send as an album")
        kinds = {str(one.get("type")) for one in media}
        if "document" in kinds and len(kinds) > 1:
            raise bad_request("document can't be mixed with other media types")
        demand(chat, "documents" if "document" in kinds else "photos")
        album = {"media_group_id": str(next(self._world.album_numbers))}
        contents = [await self.shown(str(one.get("type")), call, one) for one in media]
        return [self._put(chat, call, content | album) for content in contents]

    async def send_chat_action(self, call: Call) -> bool:
        chat = chat_of(self._world, call)
        if call.text("action") not in ACTIONS:
            raise bad_request("wrong parameter action in request")
        thread = place_of(self._world, chat, call).get("message_thread_id")
        chat.actions.append(ChatAction(action=call.text("action"), thread_id=thread))
        return True

    async def send_message_draft(self, call: Call) -> bool:
        chat = chat_of(self._world, call)
        if not chat.is_private or not call.integer("draft_id"):
            raise bad_request("TEXTDRAFT_PEER_INVALID")
        text = worded(call.parameters, "text")["text"] if call.text("text") else ""
        chat.drafts.append(Draft(id=call.integer("draft_id"), text=text))
        return True

    async def shown(self, kind: str, call: Call, given: Json) -> Json:
        """Return the content of a message with a file; `given` holds it as `media`, and what is said about it."""
        address = str(given.get("media", ""))
        upload = call.attached(address) or call.uploads.get(kind)
        if kind not in {"photo", "document"}:
            raise NotSimulated(f"media of the type {kind}")
        if upload is None and not address:
            raise bad_request(f"there is no {kind} in the request")
        if upload is None:
            shown = self._world.files.shown_again(address, "photo" if kind == "photo" else "document")
        elif kind == "photo":
            await asyncio.to_thread(check_photo, upload.content)
            shown = await asyncio.to_thread(self._world.files.add_photo, upload.content)
        else:
            add = self._world.files.add_document
            shown = await asyncio.to_thread(add, upload.content, name=upload.name, mime=None)
        return {kind: shown} | worded(given, "caption")

    def _put(self, chat: ChangingChat, call: Call, content: Json) -> Json:
        where = place_of(self._world, chat, call)
        keyboard = keyboard_of(call.parameters)
        message = chat.put(signed(chat, self._world.bot) | where | content | keyboard)
        message.is_silent = call.flag("disable_notification")
        return message.body
