"""What is written about connections that are refused: little, and nothing that a client sent."""

import logging
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from adapters.http_server.refusals import Reason, Refusals
from tests.page.alone import page_alone
from tests.raw_http import ask, until


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
    caplog.set_level(logging.DEBUG)
    with capture_logs() as logs:
        async with page_alone(tmp_path) as alone:
            answer = await ask(alone.origin, request_bytes, ends=False)
    assert answer.startswith((b"HTTP/1.0 400", b"HTTP/1.1 400"))
    assert [(line["event"], line["unreadable"]) for line in logs] == [("connections-refused", 1)]
    assert "SECRET" not in caplog.text + str(logs)


async def test_many_refusals_are_one_line_at_once_and_one_for_each_time_after() -> None:
    with capture_logs() as logs:
        refusals = Refusals("here:1", line_every_seconds=0.05)
        for _ in range(1000):
            refusals.count(Reason.NO_ROOM)
        await until(lambda: len(logs) == 2)
        refusals.count(Reason.TOO_SLOW)
        refusals.close()

    assert [line.get("no_room") for line in logs] == [1, 999, None]
    assert logs[2]["too_slow"] == 1
