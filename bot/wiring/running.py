"""Builds and runs the bot: the store, the files, the image API, the use cases and the platforms."""

import asyncio
from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack
from datetime import timedelta
from functools import partial
from pathlib import Path

import structlog

from adapters.registry import PLATFORMS, sentences_of
from bot.application.background import Background
from bot.application.delivery.delivery import Deliveries
from bot.application.delivery.outcomes import Outcomes
from bot.application.delivery.presenter import Presenter
from bot.application.delivery.status_texts import StatusTexts
from bot.application.delivery.statuses import Statuses
from bot.application.delivery.undelivered import Undelivered
from bot.application.housekeeping import Housekeeping, RowSweep
from bot.application.intake.answers import Answers
from bot.application.intake.button_actions import ButtonActions
from bot.application.intake.chat_bot import ChatBot
from bot.application.intake.generate_commands import GenerateCommands
from bot.application.intake.info_commands import InfoCommands
from bot.application.intake.kept_pictures import KeptPictures
from bot.application.intake.public_answers import PublicAnswers
from bot.application.intake.request_admission import RequestAdmission
from bot.application.intake.sources import Sources
from bot.application.intake.waiting_notes import WaitingNotes
from bot.application.ledger_check import LedgerCheck
from bot.application.painting.endpoint_turns import EndpointTurns
from bot.application.painting.picture_room import PictureRoom
from bot.application.painting.queue_estimate import QueueEstimate
from bot.application.painting.worker import Worker
from bot.application.picture_links import SignedLinks
from bot.application.platform_supervisor import PlatformSupervisor
from bot.application.report import OwnersReport
from bot.application.texts import MessageCatalog
from bot.config import Settings
from bot.domain.credits import CreditPolicy
from bot.domain.prompt.commands import menu_of
from bot.domain.retention import Retention
from bot.picture_store.picture_files import FolderPictures
from bot.pictures.workshop import Files, Workshop
from bot.ports import (
    ChatPlatform,
    Clock,
    ImageApi,
    PictureFiles,
    PictureLinks,
    PlatformServices,
    Store,
    Transcript,
)
from bot.storage.data_folder import load_secret, open_data_folder
from bot.storage.engines.database import Database, database_path
from bot.storage.store import SqlStore
from bot.storage.transcript import SqlTranscript
from bot.wiring.clock import SystemClock
from bot.wiring.endpoints import build_image_api

log = structlog.get_logger()

ANSWER_GRACE_SECONDS = 3.0
"""How long a stop waits for queued answers to be posted. Nothing depends on them."""

LINKS = "picture-links"
"""The name of the secret that signs links to originals."""

Announce = Callable[[str], None]
"""A function that is called with the link that opens a platform's page, if it has one."""


async def run_bot(settings: Settings, stop: asyncio.Event, *, announce: Announce) -> None:
    """Run everything that the configuration names until `stop` is set, or until a part fails.

    Raises `DataFolderInUse` if another process uses the data folder.
    """
    async with AsyncExitStack() as stack:
        folder = stack.enter_context(open_data_folder(settings.data_dir))
        database = await Database.open(database_path(folder, settings.store.url))
        stack.push_async_callback(database.close)
        pictures = folder / "pictures"
        workshop = Workshop(files=Files(folders=[pictures]))
        stack.push_async_callback(workshop.close)
        api = build_image_api(settings, workshop)
        stack.push_async_callback(api.close)
        files = await FolderPictures.open(
            pictures, workshop, most_kept_bytes=int(settings.pictures.most_gb * 1_000_000_000)
        )
        background = await stack.enter_async_context(Background())
        store = SqlStore(database, credit_policy(settings), SystemClock())
        await _take_up(store, settings)
        links = await asyncio.to_thread(_links, settings, folder)
        answers = Answers(SystemClock())
        transcript = SqlTranscript(database, SystemClock())
        platforms = _platforms(settings, transcript, files, links, folder, announce, answers)
        bot = Bot(settings, store, files, links, api, platforms, background, SystemClock(), answers=answers)
        await bot.run(stop)


def credit_policy(settings: Settings) -> CreditPolicy:
    """Return the policy for what members may spend."""
    return CreditPolicy(daily=settings.credits.daily)


