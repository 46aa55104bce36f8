"""The Gemini endpoint over real HTTP: what is asked, and the pictures or the one fault that come of every answer."""

import asyncio
import base64
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.domain.chat import Quoted
from bot.domain.errors import (
    BlockedBySafety,
    ConnectionLost,
    CutOff,
    EndpointBusy,
    EndpointUnreachable,
    FundsUsedUp,
    ImageFault,
    KeyRejected,
    ModelUnavailable,
    NoPictureMade,
    PromptRefused,
    ReferencesTooLarge,
    SettingRejected,
    TookTooLong,
    UnreadableAnswer,
)
from bot.domain.models import Ratio
from bot.domain.requests import MadePicture
from bot.image_api.gemini import GeminiEndpoint
from bot.ports import PaintOrder
from tests.simulators.gemini_endpoint import KEY, GeminiEndpointSimulator
from tests.simulators.gemini_shapes import (
    EMPTY_SHAPES,
    NOT_CHARGED,
    PICTURE_SHAPES,
    REFUSALS,
    VIOLATES,
    one_picture,
)
from tests.unit.image_api.folder_sink import FolderSink
from tests.unit.image_api.orders import FLASH, PRO, Departures, drawn, endpoint, impatient_catalogue, order, source

FOX = drawn()
OTHER = drawn(40, 40, kind="JPEG")
LARGE = drawn(300, 200)  # some 240,000 bytes of answer, so that its file is begun before it is whole


@pytest.fixture
async def simulator() -> AsyncIterator[GeminiEndpointSimulator]:
    async with GeminiEndpointSimulator(picture=FOX) as simulator:
        yield simulator


@pytest.fixture
async def api(simulator: GeminiEndpointSimulator) -> AsyncIterator[GeminiEndpoint]:
    api = endpoint(simulator.base_url)
    yield api
    await api.close()


@pytest.fixture
def sink(tmp_path: Path) -> FolderSink:
    folder = tmp_path / "sink"
    folder.mkdir()
    return FolderSink(folder)


async def paint(api: GeminiEndpoint, sink: FolderSink, wanted: PaintOrder | None = None) -> tuple[MadePicture, ...]:
    return await api.paint(wanted or order(), sink, leaving=Departures())


async def fault_of(api: GeminiEndpoint, sink: FolderSink) -> ImageFault:
    """The fault that painting ends in; it must leave nothing behind and give no secret away."""
    with pytest.raises(ImageFault) as caught:
        await paint(api, sink)
    assert sink.names == []
    fault = caught.value
    for secret in (KEY, "25359", "50264897", "154753475", "10.0.3.7"):
        assert secret not in fault.owner_text
    return fault


# What is asked


async def test_the_request_as_google_documents_it(
    simulator: GeminiEndpointSimulator, api: GeminiEndpoint, sink: FolderSink
) -> None:
    await paint(api, sink, order(prompt='a red fox\n"in snow" 狐狸', ratio=Ratio(16, 9), size="4K"))
    (request,) = simulator.requests
    assert request.path == f"/v1beta/models/{PRO}:generateContent"
    assert request.headers["authorization"] == f"Bearer {KEY}"
    assert "x-goog-api-key" not in request.headers
    assert request.body == {
        "contents": [{"role": "user", "parts": [{"text": 'a red fox\n"in snow" 狐狸'}]}],
        "generationConfig": {
            "responseModalities": ["TEXT", "IMAGE"],
            "imageConfig": {"aspectRatio": "16:9", "imageSize": "4K"},
        },
    }


async def test_what_was_not_wished_for_is_left_out(
    simulator: GeminiEndpointSimulator, api: GeminiEndpoint, sink: FolderSink
) -> None:
    await paint(api, sink, order(model=FLASH, ratio=Ratio(3, 4)))
    await paint(api, sink, order(model=FLASH))
    configs = [request.body["generationConfig"] for request in simulator.requests]
    assert [config.get("imageConfig") for config in configs] == [{"aspectRatio": "3:4"}, None]


