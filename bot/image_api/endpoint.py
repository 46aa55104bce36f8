"""A client for one image API over HTTP. The wire format is a parameter."""

import asyncio
from collections.abc import Mapping
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass, replace
from functools import partial
from http import HTTPStatus
from typing import Literal

import httpx
import structlog
from pydantic import SecretStr

from bot.domain.catalogue.endpoint_formats import most_reference_bytes
from bot.domain.catalogue.models import ImageModel, ModelCatalog
from bot.domain.image_faults import ImageFault, KeyRejected, ModelUnavailable
from bot.domain.requests.requests import MadePicture, PictureLink
from bot.image_api.answers import Answer, elsewhere_in, finished, finished_elsewhere, quoted, read_answer
from bot.image_api.faults import BODY_BYTES, fault_of_answer
from bot.image_api.formats.wire_format import Chosen, Link, WireFormat
from bot.image_api.formats.wire_request import WireRequest
from bot.image_api.links.downloads import unlogged
from bot.image_api.links.linked_pictures import LinkedPictures
from bot.image_api.secret_mask import SecretMask
from bot.image_api.streaming.body_reader import BodyReader
from bot.image_api.streaming.body_stream import ArrivedPicture
from bot.image_api.streaming.compression import ACCEPT_ENCODING, unpacked
from bot.image_api.transport import CONNECT_SECONDS, Departure, fault_of_transport
from bot.pictures.references import Reference, to_references
from bot.pictures.workshop import Workshop
from bot.ports import ImageRequest, Journal, PictureSink

log = structlog.get_logger()

Auth = Literal["bearer", "x-goog-api-key"]

PROMPT_BYTES = 128 * 1024
"""Bytes reserved in a request for everything except the pictures."""

_WITH_ANSWER = frozenset({HTTPStatus.OK, HTTPStatus.CREATED, HTTPStatus.NON_AUTHORITATIVE_INFORMATION})


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """The address of an endpoint, and how to authenticate there."""

    name: str
    base_url: str
    api_key: SecretStr
    auth: Auth = "bearer"
    most_request_bytes: int = 20_000_000  # Google's limit of an inline request; gateways take up to 100 MB


