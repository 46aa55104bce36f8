"""The demo painter behind the port: the catalogue's pixels, honest faults, and nothing left behind."""

import asyncio
from io import BytesIO

import pytest
from PIL import Image, ImageChops, ImageStat

from bot.demo.painter import MOST_SOURCE_BYTES, DemoPainter
from bot.domain.catalogue.picture_settings import PictureSettings, Ratio
from bot.domain.chat import StoredPicture
from bot.domain.image_faults import EndpointBusy, ModelUnavailable, PromptRefused, ReferencesTooLarge, SettingRejected
from bot.domain.requests.requests import PictureWish
from bot.pictures.workshop import Workshop
from bot.ports import ImageRequest, SourcePicture
from tests.catalogue import built_in_catalogue
from tests.fakes.clock import WaitingClock
from tests.fakes.pictures import MemoryPictures
from tests.local_files import local_file
from tests.unit.image_api.orders import NotedJournal

PRO = "gemini-3-pro-image"
FLASH = "gemini-2.5-flash-image"


@pytest.fixture
def clock() -> WaitingClock:
    clock = WaitingClock()
    clock.time_passes.set()
    return clock


def painter(clock: WaitingClock, *, seed: int = 1) -> DemoPainter:
    return DemoPainter(built_in_catalogue(), seconds=1.5, clock=clock, workshop=Workshop(), next_seed=lambda: seed)


def order(
    prompt: str,
    *sources: SourcePicture,
    model: str = PRO,
    ratio: Ratio | None = None,
    size: str | None = "1K",
) -> ImageRequest:
    return ImageRequest(
        wish=PictureWish(prompt=prompt, model=model, settings=PictureSettings(ratio=ratio, size=size)), sources=sources
    )


async def kept_source(pictures: MemoryPictures, picture: Image.Image) -> SourcePicture:
    file = BytesIO()
    picture.save(file, "PNG")
    async with pictures.new_file() as writer:
        await writer.write(file.getvalue())
        stored = await writer.finish()
    return SourcePicture(picture=stored, open_file=lambda: pictures.local_file(stored.sha256))


@pytest.mark.parametrize(
    ("ratio", "size", "pixels"),
    [(None, "1K", (1024, 1024)), (Ratio(16, 9), "1K", (1376, 768)), (Ratio(16, 9), "4K", (5504, 3072))],
)
async def test_a_picture_has_the_catalogues_pixels(
    clock: WaitingClock, ratio: Ratio | None, size: str, pixels: tuple[int, int]
) -> None:
    sink = MemoryPictures()
    (made,) = await painter(clock).paint(order("a red fox", ratio=ratio, size=size), sink, NotedJournal())
    assert (made.picture.mime, made.picture.width, made.picture.height) == ("image/png", *pixels)
    assert made.picture.size_bytes == len(sink.kept[made.picture.sha256])


async def test_it_leaves_once_and_then_takes_its_time(clock: WaitingClock) -> None:
    clock.time_passes.clear()
    sink, journal = MemoryPictures(), NotedJournal()
    painting = asyncio.create_task(painter(clock).paint(order("a red fox"), sink, journal))
    await asyncio.wait_for(clock.somebody_sleeps.wait(), 10)
    assert (journal.left, clock.slept, sink.kept, painting.done()) == (["demo"], [1.5], {}, False)
    clock.time_passes.set()
    assert len(await painting) == 1
    assert journal.left == ["demo"]


async def test_what_leaving_raises_passes_through_and_nothing_is_painted(clock: WaitingClock) -> None:
    async def stay() -> None:
        raise LookupError("somebody else has this job")

    sink = MemoryPictures()
    with pytest.raises(LookupError):
        await painter(clock).paint(order("a red fox"), sink, NotedJournal(stay))
    assert (clock.slept, sink.kept) == ([], {})


async def test_cancelled_it_leaves_no_file(clock: WaitingClock) -> None:
    clock.time_passes.clear()
    sink = MemoryPictures()
    painting = asyncio.create_task(painter(clock).paint(order("a red fox"), sink, NotedJournal()))
    await asyncio.wait_for(clock.somebody_sleeps.wait(), 10)
    painting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await painting
    assert sink.kept == {}


