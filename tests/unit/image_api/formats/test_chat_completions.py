"""An endpoint that speaks OpenAI's format, over real HTTP: what is asked, and what becomes of a bad line."""

import asyncio
import base64
import io
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
from PIL import Image

from bot.domain.catalogue.picture_settings import Ratio
from bot.domain.chat import Quoted
from bot.domain.image_faults import ConnectionLost, KeyRejected, LinkBroken, TookTooLong
from bot.image_api.endpoint import HttpEndpoint
from tests.simulators.image_api.answers import Answer
from tests.simulators.image_api.chat_answers import delta, events, image_url, markdown, one_picture, said
from tests.simulators.image_api.gateway import KEY, GatewaySimulator
from tests.unit.image_api.formats.chat_endpoint import chat_endpoint
from tests.unit.image_api.formats.test_gemini_faults import assert_hidden, fault_of
from tests.unit.image_api.orders import (
    FLASH,
    FOX,
    LARGE,
    OTHER,
    PRO,
    NotedJournal,
    impatient_catalogue,
    order,
    paint,
    source,
)
from tests.unit.image_api.streaming.folder_sink import FolderSink


@pytest.fixture
async def api(simulator: GatewaySimulator) -> AsyncIterator[HttpEndpoint]:
    api = chat_endpoint(simulator.base_url)
    yield api
    await api.close()


# What is asked


async def test_the_request_as_the_gateway_documents_it(
    simulator: GatewaySimulator, api: HttpEndpoint, sink: FolderSink
) -> None:
    await paint(api, sink, order(model=FLASH, prompt='a red fox\n"in snow" 狐狸'))
    (request,) = simulator.requests
    assert request.path == "/v1/chat/completions"
    assert request.headers["authorization"] == f"Bearer {KEY}"
    assert request.headers["content-type"] == "application/json"
    assert request.body == {
        "model": FLASH,
        "stream": False,
        "messages": [{"role": "user", "content": 'a red fox\n"in snow" 狐狸'}],
    }


async def test_a_ratio_and_a_size_cannot_be_asked_for(
    simulator: GatewaySimulator, api: HttpEndpoint, sink: FolderSink
) -> None:
    await paint(api, sink, order())
    await paint(api, sink, order(ratio=Ratio(16, 9), size="4K"))
    one, other = (request.body for request in simulator.requests)
    assert one == other


async def test_sources_go_along_in_their_order(
    simulator: GatewaySimulator, api: HttpEndpoint, sink: FolderSink
) -> None:
    await paint(api, sink, order(source(FOX), source(OTHER, mime="image/jpeg"), prompt='make it "night"'))
    (request,) = simulator.requests
    (message,) = request.body["messages"]
    assert (message["role"], message["content"]) == (
        "user",
        [
            {"type": "text", "text": 'make it "night"'},
            image_url(f"data:image/png;base64,{base64.b64encode(FOX).decode()}"),
            image_url(f"data:image/jpeg;base64,{base64.b64encode(OTHER).decode()}"),
        ],
    )


async def test_the_request_leaves_after_the_mark(
    simulator: GatewaySimulator, api: HttpEndpoint, sink: FolderSink
) -> None:
    sent_at_mark: list[int] = []

    async def mark() -> None:
        sent_at_mark.append(len(simulator.requests))

    journal = NotedJournal(mark)
    await paint(api, sink, journal=journal)
    assert (sent_at_mark, len(simulator.requests), journal.left) == ([0], 1, ["gateway"])


async def test_a_wrong_key(simulator: GatewaySimulator, sink: FolderSink) -> None:
    api = chat_endpoint(simulator.base_url, key="sk-wrong-9876543210")
    fault = await fault_of(api, sink)
    await api.close()
    assert type(fault) is KeyRejected
    assert simulator.requests == []
    assert_hidden(fault, "sk-wrong-9876543210")


# What becomes of a bad line


async def test_a_gzipped_answer(simulator: GatewaySimulator, api: HttpEndpoint, sink: FolderSink) -> None:
    simulator.answer = one_picture(FOX, is_gzipped=True)
    (made,) = await paint(api, sink)
    assert sink.content(made.picture) == FOX


