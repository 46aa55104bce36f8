"""A message as it stands in a chat, and what another message shows of it."""

from copy import deepcopy
from typing import Any

from tests.simulators.telegram.chats.files import FileStore

Json = dict[str, Any]

CONTENT = frozenset({"text", "entities", "photo", "document", "sticker", "caption", "caption_entities"})


class Message:
    """A message of the simulated chat. `body` is Telegram's JSON of it; `earlier` are the bodies before each edit."""

    def __init__(self, body: Json, files: FileStore) -> None:
        self.body = body
        self.earlier: list[Json] = []
        self.reactions: list[str] = []  # the bot's
        self.is_silent = False  # it came without a sound
        self._files = files

    def __repr__(self) -> str:
        return f"<Message {self.id} in {self.chat_id}: {self.text!r}>"

    @property
    def id(self) -> int:
        return int(self.body["message_id"])

    @property
    def chat_id(self) -> int:
        return int(self.body["chat"]["id"])

    @property
    def text(self) -> str:
        """The text or caption."""
        return str(self.body.get("text", self.body.get("caption", "")))

    @property
    def entities(self) -> list[Json]:
        """The entities of the text or caption."""
        entities: list[Json] = self.body.get("entities") or self.body.get("caption_entities") or []
        return entities

    @property
    def mentions(self) -> list[int]:
        """The people who are mentioned by number, and so hear of it."""
        return [int(one["user"]["id"]) for one in self.entities if one["type"] == "text_mention"]

    @property
    def photo(self) -> bytes | None:
        """The JPEG of its largest size."""
        return self._content(self.body["photo"][-1]) if "photo" in self.body else None

    @property
    def document(self) -> bytes | None:
        """The bytes as they were sent."""
        return self._content(self.body["document"]) if "document" in self.body else None

    @property
    def document_name(self) -> str | None:
        return self.body["document"].get("file_name") if "document" in self.body else None

    @property
    def keyboard(self) -> list[list[Json]]:
        """The rows of buttons under it."""
        rows: list[list[Json]] = self.body.get("reply_markup", {}).get("inline_keyboard", [])
        return rows

    @property
    def buttons(self) -> list[str]:
        """The labels of the buttons under it, row after row."""
        return [button["text"] for row in self.keyboard for button in row]

    @property
    def thread_id(self) -> int | None:
        """The topic's number; None in General and where there are no topics."""
        return self.body.get("message_thread_id")

    @property
    def reply_to(self) -> int | None:
        """The message of the same chat that it answers, or the first one of its topic."""
        answered = self.body.get("reply_to_message")
        return answered["message_id"] if answered else None

    @property
    def author_id(self) -> int | None:
        """The author's number; None for what a channel says."""
        author = self.body.get("from")
        return author["id"] if author else None

    def as_replied(self) -> Json:
        """Return the complete message without the one that it answers itself."""
        return deepcopy({name: value for name, value in self.body.items() if name != "reply_to_message"})

    def as_external(self) -> Json:
        """Return Telegram's `ExternalReplyInfo`, for a reply from another chat or topic."""
        carried = {name: self.body[name] for name in ("photo", "document", "sticker") if name in self.body}
        where = {"chat": self.body["chat"], "message_id": self.id}
        return deepcopy({"origin": self._origin(), **where, **carried})

    def replace_content(self, content: Json) -> None:
        """Write new content over the old, and remember the old."""
        self.earlier.append(self.body)
        self.body = {name: value for name, value in self.body.items() if name not in CONTENT} | content

    def _origin(self) -> Json:
        date, chat = self.body["date"], self.body.get("sender_chat")
        if chat is None:
            return {"type": "user", "date": date, "sender_user": self.body["from"]}
        if chat["type"] == "channel" and chat["id"] == self.chat_id:
            return {"type": "channel", "date": date, "chat": chat, "message_id": self.id}
        return {"type": "chat", "date": date, "sender_chat": chat}

    def _content(self, described: Json) -> bytes | None:
        kept = self._files.find(described["file_id"])
        return kept.content if kept else None
