"""The library's HTTP client, with what it lacks: the last answer as it came, and files that are read in pieces."""

import re
from collections.abc import AsyncIterator
from typing import Any

import httpx
from telegram.request import HTTPXRequest

from adapters.telegram.faults import to_broken_line
from bot.domain.errors import Gone, RateLimited, Unavailable

CONNECT_SECONDS = 10.0
READ_SECONDS = 20.0
UPLOAD_SECONDS = 180.0
"""How long Telegram may take to answer once it has a large file."""

_CONNECTIONS = 64
_PIECE_BYTES = 64 * 1024
_GONE = (401, 404)
_TOO_MANY = 429
_SECONDS = re.compile(r"[0-9]{1,9}")
_DEFAULT_WAIT_SECONDS = 3.0


class TelegramRequest(HTTPXRequest):
    """Calls methods and reads files; nothing is read whole that is not JSON."""

    def __init__(self) -> None:
        super().__init__(
            connection_pool_size=_CONNECTIONS,
            connect_timeout=CONNECT_SECONDS,
            read_timeout=READ_SECONDS,
            write_timeout=READ_SECONDS,
            pool_timeout=CONNECT_SECONDS,
            media_write_timeout=UPLOAD_SECONDS,
        )

    async def read_file(self, url: str) -> AsyncIterator[bytes]:
        """A file in pieces. Raises `Gone`, `RateLimited` and `Unavailable`; no fault names the address, a secret."""
        try:
            async with self._client.stream("GET", url) as response:
                if response.status_code in _GONE:
                    raise Gone("file")
                if response.status_code == _TOO_MANY:
                    raise RateLimited(_wait_of(response.headers.get("Retry-After")))
                if not response.is_success:
                    raise Unavailable(f"file: {response.status_code}")
                async for piece in response.aiter_bytes(_PIECE_BYTES):
                    yield piece
        except (httpx.HTTPError, RuntimeError) as error:  # RuntimeError: the client is closed
            raise to_broken_line(error, is_repeatable=True) from error


class PollingRequest(HTTPXRequest):
    """Asks for updates, and keeps the last answer: the library gives none of an answer that it cannot read whole."""

    def __init__(self) -> None:
        super().__init__(
            connection_pool_size=1,
            connect_timeout=CONNECT_SECONDS,
            read_timeout=READ_SECONDS,
            pool_timeout=READ_SECONDS,
        )
        self.last_answer = b""

    async def do_request(self, *arguments: Any, **options: Any) -> tuple[int, bytes]:
        """One round trip."""
        status, self.last_answer = await super().do_request(*arguments, **options)
        return status, self.last_answer


def _wait_of(header: str | None) -> float:
    return float(header) if header and _SECONDS.fullmatch(header) else _DEFAULT_WAIT_SECONDS
