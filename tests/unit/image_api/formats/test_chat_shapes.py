"""Every shape of answer in OpenAI's format, over HTTP: the pictures and words that come of it, or the one fault."""

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
import structlog

from bot.domain.chat import Quoted
from bot.domain.fault_meaning import Bill, Retry
from bot.domain.image_faults import (
    AnsweredInWords,
    BlockedBySafety,
    ConnectionLost,
    CutOff,
    EndpointBusy,
    EndpointRateLimited,
    ImageFault,
    NoPictureMade,
    PromptRefused,
    UnreadableAnswer,
    meaning_of,
)
from bot.image_api.endpoint import HttpEndpoint
from tests.simulators.image_api.answers import Answer, Base64Of
from tests.simulators.image_api.chat_answers import completion
from tests.simulators.image_api.chat_empty_shapes import EMPTY_SHAPES, TOO_CLOSE
from tests.simulators.image_api.chat_link_shapes import LINK_SHAPES
from tests.simulators.image_api.chat_shapes import PICTURE_SHAPES, UNKNOWN_PLACES
from tests.simulators.image_api.gateway import GatewaySimulator
from tests.simulators.image_api.gemini_shapes import REFUSALS
from tests.unit.image_api.formats.chat_endpoint import chat_endpoint
from tests.unit.image_api.formats.test_gemini_faults import REFUSED, fault_of
from tests.unit.image_api.orders import FOX, OTHER, NotedJournal, order, paint, source
from tests.unit.image_api.streaming.folder_sink import FolderSink

CAPTION = "Here is your fox."


@pytest.fixture
async def api(simulator: GatewaySimulator) -> AsyncIterator[HttpEndpoint]:
    api = chat_endpoint(simulator.base_url)
    yield api
    await api.close()


FIRST_AND_SECOND: list[tuple[bytes, str | None]] = [(FOX, "First."), (OTHER, "Second.")]
RESULTS: dict[str, list[tuple[bytes, str | None]]] = {
    "37-words-before": [(FOX, CAPTION)],
    "37-words-after": [(FOX, CAPTION)],
    "37-two-results": FIRST_AND_SECOND,
    "37-two-words-after": FIRST_AND_SECOND,
    "37-bare-in-words": [(FOX, f"{CAPTION}\nEnjoy!")],
    "37-bare-before-words": [(FOX, CAPTION)],
    "37-html": [(FOX, CAPTION)],
    "40-words": [(FOX, CAPTION)],
    "41": [(FOX, CAPTION)],
    "41-picture-first": [(FOX, CAPTION)],
    "41-two-results": FIRST_AND_SECOND,
    "41-multi-mod-content": [(FOX, CAPTION)],
    "41-multi-mod-content-drafts": [(FOX, CAPTION)],
    "41-content-blocks": [(FOX, CAPTION)],
    "47-multi-mod-content": [(FOX, CAPTION)],
    "47-content-blocks": [(FOX, CAPTION)],
    "47-cut-23": [(FOX, CAPTION)],
    "47-cut-64": [(FOX, CAPTION)],
    "47-cut-1000": [(FOX, CAPTION)],
    "47-cut-bare-64": [(FOX, CAPTION)],
    "47-cut-bare-1000": [(FOX, CAPTION)],
    "47-cut-images-100": [(FOX, CAPTION)],
    "47-cut-images-1001": [(FOX, CAPTION)],
    "42-words": [(FOX, CAPTION)],
    "47-cut-words": [(FOX, CAPTION)],
    "47-images": [(FOX, CAPTION)],
}
"""What comes of an answer, where it is not the one picture without words."""


@pytest.mark.parametrize("shape", PICTURE_SHAPES)
@pytest.mark.parametrize("chunk_bytes", [65_536, 11])
async def test_the_results_of_an_answer(
    simulator: GatewaySimulator, api: HttpEndpoint, sink: FolderSink, shape: str, chunk_bytes: int
) -> None:
    simulator.answer = replace(PICTURE_SHAPES[shape](FOX, OTHER), chunk_bytes=chunk_bytes)
    made = await paint(api, sink)
    assert [(sink.content(one.picture), one.words) for one in made] == [
        (data, Quoted(words) if words else None) for data, words in RESULTS.get(shape, [(FOX, None)])
    ]
    assert len(sink.names) == len(made)


