"""The small platform of tests/small_platform: it keeps the same promises as the real ones."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from pydantic import SecretStr

from bot.domain.chat import Member, MessageRef
from bot.ports import ChatPlatform, PlatformServices
from tests.contract.chat.driver import ChatDriver, Standing, Trouble
from tests.small_platform.adapter import BoardPlatform, BoardSettings
from tests.small_platform.server import TOKEN, Board, Note, served

REFUSALS = {
    Trouble.UNREACHABLE: 503,
    Trouble.FORBIDDEN: 403,
    Trouble.CLOSED_BY_MEMBER: 423,
    Trouble.TOO_LARGE: 413,
    Trouble.RATE_LIMITED: 429,
}


class BoardDriver(ChatDriver):
    """Carla, at the board."""

    name = "board"

    @property
    def member(self) -> Member:
        return Member(platform="board", id="carla", name="carla", language="en")

    async def open(self) -> None:
        self._board: Board = await self.stack.enter_async_context(served())

    def make_platform(self, services: PlatformServices) -> ChatPlatform:
        return BoardPlatform(BoardSettings(url=self._board.url, token=SecretStr(TOKEN)), services)

    async def say(self, words: str, pictures: tuple[bytes, ...] = (), answering: MessageRef | None = None) -> None:
        self._board.say("carla", f"/imagine {words}", pictures, answering)

    async def press(self, ref: MessageRef, label: str) -> None:
        self._board.press("carla", ref, label)

    async def repeat(self) -> None:
        self._board.repeat()

    async def standing(self) -> list[Standing]:
        return [self._standing(note) for note in self._board.notes.values()]

    def _standing(self, note: Note) -> Standing:
        labels = tuple(button["label"] for button in note.buttons)
        return Standing(ref=MessageRef(note.name), words=note.text, labels=labels, pictures=len(note.pictures))

    async def told(self) -> list[str]:
        return [note.text for note in self._board.notes.values() if note.only_for == "carla"]

    async def until_told(self, words: str) -> None:
        await self._board.bell.until(lambda: any(words in note.text for note in self._board.notes.values()))

    async def seen_by_others(self) -> list[str]:
        return [note.text for note in self._board.notes.values() if note.only_for is None]

    async def reactions(self) -> list[str]:
        return []

    async def remove(self, ref: MessageRef) -> None:
        del self._board.notes[ref]

    @asynccontextmanager
    async def in_trouble(self, trouble: Trouble) -> AsyncIterator[None]:
        self._board.refusal = REFUSALS.get(trouble)
        self._board.loses_answers = trouble is Trouble.ANSWER_LOST
        yield
        self._board.refusal, self._board.loses_answers = None, False