async def test_an_answer_in_drops(simulator: GatewaySimulator, api: HttpEndpoint, sink: FolderSink) -> None:
    simulator.answer = one_picture(FOX, latency_seconds=0.01, chunk_bytes=200, pause_seconds=0.001)
    (made,) = await paint(api, sink)
    assert sink.content(made.picture) == FOX


@pytest.mark.parametrize("at", [0, 40, 150, 3000, 200_000])
async def test_an_answer_that_breaks_off(
    simulator: GatewaySimulator, api: HttpEndpoint, sink: FolderSink, at: int
) -> None:
    stream = events(delta(role="assistant", content=""), delta("stop", images=[image_url("x" * 20_000)]))
    for whole in (one_picture(LARGE), replace(stream, is_judged=False)):
        length = sum(map(len, whole.pieces()))
        for broken in (replace(whole, cut_at=min(at, length - 100)), replace(whole, ends_at=min(at, length - 100))):
            simulator.answer = broken
            fault = await fault_of(api, sink)
            assert type(fault) is ConnectionLost
            assert_hidden(fault, KEY)


async def test_an_answer_that_is_shorter_than_it_says_has_its_picture_all_the_same(
    simulator: GatewaySimulator, api: HttpEndpoint, sink: FolderSink
) -> None:
    for off_by in (1, 0):
        simulator.answer = one_picture(LARGE, length_off_by=off_by)
        (made,) = await paint(api, sink)
        assert sink.content(made.picture) == LARGE


async def test_no_answer_in_time(simulator: GatewaySimulator, sink: FolderSink) -> None:
    for at in (None, 200_000):
        simulator.answer = one_picture(LARGE, gate=asyncio.Event(), gate_at=at)
        api = chat_endpoint(simulator.base_url, catalogue=impatient_catalogue())
        assert type(await fault_of(api, sink)) is TookTooLong
        await api.close()
    assert len(simulator.requests) == 2


@pytest.mark.parametrize(
    "file",
    [
        Answer(body=b"<html>expired</html>", status=403),
        Answer(body=b"<html>not found</html>", status=404),
        Answer(body=b"<html>please log in</html>", headers={"Content-Type": "text/html"}),
        Answer(body=FOX[:900], headers={"Content-Type": "image/png"}),
    ],
    ids=["403", "404", "html", "half"],
)
async def test_a_picture_that_cannot_be_fetched_is_not_painted_again(
    simulator: GatewaySimulator, api: HttpEndpoint, sink: FolderSink, file: Answer
) -> None:
    """Shape 39."""
    simulator.answer = said(f"![fox]({simulator.put('fox.png', file)})")
    assert type(await fault_of(api, sink)) is LinkBroken
    assert len(simulator.requests) == 1


async def test_of_several_pictures_the_broken_one_is_left_out(
    simulator: GatewaySimulator, api: HttpEndpoint, sink: FolderSink
) -> None:
    gone = f"![fox]({simulator.base_url}/files/gone.png)"
    simulator.answer = said(f"First. {gone} Second. ", *markdown(b"no picture" * 9), " Third. ", *markdown(FOX))
    (made,) = await paint(api, sink)
    assert (sink.content(made.picture), made.words) == (FOX, Quoted("Third."))


@pytest.mark.parametrize("model", ["gpt-4o-image", PRO])
async def test_googles_limit_of_a_file_holds_for_googles_models_alone(
    simulator: GatewaySimulator, api: HttpEndpoint, sink: FolderSink, model: str
) -> None:
    large = io.BytesIO()
    Image.effect_noise((3000, 2500), 100).save(large, "PNG", compress_level=0)
    assert large.tell() > 7_000_000
    await paint(api, sink, order(source(large.getvalue()), model=model))
    (_, part) = simulator.requests[0].body["messages"][0]["content"]
    sent = base64.b64decode(part["image_url"]["url"].partition(",")[2])
    assert (sent == large.getvalue()) is (model != PRO)
    assert (len(sent) <= 7_000_000) is (model == PRO)
