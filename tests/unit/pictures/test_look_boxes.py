"""HEIC and AVIF, which keep their pictures in the boxes of films, are taken when they are whole."""

import io
import struct
from collections.abc import Callable, Mapping
from pathlib import Path

import pillow_heif
import pytest
from PIL import Image

from bot.domain.errors import NotAPicture, PictureTooLarge
from bot.pictures.look import LONGEST_SIDE, Look, look

WIDTH, HEIGHT = 300, 200


def heic(width: int = WIDTH, height: int = HEIGHT) -> bytes:
    file = io.BytesIO()
    pillow_heif.from_pillow(Image.effect_noise((width, height), 60).convert("RGB")).save(file, quality=60)
    return file.getvalue()


def avif(orientation: int = 1) -> bytes:
    exif = Image.Exif()
    exif[0x0112] = orientation
    file = io.BytesIO()
    Image.effect_noise((WIDTH, HEIGHT), 60).convert("RGB").save(file, "AVIF", exif=exif)
    return file.getvalue()


WHOLE: Mapping[str, Callable[[], bytes]] = {"image/heic": heic, "image/avif": avif}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "picture.jpg"


@pytest.mark.parametrize("mime", WHOLE)
def test_a_whole_one_is_measured(mime: str, path: Path) -> None:
    path.write_bytes(WHOLE[mime]())
    assert look(path) == Look(mime=mime, width=WIDTH, height=HEIGHT)


def test_one_that_is_turned_is_measured_as_it_is_shown(path: Path) -> None:
    path.write_bytes(avif(orientation=6))
    assert look(path) == Look(mime="image/avif", width=HEIGHT, height=WIDTH)


@pytest.mark.parametrize("mime", WHOLE)
def test_one_that_is_cut_anywhere_is_refused(mime: str, path: Path) -> None:
    data = WHOLE[mime]()
    for length in [*range(0, 600, 7), *range(600, len(data) - 1, 997), len(data) - 1]:
        path.write_bytes(data[:length])
        with pytest.raises(NotAPicture):
            look(path)


@pytest.mark.parametrize("mime", WHOLE)
def test_one_whose_boxes_lie_is_refused(mime: str, path: Path) -> None:
    data = WHOLE[mime]()
    meta = data.index(b"meta")
    for length in (3, 9, 2**31):
        path.write_bytes(data[: meta - 4] + length.to_bytes(4, "big") + data[meta:])
        with pytest.raises(NotAPicture):
            look(path)


@pytest.mark.parametrize("brand", [b"mp42", b"qt  ", b"    "])
def test_a_film_is_no_picture(brand: bytes, path: Path) -> None:
    data = heic()
    path.write_bytes(data.replace(data[8:12], brand).replace(b"mif1", brand))
    with pytest.raises(NotAPicture):
        look(path)


def test_one_with_too_long_a_side_is_refused(path: Path) -> None:
    data = heic(64, 64)
    at = data.index(b"ispe") + 8
    path.write_bytes(data[:at] + (LONGEST_SIDE + 64).to_bytes(4, "big") + data[at + 4 :])
    with pytest.raises((PictureTooLarge, NotAPicture)):
        look(path)


def test_one_of_whatever_bytes_in_its_index_is_measured_or_refused(path: Path) -> None:
    data = heic()
    start, end = data.index(b"ipco"), data.index(b"mdat")
    refused = 0
    for at in range(start, end, 3):
        path.write_bytes(data[:at] + bytes([data[at] ^ 0xFF]) + data[at + 1 :])
        try:
            look(path)
        except (NotAPicture, PictureTooLarge):
            refused += 1
    assert refused > 5


def test_one_of_thousands_of_parts_is_refused_before_any_is_decoded(path: Path) -> None:
    data = heic()
    parts = struct.pack(">HH", 1, 900) + struct.pack(">900H", *[1] * 900)
    inner = struct.pack(">L4s", 8 + len(parts), b"dimg") + parts
    box = struct.pack(">L4sL", 12 + len(inner), b"iref", 0) + inner
    meta = data.index(b"meta")
    (length,) = struct.unpack_from(">L", data, meta - 4)
    end = meta - 4 + length
    path.write_bytes(data[: meta - 4] + struct.pack(">L", length + len(box)) + data[meta:end] + box + data[end:])
    with pytest.raises(NotAPicture, match="parts"):
        look(path)
