"""Where httpx's faults become ours, and how we know whether a request had left."""

import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import httpx

from bot.domain.image_faults import ConnectionLost, EndpointUnreachable, ImageFault, TookTooLong
from bot.image_api.faults import QUICK_SECONDS

CONNECT_SECONDS = 10.0
"""How long a connection may take to come about."""


class Departure:
    """Awaits `leaving` when the connection stands and the request's first byte is about to leave.

    `trace` is httpx's extension of that name (https://www.python-httpx.org/advanced/extensions/): it is awaited
    at each step of a request, and what it raises ends the request there.
    """

    def __init__(self, leaving: Callable[[], Awaitable[None]]) -> None:
        self._leaving = leaving
        self.has_left = False
        self._left_at = 0.0
        self._is_fresh = False  # the connection was made for this request
        self._is_answered = False

    @property
    def seconds(self) -> float:
        """Seconds since the request left; 0 if it has not."""
        return time.monotonic() - self._left_at if self.has_left else 0.0

    @property
    def is_unread(self) -> bool:
        """Whether a connection kept from earlier was closed at once, without a byte: the endpoint had given it up."""
        return self.has_left and not self._is_fresh and not self._is_answered and self.seconds <= QUICK_SECONDS

    async def trace(self, step: str, about: Mapping[str, Any]) -> None:
        """A step of the request begins or ends; a proxy's CONNECT is a step too, but not ours."""
        if step.startswith("connection.") and step.endswith(".started"):
            self._is_fresh = True
        elif step.endswith(".receive_response_headers.complete"):
            self._is_answered = True
        elif step.endswith(".send_request_headers.started") and about["request"].method == b"POST":
            if not self.has_left:
                await self._leaving()
            self.has_left, self._left_at = True, time.monotonic()


def fault_of_transport(error: httpx.HTTPError | TimeoutError, departure: Departure | None = None) -> ImageFault:
    """The fault that a broken exchange stands for; a `TimeoutError` is our own limit on the whole of it.

    Without a departure nothing was sent that costs money.
    """
    reason = str(error) or type(error).__name__
    if departure is None or not departure.has_left:
        return EndpointUnreachable(f"no connection to the endpoint: {reason}")
    if isinstance(error, TimeoutError | httpx.TimeoutException):
        return TookTooLong("the request was sent and no whole answer came within the model's longest time")
    if departure.is_unread:
        return EndpointUnreachable(f"the endpoint had given up the connection: {reason}")
    return ConnectionLost(f"the connection broke after the request had left: {reason}")
