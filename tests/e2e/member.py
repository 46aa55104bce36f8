"""Somebody at a keyboard, on whatever platform: what a scenario can have them do, and what they see."""

import asyncio
import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import ClassVar

from tests.e2e.program import Program
from tests.e2e.site import Site
from tests.simulators.seen import Seen
from tests.simulators.waiting import WITHIN_SECONDS

CREDITS = re.compile(r"You have (\d+) credits? left today")
LAST_BUTTON = "Delete"
"""Only what a request has come to in the end has it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ways:
    """In what a platform differs, as far as a member notices."""

    shows_originals_up_to_bytes: int  # larger ones are shown as a copy; 0: whatever is shown is the platform's copy


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What the bot says at one place, as the member sees it now; an album is one with the words about it."""

    ref: str  # what the driver finds it by
    words: str
    labels: tuple[str, ...]  # of its buttons
    pictures: int  # how many it shows


class Member(ABC):
    """A member in one chat with the bot. What they do is on its way when a method returns."""

    ways: ClassVar[Ways]

    @property
    @abstractmethod
    def site(self) -> Site:
        """The bot, and the endpoint that it asks."""

    @abstractmethod
    def running(self) -> AbstractAsyncContextManager[Program]:
        """Run the bot with the member in the chat."""

    @abstractmethod
    async def say(self, words: str, pictures: Sequence[bytes] = (), answering: Shown | None = None) -> None:
        """Send words, that may begin with a command, with pictures or in answer to something."""

    @abstractmethod
    async def press(self, shown: Shown, label: str) -> None:
        """Press a button."""

    @abstractmethod
    def seen(self) -> Sequence[Shown]:
        """Return all that the bot says now, oldest first. Deleted messages are not included."""

    @abstractmethod
    async def pictures(self, shown: Shown) -> Sequence[bytes]:
        """Return the pictures as they are shown, in the order of their numbers."""

    @abstractmethod
    async def original(self, shown: Shown) -> bytes:
        """Return the original of a single picture that is shown as a copy, fetched as members fetch it here."""

    @abstractmethod
    async def until(self, condition: Callable[[], object]) -> None:
        """Wait until something holds that what the member sees decides. TimeoutError if it never does."""

    @abstractmethod
    def hold_delivery(self) -> None:
        """Let no picture of the bot reach the chat from now on."""

    @abstractmethod
    def resume_delivery(self) -> None:
        """Let pictures of the bot reach the chat again."""

    @abstractmethod
    def whole(self) -> Seen:
        """Return all that was ever shown to anybody, as the judges of `tests.simulators.seen` read it."""

    @abstractmethod
    def held_upload(self, moment: str, number: int) -> AbstractAsyncContextManager[Callable[[], bool]]:
        """Have one upload of pictures hang while nobody reads it, before it is taken or after; whether it hangs by now.

        `moment` is "unread", "before" or "after", `number` says which of the next two. Left, nothing hangs any more.
        """

    def seen_with_pictures(self) -> Sequence[Shown]:
        """Return the messages that show the complete outcome of a request."""
        return [one for one in self.seen() if one.pictures and LAST_BUTTON in one.labels]

    async def until_shown(self, count: int = 1) -> Shown:
        """Wait until so many requests have pictures and the bot knows that they arrived. Return the newest message."""
        await self.until(lambda: len(self.seen_with_pictures()) >= count)
        await self.site.until_delivered(count)
        return self.seen_with_pictures()[-1]

    async def until_told(self, *words: str) -> Shown:
        """Wait until something that the bot says holds all these words. Return the newest."""

        def telling() -> list[Shown]:
            return [one for one in self.seen() if all(each in one.words for each in words)]

        await self.until(telling)
        return telling()[-1]

    async def credits_left(self) -> int:
        """Ask with /credits how many credits are left."""

        def told() -> list[str]:
            return [found[1] for one in self.seen() if (found := CREDITS.search(one.words))]

        before = len(told())
        await self.say("/credits")
        await self.until(lambda: len(told()) > before)
        return int(told()[-1])

    async def until_painting(self, count: int = 1) -> None:
        """Wait until the endpoint has been asked for so many pictures."""
        async with asyncio.timeout(WITHIN_SECONDS):
            await self.site.endpoint.wait_for_requests(count)
