"""Presents several endpoints as one: chooses the endpoint for an order, and retries after faults."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from functools import partial

import structlog

from bot.domain.catalogue.models import ImageModel, ModelCatalog, Room
from bot.domain.fault_meaning import Bill
from bot.domain.image_faults import ImageFault, LinkBroken, ModelUnavailable, meaning_of
from bot.domain.requests.requests import MadePicture, PictureWish, Try
from bot.image_api.routing.gates import Admission, Gates
from bot.image_api.routing.retries import RetryPlan
from bot.image_api.routing.route import Candidate, Route, candidates, successor_of
from bot.image_api.routing.waiting_line import LinePosition
from bot.image_api.routing.watched_journal import WatchedJournal
from bot.ports import Clock, ImageRequest, Journal, PictureSink

log = structlog.get_logger()

Close = Callable[[], Awaitable[None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Ended:
    """The result of an attempt: pictures, or a fault."""

    made: tuple[MadePicture, ...] = ()
    fault: ImageFault | None = None
    is_billed: bool


class Router:
    """Implements `ImageApi`: sends an order to the endpoints that can paint it, one after another, until one does.

    `catalogue` is what members may ask for. `retry_billed` allows one retry of an attempt that may have been billed.
    `longest_wait_seconds` is how long an order waits while no endpoint may be asked. The `also_close` functions are
    called when the endpoints are closed.
    """

    def __init__(
        self,
        routes: Sequence[Route],
        catalogue: ModelCatalog,
        clock: Clock,
        *,
        retry_billed: bool = True,
        longest_wait_seconds: float = 300.0,
        also_close: Sequence[Close] = (),
    ) -> None:
        self._routes: Mapping[str, Route] = {route.name: route for route in routes}
        self._catalogue = catalogue
        self._clock = clock
        self._retry_billed = retry_billed
        self._also_close = also_close
        self._gates = Gates(routes, clock, longest_wait_seconds=longest_wait_seconds)
        self._redirects: dict[tuple[str, str], ImageModel] = {}  # by endpoint and the model name that is retired there

    async def paint(self, order: ImageRequest, sink: PictureSink, journal: Journal) -> tuple[MadePicture, ...]:
        """Have an order painted by the first endpoint that succeeds. If none does, raise a retryable fault if any.

        Attempts that may have been billed are never more than `order.attempts_left`.
        """
        if order.links:
            return await self._fetch(order, sink, journal)
        plan = RetryPlan(
            self._candidates(order),
            self._clock,
            retry_billed=self._retry_billed,
            attempts_left=order.attempts_left,
        )
        place = self._gates.new_place(self._expected_seconds(order))
        journal.waits(partial(self._gates.turn_of, place))
        while (admission := await self._gates.enter(plan.options(), place)) is not None:
            ended = await self._try(admission, place, order, sink, journal)
            if ended.fault is None:
                return ended.made
            candidate = admission.candidate
            successor = self._successor(candidate, ended.fault)
            plan.note(ended.fault, candidate, is_billed=ended.is_billed, successor=successor)
        raise plan.conclude(self._gates.fault_of_rests(plan.left))

    async def close(self) -> None:
        """Close every endpoint, even if closing one of them raises."""
        async with AsyncExitStack() as stack:
            stack.callback(self._gates.close)
            for close in (*self._also_close, *(route.api.close for route in self._routes.values())):
                stack.push_async_callback(close)

    async def _fetch(self, order: ImageRequest, sink: PictureSink, journal: Journal) -> tuple[MadePicture, ...]:
        """Download pictures that are painted already. This asks nothing of the endpoint: no slot and no attempt."""
        name = order.links[0].endpoint
        if name not in self._routes:
            raise LinkBroken(f"painted by {name}, which the configuration does not name any more")
        async with sink.room(self._room(order.wish)) as taken:
            return await self._routes[name].api.paint(order, taken, journal)

    def _candidates(self, order: ImageRequest) -> Sequence[Candidate]:
        model = self._catalogue.find(order.wish.model)
        if model is None:
            raise ModelUnavailable(f"the catalogue has no model {order.wish.model}")
        able = candidates(self._routes.values(), order.wish, model, order.account)
        return [self._redirected(candidate) or candidate for candidate in able]

    async def _try(
        self, admission: Admission, place: LinePosition, order: ImageRequest, sink: PictureSink, journal: Journal
    ) -> _Ended:
        """Make one attempt at one endpoint, and record its end in the journal.

        Errors of the journal are not caught. Raises `NoRoom`.
        """
        route, wish = admission.candidate.route, admission.candidate.wish
        began = self._clock.now()
        try:
            async with sink.room(self._room(wish)) as taken:
                ended = await _ask(route, replace(order, wish=wish), taken, WatchedJournal(journal))
            self._gates.judge(admission, ended.fault, place)
        finally:
            self._gates.leave(admission)
        told = Try(
            endpoint=route.name,
            model=wish.model,
            seconds=max(0.0, (self._clock.now() - began).total_seconds()),
            fault=meaning_of(ended.fault).code if ended.fault else None,
            is_billed=ended.is_billed,
        )
        if ended.fault:
            about = {"endpoint": told.endpoint, "model": told.model, "fault": told.fault}
            log.info("try-failed", **about, reason=ended.fault.owner_text, probably_billed=told.is_billed)
        self._note_differences(admission.candidate, ended.made)
        await journal.attempt_finished(told)
        return ended

    def _expected_seconds(self, order: ImageRequest) -> int:
        model = self._catalogue.find(order.wish.model)
        return model.terms_for(order.wish.settings).expected_seconds if model else 0

    def _room(self, wish: PictureWish) -> Room:
        model = self._catalogue.find(wish.model) or self._catalogue.default
        return model.room_for(wish.settings)

    def _successor(self, candidate: Candidate, fault: ImageFault) -> Candidate | None:
        """Choose the candidate to ask at once if a model is retired. Nothing was billed. The redirect is remembered."""
        model = self._catalogue.find(candidate.wish.model)
        if not isinstance(fault, ModelUnavailable) or candidate.is_redirected or model is None:
            return None
        successor = self._catalogue.find(model.successor) if model.successor else None
        redirected = successor_of(candidate, successor) if successor else None
        key = (candidate.route.name, model.name)
        if successor and redirected and key not in self._redirects:
            self._redirects[key] = successor
            log.warning("model-redirected", endpoint=key[0], model=key[1], successor=successor.name)
        return redirected

    def _redirected(self, candidate: Candidate) -> Candidate | None:
        successor = self._redirects.get((candidate.route.name, candidate.wish.model))
        return successor_of(candidate, successor) if successor else None

    def _note_differences(self, candidate: Candidate, made: Sequence[MadePicture]) -> None:
        """Log pictures whose pixels differ from what was requested, for the owner."""
        wish, model = candidate.wish, self._catalogue.find(candidate.wish.model)
        for picture in (one.picture for one in made):
            if model and not model.is_as_asked(wish.settings, picture.width, picture.height):
                asked = " ".join(wish.settings.labels())
                got = f"{picture.width}×{picture.height}"
                log.info("picture-differs", endpoint=candidate.route.name, model=wish.model, asked=asked, got=got)


async def _ask(route: Route, order: ImageRequest, sink: PictureSink, journal: WatchedJournal) -> _Ended:
    try:
        made = await route.api.paint(order, sink, journal)
    except ImageFault as fault:
        if fault is journal.raised:
            raise
        return _Ended(fault=fault, is_billed=meaning_of(fault).bill is Bill.PROBABLE and journal.has_left)
    return _Ended(made=made, is_billed=journal.has_left)
