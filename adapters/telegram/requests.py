"""The HTTP client that the library uses. A call takes 0.5 ms here, and 6 ms in the library's own client.

The library's client checks all of its connections for every call. When fifty members ask at once, the chat action for
the last of them would wait for that, and so would every picture.
"""

import asyncio
import re
from collections.abc import AsyncIterator, Mapping
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

from aiohttp import (
    ClientError,
    ClientPayloadError,
    ClientResponse,
    ClientSession,
    ClientTimeout,
    DummyCookieJar,
    FormData,
    TCPConnector,
)
from telegram.error import NetworkError, TimedOut
from telegram.request import BaseRequest, RequestData

from adapters.telegram.faults import BrokenLine, to_broken_line
from bot.domain.errors import Gone, RateLimited, Unavailable

CONNECT_SECONDS = 10.0
READ_SECONDS = 20.0
UPLOAD_SECONDS = 180.0
"""How long Telegram may take to answer after it has received a large file. The same time is added to the time for
sending a file's bytes."""

LEAST_BYTES_PER_SECOND = 25_000
"""A slower connection counts as broken."""

MOST_ANSWER_BYTES = 16 * 1024 * 1024
"""A longer answer is not read. Telegram's longest have 4 MiB."""

_CONNECTIONS = 64
_PIECE_BYTES = 64 * 1024
_GONE = (401, 404)
_TOO_MANY = 429
_SECONDS = re.compile(r"[0-9]{1,9}")
_DEFAULT_WAIT_SECONDS = 3.0


class TelegramRequest(BaseRequest):
    """Calls Bot API methods and downloads files. Only JSON is read into memory as a whole."""

    def __init__(self, *, connections: int = _CONNECTIONS) -> None:
        self._connections = connections
        self._session: ClientSession | None = None  # created when the event loop runs
        self._is_closed = False
        self._proxies: dict[str, str | None] = {}  # by the beginning of the URL, up to its path

    @property
    def read_timeout(self) -> float:
        """Seconds to wait for an answer. The library adds the time for which Telegram holds a poll."""
        return READ_SECONDS

    async def initialize(self) -> None:
        """Allow requests, also after `shutdown`."""
        self._is_closed = False

    async def shutdown(self) -> None:
        """Close every connection."""
        self._is_closed = True
        session, self._session = self._session, None
        if session is not None:
            await session.close()

    async def do_request(
        self,
        url: str,
        method: str,
        request_data: RequestData | None = None,
        read_timeout: Any = BaseRequest.DEFAULT_NONE,
        write_timeout: Any = BaseRequest.DEFAULT_NONE,
        connect_timeout: Any = BaseRequest.DEFAULT_NONE,
        pool_timeout: Any = BaseRequest.DEFAULT_NONE,
    ) -> tuple[int, bytes]:
        """Make one request. Raises `TimedOut` and `NetworkError`, whose cause says whether anything was sent."""
        del write_timeout, connect_timeout, pool_timeout  # they are the same for all calls
        body, seconds = _body_of(request_data)
        read_seconds = READ_SECONDS if read_timeout is BaseRequest.DEFAULT_NONE else read_timeout
        try:
            async with (
                asyncio.timeout(2 * CONNECT_SECONDS + seconds + read_seconds),
                self._open().request(
                    method,
                    url,
                    data=body,
                    timeout=_timeout(read_seconds),
                    allow_redirects=False,
                    proxy=self._proxy_for(url),
                ) as response,
            ):
                return response.status, await _read(response)
        except (ClientError, OSError) as error:
            has_timed_out, broken = isinstance(error, TimeoutError), BrokenLine(error)
        # Raised out here, so that the error of the HTTP client is in no traceback.
        raise (TimedOut() if has_timed_out else NetworkError(str(broken))) from broken

    async def read_file(self, url: str) -> AsyncIterator[bytes]:
        """Download a file in chunks. Raises `Gone`, `RateLimited` and `Unavailable`. None names the URL, a secret."""
        try:
            async with self._open().get(
                url, timeout=_timeout(READ_SECONDS), allow_redirects=False, proxy=self._proxy_for(url)
            ) as response:
                if response.status in _GONE:
                    raise Gone("file")
                if response.status == _TOO_MANY:
                    raise RateLimited(_wait_of(response.headers.get("Retry-After")))
                if response.status != HTTPStatus.OK:
                    raise Unavailable(f"file: {response.status}")
                async for piece in response.content.iter_chunked(_PIECE_BYTES):
                    yield piece
                return
        except (ClientError, OSError, RuntimeError) as error:  # RuntimeError: the client is closed
            broken = BrokenLine(error)
        raise to_broken_line(broken, is_repeatable=True) from broken

    def _open(self) -> ClientSession:
        """Return the HTTP session, created at the first call. Raises `RuntimeError` after `shutdown`."""
        if self._is_closed:
            raise RuntimeError("the client is closed")
        if self._session is None:
            self._session = ClientSession(
                connector=TCPConnector(limit=self._connections),
                cookie_jar=DummyCookieJar(),
                headers={"User-Agent": self.USER_AGENT},
            )
        return self._session

    def _proxy_for(self, url: str) -> str | None:
        """Return the proxy that the environment names for a URL, or None. It is looked up once for each server.

        With the HTTP client's own `trust_env`, each request would read `~/.netrc` and send its passwords to Telegram.
        """
        parts = urlsplit(url)
        server = f"{parts.scheme}://{parts.netloc}"
        if server not in self._proxies:
            self._proxies[server] = None if proxy_bypass(parts.netloc) else getproxies().get(parts.scheme)
        return self._proxies[server]


class PollingRequest(TelegramRequest):
    """Fetches updates, and keeps the last answer: the library returns no update if it cannot read all of them."""

    def __init__(self) -> None:
        super().__init__(connections=1)
        self.last_answer = b""

    async def do_request(self, *arguments: Any, **options: Any) -> tuple[int, bytes]:
        """Make one request and keep the answer."""
        status, self.last_answer = await super().do_request(*arguments, **options)
        return status, self.last_answer


def _timeout(read_seconds: float) -> ClientTimeout:
    return ClientTimeout(total=None, connect=2 * CONNECT_SECONDS, sock_connect=CONNECT_SECONDS, sock_read=read_seconds)


async def _read(response: ClientResponse) -> bytes:
    body = bytearray()
    async for piece in response.content.iter_chunked(_PIECE_BYTES):
        body += piece
        if len(body) > MOST_ANSWER_BYTES:
            raise ClientPayloadError("the answer is too long")
    return bytes(body)


def _body_of(data: RequestData | None) -> tuple[FormData | Mapping[str, str] | None, float]:
    """Return the request's body, and the seconds that sending it may take."""
    if data is None:
        return None, 0.0
    if not data.contains_files:
        return data.json_parameters, READ_SECONDS
    form, size = FormData(), 0
    for name, value in data.json_parameters.items():
        form.add_field(name, value)
    for name, (filename, content, mime) in data.multipart_data.items():
        form.add_field(name, content, filename=filename, content_type=mime)
        size += len(content) if isinstance(content, bytes) else _size_of(content)
    return form, UPLOAD_SECONDS + size / LEAST_BYTES_PER_SECOND


def _size_of(file: Any) -> int:
    """Return the number of bytes of an open file."""
    here = file.tell()
    size = file.seek(0, 2)
    file.seek(here)
    return int(size)


def _wait_of(header: str | None) -> float:
    return float(header) if header and _SECONDS.fullmatch(header) else _DEFAULT_WAIT_SECONDS
