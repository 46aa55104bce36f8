"""Pieces of what is said of requests: pure functions from values to sentences."""

import math
from collections.abc import Sequence
from datetime import datetime

from bot.domain.chat import Moment, Quoted, Sentence, StoredPicture
from bot.domain.errors import LONGEST_WAIT_SECONDS
from bot.domain.image_faults import FAILURES, ImageFault
from bot.domain.models import ModelCatalog, Ratio
from bot.domain.queue import EXACT_PLACES
from bot.domain.requests import CHAT_CLOSED, OFFER_EXPIRED, TOO_MANY_PICTURES, JobFailure, PictureWish
from bot.domain.turn_plan import ToldTurn

UNSET = "auto"
"""What the catalogues' settings lines read for a ratio or size that nobody chose."""

WORDS_LIMIT = 500
"""Characters of what a model says beside or instead of a picture."""

PROMPT_LIMIT = 120
"""Characters of a prompt where several stand in a list."""


_OUR_OWN = {
    OFFER_EXPIRED.code: Sentence("offer-expired"),
    CHAT_CLOSED.code: Sentence("fault-chat-closed"),
    TOO_MANY_PICTURES.code: Sentence("fault-too-many-pictures"),
}
"""Why a job ended that no image API has failed."""


def failure_of(fault: ImageFault) -> JobFailure:
    """What is kept of a fault."""
    wait = fault.retry_after_seconds
    seconds = None if wait is None else math.ceil(min(wait, LONGEST_WAIT_SECONDS))
    return JobFailure(code=fault.code, words=fault.words, retry_after_seconds=seconds)


def failure_sentence(failure: JobFailure) -> Sentence:
    """Why there is no picture, in a sentence; with the model's own words where it gave some."""
    if failure.code in _OUR_OWN:
        return _OUR_OWN[failure.code]
    if failure.code == "no-picture" and failure.words is not None:
        return Sentence("fault-no-picture-words", words=excerpt(failure.words))
    if failure.code == "busy" and failure.retry_after_seconds is not None:
        minutes, seconds = about(failure.retry_after_seconds)
        return Sentence("fault-busy-for", minutes=minutes, seconds=seconds)
    return FAILURES.get(failure.code, Sentence("fault-unknown"))  # kept by another version, which knew it


def difference(wish: PictureWish, picture: StoredPicture, catalogue: ModelCatalog) -> Sentence | None:
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


def settings(wish: PictureWish, catalogue: ModelCatalog) -> tuple[str, str, str]:
    """Model, ratio and size as the catalogues' settings lines take them."""
    model = catalogue.find(wish.model)  # it may have left the catalogue since the request was made
    ratio: Ratio | str = wish.ratio or UNSET
    return model.title if model else wish.model, str(ratio), wish.size or UNSET


def numbered(prompts: Sequence[tuple[int, str]]) -> tuple[Sentence, ...]:
    """Which number has which prompt; nothing where they are all the same."""
    if len({prompt for _, prompt in prompts}) <= 1:
        return ()
    return tuple(
        Sentence("numbered-prompt", number=number, prompt=excerpt(Quoted(prompt), PROMPT_LIMIT))
        for number, prompt in prompts
    )


def turn_sentence(turn: ToldTurn | None, ready: datetime) -> Sentence:
    """When the next job's turn comes; without a turn its source pictures are still on their way."""
    if turn is None:
        return Sentence("status-fetching")
    if turn.place == 1:
        return Sentence("status-next", ready=Moment(ready))
    if turn.place > EXACT_PLACES:
        return Sentence("status-waiting-long", before=turn.place - 1, ready=Moment(ready))
    return Sentence("status-waiting", place=turn.place, ready=Moment(ready))


def about(seconds: int) -> tuple[int, int]:
    """A time as the catalogues say it: minutes, and seconds for where there are 0 minutes."""
    seconds = max(1, seconds)
    minutes = 0 if seconds < 90 else round(seconds / 60)  # noqa: PLR2004 - a minute and a half still reads best in seconds
    return minutes, seconds


def megabytes(size_bytes: int) -> str:
    """A file's size as people read it: in millions of bytes, below ten of them with a tenth."""
    size = size_bytes / 1_000_000
    return f"{size:.1f}" if size < 10 else f"{size:.0f}"  # noqa: PLR2004 - two digits are enough


def excerpt(said: Quoted, limit: int = WORDS_LIMIT) -> Quoted:
    """The beginning of what somebody said."""
    return said if len(said.words) <= limit else Quoted(f"{said.words[:limit]}…")


def _times(width: int, height: int) -> str:
    return f"{width}×{height}"
