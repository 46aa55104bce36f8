"""A chat in the hand of a test: what people say, send, press and change in it."""

from collections.abc import Sequence
from copy import deepcopy
from dataclasses import dataclass
from typing import Any, TypedDict, Unpack

from tests.simulators.telegram.chats.chats import Chat, Topic
from tests.simulators.telegram.chats.membership import ChangingChat
from tests.simulators.telegram.chats.messages import Message
from tests.simulators.telegram.chats.people import FORWARDER, Person
from tests.simulators.telegram.chats.text import found_entities
from tests.simulators.telegram.chats.world import Press
from tests.simulators.telegram.methods.placing import placed, signed

Json = dict[str, Any]


class Place(TypedDict, total=False):
    """Where a message is put; all of it may be left out."""

    reply_to: Message
    quote: str  # of what it replies to
    topic: Topic


@dataclass(kw_only=True, eq=False, repr=False)
class Room(ChangingChat):
    """A chat. Who speaks is a person, the room itself (an anonymous administrator), or a channel's room."""

    def say(self, speaker: Person | Chat, text: str, **place: Unpack[Place]) -> Message:
        return self._send(speaker, _worded("text", text), place)

    def start(self, payload: str = "") -> Message:
        """Have the person of this private chat open the bot, by a link with this payload."""
        assert self.person is not None
        return self.say(self.person, f"/start {payload}".rstrip())

    def send_photo(self, speaker: Person | Chat, picture: bytes, caption: str = "", **place: Unpack[Place]) -> Message:
        return self._send(speaker, self._shown(picture) | _worded("caption", caption), place)

    def send_document(
        self,
        speaker: Person | Chat,
        content: bytes,
        *,
        name: str | None,
        mime: str | None = None,
        caption: str = "",
        **place: Unpack[Place],
    ) -> Message:
        """Send a file; its kind follows from its name unless it is said."""
        document = self.world.files.add_document(content, name=name, mime=mime)
        return self._send(speaker, {"document": document} | _worded("caption", caption), place)

    def send_sticker(
        self, speaker: Person | Chat, content: bytes, *, suffix: str = ".webp", **place: Unpack[Place]
    ) -> Message:
        """Send a sticker: `.webp` stands still, `.tgs` is animated, `.webm` a video."""
        return self._send(speaker, {"sticker": self.world.files.add_sticker(content, suffix=suffix)}, place)

    def send_album(
        self,
        speaker: Person | Chat,
        pictures: Sequence[bytes],
        caption: str = "",
        *,
        caption_at: int = 0,
        late: int = 0,
        names: Sequence[str] = (),
        **place: Unpack[Place],
    ) -> "Album":
        """Send pictures that belong together, as documents if they have names, else as photos.

        The last `late` of them come when `Album.bring` is called.
        """
        album = {"media_group_id": str(next(self.world.album_numbers))}
        add = self.world.files.add_document
        documents = [{"document": add(one, name=name, mime=None)} for one, name in zip(pictures, names, strict=False)]
        contents = [shown | album for shown in documents or map(self._shown, pictures)]
        contents[caption_at] |= _worded("caption", caption)
        held = [signed(self, speaker) | self._place(place) | content for content in contents]
        sent = Album(room=self, messages=[], held=held)
        sent.bring(len(held) - late)
        return sent

    def edit(self, message: Message, words: str) -> None:
        """Have the author of a message change its text or caption."""
        name = "text" if "text" in message.body else "caption"
        kept = {key: message.body[key] for key in ("photo", "document") if key in message.body}
        message.replace_content(kept | _worded(name, words) | {"edit_date": self.world.now})
        self.tell(message, is_edited=True)

    def remove(self, message: Message) -> None:
        """Delete a message; no bot is told."""
        del self.messages[message.id]

    def press(self, presser: Person, message: Message, label: str, *, is_inaccessible: bool = False) -> Press:
        """Press the button with this text or data. `is_inaccessible`: Telegram no longer shows the message to bots."""
        buttons = [button for row in message.keyboard for button in row]
        (button,) = (one for one in buttons if label in {one["text"], one.get("callback_data")})
        return self.forge(presser, message, button["callback_data"], is_inaccessible=is_inaccessible)

    def forge(self, presser: Person, message: Message, data: str, *, is_inaccessible: bool = False) -> Press:
        """Press a message as a client of one's own can: with whatever data. The message and its chat are Telegram's."""
        assert message.chat_id == self.id
        press = Press(id=str(next(self.world.press_numbers)), presser=presser, data=data, at=self.world.now)
        self.world.presses[press.id] = press
        shown = {"chat": self.as_chat(), "message_id": message.id, "date": 0} if is_inaccessible else message.body
        query = {"id": press.id, "from": presser.as_user(), "message": shown, "data": press.data}
        self.world.updates.push("callback_query", {**query, "chat_instance": str(hash(self.id))})
        return press

    def forward_from_channel(self, post: Message) -> Message:
        """Have a post of the channel that is discussed here arrive, as Telegram puts it in by itself."""
        origin = {"type": "channel", "date": post.body["date"], "chat": post.body["chat"], "message_id": post.id}
        content = {name: value for name, value in post.body.items() if name not in {"message_id", "date", "chat"}}
        author = {"from": FORWARDER.as_user(), "sender_chat": post.body["chat"]}
        message = self.put(deepcopy(content) | author | {"is_automatic_forward": True, "forward_origin": origin})
        self.tell(message)
        return message

    def _send(self, speaker: Person | Chat, content: Json, place: Place) -> Message:
        message = self.put(signed(self, speaker) | self._place(place) | content)
        self.tell(message)
        return message

    def _place(self, place: Place) -> Json:
        answered = place.get("reply_to")
        topic = place["topic"].id if "topic" in place else None
        if topic is None and answered and answered.chat_id == self.id:
            topic = answered.thread_id
        return placed(self, topic=topic, answered=answered, quote=place.get("quote"))

    def _shown(self, picture: bytes) -> Json:
        return {"photo": self.world.files.add_photo(picture)}


@dataclass(slots=True, kw_only=True)
class Album:
    """Messages that belong together, of which some may not have come yet."""

    room: Room
    messages: list[Message]
    held: list[Json]

    def bring(self, count: int | None = None) -> None:
        """Have the next of them come; all, if not said how many."""
        coming, self.held = self.held[:count], self.held[len(self.held[:count]) :]
        for fields in coming:
            self.messages.append(self.room.put(fields))
            self.room.tell(self.messages[-1])


def _worded(name: str, words: str) -> Json:
    if not words:
        return {}
    entities = found_entities(words)
    content: Json = {name: words}
    return content | ({"entities" if name == "text" else "caption_entities": entities} if entities else {})
