"""What can go wrong between a bot and Telegram, and how fast one may write, in the hand of a test."""

import math
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

from tests.simulators.telegram.refusals import (
    OTHER_POLLER,
    Refused,
    bad_request,
    conflict,
    forbidden,
    too_large,
    unauthorized,
)
from tests.simulators.telegram.refusals import too_many_requests as _too_many

Moment = Literal["unread", "before", "after"]
"""Before the request's body is read, before it is executed, or after it was executed and before it is answered."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """An answer that does not come from Telegram, but from a server in front of it."""

    status: int
    html: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """What happens to a request. Without an answer the connection is cut, unless it hangs until the client leaves."""

    moment: Moment = "before"
    answer: Refused | Page | None = None
    hangs: bool = False


CUT_UNREAD = Fault(moment="unread")
CUT_BEFORE = Fault(moment="before")
CUT_AFTER = Fault(moment="after")
HANG_UNREAD = Fault(moment="unread", hangs=True)
HANG_BEFORE = Fault(moment="before", hangs=True)
HANG_AFTER = Fault(moment="after", hangs=True)

BLOCKED = Fault(answer=forbidden("bot was blocked by the user"))
KICKED = Fault(answer=forbidden("bot was kicked from the supergroup chat"))
DEACTIVATED = Fault(answer=forbidden("user is deactivated"))
WRITE_FORBIDDEN = Fault(answer=bad_request("CHAT_WRITE_FORBIDDEN"))
NO_PHOTOS = Fault(answer=bad_request("not enough rights to send photos to the chat"))
ENTITY_TOO_LARGE = Fault(answer=too_large())
UNAUTHORIZED = Fault(answer=unauthorized())
CONFLICT = Fault(answer=conflict(OTHER_POLLER))
BAD_GATEWAY = Fault(answer=Page(status=502, html="<html><h1>502 Bad Gateway</h1><hr>nginx/1.18.0</html>"))
BAD_GATEWAY_AFTER = Fault(moment="after", answer=BAD_GATEWAY.answer)


def too_many(retry_after: int) -> Fault:
    return Fault(answer=_too_many(retry_after))


@dataclass(slots=True, kw_only=True)
class _Planned:
    method: str
    fault: Fault
    times: int | None
    chat_id: int | None


@dataclass(slots=True)
class FaultPlan:
    """Which requests something happens to."""

    planned: list[_Planned] = field(default_factory=list)

    def add(self, method: str, fault: Fault, *, times: int | None, chat_id: int | None) -> None:
        """Plan a fault for the next `times` requests of this method (`*` for any); None: for all, until mended."""
        self.planned.append(_Planned(method=method, fault=fault, times=times, chat_id=chat_id))

    def is_planned(self, method: str) -> bool:
        """Whether something is still to happen to a request of this method."""
        return any(one.method == method for one in self.planned)

    def mend(self, method: str) -> None:
        self.planned = [one for one in self.planned if one.method != method]

    def take(self, method: str, moment: Moment, chat_id: object = None) -> Fault | None:
        """Return what happens to this request at this moment."""
        for one in self.planned:
            is_meant = one.method in {method, "*"} and one.chat_id in {None, chat_id}
            if is_meant and one.fault.moment == moment:
                if one.times is not None:
                    one.times -= 1
                    if not one.times:
                        self.planned.remove(one)
                return one.fault
        return None


class FloodControl:
    """Telegram's limits: bursts of 3, then one a second in a chat; 20 in any 60 s in a group; 30 in any second in all.

    Messages and edits count, each picture of an album for itself. Chat actions, reactions and answers to presses don't,
    nor does what was refused. Whether deletions count is written nowhere; nobody has seen it, so they don't.
    `clock` says Unix time or any other seconds; nothing here waits.
    """

    def __init__(
        self,
        *,
        clock: Callable[[], float],
        burst: int = 3,
        per_second: float = 1.0,
        most_per_minute_in_group: int = 20,
        most_per_second_in_all: int = 30,
    ) -> None:
        self.refused = 0  # requests that came too soon
        self._clock = clock
        self._burst, self._per_second = burst, per_second
        self._in_group = _Window(most=most_per_minute_in_group, seconds=60.0)
        self._in_all = _Window(most=most_per_second_in_all, seconds=1.0)
        self._buckets: dict[int, _Bucket] = {}
        self._written_in_group: dict[int, deque[float]] = {}
        self._written_in_all: deque[float] = deque()

    def check(self, chat_id: int, count: int = 1) -> None:
        """Count so many messages, or refuse them.

        Raises:
            Refused: it is too soon; it says in how many seconds it will not be.
        """
        now = self._clock()
        bucket = self._buckets.setdefault(chat_id, _Bucket(burst=self._burst, rate=self._per_second, at=now))
        windows = [(self._in_all, self._written_in_all)]
        if chat_id < 0:
            windows.append((self._in_group, self._written_in_group.setdefault(chat_id, deque())))
        wait = max(bucket.wait(now, count), *(window.wait(written, now, count) for window, written in windows))
        if wait > 0:
            self.refused += 1
            raise _too_many(max(1, math.ceil(wait - _ROUNDING_SECONDS)))
        bucket.take(count)
        for _, written in windows:
            written.extend([now] * count)


_ROUNDING_SECONDS = 1e-6


@dataclass(frozen=True, slots=True, kw_only=True)
class _Window:
    most: int
    seconds: float

    def wait(self, written: deque[float], now: float, count: int) -> float:
        """Forget what was written before. Return the seconds until so many more may be written."""
        while written and written[0] <= now - self.seconds:
            written.popleft()
        too_many = len(written) + count - self.most
        if too_many <= 0 or not written:
            return 0.0
        return written[min(too_many, len(written)) - 1] + self.seconds - now


@dataclass(slots=True, kw_only=True)
class _Bucket:
    """A chat's own. An album of more pictures than a burst has takes a whole burst: nothing is written about albums."""

    burst: int
    rate: float
    at: float
    tokens: float = math.inf

    def wait(self, now: float, count: int) -> float:
        """Fill the bucket up. Return the seconds until it holds so many."""
        self.tokens = min(float(self.burst), self.tokens + (now - self.at) * self.rate)
        self.at = now
        missing = min(count, self.burst) - self.tokens
        return missing / self.rate if missing > _ROUNDING_SECONDS else 0.0

    def take(self, count: int) -> None:
        self.tokens -= min(count, self.burst)
