"""A request that cannot be read leaves none of its bytes in the log."""

import asyncio
import logging
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.page_alone import page_alone
from tests.simulators.waiting import WITHIN_SECONDS


@pytest.mark.parametrize(
    "request_bytes",
    [
        b"GET /open?key=SECRET\x01KEY HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: plantain=SECRET\x00\r\n\r\n",
    ],
)
async def test_a_broken_request_is_logged_without_its_words(
    tmp_path: Path, request_bytes: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    async with page_alone(tmp_path) as alone:
        address = urlsplit(alone.origin)
        caplog.set_level(logging.DEBUG)
        reader, writer = await asyncio.open_connection(address.hostname, address.port)
        writer.write(request_bytes)
        async with asyncio.timeout(WITHIN_SECONDS):
            answer = await reader.read()
        writer.close()
    assert answer.startswith((b"HTTP/1.0 400", b"HTTP/1.1 400"))
    assert "could not be read" in caplog.text
    assert "SECRET" not in caplog.text
