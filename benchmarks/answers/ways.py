"""The ways to have a picture made that are compared. Each asks, and keeps what came as a file."""

import asyncio
import base64
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from itertools import count
from pathlib import Path

import httpx
from pydantic import SecretStr

from bot.config import load
from bot.domain.catalogue.picture_settings import PictureSettings
from bot.domain.requests.queue import Turn
from bot.domain.requests.requests import PictureLink, PictureWish, Try
from bot.image_api.endpoint import Access, HttpEndpoint
from bot.image_api.formats.chat_completions import ChatCompletionsFormat
from bot.image_api.formats.gemini import GeminiFormat
from bot.image_api.formats.wire_format import WireFormat
from bot.image_api.links.linked_pictures import LinkedPictures
from bot.picture_store.picture_files import FolderPictures
from bot.pictures.workshop import Workshop
from bot.ports import ImageRequest

Take = Callable[[str], Awaitable[None]]
"""Asks a model for a picture, and returns when it is a file."""

Way = Callable[[str, Path], AbstractAsyncContextManager[Take]]
"""Opens its client for a base URL and a folder."""

LIMIT, PLANTAIN, PLAIN, GOOGLE_GENAI = "limit", "plantain", "plain", "google-genai"
PLANTAIN_OPENAI = "plantain, openai"

_KEY = "sk-benchmark-0123456789"
_PROMPT = "noise"
_BODY = {
    "contents": [{"role": "user", "parts": [{"text": _PROMPT}]}],
    "generationConfig": {"responseModalities": ["TEXT", "IMAGE"]},
}
_HEADERS = {"Authorization": f"Bearer {_KEY}"}
_SECONDS = 300.0
_NOISE = os.urandom(1 << 20)


@asynccontextmanager
async def limit(base_url: str, folder: Path) -> AsyncIterator[Take]:
    """Read and throw away, then write and sync as many bytes as the picture has, in a thread."""
    numbers = count()
    async with httpx.AsyncClient(timeout=_SECONDS) as client:

        async def take(model: str) -> None:
            received = 0
            async with client.stream("POST", _url(base_url, model), json=_BODY, headers=_HEADERS) as response:
                async for chunk in response.aiter_raw():
                    received += len(chunk)
            await asyncio.to_thread(_write_and_sync, folder / f"{next(numbers)}.png", received // 4 * 3)

        yield take


@asynccontextmanager
async def plain(base_url: str, folder: Path) -> AsyncIterator[Take]:
    """Take answers as most scripts do: `response.json()`, `b64decode`, write."""
    numbers = count()
    async with httpx.AsyncClient(timeout=_SECONDS) as client:

        async def take(model: str) -> None:
            response = await client.post(_url(base_url, model), json=_BODY, headers=_HEADERS)
            part = response.json()["candidates"][0]["content"]["parts"][0]
            data = base64.b64decode(part["inlineData"]["data"])
            (folder / f"{next(numbers)}.png").write_bytes(data)

        yield take


@asynccontextmanager
async def google_genai(base_url: str, folder: Path) -> AsyncIterator[Take]:
    """Take answers with Google's own client as its guide shows it. It uses aiohttp, because we have that installed."""
    from google import genai
    from google.genai import types

    numbers = count()
    options = types.HttpOptions(base_url=base_url, api_version="v1beta", timeout=round(_SECONDS * 1000))
    config = types.GenerateContentConfig(response_modalities=["TEXT", "IMAGE"])
    async with genai.Client(api_key=_KEY, http_options=options).aio as client:

        async def take(model: str) -> None:
            response = await client.models.generate_content(model=model, contents=_PROMPT, config=config)
            for part in response.parts or ():
                if part.inline_data is not None and part.inline_data.data is not None:
                    (folder / f"{next(numbers)}.png").write_bytes(part.inline_data.data)

        yield take


def plantain(wire_format: WireFormat) -> Way:
    """Return the way of this code: it keeps the pictures in the real folder of pictures."""

    @asynccontextmanager
    async def way(base_url: str, folder: Path) -> AsyncIterator[Take]:
        catalogue = load({"endpoints": [{"format": "demo"}]}, {}, folder=folder, name="benchmark").catalogue
        access = Access(name="benchmark", base_url=base_url, api_key=SecretStr(_KEY))
        links, workshop = LinkedPictures(), Workshop()
        api = HttpEndpoint(access, wire_format, catalogue=catalogue, links=links, workshop=workshop)
        sink = await FolderPictures.open(folder, workshop)

        async def take(model: str) -> None:
            wish = PictureWish(prompt=_PROMPT, model=model, settings=PictureSettings())
            await api.paint(ImageRequest(wish=wish), sink, _NoBooks())

        try:
            yield take
        finally:
            await api.close()
            await links.close()

    return way


WAYS: Mapping[str, Way] = {
    LIMIT: limit,
    PLANTAIN: plantain(GeminiFormat()),
    PLANTAIN_OPENAI: plantain(ChatCompletionsFormat()),
    PLAIN: plain,
    GOOGLE_GENAI: google_genai,
}


class _NoBooks:
    """A `Journal` that keeps nothing."""

    def waits(self, turn: Callable[[], Turn | None]) -> None:
        """Ignore the news that the request waits."""

    async def request_sent(self, endpoint: str) -> None:
        """Ignore the news that the request was sent."""

    async def links_found(self, links: Sequence[PictureLink]) -> None:
        """Ignore the links that an answer contains."""

    async def attempt_finished(self, attempt: Try) -> None:
        """Ignore the end of an attempt."""


def _url(base_url: str, model: str) -> str:
    return f"{base_url}/v1beta/models/{model}:generateContent"


def _write_and_sync(path: Path, size_bytes: int) -> None:
    with path.open("wb", buffering=0) as file:
        for start in range(0, size_bytes, len(_NOISE)):
            file.write(memoryview(_NOISE)[: size_bytes - start])
        os.fsync(file.fileno())
