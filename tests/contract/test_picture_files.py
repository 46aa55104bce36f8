"""What every PictureFiles holds."""

import asyncio
import hashlib
import io
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from PIL import Image

from bot.domain.chat import StoredPicture
from bot.domain.errors import NotAPicture
from bot.pictures.workshop import Workshop
from bot.ports import PictureFiles
from bot.storage.picture_files import FolderPictures
from tests.fakes import MemoryPictures


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
