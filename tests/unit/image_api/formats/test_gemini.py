"""The Gemini endpoint over real HTTP: what is asked, and the pictures that come of every answer."""

import base64

import pytest
from google.genai import types as google

from bot.domain.catalogue.picture_settings import PictureSettings, Ratio
from bot.domain.chat import Quoted
from bot.domain.requests.requests import PictureWish
from bot.image_api.endpoint import HttpEndpoint
from bot.ports import ImageRequest
from tests.simulators.image_api.gateway import KEY, GatewaySimulator
from tests.simulators.image_api.gemini_shapes import PICTURE_SHAPES, one_picture
from tests.unit.image_api.orders import FLASH, FOX, OTHER, PRO, NotedJournal, endpoint, order, paint, source
from tests.unit.image_api.streaming.folder_sink import FolderSink

# What is asked

NEWEST = "gemini-nano-banana-2.1"


async def test_the_request_as_google_documents_it(
    simulator: GatewaySimulator, api: HttpEndpoint, sink: FolderSink
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
    simulator: GatewaySimulator, api: HttpEndpoint, sink: FolderSink
) -> None:
    await paint(api, sink, order(model=FLASH, ratio=Ratio(3, 4)))
    await paint(api, sink, order(model=FLASH))
    configs = [request.body["generationConfig"] for request in simulator.requests]
    assert [config.get("imageConfig") for config in configs] == [{"aspectRatio": "3:4"}, None]


@pytest.mark.parametrize(("level", "sent"), [("low", "MINIMAL"), ("medium", "MEDIUM"), ("high", "HIGH")])
async def test_how_long_to_think_is_sent_in_googles_own_words(
    simulator: GatewaySimulator, api: HttpEndpoint, sink: FolderSink, level: str, sent: str
) -> None:
    wish = PictureWish(prompt="a fox", model=NEWEST, settings=PictureSettings(size="2K", thinking=level))
    await paint(api, sink, ImageRequest(wish=wish, sources=()))
    (request,) = simulator.requests
    assert request.body["generationConfig"] == {
        "responseModalities": ["TEXT", "IMAGE"],
        "imageConfig": {"imageSize": "2K"},
        "thinkingConfig": {"thinkingLevel": sent},
    }
    google.ThinkingConfig.model_validate(request.body["generationConfig"]["thinkingConfig"])
    assert sent in {each.value for each in google.ThinkingLevel}


async def test_the_key_in_googles_own_header(simulator: GatewaySimulator, sink: FolderSink) -> None:
    api = endpoint(simulator.base_url + "/", auth="x-goog-api-key")
    await paint(api, sink)
    await api.close()
    assert simulator.requests[0].headers["x-goog-api-key"] == KEY
    assert "authorization" not in simulator.requests[0].headers


async def test_sources_go_along_in_their_order(
    simulator: GatewaySimulator, api: HttpEndpoint, sink: FolderSink
) -> None:
    await paint(api, sink, order(source(FOX), source(OTHER, mime="image/jpeg")))
    _, first, second = simulator.requests[0].parts
    assert (first["inlineData"]["mimeType"], second["inlineData"]["mimeType"]) == ("image/png", "image/jpeg")
    assert base64.b64decode(first["inlineData"]["data"]) == FOX
    assert base64.b64decode(second["inlineData"]["data"]) == OTHER


async def test_what_leaving_raises_passes_through_and_nothing_is_sent(
    simulator: GatewaySimulator, api: HttpEndpoint, sink: FolderSink
) -> None:
    async def refuse() -> None:
        raise TimeoutError("the mark could not be set")

    with pytest.raises(TimeoutError, match="the mark could not be set"):
        await paint(api, sink, journal=NotedJournal(refuse))
    await paint(api, sink)
    assert len(simulator.requests) == 1


async def test_the_request_leaves_after_the_mark(
    simulator: GatewaySimulator, api: HttpEndpoint, sink: FolderSink
) -> None:
    sent_at_mark: list[int] = []

    async def mark() -> None:
        sent_at_mark.append(len(simulator.requests))

    await paint(api, sink, journal=NotedJournal(mark))
    assert (sent_at_mark, len(simulator.requests)) == ([0], 1)


# What comes of it

WORDS: dict[str, list[tuple[bytes, str | None]]] = {
    "2": [(FOX, "Here is your fox.")],
    "3": [(FOX, "Here is your fox.")],
    "8": [(FOX, "First."), (OTHER, "Second.")],
    "10-cut-by-events": [(FOX, "Here is your fox.")],
    "47-words-by-events": [(FOX, "Here is your fox.")],
    "8-words-after": [(FOX, "First."), (OTHER, "Second.")],
}


@pytest.mark.parametrize("shape", PICTURE_SHAPES)
@pytest.mark.parametrize("chunk_bytes", [65_536, 11])
async def test_the_results_of_an_answer(
    simulator: GatewaySimulator, api: HttpEndpoint, sink: FolderSink, shape: str, chunk_bytes: int
) -> None:
    answer = PICTURE_SHAPES[shape](FOX, OTHER)
    simulator.answer = type(answer)(body=answer.body, is_judged=answer.is_judged, chunk_bytes=chunk_bytes)
    made = await paint(api, sink)
    assert [(sink.content(one.picture), one.words) for one in made] == [
        (data, Quoted(words) if words else None) for data, words in WORDS.get(shape, [(FOX, None)])
    ]
    assert len(sink.names) == len(made)
    assert made[0].picture.mime == "image/png"


async def test_a_gzipped_answer(simulator: GatewaySimulator, api: HttpEndpoint, sink: FolderSink) -> None:
    simulator.answer = one_picture(FOX, is_gzipped=True)
    (made,) = await paint(api, sink)
    assert sink.content(made.picture) == FOX


async def test_of_several_pictures_the_broken_one_is_left_out(
    simulator: GatewaySimulator, api: HttpEndpoint, sink: FolderSink
) -> None:
    simulator.answer = PICTURE_SHAPES["8"](b"no picture", FOX)
    (made,) = await paint(api, sink)
    assert (sink.content(made.picture), made.words) == (FOX, Quoted("Second."))
