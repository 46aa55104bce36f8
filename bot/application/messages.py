"""What a request says of itself, as messages: pure functions from how things stand to what is shown."""

import math
from datetime import datetime

from bot.domain.chat import (
    Action,
    OutgoingMessage,
    OutgoingPicture,
    Phase,
    Progress,
    Quoted,
    Sentence,
    StoredPicture,
    Verb,
)
from bot.domain.image_faults import FAILURES, ImageFault
from bot.domain.models import Catalogue, Ratio
from bot.domain.requests import JobFailure, JobState, PictureWish, RequestView, Result, Turn

UNSET = "auto"
"""What the catalogues' settings lines read for a ratio or size that nobody chose."""

WORDS_LIMIT = 500
"""Characters of what a model says beside or instead of a picture."""

DESCRIPTION_LIMIT = 1_000
"""Characters of a prompt that stand for a picture where it cannot be seen."""


def waiting(view: RequestView, catalogue: Catalogue, turn: Turn | None) -> OutgoingMessage:
    """A request whose jobs are all in the queue; without a turn its source pictures are still on their way."""
    return _in_progress(
        view,
        catalogue,
        _turn(turn),
        Progress(phase=Phase.WAITING, elapsed_seconds=0, expected_seconds=view.expected_seconds),
        actions=(Action(verb=Verb.CANCEL, target=view.id, label=Sentence("action-cancel")),),
    )


def painting(view: RequestView, catalogue: Catalogue, now: datetime) -> OutgoingMessage:
    """A request that is being painted; it cannot be cancelled any more."""
    begun = min(job.claimed_at for job in view.jobs if job.claimed_at is not None)
    elapsed = max(0, int((now - begun).total_seconds()))
    sentence = Sentence("status-painting", elapsed=elapsed, expected=view.expected_seconds)
    progress = Progress(phase=Phase.PAINTING, elapsed_seconds=elapsed, expected_seconds=view.expected_seconds)
    return _in_progress(view, catalogue, sentence, progress, actions=())


def outcome(view: RequestView, catalogue: Catalogue) -> OutgoingMessage:
    """A request that has come to its end: its pictures, or why there are none."""
    if view.results:
        return _results(view, catalogue)
    if any(job.state is JobState.CANCELLED for job in view.jobs):
        return _plain(view, Quoted(view.wish.prompt), Sentence("status-cancelled"))
    failure = next(job.failure for job in view.jobs if job.failure is not None)
    return _plain(
        view,
        Quoted(view.wish.prompt),
        failure_sentence(failure),
        Sentence("nothing-charged", left=view.credits_left),
        actions=(Action(verb=Verb.RETRY, target=view.id, label=Sentence("action-retry")),),
    )


def without_pictures(view: RequestView) -> OutgoingMessage:
    """The outcome of a request whose pictures the chat does not take."""
    return _plain(view, Quoted(view.wish.prompt), Sentence("result-too-large"))


def failure_of(fault: ImageFault) -> JobFailure:
    """What is kept of a fault."""
    wait = fault.retry_after_seconds
    return JobFailure(code=fault.code, words=fault.words, retry_after_seconds=None if wait is None else math.ceil(wait))


def failure_sentence(failure: JobFailure) -> Sentence:
    """Why there is no picture, in a sentence; with the model's own words where it gave some."""
    if failure.code == "no-picture" and failure.words is not None:
        return Sentence("fault-no-picture-words", words=_excerpt(failure.words))
    if failure.code == "busy" and failure.retry_after_seconds is not None:
        minutes, seconds = _about(failure.retry_after_seconds)
        return Sentence("fault-busy-for", minutes=minutes, seconds=seconds)
    return FAILURES[failure.code]


def difference(wish: PictureWish, picture: StoredPicture, catalogue: Catalogue) -> Sentence | None:
    """That a picture has other pixels than were asked for; None if it is as asked, or if nobody can say."""
    model = catalogue.find(wish.model)
    if model is None or model.is_as_asked(wish.ratio, wish.size, picture.width, picture.height):
        return None
    asked = " · ".join(str(part) for part in (wish.ratio, wish.size) if part is not None)
    pixels = model.pixels_for(wish.ratio, wish.size) if wish.ratio is not None else None
    return Sentence(
        "result-not-as-asked",
        asked=asked,
        pixels=_times(*pixels) if pixels else "unknown",
        made=_times(picture.width, picture.height),
    )


