"""The whole core with its real store, on twins of the chat, the image API and the clock."""

import asyncio
import io
from collections import Counter
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from PIL import Image

from bot.application.background import Background
from bot.application.intake.answers import Answers
from bot.config import Settings, load
from bot.domain.chat import ConversationKey, MessageRef
from bot.domain.errors import StoreRefused, StoreUnavailable
from bot.domain.requests.requests import DeliveryState, RequestId
from bot.picture_store.picture_files import FolderPictures
from bot.pictures.workshop import Workshop
from bot.ports import PictureLinks, Store
from bot.storage.store import SqlStore
from bot.wiring.bot import Bot, BotContext, credit_policy
from tests.empty_database import open_database
from tests.fakes.chat import ALICE, BOB, HERE, FakeChat
from tests.fakes.clock import FakeClock
from tests.fakes.image_api import FakePainter
from tests.simulators.waiting import WITHIN_SECONDS


def png(color: str = "red", size: tuple[int, int] = (16, 9)) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", size, color).save(file, "PNG")
    return file.getvalue()


class FlakyStore:
    """A store that fails once, as on a full disk, at some calls, and refuses others so many times for good."""

    def __init__(self, store: Store, failing: Iterable[str], refusing: Mapping[str, int] | None = None) -> None:
        self._store = store
        self._failing = set(failing)
        self._refusing = Counter(refusing or {})

    def __getattr__(self, name: str) -> Any:
        call = getattr(self._store, name)

        async def fail_once(*arguments: Any, **options: Any) -> Any:
            if name in self._failing:
                self._failing.discard(name)
                raise StoreUnavailable("database or disk is full")
            if self._refusing[name] > 0:
                self._refusing[name] -= 1
                raise StoreRefused("a value that cannot be kept")
            return await call(*arguments, **options)

        return fail_once


@dataclass
class House:
    chat: FakeChat
    painter: FakePainter
    clock: FakeClock
    store: Store
    files: FolderPictures

    async def credits_left(self, name: str = "alice") -> int:
        return await self.store.credits_left({"alice": ALICE, "bob": BOB}[name])


def settings_for(folder: Path, **sections: Any) -> Settings:
    table = {"endpoints": [{"format": "demo"}], "credits": {"daily": 20}, "jobs": {"most_at_once": 1}, **sections}
    return load(table, {}, folder=folder, name="the test's configuration")


@asynccontextmanager
async def open_house(
    folder: Path,
    *,
    chat: FakeChat | None = None,
    painter: FakePainter | None = None,
    failing: Iterable[str] = (),
    refusing: Mapping[str, int] | None = None,
    links: PictureLinks | None = None,
    **sections: Any,
) -> AsyncIterator[House]:
    """Run a bot. At the end it stops as SIGTERM stops it."""
    settings = settings_for(folder, **sections)
    chat, painter, clock = chat or FakeChat(), painter or FakePainter(png()), FakeClock()
    async with AsyncExitStack() as stack:
        database = await open_database(folder / "plantain.db")
        stack.push_async_callback(database.close)
        files = await FolderPictures.open(folder / "pictures", Workshop())
        store = SqlStore(database, credit_policy(settings), clock)
        await store.recover(after_crash=settings.jobs.after_crash, max_attempts=settings.jobs.max_attempts)
        background = await stack.enter_async_context(Background())
        answers = Answers(clock)
        chat.answered = partial(answers.until_posted, ConversationKey(HERE.text), seconds=10)
        weak_store = FlakyStore(store, failing, refusing)
        context = BotContext(
            settings=settings,
            store=weak_store,
            files=files,
            links=links,
            api=painter,
            platforms={"chat": chat},
            background=background,
            clock=clock,
            answers=answers,
        )
        bot = Bot(context)
        stop = asyncio.Event()
        running = asyncio.create_task(bot.run(stop))
        await chat.running.wait()
        try:
            yield House(chat=chat, painter=painter, clock=clock, store=store, files=files)
        finally:
            painter.may_paint.set()
            stop.set()
            async with asyncio.timeout(WITHIN_SECONDS):
                await running
            assert await store.check_ledger() == []


_FIRST = RequestId(1)


async def until_arrived(house: House, request: RequestId = _FIRST) -> MessageRef:
    """Wait until the pictures of a request are in the chat and known as theirs.

    Return the newest message that shows any.
    """
    assert await delivery_of(house, request) is DeliveryState.SENT
    return await house.chat.until_shown()


async def delivery_of(house: House, request: RequestId) -> DeliveryState:
    """Return the delivery state of a request, once it is final or after `WITHIN_SECONDS`."""
    for _ in range(int(WITHIN_SECONDS / 0.01)):
        state = (await house.store.view(request)).delivery
        if state is not DeliveryState.DUE:
            return state
        await asyncio.sleep(0.01)
    return DeliveryState.DUE
