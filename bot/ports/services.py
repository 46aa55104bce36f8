"""The clock, and the services that an adapter is given."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from bot.domain.prompt.commands import MenuCommand
from bot.ports.chat import Texts, Transcript
from bot.ports.pictures import PictureFiles, PictureLinks


class Clock(Protocol):
    """The clock. Tests replace it to control time."""

    def now(self) -> datetime:
        """Return the current time, with its zone (UTC)."""

    async def sleep(self, seconds: float) -> None:
        """Wait for some seconds."""


Post = Callable[[], Awaitable[object]]
"""Post an answer. Raises `PlatformFault`."""


class AnswerQueue(Protocol):
    """A queue of answers. The code that puts one in does not wait for it to be posted."""

    def put(self, chat: str, asker: str, post: Post) -> None:
        """Queue an answer for a chat (`Conversation.key`) and return at once.

        Answers of a chat are posted in order; their faults are logged. If more wait than can be posted soon, the oldest
        are dropped, first those of the member who has asked for most. `asker` is that member, by any name. Do not queue
        here what must arrive.
        """


@dataclass(frozen=True, slots=True, kw_only=True)
class PlatformServices:
    """The services that an adapter gets besides its settings."""

    texts: Texts
    menu: Sequence[MenuCommand]
    language: str  # for pages and menus whose reader's language is unknown
    bot_name: str
    transcript: Transcript
    pictures: PictureFiles
    answers: AnswerQueue
    links: PictureLinks | None  # None if the Internet cannot reach us
    load_secret: Callable[
        [str], str
    ]  # one of our secrets by name, created on first use; touches the disk: call it in a thread
    announce: Callable[[str], None]  # shows the owner a link to open; it holds a secret, so never log it
