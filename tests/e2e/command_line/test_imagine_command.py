"""`plantain imagine` as an owner runs it: a process, a real socket, a file."""

import asyncio
import io
import os
import random
import re
import signal
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from PIL import Image

from tests.programs.child import ROOT, child, run_child
from tests.simulators.image_api import gemini_shapes as shapes
from tests.simulators.image_api.answers import Answer
from tests.simulators.image_api.gateway import KEY, GatewaySimulator
from tests.simulators.waiting import WITHIN_SECONDS

RESULT = re.compile(r"(?P<path>\S+)  (?P<width>\d+)×(?P<height>\d+)  (?P<bytes>[\d,]+) bytes  (?P<seconds>[\d.]+) s\n")


def noise(kind: str = "PNG", size: tuple[int, int] = (64, 36)) -> bytes:
    file = io.BytesIO()
    pixels = random.Random(5).randbytes(size[0] * size[1] * 3)  # noqa: S311 - a picture, not a secret
    Image.frombytes("RGB", size, pixels).save(file, kind)
    return file.getvalue()


@dataclass
class Ended:
    status: int
    out: str
    err: str


@dataclass
class Owner:
    """Runs the program in a folder of its own, with a configuration that names the simulator."""

    folder: Path
    simulator: GatewaySimulator

    def configure(self, *, base_url: str | None = None, auth: str = "bearer") -> None:
        (self.folder / "config.toml").write_text(
            f'[[endpoints]]\nname = "test"\nformat = "gemini"\nbase_url = "{base_url or self.simulator.base_url}"\n'
            f'api_key = "env:TEST_KEY"\nauth = "{auth}"\n'
        )

    def environment(self, key: str = KEY) -> Mapping[str, str]:
        return {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "TEST_KEY": key, "LANG": "en_GB.UTF-8"}

    async def run(self, *arguments: str, key: str = KEY) -> Ended:
        command = ("-m", "bot", "imagine", *arguments)
        status, out, err = await run_child(*command, folder=self.folder, environment=self.environment(key))
        ended = Ended(status=status, out=out, err=err)
        assert key not in ended.out + ended.err
        assert "Traceback" not in ended.err
        return ended

    def files(self) -> set[str]:
        return {path.name for path in self.folder.iterdir()} - {"config.toml"}


@pytest.fixture
async def owner(tmp_path: Path) -> AsyncIterator[Owner]:
    async with GatewaySimulator(picture=noise()) as simulator:
        owner = Owner(tmp_path, simulator)
        owner.configure()
        yield owner


async def test_it_writes_the_very_bytes_and_says_what_it_wrote(owner: Owner) -> None:
    picture = noise(size=(550, 307))
    owner.simulator.answer = shapes.one_picture(picture)
    ended = await owner.run("a red fox", "--ar", "16:9", "--size", "4K", "-o", "fox.png", "--config", "config.toml")
    assert ended.status == 0
    assert ended.err.splitlines() == [
        "Nano Banana Pro · 16:9 · 4K: painting, about 45 s",
        "Asked for 16:9 · 4K (5504×3072); the model made 550×307.",
    ]
    result = RESULT.fullmatch(ended.out)
    assert result is not None
    assert (result["path"], result["width"], result["height"]) == ("fox.png", "550", "307")
    assert int(result["bytes"].replace(",", "")) == len(picture)
    assert (owner.folder / "fox.png").read_bytes() == picture
    assert owner.files() == {"fox.png"}


async def test_the_request_is_what_the_format_asks_for(owner: Owner) -> None:
    await owner.run("a red fox --ar 16:9", "--size", "4k", "-o", "fox.png")
    (request,) = owner.simulator.requests
    assert request.path == "/v1beta/models/gemini-3-pro-image:generateContent"
    assert request.headers["authorization"] == f"Bearer {KEY}"
    assert request.parts == [{"text": "a red fox"}]
    assert request.body["generationConfig"] == {
        "responseModalities": ["TEXT", "IMAGE"],
        "imageConfig": {"aspectRatio": "16:9", "imageSize": "4K"},
    }


async def test_googles_own_header_and_a_model_without_sizes(owner: Owner) -> None:
    owner.configure(auth="x-goog-api-key")
    assert (await owner.run("a red fox", "--ar", "1:1", "--model", "flash", "-o", "fox.png")).status == 0
    (request,) = owner.simulator.requests
    assert request.headers["x-goog-api-key"] == KEY
    assert "authorization" not in request.headers
    assert request.body["generationConfig"]["imageConfig"] == {"aspectRatio": "1:1"}


async def test_a_switch_chooses_the_model_and_the_owner_is_told_of_a_retired_name(owner: Owner) -> None:
    config = owner.folder / "config.toml"
    config.write_text(f'{config.read_text()}models = ["gemini-2.5-flash-image", "nano-banana-pro-preview"]\n')
    ended = await owner.run("a red fox", "--best", "-o", "fox.png")
    assert ended.status == 0
    assert ended.err.splitlines()[0] == (
        "plantain: endpoints[0].models: nano-banana-pro-preview is retired; gemini-3-pro-image is used in its place"
    )
    assert owner.simulator.requests[0].path == "/v1beta/models/gemini-3-pro-image:generateContent"