class HttpEndpoint:
    """Implements `ImageApi`. Each call of `paint` sends one HTTP request.

    The time limit on the whole exchange is the model's longest time for the requested settings. A picture that has
    arrived is kept, however long the disk takes.
    """

    def __init__(
        self,
        access: Access,
        wire_format: WireFormat,
        *,
        catalogue: ModelCatalog,
        links: LinkedPictures,
        workshop: Workshop,
    ) -> None:
        self._access = access
        self._format = wire_format
        self._catalogue = catalogue
        self._links = links
        self._workshop = workshop
        self._mask = mask_of(access)
        self._client = httpx.AsyncClient(timeout=httpx.Timeout(None, connect=CONNECT_SECONDS))

    async def paint(self, order: ImageRequest, sink: PictureSink, journal: Journal) -> tuple[MadePicture, ...]:
        """Request one answer and return its pictures, usually one. Broken pictures are dropped if others are whole.

        No returned text and no fault shows the endpoint's API key.
        """
        try:
            made = await self._paint(order, sink, journal)
        except ImageFault as fault:
            self._mask.hide_in(fault)
            raise
        return tuple(replace(one, words=self._mask.words(one.words)) for one in made)

    async def close(self) -> None:
        """Close every connection."""
        await self._client.aclose()

    async def _paint(self, order: ImageRequest, sink: PictureSink, journal: Journal) -> tuple[MadePicture, ...]:
        if order.links:
            return await self._links.fetch(order.links, sink)
        model = self._catalogue.find(order.wish.model)
        if model is None:
            raise ModelUnavailable(f"the catalogue has no model {order.wish.model}")
        departure = Departure(partial(journal.request_sent, self._access.name))
        references = await self._to_references(order, model)
        request = self._format.to_request(order.wish, model, references)
        limit_seconds = model.terms_for(order.wish.settings).longest_seconds
        async with AsyncExitStack() as files:
            reader = BodyReader(sink, files, rule=self._format.rule)
            headers = await self._exchange(request, departure, reader, limit_seconds)
            # In a thread, because reading long texts takes time.
            answer = await asyncio.to_thread(read_answer, self._format, await reader.close(), headers)
            made = await self._finish(answer, sink, journal)
            if not made:
                lists = await asyncio.to_thread(elsewhere_in, answer)
                made = await finished_elsewhere(answer, lists, references, self._access.name)
            if remarks := answer.all_remarks():
                reason = self._mask.text("; ".join(remarks))
                log.warning("picture-of-a-broken-answer", endpoint=self._access.name, reason=reason)
            return made

    async def _to_references(self, order: ImageRequest, model: ImageModel) -> tuple[Reference, ...]:
        return await to_references(
            order.sources,
            most_bytes=(self._access.most_request_bytes - PROMPT_BYTES) // 4 * 3,
            most_file_bytes=most_reference_bytes(model.formats),
            workshop=self._workshop,
        )

    def _to_http(self, request: WireRequest, departure: Departure) -> httpx.Request:
        return self._client.build_request(
            "POST",
            f"{self._access.base_url.rstrip('/')}{request.path}",
            headers={
                **authorization(self._access),
                "Accept-Encoding": ACCEPT_ENCODING,
                "Content-Type": request.content_type,
                "Content-Length": str(request.length),
            },
            content=request.pieces(),
            extensions={"trace": departure.trace},
        )

    async def _send(self, request: WireRequest, departure: Departure) -> httpx.Response:
        """Send the request. Retry once if a reused connection was closed already: nobody has read the request."""
        with unlogged():  # an answer's headers may hold anything that the gateway knows about the owner
            try:
                return await self._client.send(self._to_http(request, departure), stream=True)
            except httpx.TransportError:
                if not departure.is_unread:
                    raise
            return await self._client.send(self._to_http(request, departure), stream=True)

    async def _exchange(
        self, request: WireRequest, departure: Departure, reader: BodyReader, limit_seconds: float
    ) -> Mapping[str, str]:
        """Send the request, read the answer within the time limit, and return its headers.

        What arrived before a fault is kept.
        """
        headers: dict[str, str] = {}
        limit = asyncio.timeout(limit_seconds)
        try:
            async with limit:
                response = await self._send(request, departure)
                try:
                    headers.update(response.headers)
                    if response.status_code not in _WITH_ANSWER:
                        raise await _refusal(response, departure)
                    await reader.read(unpacked(response))
                finally:
                    await response.aclose()
        except (httpx.HTTPError, TimeoutError) as error:
            if isinstance(error, TimeoutError) and not limit.expired():
                raise  # not our time limit: raised by the journal or by the disk
            fault = fault_of_transport(error, departure)
            if not reader.has_begun:
                raise fault from error
            reader.break_off(fault)
        return headers

    def _to_links(self, chosen: tuple[Chosen, ...]) -> tuple[PictureLink, ...]:
        return tuple(
            PictureLink(endpoint=self._access.name, url=one.picture.url, words=self._mask.words(quoted(one.words)))
            for one in chosen
            if isinstance(one.picture, Link)
        )

    async def _finish(self, answer: Answer, sink: PictureSink, journal: Journal) -> tuple[MadePicture, ...]:
        """Save each whole result picture once. Append the faults of the others to `answer.faults`."""
        links = self._to_links(answer.chosen)
        kept = tuple(link for link in links if not self._mask.is_in(link.url))  # the others are not stored
        if kept:
            await journal.links_found(kept)
        made: dict[str, MadePicture] = {}
        fetched = iter(await self._links.fetch_each(links, sink) if links else ())
        for one in answer.chosen:
            picture = await finished(one) if isinstance(one.picture, ArrivedPicture) else next(fetched)
            if isinstance(picture, MadePicture):
                made.setdefault(picture.picture.sha256, picture)
            else:
                answer.faults.append(picture)
        return tuple(made.values())


def authorization(access: Access) -> dict[str, str]:
    """Return the HTTP header that authenticates us. Raises `KeyRejected`."""
    if not _is_sendable(access.api_key):
        # An HTTP library would quote the header in its error, and so show the key.
        raise KeyRejected("the API key holds characters that cannot be sent in a header")
    key = access.api_key.get_secret_value()
    return {"Authorization": f"Bearer {key}"} if access.auth == "bearer" else {"x-goog-api-key": key}


def mask_of(access: Access) -> SecretMask:
    """Build the mask that hides the endpoint's secrets in its answers."""
    return SecretMask(access.api_key.get_secret_value(), access.base_url)


def _is_sendable(api_key: SecretStr) -> bool:
    key = api_key.get_secret_value()  # in a stack frame of its own: no exception's traceback shows the key
    return key.isascii() and key.isprintable()


async def _refusal(response: httpx.Response, departure: Departure) -> ImageFault:
    """Choose the fault for an error answer.

    No stack frame that raises the fault holds the body, which may name the owner's account.
    """
    beginning = await _beginning(response)
    return fault_of_answer(response.status_code, response.headers, beginning, after_seconds=departure.seconds)


async def _beginning(response: httpx.Response) -> bytes:
    """Read the beginning of an error's body. Errors are ignored, because the status is known already."""
    body = bytearray()
    with suppress(httpx.HTTPError, ImageFault):
        async for chunk in unpacked(response):
            body += chunk
            if len(body) >= BODY_BYTES:
                break
    return bytes(body[:BODY_BYTES])
