"""Several endpoints as one: which of them paints a request."""

from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass

from bot.domain.errors import ModelUnavailable
from bot.domain.requests import MadePicture
from bot.ports import ImageApi, PaintOrder, PictureSink


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """An endpoint and the models it serves."""

    name: str
    models: frozenset[str]
    api: ImageApi


class Router:
    """Implements `ImageApi`: the first endpoint that serves the model paints."""

    def __init__(self, routes: tuple[Route, ...]) -> None:
        self._routes = routes

    async def paint(
        self, order: PaintOrder, sink: PictureSink, *, leaving: Callable[[], Awaitable[None]]
    ) -> tuple[MadePicture, ...]:
        """Hand the order on. Raises `ModelUnavailable` if no endpoint serves its model."""
        for route in self._routes:
            if order.wish.model in route.models:
                return await route.api.paint(order, sink, leaving=leaving)
        raise ModelUnavailable(f"no endpoint of the configuration serves {order.wish.model}")

    async def close(self) -> None:
        """Close every endpoint, whatever one of them says."""
        async with AsyncExitStack() as stack:
            for route in self._routes:
                stack.push_async_callback(route.api.close)
