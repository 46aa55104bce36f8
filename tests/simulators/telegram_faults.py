"""What can go wrong between a bot and Telegram, and how fast one may write, in the hand of a test."""

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

from tests.simulators.telegram_refusals import (
    OTHER_POLLER,
    Refused,
    bad_request,
    conflict,
    forbidden,
    too_large,
    unauthorized,
)
from tests.simulators.telegram_refusals import too_many_requests as _too_many

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
        """Of this method (`*` for any), the next so many; None: all, until mended."""
        self.planned.append(_Planned(method=method, fault=fault, times=times, chat_id=chat_id))

    def mend(self, method: str) -> None:
        self.planned = [one for one in self.planned if one.method != method]

    def take(self, method: str, moment: Moment, chat_id: object = None) -> Fault | None:
        """What happens to this request at this moment."""
        for one in self.planned:
            is_meant = one.method in {method, "*"} and one.chat_id in {None, chat_id}
            if is_meant and one.fault.moment == moment:
                if one.times is not None:
                    one.times -= 1
                    if not one.times:
                        self.planned.remove(one)
                return one.fault
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Window:
    most: int
    seconds: float


class FloodControl:
    """So many messages and edits a minute in a group, so many a second in any chat and in all of them together.

    Pressed buttons, reactions and chat actions are not counted, nor is what was refused.
    `clock` says Unix time or any other seconds; nothing here waits.
    """

    def __init__(
        self,
        *,
        clock: Callable[[], float],
        most_per_minute_in_group: int = 20,
        most_at_once: int = 3,
        at_once_seconds: float = 3.0,
        most_per_second_in_all: int = 30,
    ) -> None:
        self._clock = clock
        self._in_group = _Window(most=most_per_minute_in_group, seconds=60.0)
        self._in_chat = _Window(most=most_at_once, seconds=at_once_seconds)
        self._in_all = _Window(most=most_per_second_in_all, seconds=1.0)
        self._written: dict[int, list[float]] = {}
        self._written_in_all: list[float] = []

    def check(self, chat_id: int, count: int = 1) -> None:
        """Count so many messages, or refuse them.

        Raises:
            Refused: it is too soon; it says in how many seconds it will not be.
        """
        now = self._clock()
        written = [at for at in self._written.get(chat_id, []) if now - at < self._in_group.seconds]
        for window in (self._in_group, self._in_chat) if chat_id < 0 else (self._in_chat,):
            recent = [at for at in written if now - at < window.seconds]
            if recent and len(recent) + count > window.most:
                raise _too_many(max(1, math.ceil(window.seconds - (now - recent[0]))))
        self._written_in_all = [at for at in self._written_in_all if now - at < self._in_all.seconds]
        if len(self._written_in_all) + count > self._in_all.most:
            raise _too_many(1)
        self._written_in_all += [now] * count
        self._written[chat_id] = [*written, *[now] * count]
