"""Downloads one file by one HTTP request. No secret of ours is sent, and nothing about the link is logged."""

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
    """Keep httpcore from logging headers in this task while the block runs. A redirect's Location is a link too.

    httpcore writes an answer's headers into its debug log and has no option against it.
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
    """A downloaded file, whole as far as HTTP or its last bytes tell. Not yet checked to be a picture."""

    host: str
    writer: PictureWriter
    remark: str | None = None  # what was wrong with the answer, though the picture's end has arrived


class Downloads:
    """Downloads files, without following redirects.

    Proxies from the environment are not used: a proxy would resolve names itself, so the addresses would not be
    checked. The trusted certificates are those of httpx, unless `tls` is given. Each file has a connection of its own.
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

    async def get(self, safe_url: SafeUrl, sink: PictureSink, files: AsyncExitStack) -> ArrivedFile | SafeUrl:
        """Download a file. Return it, or the URL that the server redirects to.

        The file is entered into `files`. It is deleted unless it is finished before `files` closes. Raises
        `LinkBroken`, or `Hitch` if a retry may help.
        """
        silence = self._longest_silence_seconds
        limits = {"connect": CONNECT_SECONDS, "read": silence, "write": silence}
        pool = await self._open_pool()
        try:
            async with pool.stream(
                "GET",
                httpcore.URL(scheme=safe_url.scheme, host=safe_url.host, port=safe_url.port, target=safe_url.target),
                headers={"Host": safe_url.authority, **_HEADERS},
                extensions={"timeout": limits},
            ) as response:
                return await self._take(safe_url, response, sink, files)
        except _FAULTS as error:
            fault = _to_fault(safe_url, error)
        # Raised outside the `except` block, so that the error is not its context: an HTTP error may quote a header, and
        # in it a link.
        raise fault

    async def close(self) -> None:
        """Close every connection."""
        if self._pool is not None:
            await self._pool.aclose()

    async def _open_pool(self) -> httpcore.AsyncConnectionPool:
        # Reading the certificates takes some 40 ms, and most bots never download a link, so it is done at the first
        # download.
        tls = self._tls or await asyncio.to_thread(httpx.create_ssl_context)
        if self._pool is None:
            self._tls = tls
            self._pool = httpcore.AsyncConnectionPool(
                ssl_context=tls, max_connections=None, max_keepalive_connections=0, network_backend=self._network
            )
        return self._pool

    async def _take(
        self, safe_url: SafeUrl, response: httpcore.Response, sink: PictureSink, files: AsyncExitStack
    ) -> ArrivedFile | SafeUrl:
        answer = httpx.Response(response.status, headers=response.headers, content=response.aiter_stream())
        if answer.status_code in _REDIRECTS and "location" in answer.headers:
            return safe_url.onward(answer.headers["location"])
        if answer.status_code in _MAY_PASS:
            raise Hitch(f"{safe_url.host} answered HTTP {answer.status_code}")
        if answer.status_code != HTTPStatus.OK:
            raise LinkBroken(f"{safe_url.host} answered HTTP {answer.status_code}")
        if int(answer.headers.get("content-length", "0")) > self._most_bytes:
            raise self._too_large(safe_url)
        async with AsyncExitStack() as attempt:
            writer = await attempt.enter_async_context(sink.new_file())
            end, remark = PictureEnd(), None
            try:
                await self._write(safe_url, answer, writer, end)
            except (*_FAULTS, Hitch):
                if not end.has_come:
                    raise
                remark = f"{safe_url.host} broke off after the picture"
            await files.enter_async_context(attempt.pop_all())
        return ArrivedFile(host=safe_url.host, writer=writer, remark=remark)

    async def _write(self, safe_url: SafeUrl, answer: httpx.Response, writer: PictureWriter, end: PictureEnd) -> None:
        received = 0
        try:
            async for piece in unpacked(answer):
                received += len(piece)
                if received > self._most_bytes:
                    raise self._too_large(safe_url)
                await writer.write(piece)
                end.see(piece)
                await asyncio.sleep(0)  # a host may send single bytes, all at once: let other tasks run
        except PictureFault as fault:
            raise LinkBroken(f"what {safe_url.host} sent cannot be used: {fault}") from fault
        except ConnectionLost as fault:
            raise Hitch(f"{safe_url.host} broke off in the middle") from fault
        except UnreadableAnswer as fault:
            raise LinkBroken(f"{safe_url.host} sent what cannot be unpacked") from fault

    def _too_large(self, safe_url: SafeUrl) -> LinkBroken:
        return LinkBroken(f"{safe_url.host} sent more than {self._most_bytes:,} bytes")


def _to_fault(safe_url: SafeUrl, error: Exception) -> Hitch | LinkBroken:
    if any(isinstance(reason, ssl.SSLCertVerificationError) for reason in error.args):
        return LinkBroken(f"{safe_url.host} shows no certificate that is valid for it")
    if isinstance(error, httpcore.ConnectError | httpcore.ConnectTimeout):
        return Hitch(f"{safe_url.host} cannot be reached")
    if isinstance(error, httpcore.TimeoutException):
        return Hitch(f"{safe_url.host} fell silent")
    return Hitch(f"{safe_url.host} broke off, or does not speak HTTP")
