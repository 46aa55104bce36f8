"""Room on a real disk: taken before pictures come, used by them, and given back."""

import asyncio
import io
import random
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from PIL import Image

from bot.domain.catalogue.models import Room
from bot.domain.chat import StoredPicture
from bot.domain.errors import NoRoom, NotAPicture
from bot.picture_store.arrivals import SPARE_BYTES
from bot.picture_store.picture_files import FolderPictures
from bot.picture_store.single_file import SingleFile
from bot.pictures.workshop import Workshop
from bot.ports import PictureSink
from tests.small_disk import SmallDisk, small_disk

MEGABYTE = 1_000_000
ONE = Room(files=1, file_bytes=4 * MEGABYTE)
TWO = Room(files=2, file_bytes=4 * MEGABYTE)


def noise(side: int = 1000, seed: int = 1) -> bytes:
    """Make a picture of some three bytes a pixel."""
    pixels = random.Random(seed).randbytes(side * side * 3)  # noqa: S311 - the same each time
    file = io.BytesIO()
    Image.frombytes("RGB", (side, side), pixels).save(file, "PNG", compress_level=0)
    return file.getvalue()


async def keep(sink: PictureSink, data: bytes) -> StoredPicture:
    async with sink.new_file() as file:
        for start in range(0, len(data), 100_000):
            await file.write(data[start : start + 100_000])
        return await file.finish()


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[SmallDisk]:
    with small_disk(tmp_path / "disk", megabytes=32) as disk:
        yield disk


@pytest.fixture
async def files(disk: SmallDisk) -> AsyncIterator[FolderPictures]:
    workshop = Workshop()
    yield await FolderPictures.open(disk.folder / "pictures", workshop)
    await workshop.close()


async def content_of(files: FolderPictures, picture: StoredPicture) -> bytes:
    return b"".join([piece async for piece in files.read(picture.sha256)])


def parts(disk: SmallDisk) -> list[str]:
    return [path.name for path in disk.folder.rglob("*.part")]


async def test_a_picture_comes_in_although_the_disk_has_filled_since(disk: SmallDisk, files: FolderPictures) -> None:
    data = noise()
    async with files.room(ONE) as sink:
        disk.fill(but_bytes=0)
        picture = await keep(sink, data)
    assert await content_of(files, picture) == data
    assert parts(disk) == []


async def test_without_room_that_was_taken_it_would_not(disk: SmallDisk, files: FolderPictures) -> None:
    disk.fill(but_bytes=0)
    with pytest.raises(OSError, match="No space left"):
        await keep(files, noise())


async def test_what_a_picture_does_not_need_is_free_again(disk: SmallDisk, files: FolderPictures) -> None:
    before, data = disk.free_bytes, noise(300)
    async with files.room(TWO) as sink:
        assert before - disk.free_bytes >= TWO.total_bytes
        await keep(sink, data)
        assert before - disk.free_bytes < ONE.total_bytes + 2 * len(data)
    assert before - disk.free_bytes < 2 * len(data)


@pytest.mark.parametrize("left", [0, ONE.total_bytes - MEGABYTE, ONE.total_bytes + SPARE_BYTES - MEGABYTE])
async def test_room_that_is_not_there_is_not_given(disk: SmallDisk, files: FolderPictures, left: int) -> None:
    disk.fill(but_bytes=left)
    free = disk.free_bytes
    with pytest.raises(NoRoom, match="No space left") as caught:
        async with files.room(ONE):
            raise AssertionError
    assert caught.value.room == ONE
    assert (disk.free_bytes, parts(disk)) == (free, [])


async def test_a_try_that_failed_gives_its_room_to_the_next(disk: SmallDisk, files: FolderPictures) -> None:
    async with files.room(ONE) as sink:
        disk.fill(but_bytes=0)
        with suppress(NotAPicture):
            await keep(sink, b"no picture")
        async with sink.new_file() as file:  # and this one breaks off
            await file.write(bytes(3 * MEGABYTE))
        picture = await keep(sink, noise())
    assert await content_of(files, picture) == noise()
    assert parts(disk) == []


async def test_a_draft_and_its_picture_have_room_at_the_same_time(disk: SmallDisk, files: FolderPictures) -> None:
    async with files.room(TWO) as sink:
        disk.fill(but_bytes=0)
        async with sink.new_file() as draft:
            await draft.write(noise(seed=2))
            picture = await keep(sink, noise())
    assert await content_of(files, picture) == noise()
    assert parts(disk) == []


async def test_cancelled_at_any_moment_all_room_is_given_back(disk: SmallDisk, files: FolderPictures) -> None:
    chance, free, data = random.Random(11), disk.free_bytes, noise(600)  # noqa: S311 - any moments will do

    async def once() -> None:
        async with files.room(TWO) as sink, sink.new_file() as file:
            await file.write(data)
            await asyncio.Event().wait()

    for _ in range(30):
        task = asyncio.create_task(once())
        asyncio.get_running_loop().call_later(chance.uniform(0, 0.02), task.cancel)
        await asyncio.gather(task, return_exceptions=True)
    async with files.room(ONE):  # whatever a thread was still at is over when this has its turn
        pass
    assert parts(disk) == []
    assert free - disk.free_bytes < MEGABYTE


async def test_one_picture_of_the_command_line_has_room_too(disk: SmallDisk) -> None:
    sink = SingleFile(disk.folder / "fox.png")
    async with sink.room(ONE) as taken:
        disk.fill(but_bytes=0)
        await keep(taken, noise())
    assert sink.path.stat().st_mode & 0o077 == 0o044
    disk.fill(but_bytes=0)
    with pytest.raises(NoRoom):
        async with sink.room(ONE):
            pass


async def test_where_others_hold_the_room_it_will_be_there(disk: SmallDisk, files: FolderPictures) -> None:
    disk.fill(but_bytes=ONE.total_bytes + SPARE_BYTES + MEGABYTE)
    async with files.room(ONE):
        with pytest.raises(NoRoom) as caught:
            async with files.room(ONE):
                pass
    assert caught.value.passes
    async with files.room(ONE):
        pass
