"""A link that gives no picture ends in one fault, soon enough, and leaves no file."""

import asyncio
import gzip
import socket
from collections.abc import AsyncIterator
from hashlib import sha256
from pathlib import Path
from random import Random

import pytest
from structlog.testing import capture_logs

from bot.domain.image_faults import LinkBroken
from bot.image_api.links.linked_pictures import MOST_TRIES, LinkedPictures
from tests.simulators.image_api.file_host import FileHost, Reply
from tests.unit.image_api.links.linked import LOCAL, Pauses, broken, link
from tests.unit.image_api.orders import FOX, LARGE, drawn
from tests.unit.image_api.streaming.folder_sink import FolderSink


@pytest.fixture
async def host() -> AsyncIterator[FileHost]:
    async with FileHost({}) as host:
        yield host


def hasty(
    *, pauses: Pauses | None = None, most_bytes: int = 64_000_000, seconds: float = 60.0, silence: float = 30.0
) -> LinkedPictures:
    """Make `LinkedPictures` that do not wait between their tries."""
    return LinkedPictures(
        allowed_hosts=LOCAL,
        most_bytes=most_bytes,
        longest_seconds=seconds,
        longest_silence_seconds=silence,
        sleep=pauses or Pauses(),
    )


# What asking again does not help


@pytest.mark.parametrize("status", [201, 204, 206, 300, 302, 304, 400, 401, 403, 404, 410, 451])
async def test_a_status_that_stays(host: FileHost, sink: FolderSink, status: int) -> None:
    host.files["/fox.png"] = Reply(status=status, body=b"" if status in {204, 304} else FOX, has_length=status == 403)
    text = await broken(hasty(), sink, host.url("/fox.png?signature=1"))
    assert (text, len(host.requests)) == (f"127.0.0.1 answered HTTP {status}", 1)


@pytest.mark.parametrize("body", [b"", b"<html>Please log in.</html>", b'{"error":"expired"}', LARGE[:-4000]])
async def test_what_is_no_picture(host: FileHost, sink: FolderSink, body: bytes) -> None:
    host.files["/fox.png"] = Reply(body=body, headers={"Content-Type": "image/png"})
    text = await broken(hasty(), sink, host.url("/fox.png"))
    assert (text, len(host.requests)) == ("what 127.0.0.1 sent is no picture: no picture", 1)


@pytest.mark.parametrize(
    "reply",
    [
        Reply(body=LARGE, gate=asyncio.Event(), gate_at=0),  # told from its length: nothing of it ever comes
        Reply(body=LARGE, has_length=False),
        Reply(raw=b"HTTP/1.1 200 OK\r\n\r\n" + LARGE),
        Reply(body=bytes(20_000_000), is_gzipped=True),
        Reply(body=bytes(20_000_000), is_gzipped=True, has_length=False),
    ],
    ids=["length", "chunked", "no length", "bomb", "chunked bomb"],
)
async def test_more_bytes_than_we_take(host: FileHost, sink: FolderSink, reply: Reply) -> None:
    host.files["/fox.png"] = reply
    text = await broken(hasty(most_bytes=50_000), sink, host.url("/fox.png"))
    assert (text, len(host.requests)) == ("127.0.0.1 sent more than 50,000 bytes", 1)


@pytest.mark.parametrize("is_gzipped", [False, True])
async def test_exactly_as_many_bytes_as_we_take(host: FileHost, sink: FolderSink, *, is_gzipped: bool) -> None:
    host.files["/fox.png"] = Reply(body=LARGE, is_gzipped=is_gzipped, has_length=not is_gzipped)
    assert "more than" in await broken(hasty(most_bytes=len(LARGE) - 1), sink, host.url("/fox.png"))
    pictures = hasty(most_bytes=len(LARGE))
    (made,) = await pictures.fetch([link(host.url("/fox.png"))], sink)
    assert sink.content(made.picture) == LARGE
    await pictures.close()


async def test_more_bytes_than_the_sink_takes(host: FileHost, tmp_path: Path) -> None:
    host.files["/fox.png"] = Reply(body=LARGE)
    small = FolderSink(tmp_path, most_bytes=1000)
    text = await broken(hasty(), small, host.url("/fox.png"))
    assert text == "what 127.0.0.1 sent cannot be used: more bytes than this folder takes"


