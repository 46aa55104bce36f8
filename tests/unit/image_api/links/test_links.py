"""A picture that an answer links to arrives as it is, with nothing of ours sent along."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from hashlib import sha256

import pytest
import structlog

from bot.domain.catalogue.models import Room
from bot.domain.chat import Quoted, StoredPicture
from bot.image_api.links.linked_pictures import LinkedPictures
from tests.simulators.image_api.file_host import FileHost, Reply, redirect
from tests.unit.image_api.links.linked import LOCAL, broken, link
from tests.unit.image_api.orders import FOX, LARGE, OTHER, drawn
from tests.unit.image_api.streaming.folder_sink import FolderSink, FolderSinkWriter


@pytest.fixture
async def host() -> AsyncIterator[FileHost]:
    async with FileHost({"/fox.png": Reply(body=FOX), "/other.jpg": Reply(body=OTHER)}) as host:
        yield host


@pytest.fixture
async def pictures() -> AsyncIterator[LinkedPictures]:
    pictures = LinkedPictures(allowed_hosts=LOCAL)
    yield pictures
    await pictures.close()


async def test_the_picture_behind_a_link(host: FileHost, pictures: LinkedPictures, sink: FolderSink) -> None:
    (made,) = await pictures.fetch([link(host.url("/fox.png"), "Here it is.")], sink)
    assert sink.content(made.picture) == FOX
    assert (made.picture.mime, made.words) == ("image/png", Quoted("Here it is."))


@pytest.mark.parametrize(
    "reply",
    [
        Reply(body=LARGE, has_length=False, piece_bytes=1000),
        Reply(body=LARGE, is_gzipped=True),
        Reply(body=LARGE, headers={"Content-Type": "text/html"}),
        Reply(body=LARGE, headers={"Content-Encoding": "identity"}),
        Reply(body=LARGE, headers={"Content-Encoding": "gzip"}),
        Reply(raw=b"HTTP/1.0 200 OK\r\n\r\n" + LARGE),
        Reply(
            raw=b"HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(LARGE) + LARGE
        ),
    ],
    ids=["chunked", "gzip", "misnamed", "identity", "gzip in name only", "HTTP/1.0", "hinted"],
)
async def test_it_is_the_same_however_it_is_sent(
    host: FileHost, pictures: LinkedPictures, sink: FolderSink, reply: Reply
) -> None:
    host.files["/large.png"] = reply
    (made,) = await pictures.fetch([link(host.url("/large.png"))], sink)
    assert sink.content(made.picture) == LARGE
    assert len(host.requests) == 1


async def test_several_links_give_each_picture_once_in_their_order(
    host: FileHost, pictures: LinkedPictures, sink: FolderSink
) -> None:
    host.files["/download/fox.png"] = Reply(body=FOX)
    links = [
        link(host.url("/other.jpg"), "one"),
        link(host.url("/fox.png"), "two"),
        link(host.url("/download/fox.png"), "two again"),
    ]
    made = await pictures.fetch(links, sink)
    assert [one.words for one in made] == [Quoted("one"), Quoted("two")]
    assert sink.names == sorted(sha256(data).hexdigest() for data in (FOX, OTHER))


async def test_what_can_be_had_counts_and_the_log_tells_of_the_rest(
    host: FileHost, pictures: LinkedPictures, sink: FolderSink
) -> None:
    host.files["/page"] = Reply(body=b"<html>not yet</html>")
    with structlog.testing.capture_logs() as logged:
        made = await pictures.fetch([link(host.url(path)) for path in ("/gone", "/fox.png", "/page")], sink)
    assert [sink.content(one.picture) for one in made] == [FOX]
    assert [(entry["event"], entry["reason"]) for entry in logged] == [
        ("link-broken", "127.0.0.1 answered HTTP 404"),
        ("link-broken", "what 127.0.0.1 sent is no picture: no picture"),
    ]


async def test_no_link_is_no_picture(pictures: LinkedPictures, sink: FolderSink) -> None:
    assert await broken(pictures, sink) == "there was no link to fetch"


async def test_nothing_of_ours_goes_along_not_even_what_the_host_gave_us(
    host: FileHost, pictures: LinkedPictures, sink: FolderSink, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "ALL_PROXY", "http_proxy", "all_proxy"):
        monkeypatch.setenv(name, "http://user:secret@127.0.0.1:9")
    host.files["/first"] = redirect("/fox.png", headers={"Set-Cookie": "id=1; Path=/"})
    await pictures.fetch([link(host.url("/first")), link(host.url("/fox.png"))], sink)
    assert [request.headers for request in host.requests] == [
        {
            "host": f"127.0.0.1:{host.port}",
            "user-agent": "Mozilla/5.0 (compatible; Plantain)",
            "accept": "image/*",
            "accept-encoding": "identity",
        }
    ] * 3


async def test_a_signed_address_is_sent_as_it_was_given(
    host: FileHost, pictures: LinkedPictures, sink: FolderSink
) -> None:
    target = "/a%20b/%E7%8B%90.png?X-Sig=a%2Fb%2B%3d+c/d:e@f,g;h&se=2026-11-23T10%3A00%3A00Z&&x=%7Bq%7D?#"
    host.files["/a b/狐.png"] = Reply(body=FOX)
    await pictures.fetch([link(host.url(target))], sink)
    assert host.requests[0].target == target.removesuffix("#")


class MeasuringSink:
    """Remembers how much came at a time, and passes it on."""

    def __init__(self, sink: FolderSink) -> None:
        self.sizes: list[int] = []
        self._sink = sink

    @asynccontextmanager
    async def room(self, room: Room) -> AsyncIterator["MeasuringSink"]:
        yield self

    @asynccontextmanager
    async def new_file(self) -> AsyncIterator["MeasuringWriter"]:
        async with self._sink.new_file() as writer:
            yield MeasuringWriter(writer, self.sizes)


class MeasuringWriter:
    def __init__(self, writer: FolderSinkWriter, sizes: list[int]) -> None:
        self._writer = writer
        self._sizes = sizes

    async def write(self, data: bytes) -> None:
        self._sizes.append(len(data))
        await self._writer.write(data)

    async def finish(self) -> StoredPicture:
        return await self._writer.finish()


@pytest.mark.parametrize("is_gzipped", [False, True])
async def test_a_large_picture_comes_in_small_pieces(
    host: FileHost, pictures: LinkedPictures, sink: FolderSink, *, is_gzipped: bool
) -> None:
    data = drawn(900, 700) + bytes(1_000_000)
    host.files["/large.png"] = Reply(body=data, is_gzipped=is_gzipped)
    measuring = MeasuringSink(sink)
    await pictures.fetch([link(host.url("/large.png"))], measuring)
    assert (sum(measuring.sizes), max(measuring.sizes) <= 64 * 1024) == (len(data), True)
