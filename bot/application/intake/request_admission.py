"""Admission: turns a submission into a stored request.

The request ends with a picture, or with its credits released and a sentence that explains why.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from bot.application.delivery.delivery import Deliveries, Spawn
from bot.application.intake.sources import Sources
from bot.application.painting.picture_room import PictureRoom
from bot.application.painting.worker import Worker
from bot.application.persistence import until_done
from bot.domain.catalogue.models import ImageModel, ModelCatalog
from bot.domain.chat import Abilities, MessageRef, Sentence
from bot.domain.errors import NotAllowed
from bot.domain.events import ButtonPress, FormSubmit, IncomingMessage
from bot.domain.prompt.commands import ParsedPrompt, check_sources
from bot.domain.requests.acceptance import Acceptance, Accepted
from bot.domain.requests.request_view import RequestView
from bot.domain.requests.requests import Joining, NewRequest, PictureWish, RequestId, Source
from bot.ports import Clock, Conversation, Store

OFFER_TIME = timedelta(minutes=10)
"""The time that a member has to confirm a price."""

ALBUM_TIME = timedelta(seconds=2)
"""The time that the request of an album waits for more pictures of the album before it is painted."""

SPARE_TIME = timedelta(minutes=2)
"""The reserve before a conversation can no longer be reached: a picture may be ready this much later than expected."""

_FURTHER_PAUSES = (0.25, 2.0, 30.0)
"""Seconds after which the worker looks for an album's request again. The system clock may have been set back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Submission:
    """What an event asks to be accepted: a parsed prompt and its source pictures."""

    event: IncomingMessage | ButtonPress | FormSubmit
    parsed: ParsedPrompt
    sources: tuple[Source, ...]
    repeats: RequestId | None = None
    album: str | None = None
    claims: RequestId | None = None  # the request whose pictures, already painted, it buys


class RequestAdmission:
    """Stores requests, and starts their painting and delivery.

    A request that costs more than `confirm_above` credits is offered first.
    """

    def __init__(
        self,
        store: Store,
        catalogue: ModelCatalog,
        worker: Worker,
        deliveries: Deliveries,
        sources: Sources,
        *,
        clock: Clock,
        spawn: Spawn,
        room: PictureRoom,
        confirm_above: int,
    ) -> None:
        self._store = store
        self._catalogue = catalogue
        self._worker = worker
        self._deliveries = deliveries
        self._sources = sources
        self._clock = clock
        self._spawn = spawn
        self._room = room
        self._confirm_above = confirm_above

    async def accept(self, submission: Submission, conversation: Conversation) -> Acceptance:
        """Accept or offer a submission. Raises `MemberFault`; then nothing is charged.

        Raises `StoreUnavailable` if it could not be committed; then the same event may be handled again.
        """
        abilities = await conversation.abilities()
        if not (abilities.may_post and abilities.may_attach):
            raise NotAllowed(Sentence("not-allowed-here"))
        request = self._to_request(submission, conversation)
        self._check_time(request, abilities)
        if submission.claims is None:
            await self.check_room(request.wish)
        acceptance = await self._store.accept(request)
        if acceptance.accepted is Accepted.NEW:
            self._deliveries.begin(acceptance.request)
        is_begun = acceptance.accepted is Accepted.NEW and request.offered_for is None
        self.begin(acceptance.request, submission.sources if is_begun else (), acceptance.view)
        if submission.album is not None:
            self._spawn(self._wake_after_album())
        return acceptance

    async def check_room(self, wish: PictureWish) -> None:
        """Check that the disk has room for a picture. Raises `NotAllowed` if not: enough requests wait for room."""
        model = self._catalogue.find(wish.model) or self._catalogue.default
        if not await self._room.is_there(model.room_for(wish.settings)):
            raise NotAllowed(Sentence("no-room"))

    def _check_time(self, request: NewRequest, abilities: Abilities) -> None:
        """Raise `NotAllowed` if the conversation can probably no longer be reached when the picture is ready."""
        ready = self._clock.now() + timedelta(seconds=request.expected_seconds)
        if abilities.reachable_until is not None and ready > abilities.reachable_until - SPARE_TIME:
            minutes = max(1, round(request.expected_seconds / 60))
            raise NotAllowed(Sentence("takes-too-long-here", minutes=minutes))

    def withdraw(self, request: RequestId) -> None:
        """Stop the waiting jobs of a cancelled request, and show that it is cancelled."""
        self._worker.stop_waiting(request)
        self._deliveries.wake(request)

    def begin(self, request: RequestId, sources: Sequence[Source], view: RequestView | None = None) -> None:
        """Wake the worker and the delivery for an accepted request, and fetch its missing source pictures."""
        self._worker.wake()  # first, so that a job that is claimed at once is shown as being painted
        self._deliveries.wake(request, view if self._worker.is_busy else None)
        if any(isinstance(source, str) for source in sources):
            self.bring_in(request)

    def bring_in(self, request: RequestId) -> None:
        """Fetch a request's missing source pictures in the background."""

        def changed() -> None:
            self._deliveries.wake(request)
            self._worker.wake()

        self._spawn(self._sources.bring_in(request, changed))

    async def resume(self) -> None:
        """Fetch the missing source pictures of all accepted requests. Called at the start."""
        wanted = await until_done(self._store.wanted_sources, self._clock, what="look for pictures to fetch")
        for request in {each.request for each in wanted}:
            self.bring_in(request)
        self._spawn(self._wake_after_album())

    def _to_request(self, submission: Submission, conversation: Conversation) -> NewRequest:
        event, wish = submission.event, submission.parsed.wish
        model = self._catalogue.find(wish.model) or self._catalogue.default
        check_sources(len(submission.sources), model)
        terms = model.terms_for(wish.settings)
        is_dear = terms.credits * len(submission.parsed.prompts) > self._confirm_above
        return NewRequest(
            event_key=event.key,
            member=event.author,
            address=conversation.address,
            conversation=conversation.key,
            community=None if isinstance(event, ButtonPress) else event.community,
            in_reply_to=_answered(event) if submission.claims is None else None,
            wish=wish,
            prompts=submission.parsed.prompts,
            sources=submission.sources,
            repeats=submission.repeats,
            price=terms.credits,
            cost=terms.cost,
            expected_seconds=terms.expected_seconds,
            offered_for=OFFER_TIME if is_dear or submission.claims is not None else None,
            claims=submission.claims,
            joining=_joining(submission.album, model),
        )

    async def _wake_after_album(self) -> None:
        for pause in (ALBUM_TIME.total_seconds(), *_FURTHER_PAUSES):
            await self._clock.sleep(pause)
            self._worker.wake()


def _answered(event: IncomingMessage | ButtonPress | FormSubmit) -> MessageRef | None:
    """Return the message to reply to: the member's own, else the one whose button or form they used."""
    if isinstance(event, ButtonPress):
        return event.message
    return event.ref or (event.message if isinstance(event, FormSubmit) else None)


def _joining(album: str | None, model: ImageModel) -> Joining | None:
    if album is None:
        return None
    return Joining(album=album, waits_for=ALBUM_TIME, most_sources=model.max_references)
