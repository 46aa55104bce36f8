"""What every PictureFiles holds."""

import asyncio
import hashlib
import io
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from bot.domain.catalogue.models import Room
from bot.domain.chat import StoredPicture
from bot.domain.errors import NoRoom, NotAPicture, PictureTooLarge
from bot.domain.presentation import Encoding
from bot.picture_store.picture_files import FolderPictures
from bot.pictures.workshop import Workshop
from bot.ports import PictureFiles
from tests.fakes.pictures import MemoryPictures


async def open_folder(folder: Path) -> PictureFiles:
    return await FolderPictures.open(folder / "pictures", Workshop())


async def open_memory(_: Path) -> PictureFiles:
    return MemoryPictures()


OPENERS: dict[str, Callable[[Path], Awaitable[PictureFiles]]] = {"folder": open_folder, "memory": open_memory}


@pytest.fixture(params=list(OPENERS.values()), ids=list(OPENERS))
async def files(request: pytest.FixtureRequest, tmp_path: Path) -> PictureFiles:
    opener: Callable[[Path], Awaitable[PictureFiles]] = request.param
    return await opener(tmp_path)


def drawn(kind: str, size: tuple[int, int] = (48, 27)) -> bytes:
    file = io.BytesIO()
    Image.effect_noise(size, 80).convert("RGB").save(file, kind)
    return file.getvalue()


async def keep(files: PictureFiles, data: bytes, *, pieces_of: int = 10_000) -> StoredPicture:
    async with files.new_file() as file:
        for start in range(0, len(data), pieces_of):
            await file.write(data[start : start + pieces_of])
        return await file.finish()


async def read(files: PictureFiles, sha256: str) -> bytes:
    return b"".join([piece async for piece in files.read(sha256)])


@pytest.mark.parametrize(("kind", "mime"), [("PNG", "image/png"), ("JPEG", "image/jpeg"), ("WEBP", "image/webp")])
async def test_a_picture_is_what_its_bytes_are(files: PictureFiles, kind: str, mime: str) -> None:
    data = drawn(kind)
    picture = await keep(files, data)
    sha256 = hashlib.sha256(data).hexdigest()
    assert picture == StoredPicture(sha256=sha256, mime=mime, width=48, height=27, size_bytes=len(data))
    assert await read(files, sha256) == data


async def test_a_large_picture_comes_back_in_pieces(files: PictureFiles) -> None:
    data = drawn("PNG", (1200, 900))
    picture = await keep(files, data, pieces_of=49_999)
    pieces = [piece async for piece in files.read(picture.sha256)]
    assert b"".join(pieces) == data
    assert len(pieces) > 1
    assert max(map(len, pieces)) <= 256 * 1024


async def test_the_same_bytes_are_one_picture(files: PictureFiles) -> None:
    data = drawn("PNG")
    first, second = await asyncio.gather(keep(files, data), keep(files, data))
    assert first == second
    assert await read(files, first.sha256) == data


@pytest.mark.parametrize("data", [b"", b"<html>no picture</html>", drawn("PNG")[:-500]], ids=["empty", "text", "cut"])
async def test_what_is_no_whole_picture_is_refused(files: PictureFiles, data: bytes) -> None:
    with pytest.raises(NotAPicture):
        await keep(files, data)
    with pytest.raises(FileNotFoundError):
        await read(files, hashlib.sha256(data).hexdigest())


async def test_what_was_not_finished_is_not_kept(files: PictureFiles) -> None:
    data = drawn("PNG")
    async with files.new_file() as file:
        await file.write(data)
    with pytest.raises(FileNotFoundError):
        await read(files, hashlib.sha256(data).hexdigest())


@pytest.mark.parametrize("name", ["0" * 64, "", "../../etc/passwd", "*"])
async def test_a_picture_we_do_not_have_is_not_found(files: PictureFiles, name: str) -> None:
    await keep(files, drawn("PNG"))
    with pytest.raises(FileNotFoundError):
        await read(files, name)


async def test_a_local_file_has_the_bytes(files: PictureFiles) -> None:
    data = drawn("WEBP")
    picture = await keep(files, data)
    for _ in range(2):
        async with files.local_file(picture.sha256) as path:
            assert path.read_bytes() == data


async def test_a_local_file_of_a_picture_we_do_not_have_is_not_found(files: PictureFiles) -> None:
    with pytest.raises(FileNotFoundError):
        async with files.local_file("0" * 64):
            pytest.fail("there is no such file")


SMALL = Encoding(mime="image/jpeg", transparent_mime=None, quality=80, width=100, height=100, most_bytes=6_000)


async def test_a_picture_is_written_anew_and_kept_beside_the_original(files: PictureFiles) -> None:
    data = drawn("PNG", (400, 200))
    original = await keep(files, data)
    made = await files.encoded(original, SMALL)
    assert (made.mime, made.width, made.height) == ("image/jpeg", 100, 50)
    assert made.size_bytes <= SMALL.most_bytes
    assert await read(files, original.sha256) == data
    again = await read(files, made.sha256)
    assert (len(again), hashlib.sha256(again).hexdigest()) == (made.size_bytes, made.sha256)
    assert await files.encoded(original, SMALL) == made


@pytest.mark.parametrize("transparent_mime", [None, "image/png"])
async def test_transparency_goes_where_the_encoding_has_it(files: PictureFiles, transparent_mime: str | None) -> None:
    file = io.BytesIO()
    Image.new("RGBA", (40, 20), (0, 0, 0, 0)).save(file, "PNG")
    made = await files.encoded(await keep(files, file.getvalue()), replace(SMALL, transparent_mime=transparent_mime))
    assert made.mime == (transparent_mime or "image/jpeg")
    with Image.open(io.BytesIO(await read(files, made.sha256))) as picture:
        seen = picture.convert("RGBA").getpixel((5, 5))
    assert seen == ((255, 255, 255, 255) if transparent_mime is None else (0, 0, 0, 0))


async def test_what_cannot_be_made_to_fit_is_too_large(files: PictureFiles) -> None:
    original = await keep(files, drawn("PNG", (400, 200)))
    with pytest.raises(PictureTooLarge):
        await files.encoded(original, replace(SMALL, most_bytes=50))


async def test_a_picture_we_do_not_have_is_not_written_anew(files: PictureFiles) -> None:
    missing = StoredPicture(sha256="0" * 64, mime="image/png", width=1, height=1, size_bytes=1)
    with pytest.raises(FileNotFoundError):
        await files.encoded(missing, SMALL)


async def test_room_holds_pictures_like_any_others(files: PictureFiles) -> None:
    data = drawn("PNG")
    async with files.room(Room(files=1, file_bytes=1_000_000)) as sink:
        async with sink.new_file() as file:
            await file.write(b"a try that fails")
        async with sink.new_file() as first, sink.new_file() as beyond:
            await first.write(data)
            await beyond.write(data)
            picture = await first.finish()
            assert await beyond.finish() == picture
    assert await read(files, picture.sha256) == data


async def test_more_room_than_there_is_is_not_given(files: PictureFiles) -> None:
    room = Room(files=1 << 10, file_bytes=1 << 60)
    with pytest.raises(NoRoom):
        async with files.room(room):
            pass


async def test_a_picture_that_is_as_it_was_is_kept_on(files: PictureFiles) -> None:
    picture = await keep(files, drawn("PNG"))
    assert await files.renew_intact(picture.sha256)
    assert await read(files, picture.sha256)


async def test_a_picture_that_is_not_there_is_not_kept_on(files: PictureFiles) -> None:
    assert not await files.renew_intact("0" * 64)
    assert not await files.renew_intact("../x")
