"""An image API reached over HTTP, in whichever format it speaks."""

import asyncio
from collections.abc import Sequence
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass, replace
from functools import partial
from http import HTTPStatus
from typing import Literal

import httpx
import structlog
from pydantic import SecretStr

from bot.domain.chat import Quoted
from bot.domain.image_faults import ImageFault, KeyRejected, ModelUnavailable, UnreadableAnswer
from bot.domain.models import Catalogue
from bot.domain.requests import MadePicture, PictureLink
from bot.image_api.body_stream import ArrivedPicture, Body, read_body
from bot.image_api.compression import ACCEPT_ENCODING, unpacked
from bot.image_api.downloads import unlogged
from bot.image_api.faults import BODY_BYTES, fault_in_json, fault_of_answer
from bot.image_api.links import LinkedPictures
from bot.image_api.request_body import RequestBody
from bot.image_api.secret_mask import SecretMask
from bot.image_api.transport import CONNECT_SECONDS, Departure, fault_of_transport
from bot.image_api.unknown_places import pictures_elsewhere
from bot.image_api.wire_format import Chosen, Link, WireFormat
from bot.pictures.references import Reference, to_references
from bot.pictures.workshop import Workshop
from bot.ports import Journal, PaintOrder, PictureSink

log = structlog.get_logger()

Auth = Literal["bearer", "x-goog-api-key"]

PROMPT_BYTES = 128 * 1024
"""Room that is kept in a request for everything that is no picture."""

MOST_RESULTS = 10
"""Pictures of one answer that count; models make no more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """Where an endpoint is, and how it is entered."""

    name: str
    base_url: str
    api_key: SecretStr
    auth: Auth = "bearer"
    most_request_bytes: int = 20_000_000  # Google's limit of an inline request; gateways take up to 100 MB


@dataclass(frozen=True, slots=True)
class Answer:
    """What an answer holds: the pictures that are results, and why there are no more of them."""

    chosen: tuple[Chosen, ...]
    faults: list[ImageFault]


def read_answer(wire_format: WireFormat, body: Body) -> Answer:
    """What an answer means in a format."""
    try:
        return Answer(wire_format.choose(body)[:MOST_RESULTS], [])
    except ImageFault as fault:
        return Answer((), [fault])


class HttpEndpoint:
    """Implements `ImageApi` with one request an order.

    The time limit on the whole exchange is the model's longest time for the size wished for; a picture that has
    arrived is kept, however long the disk takes.
    """

    def __init__(
        self,
        access: Access,
        wire_format: WireFormat,
        *,
        catalogue: Catalogue,
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

    async def paint(self, order: PaintOrder, sink: PictureSink, journal: Journal) -> tuple[MadePicture, ...]:
        """Have the pictures of one answer made: usually one. Of several, those that are whole count.

        Nothing that comes out, picture or fault, shows the endpoint's key.
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

    async def _paint(self, order: PaintOrder, sink: PictureSink, journal: Journal) -> tuple[MadePicture, ...]:
        if order.links:
            return await self._links.fetch(order.links, sink)
        model = self._catalogue.find(order.wish.model)
        if model is None:
            raise ModelUnavailable(f"the catalogue has no model {order.wish.model}")
        departure = Departure(partial(journal.leaving, self._access.name))
        references = await self._to_references(order)
        body_to_send = self._format.to_request_body(order.wish, references)
        async with AsyncExitStack() as files:
            limit = asyncio.timeout(model.terms_for(order.wish.size).longest_seconds)
            try:
                async with limit:
                    body = await self._exchange(order, body_to_send, departure, sink, files)
            except (httpx.HTTPError, TimeoutError) as error:
                if isinstance(error, TimeoutError) and not limit.expired():
                    raise  # not ours: from the journal or from the disk
                raise fault_of_transport(error, departure) from error
            answer = await asyncio.to_thread(read_answer, self._format, body)  # long words take their time
            links = self._to_links(answer.chosen)
            kept = tuple(link for link in links if not self._mask.is_in(link.url))  # the others the store must not have
            if kept:
                await journal.found(kept)
            made = await self._finish(answer, links, sink)
            return made or await self._finish_elsewhere(answer, body, references)

    async def _to_references(self, order: PaintOrder) -> tuple[Reference, ...]:
        room = (self._access.most_request_bytes - PROMPT_BYTES) // 4 * 3
        return await to_references(order.sources, most_bytes=room, workshop=self._workshop)

    def _to_request(self, order: PaintOrder, body: RequestBody, departure: Departure) -> httpx.Request:
        return self._client.build_request(
            "POST",
            f"{self._access.base_url.rstrip('/')}{self._format.path(order.wish.model)}",
            headers={
                **authorization(self._access),
                "Accept-Encoding": ACCEPT_ENCODING,
                "Content-Type": "application/json",
                "Content-Length": str(body.length),
            },
            content=body.pieces(),
            extensions={"trace": departure.trace},
        )

    async def _send(self, order: PaintOrder, body: RequestBody, departure: Departure) -> httpx.Response:
        """Send the request, and once more where an old connection turned out to be closed: nobody has read it."""
        with unlogged():  # an answer's headers may hold whatever the gateway knows of the owner
            try:
                return await self._client.send(self._to_request(order, body, departure), stream=True)
            except httpx.TransportError:
                if not departure.is_unread:
                    raise
            return await self._client.send(self._to_request(order, body, departure), stream=True)

    async def _exchange(
        self, order: PaintOrder, sent: RequestBody, departure: Departure, sink: PictureSink, files: AsyncExitStack
    ) -> Body:
        response = await self._send(order, sent, departure)
        try:
            if response.status_code != HTTPStatus.OK:
                raise await _refusal(response, departure)
            body = await read_body(unpacked(response), sink, files, rule=self._format.rule)
        finally:
            await response.aclose()
        for event in body.events:
            if fault := fault_in_json(response.headers, event):
                raise fault
        return body

    def _to_links(self, chosen: tuple[Chosen, ...]) -> tuple[PictureLink, ...]:
        return tuple(
            PictureLink(endpoint=self._access.name, url=one.picture.url, words=self._mask.words(_quoted(one.words)))
            for one in chosen
            if isinstance(one.picture, Link)
        )

    async def _finish(
        self, answer: Answer, links: tuple[PictureLink, ...], sink: PictureSink
    ) -> tuple[MadePicture, ...]:
        """Make files of the pictures that are results, those that are whole, each once; notes what the others lack."""
        made: dict[str, MadePicture] = {}
        fetched = iter(await self._links.fetch_each(links, sink) if links else ())
        for one in answer.chosen:
            picture = await _finished(one) if isinstance(one.picture, ArrivedPicture) else next(fetched)
            if isinstance(picture, MadePicture):
                made.setdefault(picture.picture.sha256, picture)
            else:
                answer.faults.append(picture)
        return tuple(made.values())

    async def _finish_elsewhere(
        self, answer: Answer, body: Body, references: Sequence[Reference]
    ) -> tuple[MadePicture, ...]:
        """Make files of pictures that lie where no format has them. Raises the answer's fault if there are none.

        What we sent ourselves is none of them.
        """
        known = [one.picture for one in answer.chosen if isinstance(one.picture, ArrivedPicture)]
        made: dict[str, MadePicture] = {}
        for pictures in await asyncio.to_thread(pictures_elsewhere, body, known):
            if made and pictures[0].is_lesser:
                break
            for found in pictures:
                if any(found.picture.is_same(reference.data) for reference in references):
                    continue
                with suppress(UnreadableAnswer):
                    picture = await found.picture.finish()
                    words = None if made else answer.faults[0].words
                    made.setdefault(picture.sha256, MadePicture(picture=picture, words=words))
                    log.warning("picture-in-unknown-place", endpoint=self._access.name, place=found.place)
                    break
        if not made:
            raise answer.faults[0]
        return tuple(made.values())[:MOST_RESULTS]


