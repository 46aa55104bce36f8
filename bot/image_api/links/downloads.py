"""One request for a file at one place: nothing of ours goes along, and nothing of the link is logged."""

import asyncio
import logging
import ssl
from collections.abc import Iterator, Mapping
from contextlib import AsyncExitStack, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from http import HTTPStatus

import httpcore
import httpx

from bot.domain.errors import PictureFault
from bot.domain.image_faults import ConnectionLost, LinkBroken, UnreadableAnswer
from bot.image_api.links.checked_network import CheckedNetwork, Hitch
from bot.image_api.links.safe_url import SafeUrl
from bot.image_api.streaming.compression import unpacked
from bot.image_api.streaming.picture_end import PictureEnd
from bot.image_api.transport import CONNECT_SECONDS
from bot.ports import PictureSink, PictureWriter

_HEADERS: Mapping[bytes | str, bytes | str] = {
    "User-Agent": "Mozilla/5.0 (compatible; Plantain)",  # hosts behind Cloudflare refuse what looks like no browser
    "Accept": "image/*",
    "Accept-Encoding": "identity",
}

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_MAY_PASS = frozenset({408, 425, 429, *range(500, 600)})
_FAULTS = (httpcore.NetworkError, httpcore.TimeoutException, httpcore.ProtocolError, ssl.SSLError)

_is_unlogged: ContextVar[bool] = ContextVar("is_unlogged", default=False)


@contextmanager
def unlogged() -> Iterator[None]:
    """While this is open, httpcore does not log what it reads, in this task: a redirect's Location is a link too.

    It writes an answer's headers into its debug log, and has no other way to be told not to.
    """
    logging.getLogger("httpcore.http11").addFilter(_may_be_logged)
    token = _is_unlogged.set(True)
    try:
        yield
    finally:
        _is_unlogged.reset(token)


def _may_be_logged(_: logging.LogRecord) -> bool:
    return not _is_unlogged.get()


@dataclass(frozen=True, slots=True, kw_only=True)
class ArrivedFile:
    """A file that came whole, as far as HTTP or its end can tell; nobody has looked yet whether it is a picture."""

    host: str
    writer: PictureWriter
    remark: str | None = None  # what was wrong with its answer, though the picture's end is there


class Downloads:
    """Gets files from their places, without following where those point on.

    No proxy of the environment is used: it would resolve the names itself, and nobody would check the addresses.
    The certificates are those that httpx trusts, unless `tls` is given. Each file has a connection of its own.
    """

    def __init__(
        self,
        network: CheckedNetwork,
        *,
        most_bytes: int,
        longest_silence_seconds: float,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._network = network
        self._most_bytes = most_bytes
        self._longest_silence_seconds = longest_silence_seconds
        self._tls = tls
        self._pool: httpcore.AsyncConnectionPool | None = None

    async def get(self, place: SafeUrl, sink: PictureSink, files: AsyncExitStack) -> ArrivedFile | SafeUrl:
        """The file at a place, or the place that it redirects to.

        The file is entered into `files`, and leaves nothing behind unless it is finished before they close. Raises
        `LinkBroken`, or a `Hitch` if asking again may help.
        """
        silence = self._longest_silence_seconds
        limits = {"connect": CONNECT_SECONDS, "read": silence, "write": silence}
        pool = await self._open_pool()
        try:
            async with pool.stream(
                "GET",
                httpcore.URL(scheme=place.scheme, host=place.host, port=place.port, target=place.target),
                headers={"Host": place.authority, **_HEADERS},
                extensions={"timeout": limits},
            ) as response:
                return await self._take(place, response, sink, files)
        except _FAULTS as error:
            fault = _to_fault(place, error)
        # Raised out here, so that the error is not its context: one of HTTP may quote a header, and with it a link.
        raise fault

    async def close(self) -> None:
        """Close every connection."""
        if self._pool is not None:
            await self._pool.aclose()

    async def _open_pool(self) -> httpcore.AsyncConnectionPool:
        # Reading the certificates takes some 40 ms, and most bots never meet a link.
        tls = self._tls or await asyncio.to_thread(httpx.create_ssl_context)
        if self._pool is None:
            self._tls = tls
            self._pool = httpcore.AsyncConnectionPool(
                ssl_context=tls, max_connections=None, max_keepalive_connections=0, network_backend=self._network
            )
        return self._pool

    async def _take(
        self, place: SafeUrl, response: httpcore.Response, sink: PictureSink, files: AsyncExitStack
    ) -> ArrivedFile | SafeUrl:
        answer = httpx.Response(response.status, headers=response.headers, content=response.aiter_stream())
        if answer.status_code in _REDIRECTS and "location" in answer.headers:
            return place.onward(answer.headers["location"])
        if answer.status_code in _MAY_PASS:
            raise Hitch(f"{place.host} answered HTTP {answer.status_code}")
        if answer.status_code != HTTPStatus.OK:
            raise LinkBroken(f"{place.host} answered HTTP {answer.status_code}")
        if int(answer.headers.get("content-length", "0")) > self._most_bytes:
            raise self._too_large(place)
        async with AsyncExitStack() as attempt:
            writer = await attempt.enter_async_context(sink.new_file())
            end, remark = PictureEnd(), None
            try:
                await self._write(place, answer, writer, end)
            except (*_FAULTS, Hitch):
                if not end.has_come:
                    raise
                remark = f"{place.host} broke off after the picture"
            await files.enter_async_context(attempt.pop_all())
        return ArrivedFile(host=place.host, writer=writer, remark=remark)

    async def _write(self, place: SafeUrl, answer: httpx.Response, writer: PictureWriter, end: PictureEnd) -> None:
        received = 0
        try:
            async for piece in unpacked(answer):
                received += len(piece)
                if received > self._most_bytes:
                    raise self._too_large(place)
                await writer.write(piece)
                end.see(piece)
                await asyncio.sleep(0)  # a host may send a byte at a time, and all of them at once
        except PictureFault as fault:
            raise LinkBroken(f"what {place.host} sent cannot be used: {fault}") from fault
        except ConnectionLost as fault:
            raise Hitch(f"{place.host} broke off in the middle") from fault
        except UnreadableAnswer as fault:
            raise LinkBroken(f"{place.host} sent what cannot be unpacked") from fault

    def _too_large(self, place: SafeUrl) -> LinkBroken:
        return LinkBroken(f"{place.host} sent more than {self._most_bytes:,} bytes")


def _to_fault(place: SafeUrl, error: Exception) -> Hitch | LinkBroken:
    if any(isinstance(reason, ssl.SSLCertVerificationError) for reason in error.args):
        return LinkBroken(f"{place.host} shows no certificate that is valid for it")
    if isinstance(error, httpcore.ConnectError | httpcore.ConnectTimeout):
        return Hitch(f"{place.host} cannot be reached")
    if isinstance(error, httpcore.TimeoutException):
        return Hitch(f"{place.host} fell silent")
    return Hitch(f"{place.host} broke off, or does not speak HTTP")
