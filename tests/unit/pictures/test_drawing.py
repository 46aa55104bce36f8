"""The demo painter's pictures: exact pixels, the same from the same words, labelled, and changed when edited."""

from collections.abc import Sequence
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image, ImageChops, ImageStat

from bot.demo.drawing import draw
from bot.demo.drawing import edit as edit_drawables
from bot.demo.drawing.lettering import LABEL_COLOUR, drawable, strip_height
from bot.demo.drawing.sources import to_drawable
from bot.domain.errors import NotAPicture
from bot.pictures.look import look
from bot.pictures.workshop import Workshop
from tests.local_files import local_file

in_one_loop = pytest.mark.asyncio(loop_scope="module")

WORKSHOP = Workshop()  # one for all, since a process takes a moment to start

FOX = "a red fox in the mountains, daylight"


def opened(png: bytes) -> Image.Image:
    picture = Image.open(BytesIO(png))
    picture.load()
    return picture


async def edit(prompt: str, sources: Sequence[bytes], *, width: int, height: int, seed: int) -> bytes:
    """Make a picture from files of any kind, as the demo painter does it."""
    drawables = []
    for source in sources:
        async with local_file(source) as path:
            drawables.append(await to_drawable(path, WORKSHOP))
    return edit_drawables(prompt, drawables, width=width, height=height, seed=seed)


def scene(png: bytes) -> Image.Image:
    """Return a picture without its strip."""
    picture = opened(png)
    return picture.crop((0, 0, picture.width, picture.height - strip_height(*picture.size)))


def difference(one: Image.Image, other: Image.Image) -> float:
    """Return the mean difference of two pictures, 0 to 255."""
    channels = ImageStat.Stat(ImageChops.difference(one, other)).mean
    return sum(channels) / len(channels)


def share_of(picture: Image.Image, colour: tuple[int, int, int]) -> float:
    matching = sum(1 for pixel in picture.get_flattened_data() if pixel == colour)
    return matching / (picture.width * picture.height)


def label_corner(png: bytes) -> Image.Image:
    picture = opened(png)
    strip = strip_height(*picture.size)
    return picture.crop((picture.width - round(2.5 * strip), picture.height - strip, picture.width, picture.height))


@pytest.mark.parametrize(
    "size",
    [
        (1024, 1024),
        (1376, 768),
        (848, 1264),
        (1584, 672),
        (384, 3072),
        (192, 192),
        (193, 1537),
        (12288, 1536),
        (5504, 3072),
    ],
)
def test_a_picture_has_exactly_the_pixels_asked_for(size: tuple[int, int], tmp_path: Path) -> None:
    path = tmp_path / "picture"
    path.write_bytes(draw(FOX, width=size[0], height=size[1], seed=1))
    found = look(path)
    assert (found.mime, found.width, found.height) == ("image/png", *size)
    with Image.open(path) as picture:
        picture.load()
        assert picture.size == size


def test_the_same_words_and_seed_give_the_same_bytes() -> None:
    assert draw(FOX, width=320, height=200, seed=5) == draw(FOX, width=320, height=200, seed=5)


def test_another_seed_and_other_words_give_other_pictures() -> None:
    base = scene(draw("a quiet place", width=320, height=200, seed=5))
    assert difference(base, scene(draw("a quiet place", width=320, height=200, seed=6))) > 1
    assert difference(base, scene(draw("another quiet place", width=320, height=200, seed=5))) > 1


def test_a_picture_is_the_same_scene_in_every_size() -> None:
    small = scene(draw(FOX, width=640, height=400, seed=5))
    large = scene(draw(FOX, width=1280, height=800, seed=5)).resize(small.size)
    assert difference(small, large) < 12


@pytest.mark.parametrize(
    "words",
    [
        "mountains", "forest at night", "sea, a boat and a whale", "city", "desert", "meadow with flowers",
        "rocket in space", "rain", "fog", "a green cat and a dog and a robot", "夕阳下的帆船", "🦊", "",
        "sepia blurred mirror", "\ud800 broken text",
    ],
)  # fmt: skip
@pytest.mark.parametrize("seed", [1, 2])
def test_every_picture_is_labelled_demo_and_says_what_made_it(words: str, seed: int) -> None:
    png = draw(words, width=400, height=300, seed=seed)
    assert share_of(label_corner(png), LABEL_COLOUR) > 0.2
    assert opened(png).info["Software"] == "Plantain's demo painter"


def test_the_label_reads_the_same_whatever_the_words() -> None:
    corners = [
        label_corner(draw(words, width=640, height=480, seed=1)) for words in ("a fox", "the long sea " * 40, "")
    ]
    assert difference(corners[0], corners[1]) == 0
    assert difference(corners[0], corners[2]) == 0


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        ("a  red\nfox", "a red fox"),
        ("café — déjà vu", "cafe - deja vu"),
        ("雪中的狐狸", ""),
        ("fox 狐", "fox"),
        ("", ""),
    ],
)
def test_a_caption_shows_only_what_its_font_has(words: str, shown: str) -> None:
    assert drawable(words) == shown