async def test_the_key_in_googles_own_header(simulator: GeminiEndpointSimulator, sink: FolderSink) -> None:
    api = endpoint(simulator.base_url + "/", auth="x-goog-api-key")
    await paint(api, sink)
    await api.close()
    assert simulator.requests[0].headers["x-goog-api-key"] == KEY
    assert "authorization" not in simulator.requests[0].headers


async def test_sources_go_along_in_their_order(
    simulator: GeminiEndpointSimulator, api: GeminiEndpoint, sink: FolderSink
) -> None:
    await paint(api, sink, order(source(FOX), source(OTHER, mime="image/jpeg", pieces_of=7)))
    _, first, second = simulator.requests[0].parts
    assert (first["inlineData"]["mimeType"], second["inlineData"]["mimeType"]) == ("image/png", "image/jpeg")
    assert base64.b64decode(first["inlineData"]["data"]) == FOX
    assert base64.b64decode(second["inlineData"]["data"]) == OTHER


async def test_what_leaving_raises_passes_through_and_nothing_is_sent(
    simulator: GeminiEndpointSimulator, api: GeminiEndpoint, sink: FolderSink
) -> None:
    async def refuse() -> None:
        raise TimeoutError("the mark could not be set")

    with pytest.raises(TimeoutError, match="the mark could not be set"):
        await api.paint(order(), sink, leaving=refuse)
    await paint(api, sink)
    assert len(simulator.requests) == 1


async def test_the_request_leaves_after_the_mark(
    simulator: GeminiEndpointSimulator, api: GeminiEndpoint, sink: FolderSink
) -> None:
    sent_at_mark: list[int] = []

    async def mark() -> None:
        sent_at_mark.append(len(simulator.requests))

    await api.paint(order(), sink, leaving=mark)
    assert (sent_at_mark, len(simulator.requests)) == ([0], 1)


# Answers with a picture

WORDS: dict[str, list[tuple[bytes, str | None]]] = {
    "2": [(FOX, "Here is your fox.")],
    "3": [(FOX, "Here is your fox.")],
    "8": [(FOX, "First."), (OTHER, "Second.")],
    "8-words-after": [(FOX, "First."), (OTHER, "Second.")],
}


@pytest.mark.parametrize("shape", PICTURE_SHAPES)
@pytest.mark.parametrize("chunk_bytes", [65_536, 11])
async def test_the_results_of_an_answer(
    simulator: GeminiEndpointSimulator, api: GeminiEndpoint, sink: FolderSink, shape: str, chunk_bytes: int
) -> None:
    answer = PICTURE_SHAPES[shape](FOX, OTHER)
    simulator.answer = type(answer)(body=answer.body, is_judged=answer.is_judged, chunk_bytes=chunk_bytes)
    made = await paint(api, sink)
    assert [(sink.content(one.picture), one.words) for one in made] == [
        (data, Quoted(words) if words else None) for data, words in WORDS.get(shape, [(FOX, None)])
    ]
    assert len(sink.names) == len(made)
    assert made[0].picture.mime == "image/png"


async def test_a_gzipped_answer(simulator: GeminiEndpointSimulator, api: GeminiEndpoint, sink: FolderSink) -> None:
    simulator.answer = one_picture(FOX, is_gzipped=True)
    (made,) = await paint(api, sink)
    assert sink.content(made.picture) == FOX


async def test_of_several_pictures_the_broken_one_is_left_out(
    simulator: GeminiEndpointSimulator, api: GeminiEndpoint, sink: FolderSink
) -> None:
    simulator.answer = PICTURE_SHAPES["8"](b"no picture", FOX)
    (made,) = await paint(api, sink)
    assert (sink.content(made.picture), made.words) == (FOX, Quoted("Second."))


# Answers without one

