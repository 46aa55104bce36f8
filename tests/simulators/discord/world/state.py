"""People, servers, channels and messages of the simulated Discord. A test may change any of them."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import IntEnum, IntFlag
from typing import Any, Protocol

from tests.simulators.discord.interactions.components import Button, buttons_in, media_in, text_in
from tests.simulators.discord.world.files import StoredFile

Json = dict[str, Any]

EPHEMERAL = 1 << 6
LOADING = 1 << 7
COMPONENTS_V2 = 1 << 15

MEBIBYTE = 1024 * 1024
MOST_FILE_BYTES = {0: 10 * MEBIBYTE, 1: 10 * MEBIBYTE, 2: 50 * MEBIBYTE, 3: 100 * MEBIBYTE}
"""By a server's boost tier."""


class Now(Protocol):
    """Whatever knows the time."""

    def now(self) -> datetime: ...


class HandClock:
    """A clock that only a test moves. It starts at the real time, since the library compares identifiers with that."""

    def __init__(self) -> None:
        self._now = datetime.now(UTC)

    def now(self) -> datetime:
        return self._now

    def advance(self, seconds: float) -> None:
        self._now += timedelta(seconds=seconds)


class Permission(IntFlag):
    """The permissions that the simulator looks at."""

    NONE = 0
    ADD_REACTIONS = 1 << 6
    VIEW_CHANNEL = 1 << 10
    SEND_MESSAGES = 1 << 11
    MANAGE_MESSAGES = 1 << 13
    EMBED_LINKS = 1 << 14
    ATTACH_FILES = 1 << 15
    READ_MESSAGE_HISTORY = 1 << 16
    MENTION_EVERYONE = 1 << 17
    SEND_MESSAGES_IN_THREADS = 1 << 38
    USE_EXTERNAL_APPS = 1 << 50


EVERYONE_MAY = (
    Permission.ADD_REACTIONS
    | Permission.VIEW_CHANNEL
    | Permission.SEND_MESSAGES
    | Permission.EMBED_LINKS
    | Permission.ATTACH_FILES
    | Permission.READ_MESSAGE_HISTORY
    | Permission.SEND_MESSAGES_IN_THREADS
    | Permission.USE_EXTERNAL_APPS
)


class Kind(IntEnum):
    """Kinds of channels."""

    TEXT = 0
    DIRECT = 1
    GROUP = 3
    THREAD = 11


@dataclass(slots=True, kw_only=True, eq=False)
class Person:
    """A user; `takes_direct_messages` False: the bot's are refused with 50007."""

    id: int
    name: str
    display_name: str | None = None
    is_bot: bool = False
    locale: str = "en-US"
    takes_direct_messages: bool = True
    has_installed: bool = False  # the app for themselves; where the bot is not, that is taken for granted


@dataclass(slots=True, kw_only=True, eq=False)
class Role:
    id: int
    name: str
    permissions: Permission = Permission.NONE
    bot_id: int | None = None  # of the bot that the server made the role for


@dataclass(slots=True, kw_only=True, eq=False)
class Member:
    person: Person
    joined_at: datetime
    roles: list[Role] = field(default_factory=list)


@dataclass(slots=True, kw_only=True, eq=False)
class Guild:
    """A server; `has_bot` False: only who installed the app for themselves can use it there."""

    id: int
    name: str
    owner: Person = field(repr=False)
    everyone: Role = field(repr=False)
    has_bot: bool = True
    premium_tier: int = 0
    locale: str = "en-US"
    roles: list[Role] = field(default_factory=list, repr=False)
    members: dict[int, Member] = field(default_factory=dict, repr=False)

    @property
    def most_file_bytes(self) -> int:
        return MOST_FILE_BYTES[self.premium_tier]


@dataclass(slots=True, kw_only=True, eq=False)
class Channel:
    """A channel, a thread (which has a parent) or a private chat (which has people instead of a server)."""

    id: int
    kind: Kind
    name: str
    guild: Guild | None = None
    parent: "Channel | None" = None
    people: list[Person] = field(default_factory=list)
    denied: Permission = Permission.NONE  # to the bot, in an overwrite of its own
    is_age_restricted: bool = False

    @property
    def is_thread(self) -> bool:
        return self.kind is Kind.THREAD


@dataclass(slots=True, kw_only=True, eq=False)
class Origin:
    """The interaction that a message answers."""

    interaction_id: int
    kind: int
    person: Person
    owners: dict[str, str]
    message_id: int | None = None  # whose button was pressed
    opened_by: "Origin | None" = None  # of a modal: what it was the answer to


@dataclass(slots=True, kw_only=True, eq=False)
class Message:
    """A message as it stands now."""

    id: int
    channel: Channel
    author: Person
    created_at: datetime
    kind: int = 0
    content: str = ""
    embeds: list[Json] = field(default_factory=list)
    components: list[Json] = field(default_factory=list)
    files: list[StoredFile] = field(default_factory=list)
    flags: int = 0
    nonce: str | None = None
    reference: Json | None = None
    forwarded: "Message | None" = None
    mentions: list[Person] = field(default_factory=list)
    mention_roles: list[int] = field(default_factory=list)
    pings_everyone: bool = False
    notified: list[Person] = field(default_factory=list)  # who heard of it when it came; edits tell nobody
    reactions: list[str] = field(default_factory=list)  # of the bot
    origin: Origin | None = None
    edited_at: datetime | None = None
    is_deleted: bool = False

    @property
    def text(self) -> str:
        """Its content, or the texts of its components, one a line."""
        return text_in(self.components) if self.is_v2 else self.content

    @property
    def buttons(self) -> list[Button]:
        return buttons_in(self.components)

    @property
    def shown_files(self) -> list[StoredFile]:
        """The files that a reader sees: with Components V2 only those that a component refers to."""
        if not self.is_v2:
            return self.files
        named = {url.removeprefix("attachment://") for url in media_in(self.components)}
        return [file for file in self.files if file.name in named]

    @property
    def is_v2(self) -> bool:
        return bool(self.flags & COMPONENTS_V2)

    @property
    def is_ephemeral(self) -> bool:
        return bool(self.flags & EPHEMERAL)

    @property
    def is_loading(self) -> bool:
        return bool(self.flags & LOADING)
