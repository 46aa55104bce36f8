"""Orders to paint, and pictures to answer them with."""

import io
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from functools import cache
from hashlib import sha256

from PIL import Image
from pydantic import SecretStr

from bot.domain.catalogue.models import ImageModel, ModelCatalog
from bot.domain.catalogue.picture_settings import PictureSettings, Ratio
from bot.domain.chat import StoredPicture
from bot.domain.requests.queue import Turn
from bot.domain.requests.requests import MadePicture, PictureLink, PictureWish, Try
from bot.image_api.endpoint import Access, Auth, HttpEndpoint
from bot.image_api.formats.gemini import GeminiFormat
from bot.image_api.links.linked_pictures import LinkedPictures
from bot.pictures.workshop import Workshop
from bot.ports import ImageApi, ImageRequest, Journal, PictureSink, SourcePicture
from tests.catalogue import built_in_catalogue
from tests.local_files import local_file
from tests.simulators.image_api.gateway import KEY

PRO = "gemini-3-pro-image"
FLASH = "gemini-2.5-flash-image"


@cache
def drawn(width: int = 48, height: int = 27, *, kind: str = "PNG") -> bytes:
    """Return the bytes of a real picture of noise."""
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
) -> ImageRequest:
    wish = PictureWish(
        prompt=prompt, model=model, settings=PictureSettings(ratio=ratio, size=size if model == PRO else None)
    )
    return ImageRequest(wish=wish, sources=sources)


def source(data: bytes, *, mime: str = "image/png") -> SourcePicture:
    picture = StoredPicture(sha256=sha256(data).hexdigest(), mime=mime, width=48, height=27, size_bytes=len(data))
    return SourcePicture(picture=picture, open_file=lambda: local_file(data))


def impatient_catalogue(seconds: int = 1) -> ModelCatalog:
    """Return the built-in catalogue, but every request is given up early."""

    def hurried(model: ImageModel) -> ImageModel:
        terms = {size: replace(terms, longest_seconds=seconds) for size, terms in model.terms.items()}
        return replace(model, terms=terms)

    return ModelCatalog(tuple(hurried(model) for model in built_in_catalogue().models))


def endpoint(
    base_url: str,
    *,
    key: str = KEY,
    auth: Auth = "bearer",
    catalogue: ModelCatalog | None = None,
    name: str = "gateway",
) -> HttpEndpoint:
    """Make an endpoint that speaks Google's format."""
    return HttpEndpoint(
        Access(name=name, base_url=base_url, api_key=SecretStr(key), auth=auth),
        GeminiFormat(),
        catalogue=catalogue or built_in_catalogue(),
        links=LinkedPictures(allowed_hosts=frozenset({"127.0.0.1"})),
        workshop=Workshop(),
    )


class NotedJournal:
    """A journal that keeps in memory what it is told; `on_leaving` is awaited with each departure."""

    def __init__(self, on_leaving: Callable[[], Awaitable[None]] | None = None) -> None:
        self.left: list[str] = []
        self.found_links: list[PictureLink] = []
        self.tries: list[Try] = []
        self.turn: Callable[[], Turn | None] = lambda: None
        self._on_leaving = on_leaving

    def waits(self, turn: Callable[[], Turn | None]) -> None:
        self.turn = turn

    async def request_sent(self, endpoint: str) -> None:
        if self._on_leaving:
            await self._on_leaving()
        self.left.append(endpoint)

    async def links_found(self, links: Sequence[PictureLink]) -> None:
        self.found_links += links

    async def attempt_finished(self, attempt: Try) -> None:
        self.tries.append(attempt)


async def paint(
    api: ImageApi, sink: PictureSink, wanted: ImageRequest | None = None, journal: Journal | None = None
) -> tuple[MadePicture, ...]:
    return await api.paint(wanted or order(), sink, journal or NotedJournal())