async def test_again_is_another_picture() -> None:
    clock = WaitingClock()
    clock.time_passes.set()
    sink = MemoryPictures()
    by_chance = DemoPainter(built_in_catalogue(), seconds=0, clock=clock, workshop=Workshop())
    for _ in range(2):
        await by_chance.paint(order("a red fox"), sink, NotedJournal())
    assert len(sink.kept) == 2


async def test_several_orders_are_painted_side_by_side(clock: WaitingClock) -> None:
    sink, api = MemoryPictures(), painter(clock)
    made = await asyncio.gather(
        *(
            api.paint(order(f"a fox and {number} birds in w{'o' * number}d"), sink, NotedJournal())
            for number in range(5)
        )
    )
    assert len({picture.picture.sha256 for (picture,) in made}) == 5


@pytest.mark.parametrize(
    ("shape", "pixels"),
    [((1600, 900), (1376, 768)), ((900, 1600), (768, 1376)), ((500, 510), (1024, 1024)), ((4000, 500), (1584, 672))],
)
async def test_an_edit_without_a_ratio_keeps_the_nearest_shape(
    clock: WaitingClock, shape: tuple[int, int], pixels: tuple[int, int]
) -> None:
    sink = MemoryPictures()
    source = await kept_source(sink, Image.new("RGB", shape, "teal"))
    (made,) = await painter(clock).paint(order("make it night", source), sink, NotedJournal())
    assert (made.picture.width, made.picture.height) == pixels


async def test_an_edit_changes_its_source(clock: WaitingClock) -> None:
    sink, api = MemoryPictures(), painter(clock)
    (first,) = await api.paint(order("a red fox by day"), sink, NotedJournal())
    source = SourcePicture(picture=first.picture, open_file=lambda: sink.local_file(first.picture.sha256))
    (second,) = await api.paint(order("make it night", source), sink, NotedJournal())
    before, after = (Image.open(BytesIO(sink.kept[made.picture.sha256])) for made in (first, second))
    assert min(ImageStat.Stat(ImageChops.difference(before, after)).mean) > 10


@pytest.mark.parametrize(
    ("prompt", "fault"), [("a fox, refuse-demo", PromptRefused), ("Busy-Demo please", EndpointBusy)]
)
async def test_a_word_shows_what_failure_looks_like(
    clock: WaitingClock, prompt: str, fault: type[PromptRefused | EndpointBusy]
) -> None:
    sink, journal = MemoryPictures(), NotedJournal()
    with pytest.raises(fault):
        await painter(clock).paint(order(prompt), sink, journal)
    assert (journal.left, sink.kept) == (["demo"], {})


async def test_an_unknown_model_or_ratio_is_a_fault_before_anything_leaves(clock: WaitingClock) -> None:
    sink, journal = MemoryPictures(), NotedJournal()
    with pytest.raises(ModelUnavailable):
        await painter(clock).paint(order("a fox", model="dall-e"), sink, journal)
    with pytest.raises(SettingRejected):
        await painter(clock).paint(order("a fox", ratio=Ratio(7, 5)), sink, journal)
    with pytest.raises(SettingRejected):
        await painter(clock).paint(order("a fox", model=FLASH, size="4K"), sink, journal)
    assert (journal.left, sink.kept) == ([], {})


def foreign_source(data: bytes, *, size_bytes: int) -> SourcePicture:
    stored = StoredPicture(sha256="0" * 64, mime="image/png", width=100, height=100, size_bytes=size_bytes)
    return SourcePicture(picture=stored, open_file=lambda: local_file(data))


async def test_a_source_that_is_no_picture_is_a_rejected_setting(clock: WaitingClock) -> None:
    sink = MemoryPictures()
    source = foreign_source(b"half a picture", size_bytes=14)
    with pytest.raises(SettingRejected):
        await painter(clock).paint(order("make it night", source), sink, NotedJournal())
    assert sink.kept == {}


@pytest.mark.parametrize("is_told", [True, False], ids=["told", "untold"])
async def test_sources_are_bounded_whatever_is_told_of_them(clock: WaitingClock, is_told: bool) -> None:  # noqa: FBT001 - parametrized
    journal = NotedJournal()
    source = foreign_source(bytes(MOST_SOURCE_BYTES + 1), size_bytes=MOST_SOURCE_BYTES + 1 if is_told else 1)
    with pytest.raises(ReferencesTooLarge):
        await painter(clock).paint(order("make it night", source), MemoryPictures(), journal)
    assert journal.left == []