def retention_of(settings: Settings) -> Retention:
    """Return how long each kind of row and the pictures are kept."""
    days = settings.retention
    return Retention(
        pictures=timedelta(days=days.picture_days),
        events=timedelta(days=days.event_days),
        albums=timedelta(days=days.album_days),
        entries=timedelta(days=days.entry_days),
        waiting=timedelta(days=days.waiting_days),
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
) -> Mapping[str, ChatPlatform]:
    services = PlatformServices(
        texts=MessageCatalog(*sentences_of(settings.platforms)),
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
    return {name: PLATFORMS[name].make(chosen, services) for name, chosen in settings.platforms.items()}


class Bot:
    """Wires the use cases to one another, and runs them from start to stop."""

    def __init__(
        self,
        settings: Settings,
        store: Store,
        files: PictureFiles,
        links: PictureLinks | None,
        api: ImageApi,
        platforms: Mapping[str, ChatPlatform],
        background: Background,
        clock: Clock,
        *,
        answers: Answers,
    ) -> None:
        jobs, presenter, at_endpoints = settings.jobs, Presenter(files, links, settings.bot.originals), EndpointTurns()
        room = PictureRoom(files, clock)
        turns = QueueEstimate(store, clock, jobs.most_at_once, at_endpoints, spawn=background.spawn)
        self._supervisor = PlatformSupervisor(platforms, clock)
        self._answers = answers
        self._delivery_grace_seconds = jobs.delivery_grace_seconds
        self._deliveries = Deliveries(
            store,
            platforms,
            settings.catalogue,
            Statuses(store, answers, clock),
            StatusTexts(settings.catalogue, presenter, turns, clock),
            Outcomes(
                store,
                settings.catalogue,
                presenter,
                Undelivered(store, clock),
                clock,
                mention_after_seconds=settings.bot.mention_after_seconds,
            ),
            turns,
            clock,
            spawn=background.spawn,
        )
        self._worker = Worker(
            store,
            api,
            files,
            slots=jobs.most_at_once,
            grace_seconds=jobs.grace_seconds,
            clock=clock,
            max_attempts=jobs.max_attempts,
            room=room,
            at_endpoints=at_endpoints,
            changed=self._deliveries.wake,
        )
        self._report, retention = OwnersReport(store, clock), retention_of(settings)
        self._upkeep = (
            self._report,
            Housekeeping(store, files, clock, keep=retention.pictures),
            RowSweep(store, clock, retention),
            LedgerCheck(store, clock),
        )
        sources = Sources(store, files, platforms, clock)
        self._accepting = RequestAdmission(
            store,
            settings.catalogue,
            self._worker,
            self._deliveries,
            sources,
            clock=clock,
            spawn=background.spawn,
            room=room,
            confirm_above=settings.credits.confirm_above,
        )
        waiting = WaitingNotes(store, spawn=background.spawn)
        self._chat_bot = self._conversing(settings, store, sources, waiting, clock)

    def _conversing(
        self, settings: Settings, store: Store, sources: Sources, waiting: WaitingNotes, clock: Clock
    ) -> ChatBot:
        """Build the handler of members' events: commands, button presses, and questions about credits."""
        catalogue = settings.catalogue
        return ChatBot(
            GenerateCommands(store, catalogue, sources, self._accepting, self._answers),
            ButtonActions(store, catalogue, sources, self._accepting, self._deliveries),
            KeptPictures(store, sources, self._accepting, self._deliveries, self._answers, PublicAnswers(clock)),
            waiting,
            InfoCommands(store, catalogue, credit_policy(settings), settings.bot.name),
            self._answers,
            PublicAnswers(clock),
        )

    async def run(self, stop: asyncio.Event) -> None:
        """Serve every platform until `stop` is set. Each request accepted by then is delivered, or is in the store."""
        async with asyncio.TaskGroup() as group:
            worker = group.create_task(self._worker.run())
            upkeep = [group.create_task(work.run()) for work in self._upkeep]
            serving = group.create_task(self._supervisor.run(self._chat_bot.handle))
            await self._accepting.resume()
            await self._deliveries.wake_all()
            await stop.wait()
            # Stop in this order, so that members still get their pictures: painting, then delivery, then the platforms.
            worker.cancel()
            await asyncio.gather(worker, return_exceptions=True)
            await asyncio.gather(
                self._deliveries.finish_ended(seconds=self._delivery_grace_seconds),
                self._answers.finish(seconds=ANSWER_GRACE_SECONDS),
            )
            for task in (serving, *upkeep):
                task.cancel()
        await self._answers.finish(seconds=0)
        await self._report.write()
