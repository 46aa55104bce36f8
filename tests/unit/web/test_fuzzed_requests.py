"""Requests that are put together at random, the same ones each time: never a 5xx, never a traceback, never a hang."""

import asyncio
import random
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from tests.page.alone import guest, page_alone
from tests.raw_http import connected, get

SEED = 11
REQUESTS = 1500
AT_ONCE = 10
SILENT_SECONDS = 0.2
"""A server that says nothing for so long waits for more, or streams: then nothing more comes."""

METHODS = (
    b"GET",
    b"POST",
    b"HEAD",
    b"OPTIONS",
    b"PUT",
    b"TRACE",
    b"CONNECT",
    b"get",
    b"BREW",
    b"G\x00T",
    b"",
    b"X" * 9000,
)
PATHS = (
    b"/", b"/open", b"/open?key=x", b"/events", b"/events?after=0", b"/entries?before=9", b"/messages", b"/presses",
    b"/page/main.js", b"/page/",
    b"/pictures/" + b"0" * 64, b"/originals/" + b"0" * 64 + b"/a.png?until=1&seal=2", b"*", b"", b"//",
    b"/nothing",
    b"http://127.0.0.1/", b"127.0.0.1:80",
)  # fmt: skip
PIECES = (
    b"%", b"%00", b"%ff", b"%ed%a0%80", b"%2e%2e%2f", b"../", b"?", b"&", b"=", b"#", b";", b"a" * 300,
    b"\xc3\xa9", b"\xff",
    b"\x00", b" ", b"\t", b"9" * 20, b"-1", b"{}", b"[", b'"', b"\\", b"<", b"\r", b"\n", b",", b":", b"@",
)  # fmt: skip
HEADERS = (
    b"Accept-Language", b"Connection", b"Content-Disposition", b"Content-Encoding", b"Content-Length",
    b"Content-Type",
    b"Cookie", b"Expect", b"Host", b"If-Match", b"If-Modified-Since", b"If-None-Match", b"If-Range",
    b"Last-Event-ID",
    b"Origin", b"Range", b"TE", b"Trailer", b"Transfer-Encoding", b"Upgrade", b"X-Forwarded-For", b"\xff",
    b"", b"a b",
)  # fmt: skip
VALUES = (
    b"", b"0", b"1", b"-1", b"9" * 20, b"+1", b"0x10", b"chunked", b"gzip", b"gzip, chunked", b"identity",
    b"close", b"upgrade",
    b"keep-alive", b"websocket", b"h2c", b"bytes=0-", b"bytes=-0", b"bytes=9-1", b"bytes=0-0,1-1", b"*",
    b'W/"x"', b"100-continue",
    b"multipart/form-data; boundary=b", b"multipart/form-data; boundary=", b"multipart/mixed; boundary=b",
    b"application/json",
    b"application/x-www-form-urlencoded; charset=" + b"x" * 32, b"en-\xff;q=nan", b"zh;q=1e999",
    b"Mon, 99 Foo 0000 00:00:00 GMT",
    b"null", b"http://[", b"[::", b"x" * 9000,
)  # fmt: skip
PARTS = (
    b"--b\r\n", b"--b--\r\n", b"\r\n", b"\r\n\r\n", b"--c\r\n", b"\x00", b"\xff\xfe", b"x" * 5000,
    b"--b" + b" " * 200 + b"\r\n",
    b'Content-Disposition: form-data; name="text"\r\n', b'Content-Disposition: form-data; name="key"\r\n',
    b'Content-Disposition: form-data; name="file"; filename="' + b"n" * 3000 + b'"\r\n',
    b"Content-Disposition: form-data\r\n",
    b"Content-Disposition: form-data; name*=utf-8''%ff\r\n",
    b'Content-Disposition: form-data; name="_charset_"\r\n',
    b"Content-Type: multipart/mixed; boundary=c\r\n", b"Content-Transfer-Encoding: base64\r\n",
    b"Content-Encoding: gzip\r\n",
    b"Content-Length: 99\r\n", b"0123456789abcdef", b"{}",
    b'{"key":"12345678","token":"x","message":"\\ud800"}', b"[" * 2000,
    b"5\r\nhello\r\n", b"0\r\n\r\n", b"ffffffffffffffffff\r\n", b"-1\r\n",
    b"1;x=" + b"y" * 300 + b"\r\nx\r\n", b"0\r\nX: y\r\n\r\n",
)  # fmt: skip


