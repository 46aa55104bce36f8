"""Requests that no browser sends. Each is the sender's fault, and none is worth a traceback."""

import asyncio
import zlib
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import pytest

from tests.page.alone import PageAlone, guest, page_alone
from tests.raw_http import ask

KEY = "0123456789abcdef"


@dataclass(frozen=True)
class Attacker:
    """Somebody with the page's cookie who writes requests by hand."""

    page: PageAlone
    cookie: str

    async def status(self, method: str, path: str, *headers: bytes, body: bytes | None = None) -> int:
        """Return the status of the answer; 0 if there is none."""
        host = self.page.origin.removeprefix("http://")
        head = [f"{method} {path} HTTP/1.1", f"Host: {host}", f"Origin: {self.page.origin}", f"Cookie: {self.cookie}"]
        lines = [*(line.encode() for line in head), b"Connection: close", *headers]
        if body is not None:
            lines.append(b"Content-Length: %d" % len(body))
        answer = await ask(self.page.origin, b"\r\n".join([*lines, b"", body or b""]), ends=False)
        answer = answer.removeprefix(b"HTTP/1.1 100 Continue\r\n\r\n")
        return int(answer.split(b" ", 2)[1]) if answer else 0


@pytest.fixture
async def attacker(tmp_path: Path) -> AsyncIterator[Attacker]:
    async with page_alone(tmp_path) as page:
        async with guest(page) as session:
            [cookie] = session.cookie_jar
        yield Attacker(page, f"{cookie.key}={cookie.value}")


