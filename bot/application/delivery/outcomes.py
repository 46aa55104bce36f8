"""Delivers an outcome to its member: to the chat of the request, in another form, or in a private chat."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, replace
from functools import partial

import structlog

from bot.application.delivery import messages, outcome_messages
from bot.application.delivery.parts import KeptParts
from bot.application.delivery.presenter import Presenter
from bot.application.delivery.undelivered import Undelivered
from bot.application.persistence import FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS, first_taken, until_done
from bot.domain.catalogue.models import ModelCatalog
from bot.domain.chat import Abilities, MessageRef, OutgoingMessage, Posted
from bot.domain.errors import (
    AddressUnreadable,
    Dropped,
    Forbidden,
    MaybeDelivered,
    PlatformFault,
    RateLimited,
    TooLarge,
)
from bot.domain.presentation import FALLBACK_LEVELS, able_to_attach
from bot.domain.requests.request_view import RequestView
from bot.domain.requests.requests import DeliveryState
from bot.ports import ChatPlatform, Clock, Conversation, Store

log = structlog.get_logger()

ACTIVITY_EVERY_SECONDS = 4.0
"""The pause between two activity indicators. Platforms show one for some five seconds."""

FIRST_ACTIVITY_SECONDS = 1.0
"""The delay of the first activity indicator. Most pictures arrive earlier and need none."""


class NotBegun(Exception):
    """The program ends before anything of the outcome was sent. The outcome stays due for the next start."""


@dataclass(slots=True)
class _Target:
    """Where and how an outcome is sent. `fallback_level` counts how often the platform refused it as too large."""

    conversation: Conversation
    abilities: Abilities
    parts: KeptParts
    key: str
    status: MessageRef | None = None  # the request's status message there
    fallback_level: int = 0


class Outcomes:
    """Delivers the outcomes of requests, and commits how each delivery ended."""

    def __init__(
        self,
        store: Store,
        catalogue: ModelCatalog,
        presenter: Presenter,
        undelivered: Undelivered,
        clock: Clock,
        *,
        mention_after_seconds: float,
    ) -> None:
        self._store = store
        self._catalogue = catalogue
        self._presenter = presenter
        self._undelivered = undelivered
        self._clock = clock
        self._mention_after_seconds = mention_after_seconds
        self._may_begin = True

    def begin_no_more(self) -> None:
        """Begin no more deliveries, because the program ends. Outcomes of which nothing was sent stay due."""
        self._may_begin = False

    async def bring(
        self, platform: ChatPlatform, conversation: Conversation, view: RequestView, abilities: Abilities
    ) -> Posted | None:
        """Deliver an outcome, and retry as long as that takes. Return what was posted; None if nothing was.

        Raises `NotBegun`, and any exception that a bug of ours raises.
        """
        kept = await self._store.parts(view.id) if view.has_parts else {}
        parts = KeptParts(self._store, view.id, kept, self._clock, may_begin=lambda: self._may_begin)
        key = f"request-{view.public_id}-outcome"  # its prefix is the status's key: rate budgets reserve a place by it
        target = _Target(conversation, abilities, parts, key, view.status_ref)
        try:
            return await self._deliver_until_taken(target, view)
        except (Forbidden, TooLarge) as fault:
            barred = fault  # the fault of the first way decides who pays, whatever the others raise
        try:
            return await self._other_ways(platform, target, view)
        except (Forbidden, TooLarge) as fault:
            log.warning(
                "outcome-not-delivered", request=view.id, fault=f"{type(barred).__name__}, {type(fault).__name__}"
            )
        await self._undelivered.end(view, barred, target.conversation)
        return None

    async def give_up(self, view: RequestView) -> None:
        """End a delivery as undeliverable, by the bot's own fault."""
        await self._undelivered.end(view, Forbidden("no way leads there"))

    async def _other_ways(self, platform: ChatPlatform, target: _Target, view: RequestView) -> Posted | None:
        """Try the chat again if its abilities have changed, then a private chat. Raises `Forbidden` and `TooLarge`."""
        with suppress(PlatformFault):
            now = await target.conversation.abilities()
            if now != target.abilities and now.may_post:
                with suppress(Forbidden, TooLarge):
                    return await self._deliver_until_taken(replace(target, abilities=now, fallback_level=0), view)
        with suppress(AddressUnreadable):
            alone = platform.private(view.member, view.address)
            if alone is not None and alone.key != target.conversation.key:
                abilities = await until_done(
                    alone.abilities, self._clock, what="ask what a private chat takes", also=(PlatformFault,)
                )
                parts = target.parts.elsewhere("private")
                there = _Target(alone, abilities, parts, f"{target.key}-private")
                return await self._deliver_until_taken(there, view)
        raise Forbidden("no other way leads there")

    async def _deliver_until_taken(self, target: _Target, view: RequestView) -> Posted | None:
        """Deliver an outcome, and retry faults that a retry may fix. Raises `Forbidden`, `TooLarge` and `NotBegun`."""
        pause = FIRST_PAUSE_SECONDS
        while True:
            try:
                return await self._deliver(target, view)
            except FileNotFoundError:
                continue  # a picture was deleted meanwhile: the next outcome says so
            except RateLimited as fault:
                await self._clock.sleep(fault.retry_after_seconds)
            except TooLarge:
                if target.fallback_level >= FALLBACK_LEVELS:
                    raise
                target.fallback_level += 1
            except (Forbidden, NotBegun):
                raise
            except MaybeDelivered:
                await self._leave_uncertain(target, view)
                return None
            except PlatformFault as fault:
                log.info("outcome-not-taken", request=view.id, fault=type(fault).__name__)
                await self._clock.sleep(pause)
                pause = min(pause * 2, LONGEST_PAUSE_SECONDS)

    async def _deliver(self, target: _Target, view: RequestView) -> Posted:
        message = await self._outcome(view, target.abilities, target.fallback_level)
        async with self._activity_shown(target.conversation, message):
            posted = await self._post(target, message, view)
            notes = [
                partial(self._store.delivered, view.id, DeliveryState.SENT, posted),
                partial(self._note_without_place, view, posted),
            ]
            try:
                is_ended = await first_taken(
                    notes, self._clock, what="remember an outcome"
                )  # at once: with the last part
            except Exception:
                await target.parts.write_taken()  # else the next try would send the last part again
                raise
            if not is_ended:
                await target.parts.write_taken()
        return posted

    async def _note_without_place(self, view: RequestView, posted: Posted) -> bool:
        """Commit that an outcome was sent, without its message, which the store has refused."""
        if posted.ref == view.status_ref:
            await self._store.status_over(view.id)  # else it would be taken for a status and deleted
        return await self._store.delivered(view.id, DeliveryState.SENT, None)

    async def _post(self, target: _Target, message: OutgoingMessage, view: RequestView) -> Posted:
        if messages.is_answer_to_a_press(view) and target.status is not None:
            return await target.conversation.edit(target.status, message)
        try:
            return await target.conversation.deliver(message, key=target.key, parts=target.parts, status=target.status)
        except Dropped as fault:
            await target.parts.write_taken()
            raise NotBegun from fault
        except Exception:
            await target.parts.write_taken()
            raise

    async def _leave_uncertain(self, target: _Target, view: RequestView) -> None:
        """End a delivery of which we do not know whether it arrived. Post a message with a button to send it again."""
        log.warning("outcome-uncertain", request=view.id)
        note = partial(self._store.delivered, view.id, DeliveryState.UNCERTAIN, None)
        await until_done(note, self._clock, what="remember an outcome")
        with suppress(PlatformFault):
            await target.conversation.post(outcome_messages.uncertain(view), key=f"{target.key}-uncertain")

    @asynccontextmanager
    async def _activity_shown(self, conversation: Conversation, message: OutgoingMessage) -> AsyncIterator[None]:
        """Show the activity indicator while the body sends pictures: large ones take a while."""

        async def keep_showing() -> None:
            await self._clock.sleep(FIRST_ACTIVITY_SECONDS)
            with suppress(PlatformFault):
                while True:
                    await conversation.show_activity()
                    await self._clock.sleep(ACTIVITY_EVERY_SECONDS)

        showing = asyncio.create_task(keep_showing()) if message.pictures else None
        try:
            yield
        finally:
            if showing is not None:
                showing.cancel()
                await asyncio.wait({showing})

    async def _outcome(self, view: RequestView, abilities: Abilities, fallback_level: int) -> OutgoingMessage:
        """Compose the outcome for a fallback level. Raises `Forbidden` or `TooLarge` if no picture could be sent."""
        if fallback_level == FALLBACK_LEVELS:
            raise TooLarge
        kept = await self._presenter.kept(view)
        lost = len(view.results) - len(kept.results)
        if lost:
            kept = replace(await self._undelivered.give_back(view, kept.results), results=kept.results)
        pictures = await self._presenter.present(kept, abilities, fallback_level=fallback_level)
        if pictures and not any(one.shown or one.as_file or one.link for one in pictures):
            able = able_to_attach(abilities)
            raise TooLarge if able.shown or able.file else Forbidden("nothing may be attached")
        message = outcome_messages.outcome(kept, self._catalogue, pictures, lost=lost)
        took = (self._clock.now() - view.accepted_at).total_seconds()
        return replace(message, notifies=took > self._mention_after_seconds)