def joined(dice: random.Random, choices: Sequence[bytes], most: int) -> bytes:
    return b"".join(dice.choices(choices, k=dice.randint(0, most)))


def request(dice: random.Random, host: bytes, cookie: bytes) -> bytes:
    """Make a request that is right but for some of its parts."""
    method = dice.choice(METHODS) if dice.random() < 0.3 else dice.choice((b"GET", b"POST"))
    path = dice.choice(PATHS) + (joined(dice, PIECES, 4) if dice.random() < 0.4 else b"")
    version = (
        dice.choice((b"HTTP/1.0", b"HTTP/2.0", b"HTTP/1.", b"", b"HTTP/1.1 x")) if dice.random() < 0.1 else b"HTTP/1.1"
    )
    body = joined(dice, PARTS, 12) if method == b"POST" or dice.random() < 0.2 else b""
    headers = [b"Host: " + host, b"Origin: http://" + host, b"Cookie: " + cookie]
    if dice.random() < 0.6:
        headers += [b"Content-Length: %d" % len(body), b"Content-Type: multipart/form-data; boundary=b"]
    for _ in range(dice.randint(0, 3)):
        value = dice.choice(VALUES) if dice.random() < 0.7 else joined(dice, PIECES, 4)
        headers.insert(dice.randint(0, len(headers)), dice.choice(HEADERS) + b": " + value)
    if dice.random() < 0.1:
        headers.pop(dice.randrange(len(headers)))
    if dice.random() < 0.02:
        headers += [b"X: " + b"y" * 100] * 500
    whole = b"\r\n".join([b" ".join((method, path, version)), *headers, b"", body])
    return damaged(dice, whole) if dice.random() < 0.2 else whole


def damaged(dice: random.Random, whole: bytes) -> bytes:
    """Return a request that lacks something, has something more, or has been turned about."""
    place = dice.randrange(len(whole))
    ways: Sequence[Callable[[], bytes]] = (
        lambda: whole[:place],
        lambda: whole[:place] + whole[place + dice.randint(1, 20) :],
        lambda: whole[:place] + dice.randbytes(dice.randint(1, 8)) + whole[place:],
        lambda: whole + whole,
        lambda: whole.replace(b"\r\n", b"\n"),
    )
    return dice.choice(ways)()


async def statuses(origin: str, sent: bytes) -> list[int]:
    """Send it, and read the status of every answer that comes."""
    answer = b""
    async with connected(origin) as (reader, writer):
        try:
            writer.write(sent)
            for _ in range(100):
                piece = await read(reader, SILENT_SECONDS)
                if piece is None:
                    writer.write_eof()
                    piece = await read(reader, 30)
                assert piece is not None, f"a hang: {sent!r}"
                if not piece:
                    break
                answer += piece
        except ConnectionError:
            pass
    return [int(line[9:12]) for line in answer.split(b"\r\n") if line.startswith(b"HTTP/1.") and line[9:12].isdigit()]


async def read(reader: asyncio.StreamReader, seconds: float) -> bytes | None:
    try:
        return await asyncio.wait_for(reader.read(65_536), seconds)
    except TimeoutError:
        return None


async def test_no_request_is_a_fault_of_ours(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    dice = random.Random(SEED)  # noqa: S311 - the same each time
    faults: list[tuple[int, bytes]] = []
    answered = 0
    async with page_alone(tmp_path) as page:
        async with guest(page) as session:
            cookies = "; ".join(f"{cookie.key}={cookie.value}" for cookie in session.cookie_jar).encode()
        host = page.origin.removeprefix("http://").encode()
        sent = [request(dice, host, cookies) for _ in range(REQUESTS)]

        async def send(share: Sequence[bytes]) -> None:
            nonlocal answered
            for one in share:
                told = await statuses(page.origin, one)
                answered += bool(told)
                faults.extend((status, one) for status in told if status >= 500)

        await asyncio.gather(*(send(sent[number::AT_ONCE]) for number in range(AT_ONCE)))
        assert (await get(page.origin, "/page/main.js")).startswith(b"HTTP/1.1 200")
    assert faults == []
    assert caplog.text == ""
    assert answered > REQUESTS // 10  # on a busy machine some answers come after the end was said
