"""What a process that decodes strangers' pictures has in its hands: nothing but its pipes and the pictures."""

import asyncio
import errno
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from bot.domain.errors import PictureTooLarge
from bot.picture_store.picture_files import FolderPictures
from bot.pictures.look import look
from bot.pictures.references import to_references
from bot.pictures.workers.answers import BrokenAnswer, read_answer
from bot.pictures.workshop import Files, Workshop
from bot.ports import SourcePicture
from tests.unit.pictures.drawn import heic, noise, saved

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the confinement is Linux's")

KEY = "sk-very-secret-key"
SIZE = (90, 60)
NOT_PERMITTED = {errno.EPERM, errno.EACCES}


def of_process(process: int, name: str) -> bytes:
    return Path(f"/proc/{process}/{name}").read_bytes()


def descriptors(process: int) -> dict[int, str]:
    return {int(path.name): str(path.readlink()) for path in Path(f"/proc/{process}/fd").iterdir()}


def start_a_program() -> int:
    return subprocess.call([sys.executable, "-c", ""])


async def refusal(workshop: Workshop, work: Callable[..., int | list[str] | bytes | None], *arguments: object) -> bool:
    """Whether the kernel does not permit this in a worker."""
    try:
        await workshop.run(work, *arguments)
    except OSError as fault:
        return fault.errno in NOT_PERMITTED
    return False


def open_socket(family: int) -> int:
    with socket.socket(family) as opened:
        return opened.fileno()


async def test_a_worker_has_none_of_the_bots_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLANTAIN_TEST_KEY", KEY)
    workshop = Workshop()
    process = await workshop.run(os.getpid)
    assert of_process(process, "environ") == b""
    assert set(await workshop.run(environment)) <= {"LC_CTYPE", "VIPS_CONCURRENCY", "VIPS_DISC_THRESHOLD"}  # made there


def environment() -> list[str]:
    return sorted(os.environ)


async def test_a_worker_has_no_descriptors_but_its_pipes(tmp_path: Path) -> None:
    with (tmp_path / "secret").open("w") as inherited, socket.socket() as listening:
        os.set_inheritable(inherited.fileno(), True)  # noqa: FBT003 - the system's own signature
        os.set_inheritable(listening.fileno(), True)  # noqa: FBT003 - the system's own signature
        workshop = Workshop()
        process = await workshop.run(os.getpid)
    found = list(descriptors(process).values())
    pipes = [name for name in found if name.startswith("pipe:")]
    own = {"/dev/null", f"/proc/{process}/status"}
    assert len(pipes) == 2
    assert set(found) - set(pipes) <= own, found


async def test_a_worker_gains_no_privileges_and_its_system_calls_are_filtered() -> None:
    workshop = Workshop()
    process = await workshop.run(os.getpid)
    status = of_process(process, "status").decode()
    assert re.search(r"^NoNewPrivs:\t1$", status, re.MULTILINE)
    assert re.search(r"^Seccomp:\t2$", status, re.MULTILINE)


@pytest.mark.parametrize("family", [socket.AF_INET, socket.AF_INET6, socket.AF_UNIX])
async def test_a_worker_opens_no_socket(family: int) -> None:
    assert await refusal(Workshop(), open_socket, family)


async def test_a_worker_starts_no_program() -> None:
    assert await refusal(Workshop(), start_a_program)


async def test_a_worker_reaches_only_the_files_it_is_given(tmp_path: Path) -> None:
    given, secret, one = tmp_path / "pictures", tmp_path / "plantain.db", tmp_path / "one.png"
    given.mkdir()
    for path in (given / "known", secret, one):
        path.write_bytes(b"bytes")
    workshop = Workshop(files=Files(folders=[given], readable=[one]))
    assert await workshop.run(Path.read_bytes, given / "known") == b"bytes"
    assert await workshop.run(Path.read_bytes, one) == b"bytes"
    assert await workshop.run(Path.write_bytes, given / "new", b"made") == 4
    assert await refusal(workshop, Path.read_bytes, secret)
    assert await refusal(workshop, Path.write_bytes, one, b"changed")
    assert await refusal(workshop, Path.write_bytes, tmp_path / "other", b"made")
    assert await refusal(workshop, os.listdir, given)  # who does not know a picture's name does not find it
    assert await refusal(workshop, Path.read_bytes, Path("/etc/passwd"))
    assert await refusal(workshop, Path.read_bytes, Path(f"/proc/{os.getpid()}/environ"))
    assert await refusal(workshop, Path.read_bytes, given / ".." / "plantain.db")


