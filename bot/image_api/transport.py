"""Where httpx's faults become ours, and how we know whether a request had left."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import httpx

from bot.domain.image_faults import ConnectionLost, EndpointUnreachable, ImageFault, TookTooLong

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

    async def trace(self, step: str, about: Mapping[str, Any]) -> None:
        """A step of the request begins or ends; a proxy's CONNECT is a step too, but not ours."""
        if step.endswith(".send_request_headers.started") and about["request"].method == b"POST" and not self.has_left:
            await self._leaving()
            self.has_left = True


def fault_of_transport(error: httpx.HTTPError | TimeoutError, *, has_left: bool) -> ImageFault:
    """The fault that a broken exchange stands for; a `TimeoutError` is our own limit on the whole of it."""
    reason = str(error) or type(error).__name__
    if not has_left:
        return EndpointUnreachable(f"no connection to the endpoint: {reason}")
    if isinstance(error, TimeoutError | httpx.TimeoutException):
        return TookTooLong("the request was sent and no whole answer came within the model's longest time")
    return ConnectionLost(f"the connection broke after the request had left: {reason}")
