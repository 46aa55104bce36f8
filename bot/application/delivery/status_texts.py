"""Composes the status of a request, and decides which changes are worth an edit."""

from collections.abc import Callable

from bot.application.delivery import messages
from bot.application.delivery.presenter import Presenter
from bot.application.painting.queue_estimate import QueueEstimate
from bot.domain.catalogue.models import ModelCatalog
from bot.domain.chat import Abilities, OutgoingMessage
from bot.domain.requests.request_view import RequestView
from bot.domain.requests.requests import JobState
from bot.ports import Clock

Told = tuple[object, ...]
"""The part of a status that is worth an edit when it changes. Time that passes is not: readers have a clock."""

ASKED: Told = ("asked",)
LATER: Told = ("later",)


class StatusTexts:
    """Composes the status of open requests."""

    def __init__(self, catalogue: ModelCatalog, presenter: Presenter, turns: QueueEstimate, clock: Clock) -> None:
        self._catalogue = catalogue
        self._presenter = presenter
        self._turns = turns
        self._clock = clock

    async def compose(
        self, view: RequestView, abilities: Abilities, changed: Callable[[], None]
    ) -> tuple[OutgoingMessage, Told]:
        """Compose the status of an open request. Calls `changed` once at most, when its place or time has changed."""
        now = self._clock.now()
        if view.is_offered:
            return messages.offered(view, self._catalogue, now), ("offered",)
        if abilities.changes_until is not None and now >= abilities.changes_until:
            return messages.later(view), LATER
        turn = self._turns.at_endpoint(view, changed)
        waits = turn is not None or not messages.is_painting(view)
        if turn is None and waits:
            turn = await self._turns.next_of(view, changed)
        if view.status_ref is None and not abilities.finds_posted:
            return messages.asked(view, self._catalogue, turn), _first_told(view, waits=waits)
        if waits:
            return messages.waiting(view, self._catalogue, turn, now), ("waiting", turn)
        ready = sum(job.state is JobState.PAINTED for job in view.jobs)
        pictures = await self._presenter.present(view, abilities) if abilities.grows else ()
        last_turn = await self._turns.last_of(view)
        message = messages.painting(view, self._catalogue, now, last_turn=last_turn, pictures=pictures)
        return message, ("painting", ready)


def _first_told(view: RequestView, *, waits: bool) -> Told:
    """Return what a first status says. For one picture that is painted at once, it says all there is to say."""
    return ASKED if waits or len(view.jobs) > 1 else ("painting", 0)
