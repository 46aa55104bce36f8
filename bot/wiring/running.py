"""Opens the store, the files, the image API and the platforms, and runs the bot with them."""

import asyncio
from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack
from datetime import timedelta
from functools import partial
from pathlib import Path

import structlog

from adapters.registry import PLATFORMS, Platforms, sentences_of
from bot.application.background import Background
from bot.application.intake.answers import Answers
from bot.application.picture_links import SignedLinks
from bot.application.texts import MessageCatalog
from bot.config import Settings
from bot.domain.prompt.commands import menu_of
from bot.picture_store.picture_files import FolderPictures
from bot.pictures.workshop import Files, Workshop
from bot.ports import ChatPlatform, PictureFiles, PictureLinks, PlatformServices, Store, Transcript
from bot.storage.data_folder import load_secret, open_data_folder
from bot.storage.engines.database import Database, database_path
from bot.storage.store import SqlStore
from bot.storage.transcript import SqlTranscript
from bot.wiring.bot import Bot, BotContext, credit_policy
from bot.wiring.clock import SystemClock
from bot.wiring.endpoints import build_image_api

log = structlog.get_logger()

LINKS = "picture-links"
"""The name of the secret that signs links to originals."""

Announce = Callable[[str], None]
"""A function that is called with the link that opens a platform's page, if it has one."""


async def run_bot(
    settings: Settings, stop: asyncio.Event, *, announce: Announce, platforms: Platforms = PLATFORMS
) -> None:
    """Run everything that the configuration names until `stop` is set, or until a part fails.

    `platforms` are those that the configuration may name. Raises `DataFolderInUse` if another process uses the data
    folder.
    """
    async with AsyncExitStack() as stack:
        context = await _open(settings, stack, announce, platforms)
        await Bot(context).run(stop)


async def _open(settings: Settings, stack: AsyncExitStack, announce: Announce, known: Platforms) -> BotContext:
    """Open the data folder, the endpoints and the platforms. The stack closes them."""
    clock = SystemClock()
    folder = stack.enter_context(open_data_folder(settings.data_dir))
    database = await Database.open(database_path(folder, settings.store.url))
    stack.push_async_callback(database.close)
    pictures = folder / "pictures"
    workshop = Workshop(files=Files(folders=[pictures]))
    stack.push_async_callback(workshop.close)
    api = build_image_api(settings, workshop)
    stack.push_async_callback(api.close)
    most_kept_bytes = int(settings.pictures.most_gb * 1_000_000_000)
    files = await FolderPictures.open(pictures, workshop, most_kept_bytes=most_kept_bytes)
    background = await stack.enter_async_context(Background())
    store = SqlStore(database, credit_policy(settings), clock)
    await _take_up(store, settings)
    links = await asyncio.to_thread(_links, settings, folder)
    answers = Answers(clock)
    transcript = SqlTranscript(database, clock)
    return BotContext(
        settings=settings,
        store=store,
        files=files,
        links=links,
        api=api,
        platforms=_platforms(settings, transcript, files, links, folder, announce, answers, known),
        background=background,
        clock=clock,
        answers=answers,
    )


async def _take_up(store: Store, settings: Settings) -> None:
    """Recover the jobs that an earlier process left unfinished, before anything new begins."""
    left = await store.recover(after_crash=settings.jobs.after_crash, max_attempts=settings.jobs.max_attempts)
    if left:
        log.warning("pictures-interrupted", jobs=left, after_crash=settings.jobs.after_crash.value)


def _links(settings: Settings, folder: Path) -> PictureLinks | None:
    """Build the links to originals. None if the configuration has no public address."""
    if settings.bot.public_url is None:
        return None
    secret = load_secret(folder, LINKS)
    lifetime = timedelta(days=settings.pictures.link_days)
    return SignedLinks(str(settings.bot.public_url), secret, SystemClock(), lifetime=lifetime)


def _platforms(
    settings: Settings,
    transcript: Transcript,
    files: PictureFiles,
    links: PictureLinks | None,
    folder: Path,
    announce: Announce,
    answers: Answers,
    known: Platforms,
) -> Mapping[str, ChatPlatform]:
    services = PlatformServices(
        texts=MessageCatalog(*sentences_of(settings.platforms, known)),
        menu=menu_of(settings.catalogue),
        language=settings.bot.language,
        bot_name=settings.bot.name,
        transcript=transcript,
        pictures=files,
        answers=answers,
        links=links,
        load_secret=partial(load_secret, folder),
        announce=announce,
    )
    return {name: known[name].make(chosen, services) for name, chosen in settings.platforms.items()}