@pytest.fixture(autouse=True)
def nothing_in_the_log(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    yield
    assert caplog.text == ""


MULTIPART = b"Content-Type: multipart/form-data; boundary=b"


def part(name: bytes, content: bytes, *, headers: bytes = b"") -> bytes:
    return b'--b\r\nContent-Disposition: form-data; name="%b"\r\n%b\r\n%b\r\n' % (name, headers, content)


def form(*parts: bytes) -> bytes:
    return b"".join([*parts, b"--b--\r\n"])


@pytest.mark.parametrize("length", [255, 300, 4000])
async def test_a_long_name_of_a_page_file_is_not_found(attacker: Attacker, length: int) -> None:
    assert await attacker.status("GET", "/page/" + "a" * length) == 404


@pytest.mark.parametrize("name", ["..%2fserver.py", "%2e%2e/server.py", "main.js/", "", "main.js%00", "%ff", "."])
async def test_nothing_but_the_pages_files_is_served(attacker: Attacker, name: str) -> None:
    assert await attacker.status("GET", "/page/" + name) in {400, 404}


async def test_a_page_file_that_is_there_already_is_not_sent_again(attacker: Attacker) -> None:
    async with aiohttp.ClientSession(attacker.page.origin) as session, session.get("/page/main.js") as answer:
        tag = answer.headers["ETag"].encode()
        assert answer.headers["Content-Type"] == "text/javascript; charset=utf-8"
    assert await attacker.status("GET", "/page/main.js", b"If-None-Match: " + tag) == 304


@pytest.mark.parametrize("path", ["/", "/nothing", "/presses"])
@pytest.mark.parametrize("expect", ["é".encode(), "é".encode("latin-1"), b"200-ok", b"x" * 5000])
async def test_an_expectation_that_nobody_knows_is_refused(attacker: Attacker, path: str, expect: bytes) -> None:
    assert await attacker.status("GET", path, b"Expect: " + expect) == 417


async def test_an_expectation_that_everybody_knows_is_met(attacker: Attacker) -> None:
    body = b'{"key":"0123456789abcdef","token":"again:7","message":"b:r1"}'
    assert await attacker.status("POST", "/presses", b"Expect: 100-continue", body=body) == 202


@pytest.mark.parametrize("charset", [b"x" * 32, b"x" * 31, b"\xff" * 8, b""])
async def test_a_form_with_an_odd_charset_is_refused(attacker: Attacker, charset: bytes) -> None:
    body = form(part(b"_charset_", charset), part(b"key", KEY.encode()), part(b"text", b""))
    assert await attacker.status("POST", "/messages", MULTIPART, body=body) == 400


@pytest.mark.parametrize("coding", [b"gzip", b"deflate", b"br", b"zstd", b"\xff"])
async def test_what_is_compressed_is_not_unpacked(attacker: Attacker, coding: bytes) -> None:
    for path in ("/messages", "/presses"):
        for content in (b"no gzip", zlib.compress(b"x" * 100), b"\x1f\x8b\x08\x00"):
            assert await attacker.status("POST", path, MULTIPART, b"Content-Encoding: " + coding, body=content) == 415


async def test_a_body_that_breaks_off_is_the_senders_fault(attacker: Attacker) -> None:
    chunked = b"Transfer-Encoding: chunked"
    head = f"POST /presses HTTP/1.1\r\nHost: {attacker.page.origin.removeprefix('http://')}\r\n"
    head += f"Origin: {attacker.page.origin}\r\nCookie: {attacker.cookie}\r\nConnection: close\r\n"
    for broken in (b"zz\r\n", b"-1\r\n", b"5\r\nabc\r\n", b"5;" + b"x" * 9000, b"1\r\nab\r\n0\r\n\r\n"):
        answer = await ask(
            attacker.page.origin, head.encode() + chunked + b"\r\n\r\n" + broken, ends=broken[:1] == b"5"
        )
        assert answer == b"" or answer.split(b" ", 2)[1] == b"400"


@pytest.mark.parametrize(
    "path",
    [
        "/?%ff=%ff",
        "/open?key=%ff%00",
        "/open?key=" + "a" * 7000,
        "/events?after=" + "9" * 20,
        "/events?after=-1",
        "/events?after=%EF%BC%91",
        "/pictures/" + "0" * 64 + "?download=%ed%a0%80",
        "/originals/" + "0" * 64 + "/%ed%a0%80?until=" + "9" * 30 + "&seal=%ff",
        "/originals/%00/%00",
        "//",
        "http://[/",
        "http://evil.example/",
        "*",
        "/%",
        "/%zz",
        "/\N{SNOWMAN}",
    ],
)
async def test_an_odd_path_is_answered(attacker: Attacker, path: str) -> None:
    assert 0 < await attacker.status("GET", path) < 500


@pytest.mark.parametrize("last", [b"9" * 20, b"-1", "é".encode(), b"1 2", b"\xd9\xa3", b"1e3"])
async def test_an_odd_last_event_is_refused(attacker: Attacker, last: bytes) -> None:
    assert await attacker.status("GET", "/events", b"Last-Event-ID: " + last) == 400


@pytest.mark.parametrize(
    "body",
    [
        form(*[part(b"x", b"")] * 5000),
        form(part(b"x" * 9000, b"")),
        form(part(b"text", b"", headers=b"X: " + b"x" * 9000 + b"\r\n")),
        form(part(b"text", b"", headers=b"X: x\r\n" * 5000)),
        form(b"--b\r\n\r\nno name\r\n"),
        form(b"--b\r\nContent-Disposition: form-data\r\n\r\nx\r\n"),
        form(part(b"text", b"\xff\xfe")),
        form(part(b"text", b"x", headers=b"Content-Type: multipart/mixed; boundary=c\r\n")),
        form(part(b"text", b"x", headers=b"Content-Transfer-Encoding: base64\r\n")),
        form(part(b"text", b"x", headers=b"Content-Encoding: gzip\r\n")),
        form(part(b"text", b"x", headers=b"Content-Length: 99\r\n")),
        b"--b\r\n" * 5000,
        b"--b--\r\n",
        b"\x00" * 5000,
        b"\r\n" * 5000,
        b"--b",
    ],
)
async def test_an_odd_form_is_refused(attacker: Attacker, body: bytes) -> None:
    assert 400 <= await attacker.status("POST", "/messages", MULTIPART, body=body) < 500
    assert attacker.page.core.heard == []


@pytest.mark.parametrize(
    "kind",
    [
        b"multipart/form-data",
        b"multipart/form-data; boundary=",
        b"multipart/form-data; boundary=" + b"b" * 5000,
        b"multipart/form-data; boundary=\xff",
        b'multipart/form-data; boundary="',
        b"multipart/form-data; boundary*=utf-8''%ff",
        b"multipart/form-data;" * 300,
        b"\xff",
        b"/",
    ],
)
async def test_a_form_with_an_odd_boundary_is_refused(attacker: Attacker, kind: bytes) -> None:
    assert await attacker.status("POST", "/messages", b"Content-Type: " + kind, body=form(part(b"text", b"x"))) == 400


@pytest.mark.parametrize("cookie", [b"=", b"a=\xff", b"; ; ;", b"a" * 8000, b'x="\\377"', b"a=b;" * 1900])
async def test_odd_cookies_open_nothing(attacker: Attacker, cookie: bytes) -> None:
    stranger = Attacker(attacker.page, "x=y")
    assert await stranger.status("GET", "/events", b"Cookie: " + cookie) in {400, 401}


@pytest.mark.parametrize(
    "header",
    [
        b"Accept-Language: en-\xff;q=nan, zh;q=1e999, de;q=, " + b"a," * 3000,
        b"If-None-Match: \xff",
        b"Range: bytes=9999999999999999999-",
        b"If-Modified-Since: \xff",
        b"Upgrade: websocket\r\nConnection: Upgrade",
        b"Upgrade: h2c\r\nHTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA",
        b"Content-Type: \xff",
        b"X-Forwarded-For: \xff",
    ],
)
@pytest.mark.parametrize("path", ["/", "/page/main.js", "/pictures/" + "0" * 64])
async def test_an_odd_header_is_passed_over(attacker: Attacker, path: str, header: bytes) -> None:
    assert await attacker.status("GET", path, header) in {200, 404}


async def test_a_language_that_is_none_is_not_kept(attacker: Attacker) -> None:
    body = form(part(b"key", KEY.encode()), part(b"text", b"a fox"))
    assert await attacker.status("POST", "/messages", MULTIPART, b"Accept-Language: zh-\xff, zh-!", body=body) == 202
    assert attacker.page.core.messages[0].author.language == "en"


async def test_two_lengths_are_refused(attacker: Attacker) -> None:
    for more in (
        b"Content-Length: 1",
        b"Content-Length: -1",
        b"Content-Length: 9" + b"9" * 30,
        b"Content-Length: \xff",
    ):
        assert await attacker.status("POST", "/presses", more, body=b"{}") == 400
    smuggled = await attacker.status("POST", "/presses", b"Transfer-Encoding: chunked", body=b"0\r\n\r\n")
    assert smuggled == 400


async def test_many_at_once_are_all_answered(attacker: Attacker) -> None:
    answers = await asyncio.gather(*(attacker.status("BREW" if odd % 2 else "GET", "/") for odd in range(40)))
    assert set(answers) <= {200, 400, 405}
