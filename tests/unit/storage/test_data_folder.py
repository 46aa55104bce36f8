"""One process per data folder; and what a killed process leaves."""

import os
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from bot.domain.credits import CreditPolicy
from bot.domain.errors import DataFolderInUse
from bot.domain.presentation import Encoding
from bot.domain.requests.requests import AfterCrash
from bot.picture_store.picture_files import FolderPictures
from bot.pictures.workshop import Workshop
from bot.storage.data_folder import load_secret, open_data_folder
from bot.storage.engines.database import Database
from bot.storage.store import SqlStore
from bot.storage.transcript import SqlTranscript
from bot.wiring.clock import SystemClock
from tests.contract.stores import MORNING
from tests.fakes.clock import PassingClock
from tests.programs.child import ROOT, child
from tests.unit.pictures.drawn import noise, saved


@asynccontextmanager
async def living_process(folder: Path, *, requests: int) -> AsyncIterator[None]:
    """Run a process that works in the folder. It is killed at the end with SIGKILL."""
    async with child("-m", "tests.unit.storage.living_process", str(folder)) as process:
        assert process.stdout is not None
        for _ in range(requests):
            assert await process.stdout.readline()
        yield


def test_a_folder_is_made_for_its_owner_alone(tmp_path: Path) -> None:
    with open_data_folder(tmp_path / "new" / "data") as folder:
        assert folder.stat().st_mode & 0o777 == 0o700


@pytest.fixture(params=[0o000, 0o022, 0o077], ids=oct)
def umask(request: pytest.FixtureRequest) -> Iterator[None]:
    before = os.umask(request.param)
    yield
    os.umask(before)


async def use(folder: Path) -> None:
    """Use everything that is kept in a data folder: the lock, the database, a secret, a picture and a copy of it."""
    with open_data_folder(folder):
        load_secret(folder, "secret")
        database = await Database.open(folder / "plantain.db")
        try:
            await SqlTranscript(database, SystemClock()).append("conversation", "key", {})
            files = await FolderPictures.open(folder / "pictures", Workshop())
            async with files.new_file() as file:
                await file.write(saved(noise((90, 60)), "PNG"))
                picture = await file.finish()
            await files.encoded(picture, COPY)
            assert (folder / "plantain.db-wal").exists()
            assert modes(folder) == {"file": {"0600"}, "folder": {"0700"}}
        finally:
            await database.close()


COPY = Encoding(mime="image/jpeg", transparent_mime=None, quality=80, width=50, height=50, most_bytes=100_000)


def modes(folder: Path) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {"file": set(), "folder": {mode_of(folder.resolve())}}
    for path in folder.rglob("*"):
        found["folder" if path.is_dir() else "file"].add(mode_of(path))
    return found


def mode_of(path: Path) -> str:
    return f"{path.lstat().st_mode & 0o7777:04o}"


@pytest.mark.usefixtures("umask")
async def test_everything_that_is_kept_is_the_bots_alone(tmp_path: Path) -> None:
    await use(tmp_path / "data")


@pytest.mark.usefixtures("umask")
async def test_what_an_older_release_left_open_is_closed_and_said_once(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    (folder / "pictures").mkdir(parents=True)
    for path in (folder, folder / "pictures"):
        path.chmod(0o755)
    for name in ("plantain.db", "plantain.db-wal", "plantain.db-shm", "plantain.lock"):
        (folder / name).touch()
        (folder / name).chmod(0o644)
    with capture_logs() as told:
        await use(folder)
        await use(folder)
    assert [(entry["event"], entry["folder"], entry["mode_was"]) for entry in told] == [
        ("folder-closed-to-others", str(folder), "0755"),
        ("folder-closed-to-others", str(folder / "pictures"), "0755"),
    ]


async def test_a_folder_is_closed_where_a_link_leads(tmp_path: Path) -> None:
    (tmp_path / "disk").mkdir()
    (tmp_path / "disk").chmod(0o755)
    (tmp_path / "data").symlink_to(tmp_path / "disk")
    await use(tmp_path / "data")
    assert mode_of(tmp_path / "disk") == "0700"


OTHER_USER = """
import os, sys
from pathlib import Path
from bot.domain.errors import StorageUnusable
from bot.storage.data_folder import examine_data_folder, open_data_folder
os.setgroups([])
os.setgid(12345)
os.setuid(12345)
for look in (examine_data_folder, lambda folder: open_data_folder(folder).__enter__()):
    try:
        look(Path(sys.argv[1]))
        print("taken")
    except StorageUnusable as fault:
        print(fault)
"""


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can be another user")
def test_a_folder_of_another_user_that_others_can_read_is_refused(tmp_path: Path) -> None:
    with tempfile.TemporaryDirectory() as top:  # whose parents others may go through
        Path(top).chmod(0o755)
        folder = Path(top) / "volume"
        folder.mkdir()
        folder.chmod(0o777)
        command = [sys.executable, "-c", OTHER_USER, str(folder)]
        told = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.splitlines()
        assert list(folder.iterdir()) == []
    sentence = (
        f"the data folder {folder} can be read by others, and this user cannot change that; give it to the user "
        f"that runs Plantain, or let data_dir name a new folder in it, such as {folder}/plantain"
    )
    assert told == [sentence, sentence]


def test_a_folder_in_use_is_refused_until_it_is_left(tmp_path: Path) -> None:
    with open_data_folder(tmp_path), pytest.raises(DataFolderInUse), open_data_folder(tmp_path):
        pass
    with open_data_folder(tmp_path) as again:
        assert again == tmp_path


@pytest.mark.parametrize("requests", [1, 9, 30])
async def test_a_killed_process_leaves_a_free_folder_and_balanced_books(tmp_path: Path, requests: int) -> None:
    async with living_process(tmp_path, requests=requests):
        with pytest.raises(DataFolderInUse), open_data_folder(tmp_path):
            pass
    with open_data_folder(tmp_path) as folder:
        database = await Database.open(folder / "store.db")
        try:
            store = SqlStore(database, CreditPolicy(daily=1_000_000), PassingClock(MORNING))
            assert await store.check_ledger() == []
            assert len(await store.undelivered()) >= requests
            await store.recover(after_crash=AfterCrash.REPAINT, max_attempts=2)
            assert await store.check_ledger() == []
            assert (await store.queue()).painting == ()
        finally:
            await database.close()
