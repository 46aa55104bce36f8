"""All links of an answer are fetched at the same time, within one limit, and their pictures keep their order."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager

import pytest
import structlog

from bot.domain.catalogue.models import Room
from bot.domain.chat import Quoted
from bot.domain.image_faults import LinkBroken
from bot.domain.requests.requests import MadePicture
from bot.image_api.links.linked_pictures import MOST_AT_ONCE, LinkedPictures
from bot.ports import PictureSink, PictureWriter
from tests.simulators.image_api.answers import Answer
from tests.simulators.image_api.chat_answers import said
from tests.simulators.image_api.file_host import FileHost, Reply
from tests.simulators.image_api.gateway import GatewaySimulator
from tests.unit.image_api.formats.chat_endpoint import chat_endpoint
from tests.unit.image_api.links.linked import LOCAL, link
from tests.unit.image_api.orders import FOX, LARGE, OTHER, drawn, paint
from tests.unit.image_api.streaming.folder_sink import FolderSink

LONG = 60.0
"""Seconds within which what is to happen happens, on any machine."""


@pytest.fixture
async def host() -> AsyncIterator[FileHost]:
    async with FileHost({"/fox.png": Reply(body=FOX), "/other.jpg": Reply(body=OTHER)}) as host:
        yield host


async def test_each_is_asked_for_before_the_first_has_come(host: FileHost, sink: FolderSink) -> None:
    gate = asyncio.Event()
    pictures = [drawn(9 + number, 9) for number in range(MOST_AT_ONCE)]
    for number, picture in enumerate(pictures):
        host.files[f"/{number}"] = Reply(body=picture, gate=gate)
    linked = LinkedPictures(allowed_hosts=LOCAL)
    fetching = asyncio.create_task(linked.fetch([link(host.url(f"/{n}")) for n in range(MOST_AT_ONCE)], sink))
    async with asyncio.timeout(LONG):
        await host.wait_for_requests(MOST_AT_ONCE)
    gate.set()
    assert [sink.content(made.picture) for made in await fetching] == pictures
    await linked.close()


async def test_one_limit_holds_for_all_and_those_that_came_in_time_count_in_their_order(
    host: FileHost, sink: FolderSink
) -> None:
    host.files["/drip"] = Reply(body=LARGE, piece_bytes=1, pause_seconds=0.01)
    host.files["/silent"] = Reply(gate=asyncio.Event())
    linked = LinkedPictures(allowed_hosts=LOCAL, longest_seconds=2.0)
    names = ("drip", "other.jpg", "silent", "fox.png", "drip")
    with structlog.testing.capture_logs() as logged:
        made = await linked.fetch([link(host.url(f"/{name}"), name) for name in names], sink)
    assert [one.words for one in made] == [Quoted("other.jpg"), Quoted("fox.png")]
    assert [entry["reason"] for entry in logged] == ["127.0.0.1 gave no whole file within 2 s"] * 3
    assert len(sink.names) == 2
    await linked.close()


async def test_no_more_are_under_way_at_once_than_may_be(host: FileHost, sink: FolderSink) -> None:
    gates = [asyncio.Event() for _ in range(MOST_AT_ONCE + 2)]
    for number, gate in enumerate(gates):
        host.files[f"/{number}"] = Reply(body=drawn(9 + number, 9), gate=gate)
    linked = LinkedPictures(allowed_hosts=LOCAL)
    fetching = asyncio.create_task(linked.fetch([link(host.url(f"/{n}")) for n in range(len(gates))], sink))
    async with asyncio.timeout(LONG):
        await host.wait_for_requests(MOST_AT_ONCE)
        gates[0].set()
        await host.wait_for_requests(MOST_AT_ONCE + 1)
    assert len(host.requests) == MOST_AT_ONCE + 1
    for gate in gates:
        gate.set()
    assert len(await fetching) == len(gates)
    await linked.close()


async def test_what_comes_of_each_stands_in_the_place_of_its_link(host: FileHost, sink: FolderSink) -> None:
    linked = LinkedPictures(allowed_hosts=LOCAL)
    outcomes = await linked.fetch_each([link(host.url(f"/{name}")) for name in ("fox.png", "gone", "fox.png")], sink)
    assert [type(one) for one in outcomes] == [MadePicture, LinkBroken, MadePicture]
    await linked.close()


async def test_cancelled_every_file_is_closed(host: FileHost, sink: FolderSink) -> None:
    for number in range(4):
        host.files[f"/{number}"] = Reply(body=LARGE, piece_bytes=1000, gate=asyncio.Event(), gate_at=5000)
    linked = LinkedPictures(allowed_hosts=LOCAL)
    fetching = asyncio.create_task(linked.fetch([link(host.url(f"/{n}")) for n in range(4)], sink))
    async with asyncio.timeout(LONG):
        while len(sink.names) < 4:
            await sink.bytes_came.wait()
            sink.bytes_came.clear()
            await asyncio.sleep(0)
    fetching.cancel()
    with pytest.raises(asyncio.CancelledError):
        await fetching
    assert sink.names == []
    await linked.close()


async def test_a_fault_of_the_disk_is_told_as_it_is_and_ends_the_others(host: FileHost) -> None:
    class FullDisk:
        def new_file(self) -> AbstractAsyncContextManager[PictureWriter]:
            raise OSError("no space left")

        def room(self, room: Room) -> AbstractAsyncContextManager[PictureSink]:
            raise OSError("no space left")

    host.files["/silent"] = Reply(gate=asyncio.Event())
    linked = LinkedPictures(allowed_hosts=LOCAL)
    with pytest.raises(OSError, match="no space left"):
        await linked.fetch([link(host.url("/silent")), link(host.url("/fox.png"))], FullDisk())
    await linked.close()


async def test_the_links_of_an_answer_are_fetched_together(sink: FolderSink) -> None:
    gate = asyncio.Event()
    pictures = [drawn(9 + number, 9) for number in range(MOST_AT_ONCE)]
    async with GatewaySimulator() as simulator:
        urls = [simulator.put(f"{n}.png", Answer(body=picture, gate=gate)) for n, picture in enumerate(pictures)]
        simulator.answer = said(*(f"Number {number}.\n![]({url})\n" for number, url in enumerate(urls)))
        api = chat_endpoint(simulator.base_url)
        painting = asyncio.create_task(paint(api, sink))
        async with asyncio.timeout(LONG):
            await simulator.wait_for_files(MOST_AT_ONCE)
        gate.set()
        made = await painting
        await api.close()
    assert [(sink.content(one.picture), one.words) for one in made] == [
        (picture, Quoted(f"Number {number}.")) for number, picture in enumerate(pictures)
    ]
