"""The result of admission a request."""

from dataclasses import dataclass
from enum import StrEnum

from bot.domain.requests.request_view import RequestView
from bot.domain.requests.requests import RequestId


class Accepted(StrEnum):
    """The relation of an event to its request: new, or a repetition."""

    NEW = "new"
    SAME_EVENT = "same-event"  # the platform delivered the same event twice
    SAME_REPEAT = "same-repeat"  # the same repeat ("Again") is still open


@dataclass(frozen=True, slots=True, kw_only=True)
class Acceptance:
    """The request that an event stands for. A new request comes with its view, so that nobody has to read it again."""

    request: RequestId
    accepted: Accepted
    view: RequestView | None = None
