"""What the HTTP client sends, reads and says when a request fails."""

import asyncio
import traceback
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from telegram.error import NetworkError, TelegramError

from adapters.telegram import requests
from adapters.telegram.faults import to_fault
from adapters.telegram.requests import TelegramRequest
from bot.domain.errors import Unavailable

SECRET = "110201543:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw0"
PATH = f"/bot{SECRET}/sendMessage"

Answer = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@pytest.fixture
async def request_() -> AsyncIterator[TelegramRequest]:
    client = TelegramRequest()
    yield client
    await client.shutdown()


@asynccontextmanager
async def serving(answer: Answer) -> AsyncIterator[str]:
    async def closing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await answer(reader, writer)
        writer.close()

    server = await asyncio.start_server(closing, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"


async def fault_from(client: TelegramRequest, url: str) -> TelegramError:
    with pytest.raises(NetworkError) as caught:
        await client.do_request(url, "POST")
    return caught.value


def everything_about(error: BaseException | None) -> str:
    """Return what a log of an error, and of all errors behind it, can show."""
    if error is None:
        return ""
    shown = "".join(traceback.format_exception(error))
    return shown + everything_about(error.__cause__) + everything_about(error.__context__)


async def test_the_token_stands_in_no_traceback(request_: TelegramRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """A traceback shows the whole chain of errors, and the texts of the HTTP client's errors hold the URL."""
    monkeypatch.setattr(requests, "CONNECT_SECONDS", 0.0001)
    error = await fault_from(request_, f"http://192.0.2.1:81{PATH}")
    assert isinstance(to_fault(error, is_repeatable=False), Unavailable)
    assert SECRET not in everything_about(error)


async def test_a_proxy_that_does_not_reach_telegram_has_sent_nothing(
    request_: TelegramRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n")
        await writer.drain()

    async with serving(refuse) as proxy:
        monkeypatch.setenv("https_proxy", proxy)
        error = await fault_from(request_, f"https://api.telegram.test{PATH}")
    assert isinstance(to_fault(error, is_repeatable=False), Unavailable)
    assert SECRET not in everything_about(error)


async def test_passwords_of_the_machine_are_not_sent(
    request_: TelegramRequest, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("default login ada password lovelace\n")
    monkeypatch.setenv("NETRC", str(netrc))
    heads = []

    async def take(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heads.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")
        await writer.drain()

    async with serving(take) as url:
        assert await request_.do_request(f"{url}{PATH}", "POST") == (200, b"{}")
    assert b"authorization" not in heads[0].lower()


async def test_an_answer_without_end_is_not_read_into_memory(request_: TelegramRequest) -> None:
    sent = 0

    async def flood(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal sent
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100000000\r\n\r\n")
        try:
            while sent < 100_000_000:
                writer.write(bytes(1_000_000))
                sent += 1_000_000
                await writer.drain()
        except OSError:
            pass

    async with serving(flood) as url:
        await fault_from(request_, f"{url}{PATH}")
    assert sent < 50_000_000