@pytest.mark.parametrize("shape", UNKNOWN_PLACES)
async def test_a_picture_in_an_unknown_place_is_taken_and_the_owner_told_where_it_was(
    simulator: GatewaySimulator, api: HttpEndpoint, sink: FolderSink, shape: str
) -> None:
    simulator.answer, place = UNKNOWN_PLACES[shape](FOX, OTHER)
    with structlog.testing.capture_logs() as logged:
        made = await paint(api, sink, order(source(OTHER, mime="image/jpeg")))
    assert [(sink.content(one.picture), one.words) for one in made] == [(FOX, None)]
    assert logged == [
        {"event": "picture-in-unknown-place", "log_level": "warning", "endpoint": "gateway", "place": place}
    ]
    assert len(sink.names) == 1


async def test_what_we_sent_is_no_picture_of_the_answer(
    simulator: GatewaySimulator, api: HttpEndpoint, sink: FolderSink
) -> None:
    simulator.answer = completion({"content": "I cannot.", "blob": Base64Of(picture=OTHER)})
    with pytest.raises(AnsweredInWords):
        await paint(api, sink, order(source(OTHER, mime="image/jpeg")))
    assert sink.names == []


LINK_WORDS: dict[str, str] = {
    "38-words": CAPTION,
    "38-picture-is-a-link": CAPTION,
    "38-bare": "Here is your fox:",
    "38-bare-in-chinese": "图片已生成：\n请尽快下载。",
    "38-reference": "See https://elsewhere.test/foxes and [this](https://elsewhere.test/a).",
    "41": CAPTION,
    "42": CAPTION,
}


@pytest.mark.parametrize("shape", LINK_SHAPES)
async def test_the_picture_that_an_answer_names_by_its_address(
    simulator: GatewaySimulator, api: HttpEndpoint, sink: FolderSink, shape: str
) -> None:
    for name in ("fox.png", "fox"):
        simulator.put(name, FOX)
    simulator.answer = LINK_SHAPES[shape](f"{simulator.base_url}/files/fox.png?Expires=1795000000&sig=aA1%2B")
    journal = NotedJournal()
    (made,) = await paint(api, sink, journal=journal)
    words = Quoted(LINK_WORDS[shape]) if shape in LINK_WORDS else None
    assert (sink.content(made.picture), made.words) == (FOX, words)
    (link,) = journal.found_links
    assert link.url.endswith("?Expires=1795000000&sig=aA1%2B")
    assert len(simulator.fetched) == 1


Outcome = tuple[type[ImageFault], str | None, Retry, bool]
"""The fault, the words in it, whether to ask again, whether it was probably billed."""

