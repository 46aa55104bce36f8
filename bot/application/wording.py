"""Sentences about requests, used in several messages. All functions are pure."""

import math
from collections.abc import Sequence
from datetime import datetime

from bot.domain.catalogue.models import ModelCatalog
from bot.domain.chat import Moment, Quoted, Sentence, StoredPicture
from bot.domain.errors import LONGEST_WAIT_SECONDS
from bot.domain.image_faults import MEANING_OF_CODE, OTHER_ENDS, ImageFault, meaning_of
from bot.domain.requests.queue import EXACT_PLACES
from bot.domain.requests.requests import JobFailure, PictureWish
from bot.domain.requests.turn_plan import ToldTurn

SEPARATOR = " · "
"""Stands between the settings of a picture, in every language."""

WORDS_LIMIT = 500
"""The most characters shown of the text that a model returns with a picture or instead of one."""

PROMPT_LIMIT = 120
"""The most characters shown of a prompt in a list of several."""


def failure_of(fault: ImageFault) -> JobFailure:
    """Convert a fault to the failure that the store keeps."""
    wait = fault.retry_after_seconds
    seconds = None if wait is None else math.ceil(min(wait, LONGEST_WAIT_SECONDS))
    return JobFailure(code=meaning_of(fault).code, words=fault.words, retry_after_seconds=seconds)


def failure_sentence(failure: JobFailure) -> Sentence:
    """Explain in a sentence why there is no picture, with the model's own words if it returned some."""
    if failure.code in OTHER_ENDS:
        return OTHER_ENDS[failure.code]
    meaning = MEANING_OF_CODE.get(failure.code)
    if meaning is None:
        return Sentence("fault-unknown")  # a code that another version wrote
    if meaning.with_words and failure.words is not None:
        return meaning.with_words(excerpt(failure.words))
    if meaning.with_wait and failure.retry_after_seconds is not None:
        return meaning.with_wait(*about(failure.retry_after_seconds))
    return meaning.sentence


def difference(wish: PictureWish, picture: StoredPicture, catalogue: ModelCatalog) -> Sentence | None:
    """Say that a picture has other pixels than requested. None if it is as requested, or if the model is unknown."""
    model = catalogue.find(wish.model)
    if model is None or model.is_as_asked(wish.settings, picture.width, picture.height):
        return None
    pixels = model.pixels_for(wish.settings) if wish.settings.ratio is not None else None
    return Sentence(
        "result-not-as-asked",
        asked=SEPARATOR.join(wish.settings.labels()),
        pixels=_times(*pixels) if pixels else "unknown",
        made=_times(picture.width, picture.height),
    )


def settings_line(wish: PictureWish, catalogue: ModelCatalog) -> str:
    """Join the model and the chosen settings, as the message catalogues take them in `$settings`."""
    model = catalogue.find(wish.model)  # it may have been removed from the catalogue since the request was made
    return SEPARATOR.join((model.title if model else wish.model, *wish.settings.labels()))


def numbered(prompts: Sequence[tuple[int, str]]) -> tuple[Sentence, ...]:
    """List the prompts with their numbers; nothing if all prompts are the same."""
    if len({prompt for _, prompt in prompts}) <= 1:
        return ()
    return tuple(
        Sentence("numbered-prompt", number=number, prompt=excerpt(Quoted(prompt), PROMPT_LIMIT))
        for number, prompt in prompts
    )


def turn_sentence(turn: ToldTurn | None, ready: datetime) -> Sentence:
    """Say when the next job will be painted. A turn of None means that its source pictures are still being fetched."""
    if turn is None:
        return Sentence("status-fetching")
    if turn.place == 1:
        return Sentence("status-next", ready=Moment(ready))
    if turn.place > EXACT_PLACES:
        return Sentence("status-waiting-long", before=turn.place - 1, ready=Moment(ready))
    return Sentence("status-waiting", place=turn.place, ready=Moment(ready))


def about(seconds: int) -> tuple[int, int]:
    """Round a time for the message catalogues: to (minutes, seconds). They show the seconds if minutes is 0."""
    seconds = max(1, seconds)
    minutes = 0 if seconds < 90 else round(seconds / 60)  # noqa: PLR2004 - a minute and a half still reads best in seconds
    return minutes, seconds


def megabytes(size_bytes: int) -> str:
    """Format a file's size in MB (millions of bytes), with one decimal below 10 MB."""
    size = size_bytes / 1_000_000
    return f"{size:.1f}" if size < 10 else f"{size:.0f}"  # noqa: PLR2004 - two digits are enough


def excerpt(said: Quoted, limit: int = WORDS_LIMIT) -> Quoted:
    """Shorten quoted words to `limit` characters."""
    return said if len(said.words) <= limit else Quoted(f"{said.words[:limit]}…")


def _times(width: int, height: int) -> str:
    return f"{width}×{height}"
