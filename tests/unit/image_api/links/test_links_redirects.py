"""Redirects are followed a few steps, and each step is checked like a link."""

from collections.abc import AsyncIterator

import pytest

from bot.image_api.links.linked_pictures import MOST_REDIRECTS, LinkedPictures
from tests.simulators.image_api.file_host import FileHost, Reply, redirect
from tests.unit.image_api.links.linked import Pauses, broken, link
from tests.unit.image_api.orders import FOX
from tests.unit.image_api.streaming.folder_sink import FolderSink


@pytest.fixture
async def host() -> AsyncIterator[FileHost]:
    async with FileHost({"/files/fox.png": Reply(body=FOX)}) as host:
        yield host


@pytest.fixture
async def other() -> AsyncIterator[FileHost]:
    """Run a host that is not allowed."""
    async with FileHost({"/fox.png": Reply(body=FOX)}) as host:
        yield host


def allowing(*hosts: FileHost) -> LinkedPictures:
    return LinkedPictures(allowed_hosts=frozenset(f"127.0.0.1:{host.port}" for host in hosts), sleep=Pauses())


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize(
    "location", ["/files/fox.png", "fox.png?x=1", "./fox.png#x", "//127.0.0.1:{port}/files/fox.png"]
)
async def test_within_a_host(host: FileHost, sink: FolderSink, status: int, location: str) -> None:
    host.files["/files/first"] = redirect(location.format(port=host.port), status=status)
    pictures = allowing(host)
    (made,) = await pictures.fetch([link(host.url("/files/first"))], sink)
    assert sink.content(made.picture) == FOX
    assert len(host.requests) == 2
    await pictures.close()


async def test_to_another_allowed_host(host: FileHost, other: FileHost, sink: FolderSink) -> None:
    host.files["/first"] = redirect(other.url("/fox.png"))
    pictures = allowing(host, other)
    (made,) = await pictures.fetch([link(host.url("/first"))], sink)
    assert sink.content(made.picture) == FOX
    assert other.requests[0].headers["host"] == f"127.0.0.1:{other.port}"
    await pictures.close()


async def test_as_many_as_we_follow_and_one_more(host: FileHost, sink: FolderSink) -> None:
    for number in range(MOST_REDIRECTS):
        host.files[f"/{number + 1}"] = redirect(f"/{number}")
    host.files["/0"] = Reply(body=FOX)
    host.files["/more"] = redirect(f"/{MOST_REDIRECTS}")
    text = await broken(allowing(host), sink, host.url("/more"))
    assert text == f"127.0.0.1 is the end of more than {MOST_REDIRECTS} redirects"
    pictures = allowing(host)
    assert len(await pictures.fetch([link(host.url(f"/{MOST_REDIRECTS}"))], sink)) == 1
    await pictures.close()


async def test_in_a_circle(host: FileHost, sink: FolderSink) -> None:
    host.files["/first"] = redirect("/second")
    host.files["/second"] = redirect("/first")
    await broken(allowing(host), sink, host.url("/first"))
    assert len(host.requests) == 1 + MOST_REDIRECTS


@pytest.mark.parametrize(
    "location",
    [
        "http://127.0.0.1:{port}/fox.png",
        "http://localhost:{port}/fox.png",
        "http://localhost.:{port}/fox.png",
        "http://[::ffff:127.0.0.1]:{port}/fox.png",
        "http://[::1]:{port}/fox.png",
        "http://0.0.0.0:{port}/fox.png",
        "http://[::]:{port}/fox.png",
        "http://2130706433:{port}/fox.png",
        "http://0x7f.1:{port}/fox.png",
        "http://127.1:{port}/fox.png",
        "http://files.example@127.0.0.1:{port}/fox.png",
        "//127.0.0.1:{port}/fox.png",
        "http://169.254.169.254/latest/meta-data/",
        "http://[fd00:ec2::254]/latest/meta-data/",
        "http://100.100.100.200/latest/meta-data/",
        "http://192.168.1.1/fox.png",
        "http://[64:ff9b::7f00:1]:{port}/fox.png",
        "http://[2002:7f00:1::]:{port}/fox.png",
        "http://93.184.216.34:25/fox.png",
        "file:///etc/passwd",
        "ftp://127.0.0.1:{port}/fox.png",
        "data:image/png;base64,AAAA",
        "http://[",
        "http://127.0.0.1:99999/",
    ],
)
async def test_to_where_nobody_may_go(host: FileHost, other: FileHost, sink: FolderSink, location: str) -> None:
    host.files["/first"] = redirect(location.format(port=other.port))
    await broken(allowing(host), sink, host.url("/first"))
    assert (len(host.requests), other.requests) == (1, [])


async def test_an_address_that_is_no_text_is_a_broken_link(host: FileHost, sink: FolderSink) -> None:
    host.files["/first"] = Reply(raw=b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:\xff\xfe/\r\n\r\n")
    text = await broken(allowing(host), sink, host.url("/first"))
    assert (text, len(host.requests)) == ("127.0.0.1 redirects to what is no address", 1)


async def test_a_hitch_after_a_redirect_begins_at_the_link_again(host: FileHost, sink: FolderSink) -> None:
    host.files["/first"] = [redirect("/expired"), redirect("/files/fox.png")]
    host.files["/expired"] = Reply(status=503)
    pictures = allowing(host)
    await pictures.fetch([link(host.url("/first"))], sink)
    assert [request.target for request in host.requests] == ["/first", "/expired", "/first", "/files/fox.png"]
    await pictures.close()