async def test_pictures_to_edit_go_along_as_they_are(owner: Owner) -> None:
    (owner.folder / "one.png").write_bytes(noise())
    (owner.folder / "two.png").write_bytes(noise("JPEG"))  # its name lies; its bytes count
    arguments = ("make it night", "--edit", "one.png", "--edit", "two.png", "-o", "night.png")
    assert (await owner.run(*arguments)).status == 0
    kinds = [part["inlineData"]["mimeType"] for part in owner.simulator.requests[0].parts if "inlineData" in part]
    assert kinds == ["image/png", "image/jpeg"]


async def test_the_ending_follows_the_bytes_not_the_declared_type(owner: Owner) -> None:
    jpeg = noise("JPEG")
    owner.simulator.answer = shapes.answer(shapes.image(jpeg, mime="image/png"))
    ended = await owner.run("a red fox", "-o", "fox.png")
    assert ended.out.startswith("fox.jpg  64×36  ")
    assert (owner.folder / "fox.jpg").read_bytes() == jpeg


async def test_without_a_name_the_prompt_gives_one_that_is_free(owner: Owner) -> None:
    for _ in range(2):
        assert (await owner.run("A Red Fox, in snow!")).status == 0
    assert owner.files() == {"a-red-fox-in-snow.png", "a-red-fox-in-snow-2.png"}


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (shapes.without_picture("PROHIBITED_CONTENT", {"role": "model"}), "refuses this request"),
        (shapes.answer({"text": "I would rather not."}), "“I would rather not.”"),
        (Answer(body=b"<html>no gateway here</html>", is_judged=False), "answer couldn't be read"),
        (shapes.answer({"text": "x"}, cut_at=40), "connection broke"),
        (shapes.one_picture(noise()[:900]), "answer couldn't be read"),
        (shapes.one_picture(b"not a picture at all"), "answer couldn't be read"),
        (
            shapes.refusal(503, "The model is overloaded.", "upstream_error", headers={"Retry-After": "600"}),
            "about 10 min",
        ),
        (shapes.refusal(403, "quota", "shell_api_error", "insufficient_user_quota"), "funds"),
    ],
)
async def test_a_failure_is_one_clear_sentence_and_leaves_no_file(owner: Owner, answer: Answer, told: str) -> None:
    owner.simulator.answer = answer
    ended = await owner.run("a red fox", "-o", "fox.png")
    assert ended.status == 1
    _, *lines = ended.err.splitlines()
    assert len(lines) == 1
    assert lines[0].startswith("plantain: ")
    assert told in lines[0]
    assert owner.files() == set()


async def test_a_wrong_key_says_so_without_naming_it(owner: Owner) -> None:
    ended = await owner.run("a red fox", "-o", "fox.png", key="sk-a-wrong-one")
    assert ended.status == 1
    assert "isn't set up correctly" in ended.err
    assert owner.files() == set()


async def test_a_dead_server_says_so(owner: Owner) -> None:
    owner.configure(base_url="http://127.0.0.1:9")
    ended = await owner.run("a red fox", "-o", "fox.png")
    assert ended.status == 1
    assert "can't be reached" in ended.err
    assert owner.files() == set()


async def test_a_file_that_is_no_picture_is_named(owner: Owner) -> None:
    (owner.folder / "notes.png").write_text("not a picture")
    ended = await owner.run("make it night", "--edit", "notes.png", "-o", "night.png")
    assert (ended.status, owner.simulator.requests) == (1, [])
    assert ended.err.startswith("plantain: notes.png: ")


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("",), "Tell me what to paint"),
        (("x" * 100_000,), "8,000 is the most"),
        (("a \x07 fox",), "U+0007"),
        (("fox", "--ar", "7:5"), "doesn't paint 7:5"),
        (("fox", "--size", "9K"), "has no size “9K”"),
        (("fox --ar 1:1", "--ar", "16:9"), "is given twice"),
        (("fox", "--model", "gemini-9"), "no model"),
        (("fox", "--fast", "--model", "pro"), "each choose the model"),
        (("fox", "--config", "nowhere.toml"), "nowhere.toml cannot be read"),
    ],
)
async def test_wrong_usage_ends_with_status_two_and_sends_nothing(
    owner: Owner, arguments: tuple[str, ...], told: str
) -> None:
    ended = await owner.run(*arguments)
    assert ended.status == 2
    assert told in ended.err
    assert (owner.simulator.requests, owner.files()) == ([], set())


async def test_a_folder_that_is_not_there_is_found_before_anything_is_paid(owner: Owner) -> None:
    ended = await owner.run("a red fox", "-o", "nowhere/fox.png")
    assert (ended.status, owner.simulator.requests) == (1, [])
    assert "the folder nowhere is not there" in ended.err


async def test_stopped_in_the_middle_it_leaves_no_file(owner: Owner) -> None:
    gate = asyncio.Event()
    owner.simulator.answer = replace(shapes.one_picture(noise(size=(1400, 900))), gate=gate, gate_at=3_000_000)
    command = ("-m", "bot", "imagine", "a red fox", "-o", "fox.png")
    async with (
        child(*command, folder=owner.folder, environment=owner.environment(), stderr=PIPE) as process,
        asyncio.timeout(WITHIN_SECONDS),
    ):
        while not any(name.endswith(".part") for name in owner.files()):  # noqa: ASYNC110 - the disk wakes nobody
            await asyncio.sleep(0.02)
        process.send_signal(signal.SIGINT)
        _, err = await process.communicate()
    gate.set()
    assert process.returncode == 130
    assert b"Traceback" not in err
    assert owner.files() == set()
