"""What can go wrong on the way: answers lost, lines cut, limits of rate, whatever a test puts in a request's way."""

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from http import HTTPStatus

from tests.simulators.discord.refusals import Refusal

CLOUDFLARE_PAGE = "<html><title>Error 1015</title>You are being rate limited</html>"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """What a request gets instead of its answer, before it was executed or, with `after`, although it was."""

    status: int | None = None  # None: no answer at all, the connection is torn down
    body: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)  # of the usual answer too, where it passes
    gate: asyncio.Event | None = None  # it waits here first
    passes: bool = False  # the request takes its usual course
    is_executed: bool = False

    async def strikes(self) -> bool:
        """Wait at its gate. Return whether the usual answer is kept back then."""
        if self.gate:
            await self.gate.wait()
        return not self.passes

    def after(self) -> "Fault":
        """Return the same fault, but the request is executed: only the answer is lost."""
        return replace(self, is_executed=True)


def bad_gateway(status: int = 502) -> Fault:
    return Fault(status=status, body="<html>502 Bad Gateway</html>", headers={"Content-Type": "text/html"})


def cut() -> Fault:
    """Make a fault that breaks the connection."""
    return Fault()


def held(gate: asyncio.Event) -> Fault:
    """Make a fault that holds the request until the test opens the gate, and then answers as usual."""
    return Fault(gate=gate, passes=True)


def hang(gate: asyncio.Event) -> Fault:
    """Make a fault that gives no answer. When the test opens the gate, the connection breaks."""
    return Fault(gate=gate)


def answered(body: object) -> Fault:
    """Make a fault that answers with success, in a form that Discord does not give."""
    return _json_fault(HTTPStatus.OK, body)


def refused(code: int) -> Fault:
    """Make a fault that answers with one of Discord's own refusals."""
    refusal = Refusal(code)
    return _json_fault(refusal.status, refusal.body)


def rate_limited(retry_after: float = 0.0, *, is_global: bool = False) -> Fault:
    """Make a fault that answers with Discord's own 429, which the library waits out (in real time)."""
    body = {"message": "You are being rate limited.", "retry_after": retry_after, "global": is_global}
    headers = {
        "Via": "1.1 google",
        "Retry-After": str(int(retry_after) + 1),
        "X-RateLimit-Scope": "global" if is_global else "user",
    }
    return _json_fault(HTTPStatus.TOO_MANY_REQUESTS, body, headers)


def exhausted(reset_after: float) -> Fault:
    """Make a fault that answers as usual, but says that no request is left until then.

    The library waits that long (in real time) by itself.
    """
    headers = {"X-RateLimit-Limit": "1", "X-RateLimit-Remaining": "0", "X-RateLimit-Reset-After": f"{reset_after:.3f}"}
    return Fault(passes=True, headers=headers)


def banned() -> Fault:
    """Make a fault that answers with Cloudflare's 429: no Via, no JSON, and no use asking again soon."""
    headers = {"Content-Type": "text/html", "Retry-After": "3600"}
    return Fault(status=HTTPStatus.TOO_MANY_REQUESTS, body=CLOUDFLARE_PAGE, headers=headers)


@dataclass(slots=True, kw_only=True)
class _Planned:
    method: str
    pattern: str
    fault: Fault
    left: int


class FaultPlan:
    """Which requests will meet which fault."""

    def __init__(self) -> None:
        self._planned: list[_Planned] = []

    def add(self, method: str, pattern: str, fault: Fault, *, times: int) -> None:
        """Plan a fault. `pattern` is a path below the API's address, with * for anything."""
        self._planned.append(_Planned(method=method, pattern=pattern, fault=fault, left=times))

    @property
    def is_planned(self) -> bool:
        """Whether something is still to go wrong."""
        return any(planned.left for planned in self._planned)

    def forget(self) -> None:
        """Cancel all planned faults."""
        self._planned.clear()

    def take(self, method: str, path: str) -> Fault | None:
        """Return the fault that this request meets, the one planned first; None if it meets none."""
        for planned in self._planned:
            if planned.left and planned.method in {method, "*"} and fnmatchcase(path, planned.pattern):
                planned.left -= 1
                return planned.fault
        return None


def _json_fault(status: int, body: object, headers: Mapping[str, str] | None = None) -> Fault:
    told = {"Content-Type": "application/json", **(headers or {})}
    return Fault(status=status, body=json.dumps(body), headers=told)
