"""Whoever has a link has the picture: its path and query appear nowhere but in the request for it."""

import asyncio
import logging
import traceback
from collections.abc import AsyncIterator, Iterator

import pytest

from bot.domain.image_faults import LinkBroken
from bot.image_api.links.linked_pictures import LinkedPictures
from tests.simulators.image_api.file_host import FileHost, Reply, redirect
from tests.unit.image_api.links.linked import LOCAL, Pauses, link
from tests.unit.image_api.orders import FOX, LARGE
from tests.unit.image_api.streaming.folder_sink import FolderSink

SECRET = "s3cr3t"
SIGNED = f"/{SECRET}/fox.png?signature={SECRET}"
MOVED = f"/moved/{SECRET}?signature={SECRET}"


@pytest.fixture
async def host() -> AsyncIterator[FileHost]:
    async with FileHost({f"/moved/{SECRET}": Reply(body=FOX)}) as host:
        yield host


@pytest.fixture
def everything_logged(caplog: pytest.LogCaptureFixture) -> Iterator[pytest.LogCaptureFixture]:
    """Set every logger there is to its most talkative level."""
    caplog.set_level(logging.DEBUG)
    levels = {name: logging.getLogger(name).level for name in logging.root.manager.loggerDict}
    for name in levels:
        logging.getLogger(name).setLevel(logging.DEBUG)
    yield caplog
    for name, level in levels.items():
        logging.getLogger(name).setLevel(level)


MOVES = [
    redirect(MOVED),
    redirect(MOVED, headers={"Set-Cookie": f"session={SECRET}", "X-Signed": SECRET}),
]

FAULTS = {
    "gone": Reply(status=403, body=f"<Error>{SECRET}</Error>".encode(), headers={"X-Path": SECRET}),
    "busy": Reply(status=503, headers={"X-Path": SECRET}),
    "reset": Reply(is_reset=True),
    "cut off": Reply(body=LARGE[:-9], claimed_length=10**6),
    "page": Reply(body=f"<html>{SECRET}</html>".encode()),
    "silent": Reply(gate=asyncio.Event()),
    "badly packed": Reply(body=SECRET.encode(), headers={"Content-Encoding": "gzip"}),
    "no header": Reply(raw=f"HTTP/1.1 302 Found\r\nLocation {SECRET}\r\n\r\n".encode()),
    "no status": Reply(raw=f"HTTP/1.1 {SECRET}\r\n\r\n".encode()),
    "no chunk": Reply(raw=f"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{SECRET}\r\n".encode()),
    "to no address": redirect(f"http://127.0.0.1:{SECRET}/{SECRET}"),
    "to no name": redirect(f"http://\x7f{SECRET}"),
    "to another kind": redirect(f"ftp://127.0.0.1/{SECRET}"),
    "inwards": redirect(f"http://10.0.0.1/{SECRET}?{SECRET}"),
    "to a user": redirect(f"http://{SECRET}:{SECRET}@127.0.0.1/{SECRET}"),
    "to mail": redirect(f"http://93.184.216.34:25/{SECRET}"),
    "in a circle": redirect(SIGNED),
}


@pytest.mark.parametrize("reply", MOVES)
async def test_no_log_has_it_of_a_picture_that_came(
    host: FileHost,
    sink: FolderSink,
    everything_logged: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
    reply: Reply,
) -> None:
    asyncio.get_running_loop().set_debug(True)
    host.files[f"/{SECRET}/fox.png"] = reply
    pictures = LinkedPictures(allowed_hosts=LOCAL)
    await pictures.fetch([link(host.url(SIGNED)), link(host.url(MOVED))], sink)
    await pictures.close()
    assert "httpcore.connection" in {record.name for record in everything_logged.records}
    assert SECRET not in said(everything_logged, capfd)


@pytest.mark.parametrize("reply", FAULTS.values(), ids=FAULTS)
async def test_no_log_fault_or_traceback_has_it_of_one_that_did_not(
    host: FileHost,
    sink: FolderSink,
    everything_logged: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
    reply: Reply,
) -> None:
    asyncio.get_running_loop().set_debug(True)
    host.files[f"/{SECRET}/fox.png"] = reply
    pictures = LinkedPictures(allowed_hosts=LOCAL, longest_silence_seconds=0.1, sleep=Pauses())
    with pytest.raises(LinkBroken) as caught:
        await pictures.fetch([link(host.url(SIGNED))], sink)
    await pictures.fetch([link(host.url(SIGNED)), link(host.url(MOVED))], sink)  # and as one of two that failed
    await pictures.close()
    assert "link-broken" in (text := said(everything_logged, capfd))
    assert SECRET not in text
    assert SECRET not in "".join(traceback.format_exception(caught.value))
    for error in everything_behind(caught.value):
        assert SECRET not in f"{error} {error!r} {error.args}"


@pytest.mark.parametrize(
    "url", [f"http://127.0.0.1:{SECRET}/", f"ftp://{SECRET}/{SECRET}", f"http://{SECRET}\x00", SECRET]
)
async def test_no_fault_has_it_of_a_link_that_is_none(sink: FolderSink, url: str) -> None:
    pictures = LinkedPictures(allowed_hosts=LOCAL)
    with pytest.raises(LinkBroken) as caught:
        await pictures.fetch([link(url)], sink)
    for error in everything_behind(caught.value):
        assert SECRET not in f"{error} {error!r} {error.args}"


async def test_others_may_still_log_what_they_read(
    host: FileHost, sink: FolderSink, everything_logged: pytest.LogCaptureFixture
) -> None:
    """Only the task that fetches keeps silent, and only while it does."""
    pictures = LinkedPictures(allowed_hosts=LOCAL)
    await pictures.fetch([link(host.url(MOVED))], sink)
    await pictures.close()
    log = logging.getLogger("httpcore.http11")
    log.debug("receive_response_headers.complete")
    assert [record.getMessage() for record in everything_logged.records if record.name == log.name] == [
        "receive_response_headers.complete"
    ]


def test_a_link_does_not_show_its_address() -> None:
    assert SECRET not in repr(link(f"https://files.example{SIGNED}"))


def said(log: pytest.LogCaptureFixture, streams: pytest.CaptureFixture[str]) -> str:
    """Return all that was logged or printed, by any logger and stream, but not what pytest says of a fixture."""
    captured = streams.readouterr()
    return log.text + captured.out + captured.err


def everything_behind(error: BaseException | None) -> Iterator[BaseException]:
    """Yield a fault, what it was raised from, and what was on the way when it was."""
    while error is not None:
        yield error
        yield from everything_behind(error.__cause__)
        error = error.__context__
