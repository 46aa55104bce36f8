"""Composes the status messages of an open request. All functions are pure."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from bot.application.wording import (
    about,
    numbered,
    settings_line,
    turn_sentence,
)
from bot.domain.catalogue.models import ModelCatalog
from bot.domain.chat import (
    Action,
    Moment,
    OutgoingMessage,
    OutgoingPicture,
    Phase,
    Progress,
    Quoted,
    Sentence,
    Verb,
)
from bot.domain.requests.queue import Turn
from bot.domain.requests.request_view import RequestView
from bot.domain.requests.requests import JobState
from bot.domain.requests.turn_plan import ToldTurn


def offered(view: RequestView, catalogue: ModelCatalog, now: datetime) -> OutgoingMessage:
    """Compose the offer of a request whose price must be confirmed before any credits are reserved."""
    count, open_for = len(view.jobs), (view.offered_until or now) - now
    return in_words(
        view,
        *_understood(view, catalogue),
        *([Sentence("offer-painted-already", count=count)] if view.claims is not None else []),
        Sentence("offer-price", count=count, price=view.total_price, left=view.credits_left),
        Sentence("offer-open", minutes=max(1, round(open_for.total_seconds() / 60))),
        actions=(
            Action(verb=Verb.CONFIRM, target=view.public_id, label=Sentence("action-confirm", price=view.total_price)),
            Action(verb=Verb.CANCEL, target=view.public_id, label=Sentence("action-decline")),
        ),
    )


def asked(view: RequestView, catalogue: ModelCatalog, turn: ToldTurn | None) -> OutgoingMessage:
    """Compose a status that stays true without edits.

    It says when the request was made, about how long it takes, and that the outcome is a separate message. On a
    platform that cannot find a message by its key, this may stay the only status: a status whose reference is not in
    the store cannot be edited.
    """
    expected = round((turn.done_at - view.accepted_at).total_seconds()) if turn else view.expected_seconds
    minutes, seconds = about(expected)
    progress = Progress(phase=Phase.WAITING, since=view.accepted_at, expected_seconds=expected)
    return _in_progress(
        view,
        catalogue,
        Sentence("status-asked", at=Moment(view.accepted_at), minutes=minutes, seconds=seconds),
        progress,
        actions=(_cancel(view),),
    )


def waiting(view: RequestView, catalogue: ModelCatalog, turn: ToldTurn | None, now: datetime) -> OutgoingMessage:
    """Compose the status of a request of which no job is being painted yet.

    A turn of None means that its source pictures are still being fetched.
    """
    ready = turn.done_at if turn else now + timedelta(seconds=view.expected_seconds)
    expected = round((ready - view.accepted_at).total_seconds())
    progress = Progress(phase=Phase.WAITING, since=view.accepted_at, expected_seconds=expected)
    return _in_progress(view, catalogue, turn_sentence(turn, ready), progress, actions=(_cancel(view),))


def painting(
    view: RequestView,
    catalogue: ModelCatalog,
    now: datetime,
    *,
    last_turn: Turn | None = None,
    pictures: Sequence[OutgoingPicture] = (),
) -> OutgoingMessage:
    """Compose the status of a request of which a job is painting or painted. Only waiting jobs can be cancelled.

    `last_turn` is the turn of its last waiting job. `pictures` are those shown already.
    """
    began, expected = _times_of(view, now, last_turn)
    at, (minutes, seconds) = Moment(began), about(expected)
    if len(view.jobs) == 1:
        sentence = Sentence("status-painting", began=at, minutes=minutes, seconds=seconds)
    else:
        ready, count = sum(job.state is JobState.PAINTED for job in view.jobs), len(view.jobs)
        sentence = Sentence(
            "status-painting-several", ready=ready, count=count, began=at, minutes=minutes, seconds=seconds
        )
    rest = Action(verb=Verb.CANCEL, target=view.public_id, label=Sentence("action-cancel-rest"))
    return _in_progress(
        view,
        catalogue,
        sentence,
        Progress(phase=Phase.PAINTING, since=began, expected_seconds=expected),
        actions=(rest,) if any(job.state is JobState.QUEUED for job in view.jobs) else (),
        pictures=pictures,
    )


def later(view: RequestView) -> OutgoingMessage:
    """Compose the last status of an open request, in a chat where messages can be edited only for a while."""
    return replace(in_words(view, Quoted(view.wish.prompt), Sentence("status-later")), is_droppable=True)


def ended(view: RequestView) -> OutgoingMessage:
    """Compose the text that replaces a status that cannot be deleted, when the outcome is a separate message."""
    return in_words(view, Quoted(view.wish.prompt), Sentence("status-ended"))


def is_answer_to_a_press(view: RequestView) -> bool:
    """Whether the outcome is only a cancellation. The member has just pressed its button and needs no new message."""
    is_over = any(job.state is JobState.CANCELLED for job in view.jobs)
    return is_over and not view.results and not any(job.state is JobState.FAILED for job in view.jobs)


def is_painting(view: RequestView) -> bool:
    """Whether a job of a request has left the queue."""
    return any(job.state is not JobState.QUEUED for job in view.jobs)


def _times_of(view: RequestView, now: datetime, last_turn: Turn | None) -> tuple[datetime, int]:
    """Return when painting began, and the whole seconds that all jobs together are expected to take from then.

    Painting began when the first request was sent to an endpoint, or when the first job was claimed if none was sent.
    """
    left = [job.left_at for job in view.jobs if job.left_at is not None]
    claimed = [job.claimed_at for job in view.jobs if job.claimed_at is not None]
    begun = min(left or claimed, default=now)  # a job that waits at an endpoint is not being painted
    elapsed = max(0, int((now - begun).total_seconds()))
    if len(view.jobs) == 1:
        return begun, view.expected_seconds
    remaining = [
        view.expected_seconds - int((now - (job.left_at or job.claimed_at or now)).total_seconds())
        for job in view.jobs
        if job.state is JobState.PAINTING
    ]
    remaining += [last_turn.seconds_until_done] if last_turn else []
    return begun, max(view.expected_seconds, elapsed + max(remaining, default=0))


def _cancel(view: RequestView) -> Action:
    return Action(verb=Verb.CANCEL, target=view.public_id, label=Sentence("action-cancel"))


def _in_progress(
    view: RequestView,
    catalogue: ModelCatalog,
    state: Sentence,
    progress: Progress,
    *,
    actions: tuple[Action, ...],
    pictures: Sequence[OutgoingPicture] = (),
) -> OutgoingMessage:
    return OutgoingMessage(
        lines=(
            *_understood(view, catalogue),
            *([Sentence("status-count", count=len(view.jobs))] if len(view.jobs) > 1 else []),
            state,
            Sentence("status-price", price=view.total_price, left=view.credits_left),
        ),
        language=view.member.language,
        pictures=tuple(pictures),
        actions=actions,
        progress=progress,
        in_reply_to=view.in_reply_to,
        credits_left=view.credits_left,
        requester=view.member,
        answers_requester=view.answers_requester,
        is_droppable=True,
    )


def _understood(view: RequestView, catalogue: ModelCatalog) -> Iterator[Sentence | Quoted]:
    """Repeat what was understood: the prompt, the numbered prompts it expands to, the model and the settings."""
    yield Quoted(view.wish.prompt)
    yield from numbered([(job.number, job.prompt) for job in view.jobs])
    yield Sentence("status-settings", settings=settings_line(view.wish, catalogue))


def in_words(view: RequestView, *lines: Sentence | Quoted, actions: tuple[Action, ...] = ()) -> OutgoingMessage:
    """Compose a message of these lines about a request, to its member."""
    return OutgoingMessage(
        lines=lines,
        language=view.member.language,
        actions=actions,
        in_reply_to=view.in_reply_to,
        credits_left=view.credits_left,
        requester=view.member,
        answers_requester=view.answers_requester,
    )