async def _finished(one: Chosen) -> MadePicture | ImageFault:
    assert isinstance(one.picture, ArrivedPicture)  # noqa: S101 - links are fetched
    try:
        return MadePicture(picture=await one.picture.finish(), words=_quoted(one.words))
    except UnreadableAnswer as fault:
        return fault


def authorization(access: Access) -> dict[str, str]:
    """The header that lets us in. Raises `KeyRejected`."""
    if not _is_sendable(access.api_key):
        # An HTTP library would quote the header in its error, and the key with it.
        raise KeyRejected("the API key holds characters that cannot be sent in a header")
    key = access.api_key.get_secret_value()
    return {"Authorization": f"Bearer {key}"} if access.auth == "bearer" else {"x-goog-api-key": key}


def mask_of(access: Access) -> SecretMask:
    """What hides the secrets of an endpoint in what it says."""
    return SecretMask(access.api_key.get_secret_value(), access.base_url)


def _is_sendable(api_key: SecretStr) -> bool:
    key = api_key.get_secret_value()  # in a frame that no exception passes
    return key.isascii() and key.isprintable()


async def _refusal(response: httpx.Response, departure: Departure) -> ImageFault:
    """The fault that an answer tells. No frame that it passes holds the body, which may name the owner's account."""
    beginning = await _beginning(response)
    return fault_of_answer(response.status_code, response.headers, beginning, after_seconds=departure.seconds)


async def _beginning(response: httpx.Response) -> bytes:
    """As much of an error's body as is worth reading; one that breaks off still has its status."""
    body = bytearray()
    with suppress(httpx.HTTPError, ImageFault):
        async for chunk in unpacked(response):
            body += chunk
            if len(body) >= BODY_BYTES:
                break
    return bytes(body[:BODY_BYTES])


def _quoted(words: str | None) -> Quoted | None:
    return Quoted(words) if words else None
