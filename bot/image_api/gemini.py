"""An endpoint that speaks Google's own format, at Google or behind a gateway.

https://ai.google.dev/api/generate-content; a gateway takes the same request with `Authorization: Bearer`.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, suppress
from http import HTTPStatus
from typing import Literal
from urllib.parse import quote

import httpx
from pydantic import SecretStr

from bot.domain.chat import Quoted
from bot.domain.errors import KeyRejected, ModelUnavailable, UnreadableAnswer
from bot.domain.models import Catalogue, ImageModel
from bot.domain.requests import MadePicture
from bot.image_api.body_stream import Body, read_body
from bot.image_api.faults import BODY_BYTES, fault_in_json, fault_of_answer
from bot.image_api.gemini_answer import ChosenPicture, choose, gemini_strings
from bot.image_api.gemini_request import to_request_body
from bot.image_api.transport import CONNECT_SECONDS, Departure, fault_of_transport
from bot.ports import PaintOrder, PictureSink

Auth = Literal["bearer", "x-goog-api-key"]


class GeminiEndpoint:
    """Implements `ImageApi` with `POST {base_url}/v1beta/models/{model}:generateContent`.

    The time limit on the whole exchange is the model's longest time for the size wished for; a picture that has
    arrived is kept, however long the disk takes.
    """

    def __init__(self, *, base_url: str, api_key: SecretStr, auth: Auth, catalogue: Catalogue) -> None:
        self._models_url = f"{base_url.rstrip('/')}/v1beta/models"
        self._api_key = api_key
        self._auth = auth
        self._catalogue = catalogue
        self._client = httpx.AsyncClient(timeout=httpx.Timeout(None, connect=CONNECT_SECONDS))

    async def paint(
        self, order: PaintOrder, sink: PictureSink, *, leaving: Callable[[], Awaitable[None]]
    ) -> tuple[MadePicture, ...]:
        """Have the pictures of one answer made: usually one. Of several, those that are whole count."""
        model = self._catalogue.find(order.wish.model)
        if model is None:
            raise ModelUnavailable(f"the catalogue has no model {order.wish.model}")
        departure = Departure(leaving)
        request = await self._to_request(order, model, departure)
        async with AsyncExitStack() as files:
            limit = asyncio.timeout(model.terms_for(order.wish.size).longest_seconds)
            try:
                async with limit:
                    body = await self._exchange(request, sink, files)
            except (httpx.HTTPError, TimeoutError) as error:
                if isinstance(error, TimeoutError) and not limit.expired():
                    raise  # not ours: from `leaving` or from the disk
                raise fault_of_transport(error, has_left=departure.has_left) from error
            return await _finish(choose(body))

    async def close(self) -> None:
        """Close every connection."""
        await self._client.aclose()

    async def _to_request(self, order: PaintOrder, model: ImageModel, departure: Departure) -> httpx.Request:
        pieces = await to_request_body(order)
        return self._client.build_request(
            "POST",
            f"{self._models_url}/{quote(model.name, safe='')}:generateContent",
            headers={
                **self._authorization(),
                "Content-Type": "application/json",
                "Content-Length": str(sum(map(len, pieces))),
            },
            content=_each(pieces),
            extensions={"trace": departure.trace},
        )

    def _authorization(self) -> dict[str, str]:
        if not _fits_a_header(self._api_key):
            # An HTTP library would quote the header in its error, and the key with it.
            raise KeyRejected("the API key holds characters that cannot be sent in a header")
        key = self._api_key.get_secret_value()
        return {"Authorization": f"Bearer {key}"} if self._auth == "bearer" else {"x-goog-api-key": key}

    async def _exchange(self, request: httpx.Request, sink: PictureSink, files: AsyncExitStack) -> Body:
        response = await self._client.send(request, stream=True)
        try:
            if response.status_code != HTTPStatus.OK:
                raise fault_of_answer(response.status_code, response.headers, await _beginning(response))
            body = await read_body(response.aiter_bytes(), sink, files, rule=gemini_strings)
        finally:
            await response.aclose()
        if fault := fault_in_json(response.headers, body.json):
            raise fault
        return body


def _fits_a_header(secret: SecretStr) -> bool:
    return secret.get_secret_value().isascii() and secret.get_secret_value().isprintable()


async def _each(pieces: list[bytes]) -> AsyncIterator[bytes]:
    for piece in pieces:
        yield piece


async def _beginning(response: httpx.Response) -> bytes:
    """As much of an error's body as is worth reading; one that breaks off still has its status."""
    body = bytearray()
    with suppress(httpx.HTTPError):
        async for chunk in response.aiter_bytes():
            body += chunk
            if len(body) >= BODY_BYTES:
                break
    return bytes(body[:BODY_BYTES])


async def _finish(chosen: tuple[ChosenPicture, ...]) -> tuple[MadePicture, ...]:
    made: list[MadePicture] = []
    faults: list[UnreadableAnswer] = []
    for result in chosen:
        try:
            picture = await result.picture.finish()
        except UnreadableAnswer as fault:
            faults.append(fault)
        else:
            made.append(MadePicture(picture=picture, words=Quoted(result.words) if result.words else None))
    if not made:
        raise faults[0]
    return tuple(made)