async def test_a_file_that_a_worker_makes_is_the_bots_alone(tmp_path: Path) -> None:
    await Workshop().run(Path.write_bytes, tmp_path / "made", b"bytes")
    assert (tmp_path / "made").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    "data",
    [
        lambda: saved(noise(SIZE), "PNG"),
        lambda: saved(noise(SIZE), "JPEG"),
        lambda: saved(noise(SIZE), "WEBP"),
        lambda: saved(noise(SIZE).convert("P"), "GIF"),
        lambda: saved(noise(SIZE), "AVIF"),
        lambda: heic(noise((260, 200))),
        lambda: saved(noise(SIZE).convert("CMYK"), "JPEG"),
    ],
    ids=["png", "jpeg", "webp", "gif", "avif", "heic", "cmyk"],
)
async def test_a_confined_worker_decodes_every_kind(data: Callable[[], bytes], tmp_path: Path) -> None:
    workshop = Workshop(files=Files(folders=[tmp_path / "pictures"]))
    files = await FolderPictures.open(tmp_path / "pictures", workshop)
    async with files.new_file() as file:
        await file.write(data())
        picture = await file.finish()
    source = SourcePicture(picture=picture, open_file=lambda: files.local_file(picture.sha256))
    (reference,) = await to_references([source], most_bytes=7_000_000, most_file_bytes=None, workshop=workshop)
    (tmp_path / "reference").write_bytes(reference.data)
    seen = await asyncio.to_thread(look, tmp_path / "reference")
    assert (seen.mime, seen.width, seen.height) == (reference.mime, picture.width, picture.height)


def take_over(answer: bytes) -> None:
    """Write what one likes where answers are read, as whoever has taken over the process can."""
    for descriptor in range(3, 16):
        try:
            os.write(descriptor, answer)
        except OSError:
            continue
    signal.pause()


PICKLE = b"cos\nsystem\n(S'touch pwned'\ntR."


@pytest.mark.parametrize(
    "answer",
    [
        PICKLE,
        len(PICKLE).to_bytes(4, "big") + bytes(4) + PICKLE,
        b"\xff" * 64,
        b"\0\0\0\2\0\0\0\0[]",
        b"\0\0\0\2\0\0\0\0{}",
        b"\0\0\xff\xff\0\0\0\0" + b"[" * 0xFFFF,
        b"\0\0\0\x1d\0\0\0\0" + b'{"fault": "SystemExit","text"}',
    ],
    ids=["pickle", "pickle as a head", "too long", "a list", "nothing", "deep", "half"],
)
async def test_a_worker_that_was_taken_over_gains_nothing_by_its_answers(answer: bytes) -> None:
    workshop = Workshop()
    with pytest.raises(PictureTooLarge):
        await workshop.run(take_over, answer)
    assert await workshop.run(os.getpid) != os.getpid()


def test_no_answer_makes_the_bot_raise_what_it_does_not_know() -> None:
    reading, writing = os.pipe()
    head = b'{"fault": "KeyboardInterrupt", "text": "now", "is_last": 1}'
    with os.fdopen(reading, "rb") as answers, os.fdopen(writing, "wb") as sent:
        sent.write(len(head).to_bytes(4, "big") + bytes(4) + head)
        sent.close()
        answer = read_answer(answers)
        assert (type(answer.fault).__name__, answer.is_last) == ("WorkFailed", False)
        with pytest.raises(BrokenAnswer):
            read_answer(answers)
