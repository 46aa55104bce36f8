"""A bot that hides nothing it could let slip: every logger at its most talkative, every exception with its locals.

It asks each model of a configuration for a picture, says what members are told, and ends.
Run as `python -m tests.e2e.secrets.talkative_bot CONFIG`.
"""

import asyncio
import logging
import sys
from collections.abc import Iterator
from contextlib import AsyncExitStack
from pathlib import Path
from traceback import TracebackException

import structlog

from adapters.registry import PLATFORMS, sentences_of
from bot.application.background import Background
from bot.application.intake.answers import Answers
from bot.application.texts import LANGUAGES, MessageCatalog, plain
from bot.cli.logging import set_up_logging
from bot.config import Settings, load_file
from bot.domain.chat import OutgoingMessage, Quoted
from bot.domain.requests.requests import MadePicture
from bot.picture_store.picture_files import FolderPictures
from bot.pictures.workshop import Workshop
from bot.ports import ImageApi, ImageRequest, Journal, PictureSink
from bot.storage.data_folder import open_data_folder
from bot.storage.engines.database import Database, database_path
from bot.storage.store import SqlStore
from bot.wiring.bot import Bot, BotContext, credit_policy
from bot.wiring.clock import SystemClock
from bot.wiring.endpoints import build_image_api
from tests.fakes.chat import FakeChat

ROOT = Path(__file__).parents[3]
OURS = (str(ROOT / "bot"), str(ROOT / "adapters"))
LIMIT_SECONDS = 280  # for a busy machine; a quiet one needs 25


class TalkativeApi:
    """An image API that tells everything about each fault: the chain, and what our own frames held."""

    def __init__(self, api: ImageApi) -> None:
        self._api = api

    async def paint(self, order: ImageRequest, sink: PictureSink, journal: Journal) -> tuple[MadePicture, ...]:
        try:
            return await self._api.paint(order, sink, journal)
        except Exception as error:
            tell(error, order.wish.model)
            raise

    async def close(self) -> None:
        await self._api.close()


def tell(error: Exception, model: str) -> None:
    """Print all that is known of an exception; of libraries' frames not the locals, which do hold what they send."""
    told = TracebackException.from_exception(error, capture_locals=True)
    for part in chain(told):
        frames = [frame for frame in part.stack if frame.filename.startswith(OURS)]
        print("LOCALS", model, [(frame.name, frame.lineno, frame.locals) for frame in frames])  # noqa: T201 - to be searched
    print("".join(TracebackException.from_exception(error).format()))  # noqa: T201 - to be searched
    seen: BaseException | None = error
    while seen is not None:
        print("ERROR", repr(seen), str(seen), vars(seen))  # noqa: T201 - to be searched
        seen = seen.__cause__ or seen.__context__


def chain(told: TracebackException) -> Iterator[TracebackException]:
    yield told
    for before in (told.__cause__, told.__context__):
        if before is not None:
            yield from chain(before)


def talk() -> None:
    """Have every logger say everything."""
    set_up_logging()
    logging.getLogger().setLevel(logging.DEBUG)
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.DEBUG))
    asyncio.get_running_loop().set_debug(True)


async def serve(settings: Settings) -> None:
    talk()
    print(repr(settings))  # noqa: T201 - to be searched
    chat, clock = FakeChat(), SystemClock()
    async with AsyncExitStack() as stack:
        folder = stack.enter_context(open_data_folder(settings.data_dir))
        database = await Database.open(database_path(folder, settings.store.url))
        stack.push_async_callback(database.close)
        workshop = Workshop()
        api = TalkativeApi(build_image_api(settings, workshop, clock))
        stack.push_async_callback(api.close)
        files = await FolderPictures.open(folder / "pictures", workshop)
        store = SqlStore(database, credit_policy(settings), clock)
        background = await stack.enter_async_context(Background())
        context = BotContext(
            settings=settings,
            store=store,
            files=files,
            links=None,
            api=api,
            platforms={"chat": chat},
            background=background,
            clock=clock,
            answers=Answers(clock),
        )
        stop = asyncio.Event()
        bot = asyncio.create_task(Bot(context).run(stop))
        await chat.running.wait()
        await ask_every_model(chat, settings)
        stop.set()
        await bot


async def ask_every_model(chat: FakeChat, settings: Settings) -> None:
    models = settings.catalogue.models
    for model in models:
        await chat.say(f"/imagine a red fox --model {model.name}")
    await chat.until(
        lambda: sum(message.progress is None for message in chat.said.values()) == len(models),
        limit_seconds=LIMIT_SECONDS,
    )
    for message in chat.said.values():
        print("SAID", *said(message), sep="\n  ")  # noqa: T201 - to be searched


def said(message: OutgoingMessage) -> Iterator[str]:
    texts = MessageCatalog(*sentences_of(PLATFORMS))
    for language in LANGUAGES:
        for line in message.lines:
            yield line.words if isinstance(line, Quoted) else plain(texts.say(line, language))


if __name__ == "__main__":
    asyncio.run(serve(load_file(Path(sys.argv[1]), {})))