EMPTY: dict[str, Outcome] = {
    "37-broken": (UnreadableAnswer, None, Retry.ONCE, True),
    "37-empty": (UnreadableAnswer, None, Retry.ONCE, True),
    "37-not-base64": (UnreadableAnswer, None, Retry.ONCE, True),
    "37-base64-in-pieces": (UnreadableAnswer, None, Retry.ONCE, True),
    "38-failed": (NoPictureMade, None, Retry.ONCE, True),
    "38-failed-in-words": (NoPictureMade, TOO_CLOSE, Retry.ONCE, True),
    "38-failed-input": (PromptRefused, None, Retry.NEVER, False),
    "38-failed-output": (BlockedBySafety, None, Retry.NEVER, True),
    "38-failed-without-reason": (NoPictureMade, None, Retry.ONCE, True),
    "38-only-progress": (NoPictureMade, None, Retry.ONCE, True),
    "40-empty": (NoPictureMade, None, Retry.ONCE, True),
    "40-no-content": (NoPictureMade, None, Retry.ONCE, True),
    "40-nothing-in-it": (NoPictureMade, None, Retry.ONCE, True),
    "41-words": (AnsweredInWords, "I cannot.", Retry.NEVER, True),
    "43": (BlockedBySafety, None, Retry.NEVER, True),
    "43-words": (BlockedBySafety, "I cannot.", Retry.NEVER, True),
    "43-stop": (NoPictureMade, None, Retry.ONCE, True),
    "43-length": (CutOff, "Let me begin with", Retry.NEVER, True),
    "43-refusal": (PromptRefused, "I cannot.", Retry.NEVER, False),
    "43-unknown-reason": (NoPictureMade, None, Retry.ONCE, True),
    "43-no-reason": (NoPictureMade, None, Retry.ONCE, True),
    "44": (NoPictureMade, None, Retry.ONCE, True),
    "44-null": (NoPictureMade, None, Retry.ONCE, True),
    "44-usage-only": (NoPictureMade, None, Retry.ONCE, True),
    "45": (AnsweredInWords, "A fox is best imagined.", Retry.NEVER, True),
    "45-links": (
        AnsweredInWords,
        "See https://elsewhere.test/foxes and [this](https://elsewhere.test/a.html).",
        Retry.NEVER,
        True,
    ),
    "46-empty": (NoPictureMade, None, Retry.ONCE, True),
    "46-no-picture": (UnreadableAnswer, None, Retry.ONCE, True),
    "47-empty": (NoPictureMade, None, Retry.ONCE, True),
    "47-usage-only": (NoPictureMade, None, Retry.ONCE, True),
    "47-words": (AnsweredInWords, "A fox is best imagined.", Retry.NEVER, True),
    "48": (EndpointBusy, None, Retry.BACKOFF, False),
    "48-blocked": (PromptRefused, None, Retry.NEVER, False),
    "48-event-name": (EndpointRateLimited, None, Retry.BACKOFF, False),
    "48-reason": (ConnectionLost, "A fox", Retry.ONCE, True),
    "48-reason-and-error": (EndpointRateLimited, None, Retry.BACKOFF, False),
}


@pytest.mark.parametrize("shape", EMPTY_SHAPES)
async def test_the_fault_of_an_answer_without_a_picture(
    simulator: GatewaySimulator, api: HttpEndpoint, sink: FolderSink, shape: str
) -> None:
    simulator.answer = EMPTY_SHAPES[shape](OTHER)
    fault = await fault_of(api, sink)
    kind, words, retry, is_probably_billed = EMPTY[shape]
    assert (type(fault), fault.words) == (kind, Quoted(words) if words else None)
    assert (meaning_of(fault).retry, meaning_of(fault).bill is Bill.PROBABLE) == (retry, is_probably_billed)


def test_every_shape_has_its_outcome() -> None:
    assert EMPTY.keys() == EMPTY_SHAPES.keys()
    assert RESULTS.keys() <= PICTURE_SHAPES.keys()
    assert LINK_WORDS.keys() <= LINK_SHAPES.keys()
    shapes = {shape.partition("-")[0] for shape in (*PICTURE_SHAPES, *LINK_SHAPES, *EMPTY_SHAPES)}
    assert shapes == {str(number) for number in range(37, 49)} - {"39"}


@pytest.mark.parametrize("shape", REFUSALS)
async def test_a_refusal_means_the_same_as_in_googles_format(
    simulator: GatewaySimulator, api: HttpEndpoint, sink: FolderSink, shape: str
) -> None:
    simulator.answer = REFUSALS[shape]
    fault = await fault_of(api, sink)
    assert (type(fault), fault.retry_after_seconds) == REFUSED[shape]


@pytest.mark.parametrize("body", [b"<html>welcome</html>", b'"fox"', b"[]", b'{"ok":true}', b"null", b"[[1]]"])
async def test_an_answer_of_another_kind(
    simulator: GatewaySimulator, api: HttpEndpoint, sink: FolderSink, body: bytes
) -> None:
    simulator.answer = Answer(body=body, is_judged=False)
    assert type(await fault_of(api, sink)) is UnreadableAnswer
