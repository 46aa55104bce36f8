"""Pictures stay as long as something wants them, and the oldest go where there is no more room."""

import os
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Lock

import pytest

from bot.picture_store.picture_files import FolderPictures
from bot.picture_store.sweeping import UNWANTED_FOR, sweep
from bot.pictures.workshop import Workshop
from tests.page.core import draw

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
PLENTY = 1 << 40


class Shelf:
    """Pictures of a folder, each as old as a test says."""

    def __init__(self, folder: Path, files: FolderPictures) -> None:
        self.folder = folder
        self.files = files

    async def put(self, name: str, *, age: timedelta) -> str:
        async with self.files.new_file() as file:
            await file.write(draw(40 + len(name), 30))
            picture = await file.finish()
        used_at = (NOW - age).timestamp()
        os.utime(self.path(picture.sha256), (used_at, used_at))
        return picture.sha256

    def path(self, sha256: str) -> Path:
        [path] = (self.folder / sha256[:2]).glob(f"{sha256}.*")
        return path

    def there(self, *wanted: str) -> list[bool]:
        return [bool(list((self.folder / sha256[:2]).glob(f"{sha256}.*"))) for sha256 in wanted]


async def shelf(folder: Path, *, room: int = PLENTY) -> Shelf:
    files = await FolderPictures.open(folder / "pictures", Workshop(), most_kept_bytes=room)
    return Shelf(folder / "pictures", files)


@pytest.mark.parametrize(
    ("age", "until", "stays"),
    [
        (timedelta(days=40), NOW + DAY, True),
        (timedelta(days=40), NOW - DAY, False),
        (timedelta(days=40), None, True),
        (HOUR, NOW - DAY, True),  # used an hour ago: somebody may still want it edited
        (UNWANTED_FOR + HOUR, NOW - DAY, False),
    ],
)
async def test_a_picture_stays_as_long_as_it_is_wanted(
    tmp_path: Path,
    age: timedelta,
    until: datetime | None,
    stays: bool,  # noqa: FBT001 - parametrized
) -> None:
    kept = await shelf(tmp_path)
    sha256 = await kept.put("a", age=age)
    swept = await kept.files.sweep({sha256: until}, NOW)
    assert kept.there(sha256) == [stays]
    assert (swept.taken, swept.is_full) == (0 if stays else 1, False)


async def test_what_nothing_wants_goes_after_a_day(tmp_path: Path) -> None:
    kept = await shelf(tmp_path)
    young, old = await kept.put("a", age=DAY - HOUR), await kept.put("bb", age=DAY + HOUR)
    await kept.files.sweep({}, NOW)
    assert kept.there(young, old) == [True, False]


async def test_without_room_the_oldest_go_first(tmp_path: Path) -> None:
    kept = await shelf(tmp_path)
    ages = [timedelta(days=days) for days in (3, 1, 2)]
    names = [await kept.put("x" * number, age=age) for number, age in enumerate(ages, start=1)]
    sizes = [kept.path(name).stat().st_size for name in names]
    tight = await shelf(tmp_path, room=sizes[1] + sizes[2])
    swept = await tight.files.sweep(dict.fromkeys(names, NOW + 30 * DAY), NOW)
    assert tight.there(*names) == [False, True, True]
    assert (swept.taken_bytes, swept.kept_bytes, swept.is_full) == (sizes[0], sizes[1] + sizes[2], False)


async def test_what_is_needed_or_new_stays_whatever_the_room(tmp_path: Path) -> None:
    kept = await shelf(tmp_path, room=1)
    needed, new = await kept.put("a", age=timedelta(days=300)), await kept.put("bb", age=timedelta(minutes=59))
    swept = await kept.files.sweep({needed: None, new: NOW + DAY}, NOW)
    assert kept.there(needed, new) == [True, True]
    assert (swept.taken, swept.is_full, kept.files.is_overfull) == (0, True, True)


async def test_a_picture_that_is_renewed_is_new_again(tmp_path: Path) -> None:
    kept = await shelf(tmp_path)
    sha256 = await kept.put("a", age=timedelta(days=300))
    assert await kept.files.renew(sha256)
    await kept.files.sweep({}, datetime.now(UTC))
    assert kept.there(sha256) == [True]


async def test_what_is_not_kept_cannot_be_renewed(tmp_path: Path) -> None:
    kept = await shelf(tmp_path)
    assert not await kept.files.renew("ab" * 32)
    assert not await kept.files.renew("../../etc/passwd")


async def test_the_same_bytes_that_come_again_are_new_again_and_written_once(tmp_path: Path) -> None:
    kept = await shelf(tmp_path)
    sha256 = await kept.put("a", age=timedelta(days=300))
    before = kept.path(sha256).stat().st_ino
    async with kept.files.new_file() as file:
        await file.write(draw(41, 30))
        assert (await file.finish()).sha256 == sha256
    await kept.files.sweep({}, datetime.now(UTC))
    assert kept.path(sha256).stat().st_ino == before


async def test_more_than_may_be_kept_is_noticed_as_it_comes(tmp_path: Path) -> None:
    kept = await shelf(tmp_path, room=1_000)
    await kept.files.sweep({}, NOW)
    assert not kept.files.is_overfull
    for number in range(1, 30):
        await kept.put("x" * number, age=HOUR)
    assert kept.files.is_overfull


def test_a_wanted_picture_that_is_not_there_is_no_fault(tmp_path: Path) -> None:
    nothing: Mapping[str, datetime | None] = {"ab" * 32: None}
    assert sweep(tmp_path, nothing, NOW, most_bytes=1, placing=Lock()).kept_bytes == 0