@pytest.mark.parametrize(
    ("instruction", "most"),
    [
        ("make it night", 160), ("sunset", 90), ("let it snow", 40), ("rain", 90), ("fog", 120),
        ("black and white", 60), ("blur", 30), ("make it blue", 90), ("add a golden balloon", 40),
        ("brighter", 60), ("surprise me", 120),
        ("变成夜晚", 160), ("sepia", 90),
    ],
)  # fmt: skip
@in_one_loop
async def test_an_edit_changes_the_picture_and_keeps_it_recognisable(instruction: str, most: float) -> None:
    source = draw(FOX, width=480, height=270, seed=3)
    changed = await edit(instruction, [source], width=480, height=270, seed=4)
    assert 2 < difference(scene(source), scene(changed)) < most
    assert share_of(label_corner(changed), LABEL_COLOUR) > 0.2


@in_one_loop
async def test_night_is_darker_and_bluer() -> None:
    source = draw(FOX, width=480, height=270, seed=3)
    before = ImageStat.Stat(scene(source)).mean
    red, green, blue = ImageStat.Stat(scene(await edit("night", [source], width=480, height=270, seed=4))).mean
    assert red + green + blue < sum(before) * 0.7
    assert blue > red


@in_one_loop
async def test_black_and_white_has_no_colour() -> None:
    source = draw(FOX, width=480, height=270, seed=3)
    red, green, blue = scene(await edit("black and white", [source], width=480, height=270, seed=4)).split()
    assert difference(red, green) < 1
    assert difference(green, blue) < 1


@in_one_loop
async def test_the_strip_of_an_edited_demo_picture_is_not_carried_along() -> None:
    """Below its scene an edit of a plain picture and of a demo's has one strip each: the new one."""
    source = draw(FOX, width=480, height=270, seed=3)
    changed = scene(await edit("blur", [source], width=480, height=270, seed=4))
    assert share_of(changed, LABEL_COLOUR) < 0.001
    assert share_of(opened(source), LABEL_COLOUR) > 0.002


def photo(**options: object) -> bytes:
    """Make a picture whose upper half is red and lower half is blue."""
    picture = Image.new("RGB", (300, 200), (200, 30, 30))
    picture.paste((30, 30, 200), (0, 100, 300, 200))
    file = BytesIO()
    picture.save(file, **options)  # type: ignore[arg-type]  # the options differ by kind
    return file.getvalue()


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "GIF"])
@in_one_loop
async def test_a_source_of_any_kind_fills_the_picture(kind: str) -> None:
    changed = scene(await edit("add a fox", [photo(format=kind)], width=300, height=200, seed=1))
    red, _, blue = changed.getpixel((150, 20))  # type: ignore[misc]  # an RGB picture gives three
    assert red > blue + 80
    red, _, blue = changed.getpixel((150, changed.height - 20))  # type: ignore[misc]  # an RGB picture gives three
    assert blue > red + 80


@in_one_loop
async def test_a_source_on_its_side_is_turned_upright() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # the camera's top is at the right
    changed = scene(await edit("add a fox", [photo(format="JPEG", exif=exif)], width=200, height=300, seed=1))
    red, _, blue = changed.getpixel((changed.width - 10, 20))  # type: ignore[misc]  # an RGB picture gives three
    assert red > blue + 80
    red, _, blue = changed.getpixel((10, 20))  # type: ignore[misc]  # an RGB picture gives three
    assert blue > red + 80


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGBA", "I;16"])
@in_one_loop
async def test_a_source_in_any_mode_can_be_edited(mode: str) -> None:
    middle_grey = {"I;16": 0x8000, "1": 1}.get(mode, 128)
    picture = Image.new("L", (64, 64), 128).convert(mode) if mode != "I;16" else Image.new(mode, (64, 64), middle_grey)
    file = BytesIO()
    picture.save(file, "PNG")
    changed = scene(await edit("add a fox", [file.getvalue()], width=200, height=200, seed=1))
    red, green, blue = changed.getpixel((100, 5))  # type: ignore[misc]  # an RGB picture gives three
    assert red == green == blue
    assert 100 < red < 160 or mode == "1"


@in_one_loop
async def test_further_sources_are_pinned_to_the_first() -> None:
    source = draw(FOX, width=480, height=270, seed=3)
    alone = scene(await edit("let it snow", [source], width=480, height=270, seed=4))
    together = scene(await edit("let it snow", [source, photo(format="PNG")], width=480, height=270, seed=4))
    right = (360, 0, 480, 120)
    assert difference(alone.crop(right), together.crop(right)) > 20


@pytest.mark.parametrize("damage", ["nothing", "text", "half", "flipped"])
@in_one_loop
async def test_a_source_that_cannot_be_read_is_no_picture(damage: str) -> None:
    whole = photo(format="PNG")
    flipped = bytearray(whole)
    flipped[60:70] = b"0123456789"
    broken = {"nothing": b"", "text": b"hello", "half": whole[: len(whole) // 2], "flipped": bytes(flipped)}[damage]
    with pytest.raises(NotAPicture):
        await edit("make it night", [broken], width=200, height=200, seed=1)
