"""What accepting a request comes to."""

from dataclasses import dataclass
from enum import StrEnum

from bot.domain.request_view import RequestView
from bot.domain.requests import RequestId


class Accepted(StrEnum):
    """What accepting a request came to."""

    NEW = "new"
    SAME_EVENT = "same-event"  # the platform delivered the event twice
    SAME_REPEAT = "same-repeat"  # this Again is open already


@dataclass(frozen=True, slots=True, kw_only=True)
class Acceptance:
    """The request that now stands for the event; a new one as it is, so that nobody has to ask for it."""

    request: RequestId
    accepted: Accepted
    view: RequestView | None = None
