"""What a piece of work may take, what becomes of one that takes more, and that no process outlives its bot."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from bot.domain.errors import NotAPicture, PictureTooLarge
from bot.pictures.workers.answers import WorkFailed
from bot.pictures.workshop import Limits, Workshop

SMALL = Limits(memory_bytes=60_000_000, cpu_seconds=0.3, wall_seconds=20)
ROOT = Path(__file__).parents[3]


def eat(size_bytes: int) -> int:
    return len(bytearray(size_bytes))


def eat_bit_by_bit(size_bytes: int) -> int:
    return sum(len(piece) for piece in [os.urandom(1 << 20) for _ in range(size_bytes >> 20)])


LEAKED: list[bytearray] = []


def leak(size_bytes: int) -> int:
    LEAKED.append(bytearray(size_bytes))
    return os.getpid()


def spin(cpu_seconds: float) -> float:
    while time.process_time() < cpu_seconds:
        pass
    return cpu_seconds


def spin_briefly() -> int:
    spin(time.process_time() + 0.15)
    return os.getpid()


def crash() -> None:
    os.kill(os.getpid(), signal.SIGSEGV)


def refuse() -> None:
    raise NotAPicture("half a picture")


def fail() -> None:
    raise LookupError("a mistake of ours")


def wait_for(path: Path) -> None:
    """Tell that the work has begun, and do it until killed, at most for a minute."""
    path.write_text(str(os.getpid()))
    time.sleep(60)


def modules() -> list[str]:
    return [name.partition(".")[0] for name in sys.modules] + [name for name in sys.modules if name.startswith("bot.")]


async def written(path: Path) -> int:
    """Wait until a process has begun to work, and return its ID."""
    return await asyncio.to_thread(_written, path)


def _written(path: Path) -> int:
    for _ in range(2000):
        if path.exists() and (text := path.read_text()):
            return int(text)
        time.sleep(0.01)
    raise AssertionError("nobody began to work")


async def is_gone(process: int) -> bool:
    """Whether a process ends within ten seconds."""
    return await asyncio.to_thread(_is_gone, process)


def _is_gone(process: int) -> bool:
    for _ in range(1000):
        try:
            if "\nState:\tZ" in Path(f"/proc/{process}/status").read_text(encoding="ascii"):
                return True
        except (FileNotFoundError, ProcessLookupError):
            return True
        time.sleep(0.01)
    return False


async def test_work_is_done_in_another_process_that_stays() -> None:
    workshop = Workshop()
    first, second = await workshop.run(os.getpid), await workshop.run(os.getpid)
    assert first == second != os.getpid()


@pytest.mark.parametrize("work", [eat, eat_bit_by_bit])
async def test_what_takes_too_much_memory_is_too_large(work: object) -> None:
    assert callable(work)
    workshop = Workshop(SMALL)
    assert await workshop.run(work, 30 << 20) == 30 << 20
    with pytest.raises(PictureTooLarge):
        await workshop.run(work, 80 << 20)
    assert await workshop.run(work, 30 << 20) == 30 << 20


async def test_what_takes_too_much_of_the_processor_is_too_large() -> None:
    with pytest.raises(PictureTooLarge):
        await Workshop(SMALL).run(spin, 60.0)


async def test_a_process_that_leaks_is_replaced_before_anybody_is_refused_for_it() -> None:
    workshop = Workshop(Limits(memory_bytes=50_000_000))
    processes = [await workshop.run(leak, 30 << 20) for _ in range(12)]
    assert 1 < len(set(processes)) < 6
    assert await workshop.run(eat, 40_000_000) == 40_000_000


async def test_each_piece_of_work_has_the_whole_time() -> None:
    workshop = Workshop(SMALL)
    processes = {await workshop.run(spin_briefly) for _ in range(4)}
    assert len(processes) == 1


async def test_what_takes_too_long_is_too_large(tmp_path: Path) -> None:
    begun = tmp_path / "begun"
    for wall_seconds in (3, 6, 12, 24):  # where the machine is busy, a process may not have begun within three seconds
        with pytest.raises(PictureTooLarge):
            await Workshop(Limits(wall_seconds=wall_seconds)).run(wait_for, begun)
        if begun.exists():
            break
    assert await is_gone(await written(begun))


async def test_a_crash_is_one_pictures_misfortune() -> None:
    workshop = Workshop()
    with pytest.raises(PictureTooLarge):
        await workshop.run(crash)
    assert await workshop.run(os.getpid) != os.getpid()


async def test_what_work_raises_comes_over() -> None:
    workshop = Workshop()
    with pytest.raises(NotAPicture, match="half a picture"):
        await workshop.run(refuse)
    with pytest.raises(WorkFailed, match=r"in fail\n[^§]*LookupError: a mistake of ours"):
        await workshop.run(fail)
    with pytest.raises(FileNotFoundError) as caught:
        await workshop.run(Path.read_bytes, Path("/none"))
    assert (caught.value.filename, caught.value.strerror) == ("/none", "No such file or directory")


async def test_no_more_work_at_once_than_there_is_room_for(tmp_path: Path) -> None:
    workshop = Workshop(at_once=1)
    first = asyncio.create_task(workshop.run(wait_for, tmp_path / "first"))
    await written(tmp_path / "first")
    second = asyncio.create_task(workshop.run(wait_for, tmp_path / "second"))
    done, _ = await asyncio.wait((first, second), timeout=0.5)
    assert (done, (tmp_path / "second").exists()) == (set(), False)
    first.cancel()
    process = await written(tmp_path / "second")
    second.cancel()
    await asyncio.wait((first, second))
    assert await is_gone(process)


async def test_work_that_nobody_waits_for_any_more_is_killed(tmp_path: Path) -> None:
    task = asyncio.create_task(Workshop().run(wait_for, tmp_path / "begun"))
    process = await written(tmp_path / "begun")
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await is_gone(process)


@pytest.mark.parametrize("turns", [0, 1, 2, 5, 20])
async def test_cancelled_while_its_process_starts_nothing_is_lost(turns: int) -> None:
    workshop = Workshop()
    task = asyncio.create_task(workshop.run(os.getpid))
    for _ in range(turns):
        await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await workshop.run(os.getpid) != os.getpid()


async def test_signals_to_the_whole_group_do_not_end_the_work() -> None:
    workshop = Workshop()
    process = await workshop.run(os.getpid)
    for number in (signal.SIGINT, signal.SIGTERM):
        os.kill(process, number)
    assert await workshop.run(os.getpid) == process


BOT = """
import asyncio, sys
from pathlib import Path
from bot.pictures.workshop import Workshop
from tests.unit.pictures.test_workshop import wait_for
async def main(at_work, told):
    workshop = Workshop()
    told.write_text(str(await workshop.run(__import__("os").getpid)))
    if at_work:
        await workshop.run(wait_for, told.with_name("begun"))
    await asyncio.sleep(float(sys.argv[3]))
asyncio.run(main(sys.argv[1] == "at work", Path(sys.argv[2])))
"""


def started(doing: str, told: Path, *, seconds: int) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-c", BOT, doing, str(told), str(seconds)], cwd=ROOT)


async def test_a_bot_that_ends_leaves_no_process(tmp_path: Path) -> None:
    with started("idle", tmp_path / "told", seconds=0) as bot:
        process = await written(tmp_path / "told")
        assert await asyncio.to_thread(bot.wait, 30) == 0
    assert await is_gone(process)


@pytest.mark.parametrize("doing", ["idle", "at work"])
async def test_a_bot_that_is_killed_leaves_no_process(doing: str, tmp_path: Path) -> None:
    with started(doing, tmp_path / "told", seconds=60) as bot:
        process = await written(tmp_path / ("begun" if doing == "at work" else "told"))
        bot.kill()
    assert await is_gone(process)


async def test_the_program_itself_is_not_loaded_into_the_process() -> None:
    loaded = set(await Workshop().run(modules))
    assert "pyvips" in loaded
    assert loaded.isdisjoint({"click", "pydantic", "httpx", "sqlalchemy", "aiohttp", "adapters", "bot.cli"})
