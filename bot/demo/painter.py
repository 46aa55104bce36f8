"""The demo painter: an image API without key and network. Every picture is marked as a demo."""

import asyncio
import math
import re
import secrets
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import replace

from bot.demo.drawing import draw, edit
from bot.demo.drawing.sources import to_drawable
from bot.domain.catalogue.models import ImageModel, ModelCatalog
from bot.domain.catalogue.picture_settings import PictureSettings
from bot.domain.errors import PictureFault
from bot.domain.image_faults import (
    EndpointBusy,
    LinkBroken,
    ModelUnavailable,
    PromptRefused,
    ReferencesTooLarge,
    SettingRejected,
    UnreadableAnswer,
)
from bot.domain.requests.requests import MadePicture
from bot.pictures.workshop import Workshop
from bot.ports import Clock, ImageRequest, Journal, PictureSink, SourcePicture

MOST_SOURCE_BYTES = 128 * 1024 * 1024
"""Bytes of all source pictures of one order together."""

MOST_AT_ONCE = 2
"""Pictures drawn at the same time. Each uses one core and some 150 MB meanwhile."""

UNKNOWN_PIXELS = (1024, 1024)
"""The picture's size for a model whose pixels the catalogue does not know."""

_PIECE_BYTES = 1 << 18
_REFUSED = re.compile(r"\brefuse-demo\b", re.IGNORECASE)
_BUSY = re.compile(r"\bbusy-demo\b", re.IGNORECASE)
_BUSY_FOR_SECONDS = 1.0


def _any_seed() -> int:
    return secrets.randbits(32)


class DemoPainter:
    """Implements `ImageApi` by drawing from the words of the prompt.

    It waits `seconds` before drawing, so that queue and progress can be seen. `next_seed` makes the same prompt give
    another picture the next time. Two words demonstrate failures. A prompt with `busy-demo` raises `EndpointBusy` at
    once, so one can watch the retries and the final failure. A prompt with `refuse-demo` raises `PromptRefused` after
    the usual time.
    """

    def __init__(
        self,
        catalogue: ModelCatalog,
        *,
        seconds: float,
        clock: Clock,
        workshop: Workshop,
        name: str = "demo",
        next_seed: Callable[[], int] = _any_seed,
    ) -> None:
        self._catalogue = catalogue
        self._seconds = seconds
        self._clock = clock
        self._workshop = workshop
        self._name = name
        self._next_seed = next_seed
        self._brushes = asyncio.Semaphore(MOST_AT_ONCE)

    async def paint(self, order: ImageRequest, sink: PictureSink, journal: Journal) -> tuple[MadePicture, ...]:
        """Draw one picture in exactly the pixels that the catalogue gives for its ratio and size."""
        if order.links:
            raise LinkBroken("the demo painter links to no picture")
        width, height = self._pixels(order)
        sources = await self._to_drawables(order.sources)
        await journal.request_sent(self._name)
        if _BUSY.search(order.wish.prompt):
            raise EndpointBusy("the demo painter was asked to be busy", retry_after_seconds=_BUSY_FOR_SECONDS)
        await self._clock.sleep(self._seconds)
        if _REFUSED.search(order.wish.prompt):
            raise PromptRefused("the demo painter was asked to refuse")
        async with self._brushes:
            png = await asyncio.to_thread(_make, order.wish.prompt, sources, (width, height), self._next_seed())
        try:
            async with sink.new_file() as file:
                for start in range(0, len(png), _PIECE_BYTES):
                    await file.write(png[start : start + _PIECE_BYTES])
                return (MadePicture(picture=await file.finish()),)
        except PictureFault as fault:
            raise UnreadableAnswer(f"the sink did not take the drawing: {fault}") from fault

    async def close(self) -> None:
        """Do nothing: there is nothing to close."""

    async def _to_drawables(self, sources: tuple[SourcePicture, ...]) -> list[bytes]:
        _check_bytes(sum(source.picture.size_bytes for source in sources))
        async with AsyncExitStack() as stack:
            paths = [await stack.enter_async_context(source.open_file()) for source in sources]
            _check_bytes(sum([(await asyncio.to_thread(path.stat)).st_size for path in paths]))
            try:
                return [await to_drawable(path, self._workshop) for path in paths]
            except PictureFault as fault:
                raise SettingRejected(str(fault)) from fault

    def _pixels(self, order: ImageRequest) -> tuple[int, int]:
        wish = order.wish
        model = self._catalogue.find(wish.model)
        if model is None:
            raise ModelUnavailable(f"the catalogue has no model {wish.model}")
        try:
            return model.pixels_for(_with_ratio(wish.settings, model, order.sources)) or UNKNOWN_PIXELS
        except KeyError as fault:
            raise SettingRejected(f"{wish.model} has no pixels for {' '.join(wish.settings.labels())}") from fault


def _with_ratio(settings: PictureSettings, model: ImageModel, sources: tuple[SourcePicture, ...]) -> PictureSettings:
    """Fill in the ratio of an edit if none is requested: the model's nearest to the first source's shape."""
    ratios = model.offered.ratio
    if settings.ratio is not None or not sources or not ratios:
        return settings
    shape = math.log(sources[0].picture.width / sources[0].picture.height)
    return replace(settings, ratio=min(ratios, key=lambda ratio: abs(math.log(ratio.width / ratio.height) - shape)))


def _check_bytes(size_bytes: int) -> None:
    if size_bytes > MOST_SOURCE_BYTES:
        raise ReferencesTooLarge(f"the sources have more than {MOST_SOURCE_BYTES} bytes")


def _make(prompt: str, sources: list[bytes], size: tuple[int, int], seed: int) -> bytes:
    width, height = size
    if not sources:
        return draw(prompt, width=width, height=height, seed=seed)
    return edit(prompt, sources, width=width, height=height, seed=seed)
