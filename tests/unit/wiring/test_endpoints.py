"""From a configuration to painted pictures: every setting of an endpoint reaches what it is for."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest

from bot.config import load
from bot.domain.catalogue.picture_settings import PictureSettings, Ratio
from bot.domain.image_faults import LinkBroken, NoPictureMade
from bot.domain.requests.requests import PictureWish
from bot.pictures.workshop import Workshop
from bot.ports import ImageApi, ImageRequest, SourcePicture
from bot.wiring.endpoints import build_image_api
from tests.fakes.pictures import MemoryPictures
from tests.simulators.image_api.answers import Answer
from tests.simulators.image_api.gateway import KEY, GatewaySimulator
from tests.simulators.image_api.gemini_shapes import EMPTY_SHAPES, REFUSALS, answer
from tests.unit.image_api.orders import FLASH, FOX, LARGE, OTHER, PRO, NotedJournal

WIDE = Ratio(16, 9)
Build = Callable[..., ImageApi]


@pytest.fixture
def sink() -> MemoryPictures:
    return MemoryPictures()


@pytest.fixture
async def simulator() -> AsyncIterator[GatewaySimulator]:
    async with GatewaySimulator(picture=FOX) as simulator:
        yield simulator


@pytest.fixture
async def build(simulator: GatewaySimulator, tmp_path: Path) -> AsyncIterator[Build]:
    """Build what a configuration with these endpoints names; it is closed at the end."""
    (tmp_path / "key").write_text(KEY, encoding="utf-8")
    async with AsyncExitStack() as stack:

        def made(*endpoints: dict[str, Any], **more: Any) -> ImageApi:
            over_http = {"base_url": simulator.base_url, "api_key": "file:key"}
            table = {"endpoints": [each if each["format"] == "demo" else {**over_http, **each} for each in endpoints]}
            api = build_image_api(load({**table, **more}, {}, folder=tmp_path, name="config.toml"), Workshop())
            stack.push_async_callback(api.close)
            return api

        yield made


GEMINI: dict[str, Any] = {"name": "native", "format": "gemini", "models": [PRO, FLASH]}
OPENAI: dict[str, Any] = {"name": "chat", "format": "openai-chat", "models": [PRO, FLASH]}
FLARE = "gpt-image-2.5-flare"
IMAGES: dict[str, Any] = {"name": "images", "format": "openai-images", "models": [FLARE], "quality": "low"}
DEMO: dict[str, Any] = {"name": "drawing", "format": "demo", "seconds": 0, "models": [PRO, FLASH]}


def wanted(*, ratio: Ratio | None = None, size: str | None = "1K", model: str = PRO, **more: Any) -> ImageRequest:
    return ImageRequest(
        wish=PictureWish(prompt="a red fox", model=model, settings=PictureSettings(ratio=ratio, size=size)), **more
    )


async def test_a_wish_goes_to_the_first_format_that_can_carry_it(
    simulator: GatewaySimulator, sink: MemoryPictures, build: Build
) -> None:
    api, journal = build(OPENAI, GEMINI), NotedJournal()
    for order in (wanted(), wanted(ratio=WIDE), wanted(size="4K"), wanted(model=FLASH, size=None)):
        await api.paint(order, sink, journal)
    assert journal.left == ["chat", "native", "native", "chat"]
    assert [request.path.rpartition("/")[2] for request in simulator.requests] == [
        "completions",
        f"{PRO}:generateContent",
        f"{PRO}:generateContent",
        "completions",
    ]


async def test_the_demo_paints_under_its_own_name(sink: MemoryPictures, build: Build) -> None:
    journal = NotedJournal()
    (made,) = await build(DEMO).paint(wanted(ratio=WIDE), sink, journal)
    assert (made.picture.width, made.picture.height, journal.left) == (1376, 768, ["drawing"])


async def test_a_share_sends_few_to_a_new_endpoint_first(
    simulator: GatewaySimulator, sink: MemoryPictures, build: Build
) -> None:
    api, journal = build(GEMINI, {**OPENAI, "share": 0.2}), NotedJournal()
    for number in range(40):
        await api.paint(wanted(account=str(number)), sink, journal)
    assert 0 < journal.left.count("chat") < 20
    assert len(simulator.requests) == 40


async def test_key_and_safety_go_as_they_are_set(
    simulator: GatewaySimulator, sink: MemoryPictures, build: Build
) -> None:
    api = build({**GEMINI, "auth": "x-goog-api-key", "safety": {"harassment": "block-only-high"}})
    await api.paint(wanted(), sink, NotedJournal())
    [request] = simulator.requests
    assert request.headers["x-goog-api-key"] == KEY
    assert request.body["safetySettings"] == [{"category": "HARM_CATEGORY_HARASSMENT", "threshold": "BLOCK_ONLY_HIGH"}]


async def test_what_is_sold_only_as_openais_images_is_asked_for_there(
    simulator: GatewaySimulator, sink: MemoryPictures, build: Build
) -> None:
    api, journal = build(GEMINI, IMAGES), NotedJournal()
    (made,) = await api.paint(wanted(model=FLARE, ratio=WIDE, size="2K"), sink, journal)
    assert sink.kept[made.picture.sha256] == FOX
    assert journal.left == ["images"]
    (request,) = simulator.requests
    assert (request.path, request.body["quality"]) == ("/v1/images/generations", "low")


async def test_no_more_are_asked_at_once_than_is_set(
    simulator: GatewaySimulator, sink: MemoryPictures, build: Build
) -> None:
    gate = asyncio.Event()
    simulator.answer = Answer(body=EMPTY_SHAPES["17"](OTHER).body, gate=gate)
    api, journal = build({**GEMINI, "most_at_once": 1}), NotedJournal()
    painting = [asyncio.create_task(api.paint(wanted(), sink, journal)) for _ in range(2)]
    await simulator.wait_for_requests(1)
    assert journal.left == ["native"]
    gate.set()
    await asyncio.gather(*painting, return_exceptions=True)
    assert journal.left == ["native"] * 2


@pytest.mark.parametrize(("is_wanted", "requests"), [(True, 2), (False, 1)])
async def test_the_owner_decides_whether_anything_is_paid_twice(
    simulator: GatewaySimulator,
    sink: MemoryPictures,
    build: Build,
    is_wanted: bool,  # noqa: FBT001  # parametrized
    requests: int,
) -> None:
    simulator.answer = EMPTY_SHAPES["18"](OTHER)
    with pytest.raises(NoPictureMade):
        await build(GEMINI, jobs={"retry_billed": is_wanted}).paint(wanted(), sink, NotedJournal())
    assert len(simulator.requests) == requests


async def test_a_picture_to_edit_is_made_as_small_as_the_endpoint_needs_it(
    simulator: GatewaySimulator, sink: MemoryPictures, build: Build
) -> None:
    """Six pictures that fill a megabyte and a half."""
    async with sink.new_file() as file:
        await file.write(LARGE)
        picture = await file.finish()
    kept = SourcePicture(picture=picture, open_file=lambda: sink.local_file(picture.sha256))
    api = build({**GEMINI, "most_request_mb": 1})
    await api.paint(wanted(sources=(kept,) * 6), sink, NotedJournal())
    [request] = simulator.requests
    assert sum(len(part["inlineData"]["data"]) for part in request.parts[1:]) < 1_000_000


@pytest.mark.parametrize("fetch_from", [["127.0.0.1"], []])
async def test_linked_pictures_are_fetched_from_hosts_that_are_set(
    simulator: GatewaySimulator, sink: MemoryPictures, build: Build, fetch_from: list[str]
) -> None:
    simulator.answer = answer({"text": simulator.put("fox.png", OTHER), "thoughtSignature": "CiQB"})
    api, journal = build({**GEMINI, "fetch_from": fetch_from}), NotedJournal()
    if fetch_from:
        (made,) = await api.paint(wanted(), sink, journal)
        assert sink.kept[made.picture.sha256] == OTHER
    else:
        with pytest.raises(LinkBroken):
            await api.paint(wanted(), sink, journal)
    assert [link.endpoint for link in journal.found_links] == ["native"]
    assert [each.is_billed for each in journal.tries] == [True]


async def test_closed_it_takes_no_orders(simulator: GatewaySimulator, sink: MemoryPictures, build: Build) -> None:
    api = build(GEMINI, OPENAI)
    await api.close()
    with pytest.raises(RuntimeError):
        await api.paint(wanted(), sink, NotedJournal())
    assert simulator.requests == []


async def test_an_owner_who_names_only_a_retired_model_gets_its_successor_where_the_endpoint_says_so(
    simulator: GatewaySimulator, sink: MemoryPictures, build: Build
) -> None:
    preview = "gemini-3-pro-image-preview"
    simulator.by_path[f"/v1beta/models/{preview}:generateContent"] = REFUSALS["31-retired"]
    api, journal = build({**GEMINI, "models": [preview]}), NotedJournal()
    for _ in range(2):
        await api.paint(wanted(model=preview, ratio=WIDE, size="4K"), sink, journal)
    assert [request.model for request in simulator.requests] == [preview, PRO, PRO]
    assert [each.fault for each in journal.tries] == ["model-unavailable", None, None]
