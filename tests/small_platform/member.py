"""A member at the notice board, with a bot whose owner has registered the board's adapter."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.e2e.member import Member, Shown, Ways
from tests.e2e.program import Program
from tests.e2e.site import Site, png
from tests.simulators.image_api.gateway import GatewaySimulator
from tests.simulators.seen import Seen, State
from tests.simulators.seen import Shown as Whole
from tests.small_platform.server import MOST_BYTES, TOKEN, Board, Note, served


@dataclass
class BoardSite(Site):
    """A data folder, the board its bot writes on, and the endpoint that it asks for pictures."""

    board: Board

    def platform_section(self) -> str:
        return f'[platforms.board]\nurl = "{self.board.url}"\ntoken = "env:TEST_TOKEN"\n'

    def environment(self) -> Mapping[str, str]:
        return {"TEST_TOKEN": TOKEN}

    def secrets(self) -> Iterable[str]:
        return [TOKEN]

    @asynccontextmanager
    async def running(self) -> AsyncIterator[Program]:
        """Run the bot. What is said before it asks for events waits for it."""
        async with self.started() as program:
            yield program


class BoardMember(Member):
    """Carla. The board shows every picture as it is."""

    ways = Ways(shows_originals_up_to_bytes=MOST_BYTES)

    def __init__(self, site: BoardSite) -> None:
        self._site = site
        self._board = site.board

    @property
    def site(self) -> BoardSite:
        return self._site

    @asynccontextmanager
    async def running(self) -> AsyncIterator[Program]:
        async with self._site.running() as program:
            yield program

    async def say(self, words: str, pictures: Sequence[bytes] = (), answering: Shown | None = None) -> None:
        self._board.say("carla", words, tuple(pictures), answering.ref if answering else None)

    async def press(self, shown: Shown, label: str) -> None:
        self._board.press("carla", shown.ref, label)

    def seen(self) -> Sequence[Shown]:
        return [_shown(note) for note in self._board.notes.values()]

    async def pictures(self, shown: Shown) -> Sequence[bytes]:
        return [self._board.pictures[name] for name in self._board.notes[shown.ref].pictures]

    async def original(self, shown: Shown) -> bytes:
        (picture,) = await self.pictures(shown)
        return picture

    async def until(self, condition: Callable[[], object]) -> None:
        await self._board.bell.until(condition)

    def hold_delivery(self) -> None:
        self._board.takes_pictures = False

    def resume_delivery(self) -> None:
        self._board.takes_pictures = True

    def whole(self) -> Seen:
        """Return each note as it stood after each change. The board does not say when that was."""
        changes: dict[str, list[State]] = {}
        for note in self._board.history:
            shown = _shown(note)
            state = State(at=0.0, text=shown.words, pictures=note.pictures, buttons=shown.labels)
            changes.setdefault(note.name, []).append(state)
        return Seen(messages=[Whole(chat=0, number=int(name[1:]), states=states) for name, states in changes.items()])

    @asynccontextmanager
    async def held_upload(self, moment: str, number: int) -> AsyncIterator[Callable[[], bool]]:
        """Hold each upload of a picture. The board has taken it by then, whatever the moment."""
        del moment, number
        self._board.gate = asyncio.Event()
        try:
            yield lambda: self._board.held > 0
        finally:
            self._board.gate.set()
            self._board.gate, self._board.held = None, 0


def _shown(note: Note) -> Shown:
    labels = tuple(button["label"] for button in note.buttons)
    return Shown(ref=note.name, words=note.text, labels=labels, pictures=len(note.pictures))


@asynccontextmanager
async def board_member(folder: Path) -> AsyncIterator[BoardMember]:
    async with served() as board, GatewaySimulator(picture=png()) as endpoint:
        site = BoardSite(folder, endpoint, board, module="tests.small_platform.program")
        site.configure()
        yield BoardMember(site)
        await site.check_ledger()