def is_painting(view: RequestView) -> bool:
    """Whether some job of a request is in a worker's hands, or was while others still wait."""
    return any(job.state is not JobState.QUEUED for job in view.jobs)


def _turn(turn: Turn | None) -> Sentence:
    if turn is None:
        return Sentence("status-fetching")
    minutes, seconds = _about(turn.seconds_until_done)
    if turn.place == 1:
        return Sentence("status-next", minutes=minutes, seconds=seconds)
    return Sentence("status-waiting", place=turn.place, minutes=minutes, seconds=seconds)


def _about(seconds: int) -> tuple[int, int]:
    """A time as the catalogues say it: minutes, and seconds for where there are 0 minutes."""
    seconds = max(1, seconds)
    minutes = 0 if seconds < 90 else round(seconds / 60)  # noqa: PLR2004 - a minute and a half still reads best in seconds
    return minutes, seconds


def _in_progress(
    view: RequestView,
    catalogue: Catalogue,
    state: Sentence,
    progress: Progress,
    actions: tuple[Action, ...],
) -> OutgoingMessage:
    model, ratio, size = _settings(view.wish, catalogue)
    return OutgoingMessage(
        lines=(
            Quoted(view.wish.prompt),
            Sentence("status-settings", model=model, ratio=ratio, size=size),
            state,
            Sentence("status-price", price=view.total_price, left=view.credits_left),
        ),
        language=view.member.language,
        actions=actions,
        progress=progress,
        in_reply_to=view.in_reply_to,
        credits_left=view.credits_left,
    )


def _results(view: RequestView, catalogue: Catalogue) -> OutgoingMessage:
    first = view.results[0]
    settings = _settings_of(first, view.wish, catalogue)
    differences = [difference(view.wish, result.picture, catalogue) for result in view.results]
    spoken = tuple(_excerpt(result.words) for result in view.results if result.words is not None)
    return OutgoingMessage(
        lines=(
            Quoted(view.wish.prompt),
            *spoken,
            settings,
            *[told for told in differences if told is not None][:1],
            Sentence("status-price", price=view.charged, left=view.credits_left),
        ),
        language=view.member.language,
        pictures=tuple(_outgoing(result, view) for result in view.results),
        actions=(
            Action(verb=Verb.AGAIN, target=first.id, label=Sentence("action-again")),
            Action(verb=Verb.EDIT, target=first.id, label=Sentence("action-edit")),
        ),
        in_reply_to=view.in_reply_to,
        credits_left=view.credits_left,
    )


def _excerpt(said: Quoted) -> Quoted:
    return said if len(said.words) <= WORDS_LIMIT else Quoted(f"{said.words[:WORDS_LIMIT]}…")


def _settings_of(result: Result, wish: PictureWish, catalogue: Catalogue) -> Sentence:
    model, ratio, size = _settings(wish, catalogue)
    return Sentence(
        "result-settings",
        model=model,
        ratio=ratio,
        size=size,
        width=str(result.picture.width),
        height=str(result.picture.height),
    )


def _settings(wish: PictureWish, catalogue: Catalogue) -> tuple[str, str, str]:
    model = catalogue.find(wish.model)  # it may have left the catalogue since the request was made
    ratio: Ratio | str = wish.ratio or UNSET
    return model.title if model else wish.model, str(ratio), wish.size or UNSET


def _times(width: int, height: int) -> str:
    return f"{width}×{height}"


def _outgoing(result: Result, view: RequestView) -> OutgoingPicture:
    return OutgoingPicture(
        picture=result.picture,
        filename=f"plantain-{view.id}-{result.number}{result.picture.ending}",
        description=Quoted(view.wish.prompt[:DESCRIPTION_LIMIT]),
    )


def _plain(view: RequestView, *lines: Sentence | Quoted, actions: tuple[Action, ...] = ()) -> OutgoingMessage:
    return OutgoingMessage(
        lines=lines,
        language=view.member.language,
        actions=actions,
        in_reply_to=view.in_reply_to,
        credits_left=view.credits_left,
    )