EMPTY: dict[str, tuple[type[ImageFault], str | None]] = {
    "6": (NoPictureMade, None),
    "13-empty": (UnreadableAnswer, None),
    "13-no-picture": (UnreadableAnswer, None),
    "13-not-base64": (UnreadableAnswer, None),
    "14": (NoPictureMade, "A fox is best imagined."),
    "15-no-parts": (NoPictureMade, None),
    "15-no-content": (NoPictureMade, None),
    "16": (BlockedBySafety, None),
    "17": (PromptRefused, VIOLATES),
    "17-prompt": (PromptRefused, None),
    "18": (NoPictureMade, None),
    "19": (NoPictureMade, NOT_CHARGED),
    "20": (PromptRefused, None),
    "21": (CutOff, "Let me begin with"),
    "22-signature": (NoPictureMade, None),
    "23": (PromptRefused, None),
    "24-null": (NoPictureMade, None),
    "24-none": (NoPictureMade, None),
}


@pytest.mark.parametrize("shape", EMPTY_SHAPES)
async def test_the_fault_of_an_answer_without_a_picture(
    simulator: GeminiEndpointSimulator, api: GeminiEndpoint, sink: FolderSink, shape: str
) -> None:
    simulator.answer = EMPTY_SHAPES[shape](OTHER)
    fault = await fault_of(api, sink)
    kind, words = EMPTY[shape]
    assert (type(fault), fault.words) == (kind, Quoted(words) if words else None)


REFUSED: dict[str, tuple[type[ImageFault], float | None]] = {
    "25": (SettingRejected, None),
    "26-ratio": (SettingRejected, None),
    "26-number": (SettingRejected, None),
    "26-picture": (SettingRejected, None),
    "27-google": (KeyRejected, None),
    "27-gateway": (KeyRejected, None),
    "28": (EndpointBusy, 14.65),
    "28-header": (EndpointBusy, 30.0),
    "29": (FundsUsedUp, 14.65),
    "30-overloaded": (EndpointBusy, None),
    "30-capacity": (EndpointBusy, None),
    "30-500": (EndpointBusy, None),
    "31-retired": (ModelUnavailable, None),
    "31-gateway": (ModelUnavailable, None),
    "32": (FundsUsedUp, None),
    "32-remapped": (FundsUsedUp, None),
    "32-payment": (FundsUsedUp, None),
    "33-saturated": (EndpointBusy, None),
    "33-too-many": (EndpointBusy, 120.0),
    "34": (ReferencesTooLarge, None),
    "35-blocked": (PromptRefused, None),
    "35-empty": (NoPictureMade, None),
    "35-words": (PromptRefused, None),
    "36-empty-message": (EndpointBusy, None),
    "36-upstream-401": (KeyRejected, None),
    "36-null-code": (EndpointBusy, None),
    "36-string": (EndpointBusy, None),
    "36-list": (EndpointBusy, None),
    "36-ok-status": (FundsUsedUp, None),
    "36-html": (EndpointBusy, None),
    "36-plain": (EndpointBusy, None),
    "36-html-403": (KeyRejected, None),
    "36-redirect": (UnreadableAnswer, None),
    "49-gateway": (ConnectionLost, None),
    "50-proxy": (TookTooLong, None),
}


@pytest.mark.parametrize("shape", REFUSALS)
async def test_the_fault_of_a_refusal(
    simulator: GeminiEndpointSimulator, api: GeminiEndpoint, sink: FolderSink, shape: str
) -> None:
    simulator.answer = REFUSALS[shape]
    fault = await fault_of(api, sink)
    assert (type(fault), fault.retry_after_seconds) == REFUSED[shape]


def test_every_shape_has_its_outcome() -> None:
    assert EMPTY.keys() == EMPTY_SHAPES.keys()
    assert REFUSED.keys() == REFUSALS.keys()


@pytest.mark.parametrize("body", [b"<html>welcome</html>", b'"fox"', b"[]", b'{"ok":true}', b"null", b"[[1]]"])
async def test_an_answer_of_another_kind(
    simulator: GeminiEndpointSimulator, api: GeminiEndpoint, sink: FolderSink, body: bytes
) -> None:
    simulator.answer = type(simulator.answer)(body=body, is_judged=False)
    assert type(await fault_of(api, sink)) is UnreadableAnswer


# The way there and back


