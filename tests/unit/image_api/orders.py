"""Orders to paint, and pictures to answer them with."""

import io
from collections.abc import AsyncIterator
from dataclasses import replace
from functools import cache
from hashlib import sha256

from PIL import Image
from pydantic import SecretStr

from bot.domain.chat import StoredPicture
from bot.domain.models import Catalogue, ImageModel, Ratio
from bot.domain.requests import MadePicture, PictureWish
from bot.image_api.gemini import Auth, GeminiEndpoint
from bot.ports import ImageApi, PaintOrder, PictureSink, SourcePicture
from tests.catalogue import built_in_catalogue
from tests.simulators.gemini_endpoint import KEY

PRO = "gemini-3-pro-image"
FLASH = "gemini-2.5-flash-image"


@cache
def drawn(width: int = 48, height: int = 27, *, kind: str = "PNG") -> bytes:
    """The bytes of a real picture of noise."""
    file = io.BytesIO()
    Image.effect_noise((width, height), 80).convert("RGB").save(file, kind)
    return file.getvalue()


FOX = drawn()
OTHER = drawn(40, 40, kind="JPEG")
LARGE = drawn(300, 200)  # some 240,000 bytes of answer, so that its file is begun before it is whole


def order(
    *sources: SourcePicture,
    prompt: str = "a red fox",
    model: str = PRO,
    ratio: Ratio | None = None,
    size: str | None = "1K",
) -> PaintOrder:
    wish = PictureWish(prompt=prompt, model=model, ratio=ratio, size=size if model == PRO else None)
    return PaintOrder(wish=wish, sources=sources)


def source(data: bytes, *, mime: str = "image/png", pieces_of: int = 1000) -> SourcePicture:
    async def read() -> AsyncIterator[bytes]:
        for start in range(0, len(data), pieces_of):
            yield data[start : start + pieces_of]

    picture = StoredPicture(sha256=sha256(data).hexdigest(), mime=mime, width=48, height=27, size_bytes=len(data))
    return SourcePicture(picture=picture, read=read)


def impatient_catalogue(seconds: int = 1) -> Catalogue:
    """The built-in catalogue, but every request is given up early."""

    def hurried(model: ImageModel) -> ImageModel:
        terms = {size: replace(terms, longest_seconds=seconds) for size, terms in model.terms.items()}
        return replace(model, terms=terms)

    return Catalogue(tuple(hurried(model) for model in built_in_catalogue().models))


def endpoint(
    base_url: str, *, key: str = KEY, auth: Auth = "bearer", catalogue: Catalogue | None = None
) -> GeminiEndpoint:
    return GeminiEndpoint(
        base_url=base_url, api_key=SecretStr(key), auth=auth, catalogue=catalogue or built_in_catalogue()
    )


class Departures:
    """Counts how often `leaving` was awaited."""

    def __init__(self) -> None:
        self.count = 0

    async def __call__(self) -> None:
        self.count += 1


async def paint(api: ImageApi, sink: PictureSink, wanted: PaintOrder | None = None) -> tuple[MadePicture, ...]:
    return await api.paint(wanted or order(), sink, leaving=Departures())
