"""What only files on a disk can show: names, sync, leftovers, cancellation."""

import asyncio
import hashlib
import io
import os
import random
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image
from structlog.testing import capture_logs

from bot.domain.chat import StoredPicture
from bot.domain.errors import NotAPicture, PictureTooLarge
from bot.domain.presentation import Encoding
from bot.picture_store.picture_files import FolderPictures
from bot.picture_store.single_file import SingleFile
from bot.pictures.workshop import Workshop
from tests.unit.pictures.drawn import C2PA, heic_of_zeros, with_provenance


def drawn(kind: str, size: tuple[int, int] = (48, 27)) -> bytes:
    file = io.BytesIO()
    Image.effect_noise(size, 80).convert("RGB").save(file, kind)
    return file.getvalue()


def names(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


async def keep(sink: FolderPictures | SingleFile, data: bytes) -> StoredPicture:
    async with sink.new_file() as file:
        await file.write(data)
        return await file.finish()


SMALL = Encoding(mime="image/jpeg", transparent_mime=None, quality=80, width=600, height=600, most_bytes=900_000)


class TestFolder:
    async def test_a_file_is_named_by_its_bytes_and_kind(self, tmp_path: Path) -> None:
        files, data = await FolderPictures.open(tmp_path, Workshop()), drawn("JPEG")
        await keep(files, data)
        await keep(files, data)
        sha256 = hashlib.sha256(data).hexdigest()
        assert names(tmp_path) == [f"{sha256[:2]}/{sha256}.jpg"]

    async def test_a_file_that_comes_again_stays_the_file_it_was(self, tmp_path: Path) -> None:
        files, data = await FolderPictures.open(tmp_path, Workshop()), drawn("PNG")
        await keep(files, data)
        [path] = (tmp_path / name for name in names(tmp_path))
        os.utime(path, (1, 1))
        before = path.stat()
        await keep(files, data)
        after = path.stat()
        assert after.st_ino == before.st_ino
        assert abs(after.st_mtime - time.time()) < 60
        assert len(names(tmp_path)) == 1

    @pytest.mark.parametrize("kind", ["PNG", "JPEG"])
    async def test_where_it_came_from_stays_in_the_original_alone(self, kind: str, tmp_path: Path) -> None:
        files, data = await FolderPictures.open(tmp_path, Workshop()), with_provenance(drawn(kind))
        original = await keep(files, data)
        made = await files.encoded(original, SMALL)
        async with files.local_file(original.sha256) as kept, files.local_file(made.sha256) as new:
            assert kept.read_bytes() == data
            assert C2PA in data
            assert b"c2pa" not in new.read_bytes()

    async def test_cancelled_at_any_moment_nothing_half_encoded_is_left(self, tmp_path: Path) -> None:
        files, chance = await FolderPictures.open(tmp_path, Workshop()), random.Random(5)  # noqa: S311 - as below
        original = await keep(files, drawn("PNG", (1500, 1500)))
        tasks = [asyncio.create_task(files.encoded(original, SMALL)) for _ in range(10)]
        for task in tasks:
            asyncio.get_running_loop().call_later(chance.uniform(0, 1), task.cancel)
        ends = await asyncio.gather(*tasks, return_exceptions=True)
        assert {type(end) for end in ends} <= {asyncio.CancelledError, StoredPicture}
        assert not [name for name in names(tmp_path) if name.endswith(".part")]

    async def test_what_cannot_be_decoded_leaves_nothing_new(self, tmp_path: Path) -> None:
        files = await FolderPictures.open(tmp_path, Workshop())
        original = await keep(files, heic_of_zeros(300, 300))
        kept = names(tmp_path)
        with pytest.raises(NotAPicture):
            await files.encoded(original, SMALL)
        assert names(tmp_path) == kept

    async def test_a_file_that_is_not_whole_has_no_name_yet(self, tmp_path: Path) -> None:
        files, data = await FolderPictures.open(tmp_path, Workshop()), drawn("PNG", (900, 900))
        async with files.new_file() as file:
            await file.write(data)
            [part] = names(tmp_path)
            assert part.endswith(".part")
        assert names(tmp_path) == []

    async def test_opening_takes_away_what_a_killed_process_left(self, tmp_path: Path) -> None:
        await keep(await FolderPictures.open(tmp_path, Workshop()), drawn("PNG"))
        kept = names(tmp_path)
        (tmp_path / "half.part").write_bytes(b"half")
        await FolderPictures.open(tmp_path, Workshop())
        assert names(tmp_path) == kept

    async def test_a_file_above_the_limit_is_refused_before_it_is_whole(self, tmp_path: Path) -> None:
        files = await FolderPictures.open(tmp_path, Workshop(), most_bytes=1_000_000)
        async with files.new_file() as file:
            await file.write(b"x" * 1_000_000)
            with pytest.raises(PictureTooLarge):
                await file.write(b"x")
        assert names(tmp_path) == []

    async def test_cancelled_at_any_moment_no_part_is_left(self, tmp_path: Path) -> None:
        files, data = await FolderPictures.open(tmp_path, Workshop()), drawn("PNG", (1000, 1000))
        chance = random.Random(7)  # noqa: S311 - any moments will do, the same at each run
        tasks = [asyncio.create_task(keep(files, data)) for _ in range(40)]
        for task in tasks:
            asyncio.get_running_loop().call_later(chance.uniform(0, 0.3), task.cancel)
        ends = await asyncio.gather(*tasks, return_exceptions=True)
        assert {type(end) for end in ends} <= {asyncio.CancelledError, StoredPicture}
        await asyncio.get_running_loop().shutdown_default_executor()
        sha256 = hashlib.sha256(data).hexdigest()
        assert names(tmp_path) in ([], [f"{sha256[:2]}/{sha256}.png"])

    @pytest.mark.parametrize("altered", [lambda data: data[:-1], lambda data: bytes([data[0] ^ 1]) + data[1:]])
    async def test_what_has_changed_on_the_disk_is_not_kept_and_can_come_again(
        self, tmp_path: Path, altered: Callable[[bytes], bytes]
    ) -> None:
        files, data = await FolderPictures.open(tmp_path, Workshop()), drawn("PNG")
        picture = await keep(files, data)
        [path] = (tmp_path / name for name in names(tmp_path))
        path.write_bytes(altered(data))
        with capture_logs() as logged:
            assert not await files.renew_intact(picture.sha256)
        assert [line["event"] for line in logged] == ["picture-altered"]
        assert names(tmp_path) == []
        await keep(files, data)
        assert await files.renew_intact(picture.sha256)

    async def test_a_file_that_was_cut_short_is_replaced_by_the_whole_one(self, tmp_path: Path) -> None:
        files, data = await FolderPictures.open(tmp_path, Workshop()), drawn("PNG")
        await keep(files, data)
        [path] = (tmp_path / name for name in names(tmp_path))
        path.write_bytes(data[:100])
        picture = await keep(files, data)
        assert await files.renew_intact(picture.sha256)


class TestSingleFile:
    async def test_the_very_bytes_get_the_name_that_was_asked_for(self, tmp_path: Path) -> None:
        sink, data = SingleFile(tmp_path / "fox.png"), drawn("PNG")
        await keep(sink, data)
        assert sink.path == tmp_path / "fox.png"
        assert sink.path.read_bytes() == data
        assert names(tmp_path) == ["fox.png"]

    @pytest.mark.parametrize(
        ("asked", "kind", "written"),
        [
            ("fox.png", "JPEG", "fox.jpg"),
            ("fox.jpeg", "JPEG", "fox.jpeg"),
            ("fox.JPG", "JPEG", "fox.JPG"),
            ("fox", "WEBP", "fox.webp"),
            ("fox.v2", "PNG", "fox.v2.png"),
            ("fox.v2.jpg", "PNG", "fox.v2.png"),
        ],
    )
    async def test_the_ending_follows_the_bytes(self, tmp_path: Path, asked: str, kind: str, written: str) -> None:
        sink = SingleFile(tmp_path / asked)
        await keep(sink, drawn(kind))
        assert sink.path.name == written
        assert names(tmp_path) == [written]

    async def test_what_was_asked_for_is_replaced_and_nothing_else(self, tmp_path: Path) -> None:
        (tmp_path / "fox.png").write_text("an old one")
        (tmp_path / "fox.jpg").write_text("somebody else's")
        jpeg, png = SingleFile(tmp_path / "fox.png"), SingleFile(tmp_path / "fox.png")
        await keep(jpeg, drawn("JPEG"))
        await keep(png, drawn("PNG"))
        assert (jpeg.path.name, png.path.name) == ("fox-2.jpg", "fox.png")
        assert (tmp_path / "fox.jpg").read_text() == "somebody else's"
        assert names(tmp_path) == ["fox-2.jpg", "fox.jpg", "fox.png"]

    async def test_a_second_picture_of_an_answer_is_kept_too(self, tmp_path: Path) -> None:
        sink = SingleFile(tmp_path / "fox.png")
        await keep(sink, drawn("PNG"))
        await keep(sink, drawn("PNG"))
        assert sink.path.name == "fox.png"
        assert names(tmp_path) == ["fox-2.png", "fox.png"]

    async def test_a_failure_leaves_nothing_behind(self, tmp_path: Path) -> None:
        (tmp_path / "fox.png").write_text("an old one")
        with pytest.raises(NotAPicture):
            await keep(SingleFile(tmp_path / "fox.png"), b"no picture")
        assert names(tmp_path) == ["fox.png"]
        assert (tmp_path / "fox.png").read_text() == "an old one"

    async def test_a_folder_that_is_not_there_is_told(self, tmp_path: Path) -> None:
        with pytest.raises(FileNotFoundError):
            await keep(SingleFile(tmp_path / "missing" / "fox.png"), drawn("PNG"))