async def test_a_wrong_key(simulator: GeminiEndpointSimulator, sink: FolderSink) -> None:
    api = endpoint(simulator.base_url, key="sk-wrong-9876543210")
    fault = await fault_of(api, sink)
    await api.close()
    assert type(fault) is KeyRejected
    assert simulator.requests == []
    assert_hidden(fault, "sk-wrong-9876543210")


@pytest.mark.parametrize("key", ["sk-with\nbreak", "sk-ключ", "sk-with\x00nul"])
async def test_a_key_that_no_header_holds_is_not_quoted(sink: FolderSink, key: str) -> None:
    api = endpoint("http://127.0.0.1:9", key=key)
    fault = await fault_of(api, sink)
    await api.close()
    assert type(fault) is KeyRejected
    assert_hidden(fault, key)


def assert_hidden(fault: BaseException, secret: str) -> None:
    """Neither the fault nor anything it was raised from shows the secret."""
    for error in (fault, fault.__cause__, fault.__context__):
        assert secret not in f"{error} {error!r} {error.args if error else ()}"


async def test_a_dead_server_is_told_before_anything_leaves(
    simulator: GeminiEndpointSimulator, api: GeminiEndpoint, sink: FolderSink, unused_tcp_port: int
) -> None:
    leaving = Departures()
    api = endpoint(f"http://127.0.0.1:{unused_tcp_port}")
    with pytest.raises(EndpointUnreachable) as caught:
        await api.paint(order(), sink, leaving=leaving)
    await api.close()
    assert leaving.count == 0
    assert_hidden(caught.value, KEY)


@pytest.mark.parametrize("at", [0, 40, 150, 3000, 200_000])
@pytest.mark.parametrize("chunk_bytes", [65_536, 999])
async def test_an_answer_that_breaks_off(
    simulator: GeminiEndpointSimulator, api: GeminiEndpoint, sink: FolderSink, at: int, chunk_bytes: int
) -> None:
    for how in ("cut_at", "ends_at"):
        simulator.answer = one_picture(LARGE, chunk_bytes=chunk_bytes, **{how: at})
        fault = await fault_of(api, sink)
        assert type(fault) is ConnectionLost, how
        assert_hidden(fault, KEY)


async def test_no_answer_in_time(simulator: GeminiEndpointSimulator, sink: FolderSink) -> None:
    for at in (None, 200_000):
        simulator.answer = one_picture(LARGE, gate=asyncio.Event(), gate_at=at)
        api = endpoint(simulator.base_url, catalogue=impatient_catalogue())
        assert type(await fault_of(api, sink)) is TookTooLong
        await api.close()
    assert len(simulator.requests) == 2


async def test_out_of_time_before_the_request_has_left(simulator: GeminiEndpointSimulator, sink: FolderSink) -> None:
    async def never() -> None:
        await asyncio.Event().wait()

    api = endpoint(simulator.base_url, catalogue=impatient_catalogue())
    with pytest.raises(EndpointUnreachable):
        await api.paint(order(), sink, leaving=never)
    await api.close()
    assert simulator.requests == []


async def test_cancelled_while_it_waits(
    simulator: GeminiEndpointSimulator, api: GeminiEndpoint, sink: FolderSink
) -> None:
    simulator.answer = one_picture(FOX, gate=asyncio.Event())
    painting = asyncio.create_task(paint(api, sink))
    await simulator.wait_for_requests(1)
    painting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await painting
    assert sink.names == []


async def test_cancelled_while_the_picture_arrives(
    simulator: GeminiEndpointSimulator, api: GeminiEndpoint, sink: FolderSink
) -> None:
    simulator.answer = one_picture(LARGE, gate=asyncio.Event(), gate_at=200_000)
    painting = asyncio.create_task(paint(api, sink))
    await sink.bytes_came.wait()
    assert len(sink.names) == 1
    painting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await painting
    assert sink.names == []


async def test_a_model_that_the_catalogue_has_not(api: GeminiEndpoint, sink: FolderSink) -> None:
    with pytest.raises(ModelUnavailable):
        await paint(api, sink, order(model="gemini-1-image"))
