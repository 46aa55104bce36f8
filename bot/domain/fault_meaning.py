"""What can be said of a fault: the columns of the table in `image_faults`."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

from bot.domain.chat import Quoted, Sentence


class Retry(Enum):
    """Whether repeating the same request to the image API may help."""

    NEVER = "never"
    ONCE = "once"  # it may be billed again
    BACKOFF = "backoff"  # nothing was billed: safe to repeat


class Bill(Enum):
    """Whether the endpoint probably billed the request."""

    NONE = "none"
    PROBABLE = "probable"


class Mistake(Enum):
    """Whose mistake it was."""

    MEMBER = "member"  # what was asked for
    MODEL = "model"
    ENDPOINT = "endpoint"
    OWNER = "owner"  # it lasts until the owner does something, so the circuit opens at once
    OURS = "ours"


class Elsewhere(Enum):
    """Whether another endpoint is asked for the same picture."""

    NO = "no"  # the request itself is to blame
    AT_ONCE = "at once"  # another endpoint may paint it, and nothing was billed
    BEFORE_REPEATING = "before repeating"  # if the request is repeated, another endpoint is better asked first


class Outage(Enum):
    """Whether several such faults in a row open the circuit."""

    NO = "no"
    POSSIBLE = "possible"


@dataclass(frozen=True, slots=True)
class FaultMeaning:
    """What a fault means: a row of the table. `code` is what the store keeps."""

    code: str
    retry: Retry
    bill: Bill
    mistake: Mistake
    elsewhere: Elsewhere
    outage: Outage
    sentence: Sentence  # what the member reads
    owner_text: str  # what the owner reads where nothing more is known
    with_wait: Callable[[int, int], Sentence] | None = None  # the sentence if the minutes and seconds to wait are known
    with_words: Callable[[Quoted], Sentence] | None = None  # the sentence if the model said something: its answer