@pytest.mark.parametrize("encoding", ["br", "gzip, gzip", "zstd"])
async def test_what_is_packed_in_another_way_than_it_says(host: FileHost, sink: FolderSink, encoding: str) -> None:
    host.files["/fox.png"] = Reply(body=FOX, headers={"Content-Encoding": encoding})
    text = await broken(hasty(), sink, host.url("/fox.png"))
    assert (text, len(host.requests)) == ("127.0.0.1 sent what cannot be unpacked", 1)


# What may pass


@pytest.mark.parametrize(
    "hitch",
    [
        Reply(status=500),
        Reply(status=503, body=b"<html>busy</html>"),
        Reply(status=429),
        Reply(is_reset=True),
        Reply(raw=b""),
        Reply(body=LARGE[:-9], claimed_length=len(LARGE) + 1),
        Reply(raw=b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n\x1f\x8b"),
        Reply(raw=b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nfo"),
    ],
    ids=["500", "503", "429", "reset", "nothing", "cut off", "gzip cut off", "chunks cut off"],
)
async def test_what_passes_is_asked_again(host: FileHost, sink: FolderSink, hitch: Reply) -> None:
    host.files["/fox.png"] = [hitch, hitch, hitch, Reply(body=FOX)]
    pauses = Pauses()
    pictures = hasty(pauses=pauses)
    (made,) = await pictures.fetch([link(host.url("/fox.png"))], sink)
    assert sink.names == [made.picture.sha256]
    assert sum(pauses.seconds) > 0
    assert all(0 <= seconds <= longest for seconds, longest in zip(pauses.seconds, (0.5, 1, 2), strict=True))
    await pictures.close()


async def test_silence_before_the_first_byte_is_asked_again(host: FileHost, sink: FolderSink) -> None:
    host.files["/fox.png"] = [Reply(gate=asyncio.Event()), Reply(body=FOX)]
    pictures = hasty(silence=0.2)
    (made,) = await pictures.fetch([link(host.url("/fox.png"))], sink)
    assert sink.content(made.picture) == FOX
    await pictures.close()


@pytest.mark.parametrize(
    ("reply", "text"),
    [
        (Reply(status=502), "127.0.0.1 answered HTTP 502"),
        (Reply(is_reset=True), "127.0.0.1 broke off, or does not speak HTTP"),
        (Reply(body=LARGE[:-9], claimed_length=10**6), "127.0.0.1 broke off, or does not speak HTTP"),
        (Reply(raw=b"220 mail.example ESMTP\r\n"), "127.0.0.1 broke off, or does not speak HTTP"),
        (Reply(gate=asyncio.Event()), "127.0.0.1 fell silent"),
        (Reply(body=LARGE, piece_bytes=1000, gate=asyncio.Event(), gate_at=5000), "127.0.0.1 fell silent"),
    ],
)
async def test_what_does_not_pass_is_given_up(host: FileHost, sink: FolderSink, reply: Reply, text: str) -> None:
    host.files["/fox.png"] = reply
    assert await broken(hasty(silence=0.2), sink, host.url("/fox.png")) == f"{text}, {MOST_TRIES} times"
    assert len(host.requests) == MOST_TRIES


@pytest.mark.parametrize(("kind", "stays_open"), [("PNG", False), ("PNG", True), ("JPEG", False), ("WEBP", True)])
async def test_a_whole_picture_is_taken_though_more_was_announced(
    host: FileHost, sink: FolderSink, kind: str, *, stays_open: bool
) -> None:
    picture = drawn(kind=kind)
    gate = asyncio.Event() if stays_open else None
    body = picture + b"x" if stays_open else picture
    reply = Reply(body=body, claimed_length=len(picture) + 9, piece_bytes=len(picture), gate=gate, gate_at=1)
    host.files["/fox.png"] = reply
    pictures = hasty(silence=0.3)
    with capture_logs() as logged:
        (made,) = await pictures.fetch([link(host.url("/fox.png"))], sink)
    await pictures.close()
    assert (sink.content(made.picture), len(host.requests)) == (picture, 1)
    assert [line["reason"] for line in logged] == ["127.0.0.1 broke off after the picture"]


async def test_what_only_ends_like_a_picture_is_none(host: FileHost, sink: FolderSink) -> None:
    host.files["/fox.png"] = Reply(body=b"\x89PNG" + FOX[-12:], claimed_length=999)
    assert await broken(hasty(), sink, host.url("/fox.png")) == "what 127.0.0.1 sent is no picture: no picture"


async def test_a_host_that_refuses_the_connection(sink: FolderSink) -> None:
    pauses = Pauses()
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    text = await broken(hasty(pauses=pauses), sink, f"http://127.0.0.1:{port}/fox.png")
    assert (text, len(pauses.seconds)) == (f"127.0.0.1 cannot be reached, {MOST_TRIES} times", MOST_TRIES - 1)


HEAD = b"HTTP/1.1 200 OK\r\n"


@pytest.mark.parametrize(
    "raw",
    [
        b"\x16\x03\x01\x02\x00\x01\x00",
        b"HTTP/1.1 999999 OK\r\n\r\n",
        HEAD + b"Content-Length: -5\r\n\r\n" + FOX,
        HEAD + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\n" + FOX,
        HEAD + b"Content-Length: " + b"9" * 5000 + b"\r\n\r\n" + FOX,
        HEAD + b"Content-Length: 0x10\r\n\r\n" + FOX,
        HEAD + b"X-Long: " + b"x" * 200_000 + b"\r\n\r\n" + FOX,
        HEAD + b"Transfer-Encoding: gzip, chunked\r\n\r\n" + FOX,
        HEAD + b"Transfer-Encoding: chunked\r\n\r\nfffffffffffffffffffffff\r\n" + FOX,
        HEAD + b"no colon\r\n\r\n" + FOX,
    ],
)
async def test_what_is_not_http_is_a_broken_link_too(host: FileHost, sink: FolderSink, raw: bytes) -> None:
    host.files["/fox.png"] = Reply(raw=raw)
    text = await broken(hasty(), sink, host.url("/fox.png"))
    assert text == f"127.0.0.1 broke off, or does not speak HTTP, {MOST_TRIES} times"


async def test_answers_with_any_fault_in_them_end_in_the_picture_or_a_broken_link(
    host: FileHost, sink: FolderSink
) -> None:
    dice = Random(11)  # noqa: S311  # the same faults every time
    outcomes = set()
    pictures = hasty(silence=5.0, seconds=5.0)
    for _ in range(60):
        answer = bytearray(HEAD + b"Content-Encoding: gzip\r\n\r\n" + gzip.compress(FOX, mtime=0))
        for _ in range(dice.randint(0, 2)):
            answer[dice.randrange(len(answer))] = dice.randrange(256)
        host.files["/fox.png"] = Reply(raw=bytes(answer))
        try:
            (made,) = await pictures.fetch([link(host.url("/fox.png"))], sink)
            outcomes.add(made.picture.sha256)
        except LinkBroken:
            outcomes.add("broken")
        assert sink.names in ([], [sha256(FOX).hexdigest()])
    assert outcomes == {"broken", sha256(FOX).hexdigest()}
    await pictures.close()


# Time


@pytest.mark.parametrize(
    "reply",
    [
        Reply(gate=asyncio.Event()),
        Reply(body=LARGE, piece_bytes=1, pause_seconds=0.01),
        Reply(body=LARGE, piece_bytes=1, pause_seconds=0.01, has_length=False),
    ],
    ids=["silent", "drip", "drip in chunks"],
)
async def test_the_time_for_a_picture_is_limited_however_it_is_spent(
    host: FileHost, sink: FolderSink, reply: Reply
) -> None:
    host.files["/fox.png"] = reply
    text = await broken(hasty(seconds=0.4), sink, host.url("/fox.png"))
    assert (text, len(host.requests)) == ("127.0.0.1 gave no whole file within 0.4 s", 1)


async def test_pauses_between_tries_count(host: FileHost, sink: FolderSink) -> None:
    host.files["/fox.png"] = Reply(status=503)
    pictures = LinkedPictures(allowed_hosts=LOCAL, longest_seconds=0.4, sleep=lambda _: asyncio.sleep(3600))
    assert await broken(pictures, sink, host.url("/fox.png")) == "127.0.0.1 gave no whole file within 0.4 s"


# Cancelled


async def test_cancelled_in_the_middle_nothing_is_left_even_of_what_had_come(host: FileHost, sink: FolderSink) -> None:
    host.files["/fox.png"] = Reply(body=FOX)
    host.files["/large.png"] = Reply(body=LARGE, piece_bytes=1000, gate=asyncio.Event(), gate_at=5000)
    pictures = hasty()
    links = [link(host.url("/fox.png")), link(host.url("/large.png"))]
    task = asyncio.create_task(pictures.fetch(links, sink))
    while len(host.requests) < 2:
        await sink.bytes_came.wait()
        sink.bytes_came.clear()
        await asyncio.sleep(0)
    assert len(sink.names) >= 1
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert sink.names == []
    await pictures.close()
