"""Whatever goes wrong on the way ends in one fault, leaves no file, and gives no secret away."""

import asyncio
import logging
import traceback
from pathlib import Path

import pytest

from bot.domain.chat import Quoted
from bot.domain.image_faults import (
    AnsweredInWords,
    BlockedBySafety,
    ConnectionLost,
    CutOff,
    EndpointBusy,
    EndpointMoved,
    EndpointRateLimited,
    EndpointUnreachable,
    FundsUsedUp,
    HistoryRejected,
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
from bot.image_api.endpoint import HttpEndpoint
from tests.simulators.image_api.answers import Answer
from tests.simulators.image_api.gateway import KEY, GatewaySimulator
from tests.simulators.image_api.gemini_shapes import EMPTY_SHAPES, NOT_CHARGED, REFUSALS, VIOLATES, one_picture
from tests.unit.image_api.orders import (
    FOX,
    LARGE,
    OTHER,
    NotedJournal,
    endpoint,
    impatient_catalogue,
    order,
    paint,
)
from tests.unit.image_api.streaming.folder_sink import FolderSink


async def fault_of(api: HttpEndpoint, sink: FolderSink) -> ImageFault:
    """Return the fault that painting ends in. It must leave nothing behind and give no secret away."""
    with pytest.raises(ImageFault) as caught:
        await paint(api, sink)
    assert sink.names == []
    fault = caught.value
    for secret in (KEY, "25359", "50264897", "154753475", "10.0.3.7"):
        assert secret not in fault.owner_text
    return fault


# Answers without one

EMPTY: dict[str, tuple[type[ImageFault], str | None]] = {
    "6": (NoPictureMade, None),
    "13-empty": (UnreadableAnswer, None),
    "13-no-picture": (UnreadableAnswer, None),
    "13-not-base64": (UnreadableAnswer, None),
    "14": (AnsweredInWords, "A fox is best imagined."),
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
    simulator: GatewaySimulator, api: HttpEndpoint, sink: FolderSink, shape: str
) -> None:
    simulator.answer = EMPTY_SHAPES[shape](OTHER)
    fault = await fault_of(api, sink)
    kind, words = EMPTY[shape]
    assert (type(fault), fault.words) == (kind, Quoted(words) if words else None)


REFUSED: dict[str, tuple[type[ImageFault], float | None]] = {
    "25": (HistoryRejected, None),
    "26-ratio": (SettingRejected, None),
    "26-number": (SettingRejected, None),
    "26-picture": (SettingRejected, None),
    "27-google": (KeyRejected, None),
    "27-gateway": (KeyRejected, None),
    "28": (EndpointRateLimited, 14.65),
    "28-header": (EndpointRateLimited, 30.0),
    "29": (FundsUsedUp, 14.65),
    "30-overloaded": (EndpointRateLimited, None),
    "30-capacity": (EndpointRateLimited, None),
    "30-500": (EndpointBusy, None),
    "31-retired": (ModelUnavailable, None),
    "31-gateway": (ModelUnavailable, None),
    "32": (FundsUsedUp, None),
    "32-remapped": (FundsUsedUp, None),
    "32-payment": (FundsUsedUp, None),
    "33-saturated": (EndpointRateLimited, None),
    "33-too-many": (EndpointRateLimited, 120.0),
    "34": (ReferencesTooLarge, None),
    "35-blocked": (PromptRefused, None),
    "35-empty": (NoPictureMade, None),
    "35-words": (PromptRefused, None),
    "36-empty-message": (EndpointBusy, None),
    "36-upstream-401": (KeyRejected, None),
    "36-null-code": (EndpointBusy, None),
    "36-string": (EndpointRateLimited, None),
    "36-list": (EndpointRateLimited, None),
    "36-ok-status": (FundsUsedUp, None),
    "36-html": (EndpointBusy, None),
    "36-plain": (EndpointBusy, None),
    "36-html-403": (KeyRejected, None),
    "36-redirect": (EndpointMoved, None),
    "49-gateway": (ConnectionLost, None),
    "50-proxy": (TookTooLong, None),
}


@pytest.mark.parametrize("shape", REFUSALS)
async def test_the_fault_of_a_refusal(
    simulator: GatewaySimulator, api: HttpEndpoint, sink: FolderSink, shape: str
) -> None:
    simulator.answer = REFUSALS[shape]
    fault = await fault_of(api, sink)
    assert (type(fault), fault.retry_after_seconds) == REFUSED[shape]


def test_every_shape_has_its_outcome() -> None:
    assert EMPTY.keys() == EMPTY_SHAPES.keys()
    assert REFUSED.keys() == REFUSALS.keys()


@pytest.mark.parametrize("body", [b"<html>welcome</html>", b'"fox"', b"[]", b'{"ok":true}', b"null", b"[[1]]"])
async def test_an_answer_of_another_kind(
    simulator: GatewaySimulator, api: HttpEndpoint, sink: FolderSink, body: bytes
) -> None:
    simulator.answer = Answer(body=body, is_judged=False)
    assert type(await fault_of(api, sink)) is UnreadableAnswer


async def test_a_picture_that_the_sink_does_not_take(api: HttpEndpoint, tmp_path: Path) -> None:
    fault = await fault_of(api, FolderSink(tmp_path, most_bytes=1000))
    assert type(fault) is UnreadableAnswer


# The way there and back


async def test_a_wrong_key(simulator: GatewaySimulator, sink: FolderSink) -> None:
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


async def test_nothing_that_is_logged_holds_the_key(
    simulator: GatewaySimulator, api: HttpEndpoint, sink: FolderSink, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    for shape in ("27-gateway", "30-500", "36-html"):
        simulator.answer = REFUSALS[shape]
        assert KEY not in "".join(traceback.format_exception(await fault_of(api, sink)))
    for broken in (one_picture(LARGE, cut_at=0), one_picture(LARGE, cut_at=200_000), one_picture(b"no picture")):
        simulator.answer = broken
        assert KEY not in "".join(traceback.format_exception(await fault_of(api, sink)))
    assert "generateContent" in caplog.text
    assert KEY not in caplog.text


def assert_hidden(fault: BaseException, secret: str) -> None:
    """Check that neither the fault nor anything it was raised from shows the secret."""
    for error in (fault, fault.__cause__, fault.__context__):
        assert secret not in f"{error} {error!r} {error.args if error else ()}"


async def test_a_dead_server_is_told_before_anything_leaves(
    simulator: GatewaySimulator, api: HttpEndpoint, sink: FolderSink, unused_tcp_port: int
) -> None:
    journal = NotedJournal()
    api = endpoint(f"http://127.0.0.1:{unused_tcp_port}")
    with pytest.raises(EndpointUnreachable) as caught:
        await api.paint(order(), sink, journal)
    await api.close()
    assert journal.left == []
    assert_hidden(caught.value, KEY)


@pytest.mark.parametrize("at", [0, 40, 150, 3000, 200_000])
@pytest.mark.parametrize("chunk_bytes", [65_536, 999])
async def test_an_answer_that_breaks_off(
    simulator: GatewaySimulator, api: HttpEndpoint, sink: FolderSink, at: int, chunk_bytes: int
) -> None:
    for how in ("cut_at", "ends_at"):
        simulator.answer = one_picture(LARGE, chunk_bytes=chunk_bytes, **{how: at})
        fault = await fault_of(api, sink)
        assert type(fault) is ConnectionLost, how
        assert_hidden(fault, KEY)


async def test_no_answer_in_time(simulator: GatewaySimulator, sink: FolderSink) -> None:
    for at in (None, 200_000):
        simulator.answer = one_picture(LARGE, gate=asyncio.Event(), gate_at=at)
        api = endpoint(simulator.base_url, catalogue=impatient_catalogue())
        assert type(await fault_of(api, sink)) is TookTooLong
        await api.close()
    assert len(simulator.requests) == 2


async def test_out_of_time_before_the_request_has_left(simulator: GatewaySimulator, sink: FolderSink) -> None:
    async def never() -> None:
        await asyncio.Event().wait()

    api = endpoint(simulator.base_url, catalogue=impatient_catalogue())
    with pytest.raises(EndpointUnreachable):
        await api.paint(order(), sink, NotedJournal(never))
    await api.close()
    assert simulator.requests == []


async def test_cancelled_while_it_waits(simulator: GatewaySimulator, api: HttpEndpoint, sink: FolderSink) -> None:
    simulator.answer = one_picture(FOX, gate=asyncio.Event())
    painting = asyncio.create_task(paint(api, sink))
    await simulator.wait_for_requests(1)
    painting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await painting
    assert sink.names == []


async def test_cancelled_while_the_picture_arrives(
    simulator: GatewaySimulator, api: HttpEndpoint, sink: FolderSink
) -> None:
    simulator.answer = one_picture(LARGE, gate=asyncio.Event(), gate_at=200_000)
    painting = asyncio.create_task(paint(api, sink))
    await sink.bytes_came.wait()
    assert len(sink.names) == 1
    painting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await painting
    assert sink.names == []


async def test_a_model_that_the_catalogue_has_not(api: HttpEndpoint, sink: FolderSink) -> None:
    with pytest.raises(ModelUnavailable):
        await paint(api, sink, order(model="gemini-1-image"))
