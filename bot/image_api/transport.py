"""Translates httpx's errors into our faults, and records whether a request had been sent."""

import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import httpx

from bot.domain.image_faults import ConnectionLost, EndpointUnreachable, ImageFault, TookTooLong
from bot.image_api.faults import QUICK_SECONDS

CONNECT_SECONDS = 10.0
"""Time limit for establishing a connection."""


class Departure:
    """Awaits `leaving` when the connection is established and the first byte of the request is about to be sent.

    `trace` is httpx's extension of that name (https://www.python-httpx.org/advanced/extensions/). httpx awaits it at
    each step of a request. An exception raised in it ends the request at that step.
    """

    def __init__(self, leaving: Callable[[], Awaitable[None]]) -> None:
        self._leaving = leaving
        self.has_left = False
        self._left_at = 0.0
        self._is_fresh = False  # the connection was opened for this request
        self._is_answered = False

    @property
    def seconds(self) -> float:
        """Seconds since the request was sent; 0 if it was not sent."""
        return time.monotonic() - self._left_at if self.has_left else 0.0

    @property
    def is_unread(self) -> bool:
        """Whether the endpoint had dropped a reused connection: it was closed at once, without a byte received."""
        return self.has_left and not self._is_fresh and not self._is_answered and self.seconds <= QUICK_SECONDS

    async def trace(self, step: str, about: Mapping[str, Any]) -> None:
        """Note the beginning or end of a step of the request. The CONNECT request to a proxy is ignored."""
        if step.startswith("connection.") and step.endswith(".started"):
            self._is_fresh = True
        elif step.endswith(".receive_response_headers.complete"):
            self._is_answered = True
        elif step.endswith(".send_request_headers.started") and about["request"].method == b"POST":
            if not self.has_left:
                await self._leaving()
            self.has_left, self._left_at = True, time.monotonic()


def fault_of_transport(error: httpx.HTTPError | TimeoutError, departure: Departure | None = None) -> ImageFault:
    """Translate an error of the connection into a fault. A `TimeoutError` is our own limit on the whole exchange.

    Without a `departure`, nothing that costs money was sent.
    """
    reason = str(error) or type(error).__name__
    if departure is None or not departure.has_left:
        return EndpointUnreachable(f"no connection to the endpoint: {reason}")
    if isinstance(error, TimeoutError | httpx.TimeoutException):
        return TookTooLong("the request was sent and no whole answer came within the model's longest time")
    if departure.is_unread:
        return EndpointUnreachable(f"the endpoint had given up the connection: {reason}")
    return ConnectionLost(f"the connection broke after the request had left: {reason}")
