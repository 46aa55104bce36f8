"""Wires the use cases to one another, and runs them."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta

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
from bot.application.platform_supervisor import PlatformSupervisor
from bot.application.report import OwnersReport
from bot.config import Settings
from bot.domain.credits import CreditPolicy
from bot.domain.requests.requests import RequestId
from bot.domain.retention import Retention
from bot.ports import ChatPlatform, Clock, ImageApi, PictureFiles, PictureLinks, Store

ANSWER_GRACE_SECONDS = 3.0
"""How long a stop waits for queued answers to be posted. Nothing depends on them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BotContext:
    """Everything that the use cases are built from: the configuration, and what reaches beyond the process."""

    settings: Settings
    store: Store
    files: PictureFiles
    links: PictureLinks | None  # None: the configuration has no public address
    api: ImageApi
    platforms: Mapping[str, ChatPlatform]
    background: Background
    clock: Clock
    answers: Answers


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


class Bot:
    """The use cases of one process, run from start to stop."""

    def __init__(self, context: BotContext) -> None:
        at_endpoints, room = EndpointTurns(), PictureRoom(context.files, context.clock)
        sources = Sources(context.store, context.files, context.platforms, context.clock)
        self._answers = context.answers
        self._delivery_grace_seconds = context.settings.jobs.delivery_grace_seconds
        self._supervisor = PlatformSupervisor(context.platforms, context.clock)
        self._deliveries = _build_deliveries(context, at_endpoints)
        self._worker = _build_worker(context, room, at_endpoints, changed=self._deliveries.wake)
        self._report = OwnersReport(context.store, context.clock)
        self._upkeep = (self._report, *_build_upkeep(context))
        self._admission = _build_admission(context, self._worker, self._deliveries, sources, room)
        self._chat_bot = _build_chat_bot(context, self._admission, self._deliveries, sources)

    async def run(self, stop: asyncio.Event) -> None:
        """Serve every platform until `stop` is set. Each request accepted by then is delivered, or is in the store."""
        async with asyncio.TaskGroup() as group:
            worker = group.create_task(self._worker.run())
            upkeep = [group.create_task(work.run()) for work in self._upkeep]
            serving = group.create_task(self._supervisor.run(self._chat_bot.handle))
            await self._admission.resume()
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


def _build_deliveries(context: BotContext, at_endpoints: EndpointTurns) -> Deliveries:
    settings, store, clock, spawn = context.settings, context.store, context.clock, context.background.spawn
    presenter = Presenter(context.files, context.links, settings.bot.originals)
    turns = QueueEstimate(store, clock, settings.jobs.most_at_once, at_endpoints, spawn=spawn)
    outcomes = Outcomes(
        store,
        settings.catalogue,
        presenter,
        Undelivered(store, clock),
        clock,
        mention_after_seconds=settings.bot.mention_after_seconds,
    )
    return Deliveries(
        store,
        context.platforms,
        settings.catalogue,
        Statuses(store, context.answers, clock),
        StatusTexts(settings.catalogue, presenter, turns, clock),
        outcomes,
        turns,
        clock,
        spawn=spawn,
    )


def _build_worker(
    context: BotContext, room: PictureRoom, at_endpoints: EndpointTurns, *, changed: Callable[[RequestId], None]
) -> Worker:
    jobs = context.settings.jobs
    return Worker(
        context.store,
        context.api,
        context.files,
        context.settings.known,
        slots=jobs.most_at_once,
        grace_seconds=jobs.grace_seconds,
        clock=context.clock,
        max_attempts=jobs.max_attempts,
        room=room,
        at_endpoints=at_endpoints,
        changed=changed,
    )


def _build_upkeep(context: BotContext) -> tuple[Housekeeping, RowSweep, LedgerCheck]:
    store, clock, retention = context.store, context.clock, retention_of(context.settings)
    return (
        Housekeeping(store, context.files, clock, keep=retention.pictures),
        RowSweep(store, clock, retention),
        LedgerCheck(store, clock),
    )


def _build_admission(
    context: BotContext, worker: Worker, deliveries: Deliveries, sources: Sources, room: PictureRoom
) -> RequestAdmission:
    return RequestAdmission(
        context.store,
        context.settings.catalogue,
        worker,
        deliveries,
        sources,
        clock=context.clock,
        spawn=context.background.spawn,
        room=room,
        confirm_above=context.settings.credits.confirm_above,
    )


def _build_chat_bot(
    context: BotContext, admission: RequestAdmission, deliveries: Deliveries, sources: Sources
) -> ChatBot:
    """Build the handler of members' events: commands, button presses, and questions about credits."""
    settings, store, clock, answers = context.settings, context.store, context.clock, context.answers
    catalogue = settings.catalogue
    return ChatBot(
        GenerateCommands(store, catalogue, sources, admission, answers),
        ButtonActions(store, catalogue, sources, admission, deliveries),
        KeptPictures(store, sources, admission, deliveries, answers, PublicAnswers(clock)),
        WaitingNotes(store, spawn=context.background.spawn),
        InfoCommands(store, catalogue, credit_policy(settings), settings.bot.name),
        answers,
        PublicAnswers(clock),
    )
