"""Time, and what an adapter is given."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from bot.domain.prompt.commands import MenuCommand
from bot.ports.chat import Texts, Transcript
from bot.ports.pictures import PictureFiles, PictureLinks


class Clock(Protocol):
    """Time, so that a test can hold it in its hand."""

    def now(self) -> datetime:
        """The time, with its zone (UTC)."""

    async def sleep(self, seconds: float) -> None:
        """Wait."""


Post = Callable[[], Awaitable[object]]
"""Posts an answer. Raises `PlatformFault`."""


class AnswerQueue(Protocol):
    """Where answers wait that nothing waits for."""

    def put(self, chat: str, asker: str, post: Post) -> None:
        """Have an answer posted when it is its turn in a chat (`Conversation.key`), and return at once.

        Answers of a chat are posted in order, each with its faults logged. Where more wait than can be posted soon, the
        oldest are dropped, first those to whoever has asked for most: `asker` is the member, by any name. What must
        arrive does not belong here.
        """


@dataclass(frozen=True, slots=True, kw_only=True)
class PlatformServices:
    """What an adapter is given beside its settings."""

    texts: Texts
    menu: Sequence[MenuCommand]
    language: str  # for pages and menus that nobody's language is known for
    bot_name: str
    transcript: Transcript
    pictures: PictureFiles
    answers: AnswerQueue
    links: PictureLinks | None  # None where the Internet does not reach us
    load_secret: Callable[
        [str], str
    ]  # one of ours by its name, made at first sight; touches the disk: call it in a thread
    announce: Callable[[str], None]  # shows the owner a link to open; it holds a secret, so no log may have it
