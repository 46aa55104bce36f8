"""What a chat of the simulated Telegram is: its kind, its members, its topics, and the messages that stand in it."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count
from typing import Any, Literal

from tests.simulators.telegram.chats.messages import Message
from tests.simulators.telegram.chats.people import Person, Status

Json = dict[str, Any]
ChatKind = Literal["private", "group", "supergroup", "channel"]
Matter = Literal["text messages", "photos", "documents"]

GENERAL = 1
"""The topic that is never named: its messages have no message_thread_id."""


FIRST_NUMBER = 11
"""Of the messages that a test puts into a supergroup: the first one only says that it was created."""


@dataclass(slots=True, kw_only=True)
class Topic:
    """A topic of a forum. Its number is that of the message which opened it."""

    id: int
    name: str
    is_closed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatAction:
    """What the bot was seen doing: `typing`, `upload_photo` …"""

    action: str
    thread_id: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A text of the bot that is still being written, in a private chat."""

    id: int
    text: str


@dataclass(kw_only=True, eq=False)
class Chat:
    """A chat: what is kept of it."""

    id: int
    type: ChatKind
    title: str | None = None
    username: str | None = None
    person: Person | None = None  # whose private chat with the bot it is
    is_forum: bool = False
    bot_status: Status = "member"
    is_deactivated: bool = False  # the person's account is gone
    available_reactions: set[str] | None = None  # None: every emoji
    withheld: set[Matter] = field(default_factory=set)  # what members, and so the bot, may not send here
    members: dict[int, tuple[Person, Status]] = field(default_factory=dict)
    anonymous_admins: set[int] = field(default_factory=set)
    messages: dict[int, Message] = field(default_factory=dict)
    topics: dict[int, Topic] = field(default_factory=dict)
    actions: list[ChatAction] = field(default_factory=list)
    drafts: list[Draft] = field(default_factory=list)
    migrated_to: int | None = None
    last_bot_id: int | None = None  # of bots, the one that wrote last: its bare commands are delivered in privacy mode
    numbers: Iterator[int] = field(default_factory=lambda: count(FIRST_NUMBER), repr=False)

    def __post_init__(self) -> None:
        if self.is_forum:
            self.topics[GENERAL] = Topic(id=GENERAL, name="General")

    @property
    def is_private(self) -> bool:
        return self.type == "private"

    @property
    def standing(self) -> list[Message]:
        """The messages, in the order in which they came."""
        return list(self.messages.values())

    @property
    def last(self) -> Message:
        """The newest message."""
        return self.standing[-1]

    def by(self, person: Person) -> list[Message]:
        """Return the messages of one author, in the order in which they came."""
        return [message for message in self.standing if message.author_id == person.id]

    def as_chat(self) -> Json:
        chat: Json = {"id": self.id, "type": self.type, "title": self.title, "username": self.username}
        if self.person:
            person = self.person
            names = {"first_name": person.first_name, "last_name": person.last_name, "username": person.username}
            chat |= names
        if self.is_forum:
            chat["is_forum"] = True
        return {name: value for name, value in chat.items() if value is not None}

    def as_full_info(self) -> Json:
        """Return the chat as Telegram's `ChatFullInfo`."""
        gifts = ("unlimited_gifts", "limited_gifts", "unique_gifts", "premium_subscription", "gifts_from_channels")
        info: Json = {
            "accent_color_id": 3,
            "max_reaction_count": 11,
            "accepted_gift_types": dict.fromkeys(gifts, False),
        }
        if self.type in {"group", "supergroup"}:
            info["permissions"] = {
                "can_send_messages": "text messages" not in self.withheld,
                "can_send_photos": "photos" not in self.withheld,
                "can_send_documents": "documents" not in self.withheld,
            }
        if self.available_reactions is not None:
            info["available_reactions"] = [{"type": "emoji", "emoji": one} for one in sorted(self.available_reactions)]
        return {**self.as_chat(), **info}

    def keep(self, message: Message) -> Message:
        self.messages[message.id] = message
        return message

    def root_of_thread(self, message: Message) -> int | None:
        """Return the `message_thread_id` of a reply to it where there are no topics: the first message of the chain."""
        return (message.thread_id or message.id) if self.type == "supergroup" else None
