"""The fake chat that the tests of the core talk with: it keeps the promises of a platform too."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from bot.domain.chat import Member, MessageRef, PictureRef, Quoted, Sentence
from bot.domain.errors import (
    ClosedByMember,
    Forbidden,
    PlatformFault,
    RateLimited,
    StoreUnavailable,
    TooLarge,
    Unavailable,
)
from bot.domain.events import RepliedMessage
from bot.ports import ChatPlatform, PlatformServices
from tests.contract.chat.driver import ChatDriver, Standing, Trouble
from tests.contract.chat.states import words_of
from tests.fakes.chat import ALICE, FakeChat

FAULTS: dict[Trouble, PlatformFault] = {
    Trouble.UNREACHABLE: Unavailable("nothing arrived"),
    Trouble.FORBIDDEN: Forbidden("thrown out"),
    Trouble.CLOSED_BY_MEMBER: ClosedByMember("blocked"),
    Trouble.TOO_LARGE: TooLarge("too large"),
    Trouble.RATE_LIMITED: RateLimited(60),
}


class FakeDriver(ChatDriver):
    """Alice. A restarted `FakeChat` shows what the chat of the earlier one showed."""

    name = "fake"
    delivers_again = False

    def __init__(self) -> None:
        super().__init__()
        self.chat = FakeChat()

    @property
    def member(self) -> Member:
        return ALICE

    async def open(self) -> None:
        pass

    def make_platform(self, services: PlatformServices) -> ChatPlatform:
        self._texts = services.texts
        self.chat = self.chat.restarted()
        self.chat.files = self.pictures.kept
        return self.chat

    async def say(self, words: str, pictures: tuple[bytes, ...] = (), answering: MessageRef | None = None) -> None:
        refs = tuple(PictureRef(f"picture-{number}") for number, _ in enumerate(pictures))
        self.chat.pictures |= dict(zip(refs, pictures, strict=True))
        with suppress(StoreUnavailable):  # as the adapter it asks its member to say it again
            await self.chat.say(words, pictures=refs, replied_to=self._replied(answering) if answering else None)

    def _replied(self, answering: MessageRef) -> RepliedMessage:
        shown = {PictureRef(one.original.sha256): one.original.sha256 for one in self.chat.said[answering].pictures}
        self.chat.pictures |= {ref: self.pictures.kept[sha256] for ref, sha256 in shown.items()}
        return RepliedMessage(ref=answering, pictures=tuple(shown))

    async def press(self, ref: MessageRef, label: str) -> None:
        (action,) = [one for one in self.chat.said[ref].actions if self._words(one.label) == label]
        await self.chat.send_token(action.token, ref)

    async def repeat(self) -> None:
        await self.chat.repeat()

    async def standing(self) -> list[Standing]:
        return [
            Standing(
                ref=ref,
                words="\n".join(map(self._words, message.lines)),
                labels=tuple(self._words(action.label) for action in message.actions),
                pictures=len(message.pictures),
            )
            for ref, message in self.chat.said.items()
        ]

    def _words(self, line: Sentence | Quoted) -> str:
        return line.words if isinstance(line, Quoted) else words_of(line, self._texts)

    async def told(self) -> list[str]:
        return [one.words for one in await self.standing()]

    async def seen_by_others(self) -> list[str]:
        return [one.words for one in await self.standing() if self.chat.said[one.ref].audience is None]

    async def reactions(self) -> list[str]:
        return []

    async def remove(self, ref: MessageRef) -> None:
        del self.chat.said[ref]

    @asynccontextmanager
    async def in_trouble(self, trouble: Trouble) -> AsyncIterator[None]:
        self.chat.trouble = FAULTS.get(trouble)
        self.chat.loses_answers = trouble is Trouble.ANSWER_LOST
        yield
        self.chat.trouble, self.chat.loses_answers = None, False
