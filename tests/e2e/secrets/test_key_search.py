"""Keys, account numbers, balances and signed links: in nothing that the process writes, whatever an endpoint does."""

import os
import re
import sqlite3
from collections.abc import Mapping
from contextlib import AsyncExitStack, closing
from dataclasses import replace
from pathlib import Path

import pytest

from tests.e2e.page.page_client import tab
from tests.e2e.program import running
from tests.programs.child import run_child
from tests.simulators.image_api import chat_empty_shapes, chat_link_shapes, gemini_shapes
from tests.simulators.image_api.answers import Answer
from tests.simulators.image_api.gateway import KEY, GatewaySimulator
from tests.unit.image_api.orders import FOX, LARGE

SIGNATURE = "Kq3v9xZt7Lm2Rp5WbN8sYd4c"
NUMBERS = ("25359", "50264897", "154753475")  # an account and its balances, as gateways tell them with an error
OWN = (re.escape(KEY), *(rf"(?<![0-9A-Za-z.]){number}(?![0-9A-Za-z])" for number in NUMBERS))
SECRETS = re.compile("|".join((*OWN, SIGNATURE)).encode())
SECRETS_OF_LOCALS = re.compile("|".join(OWN).encode())

ECHO = f"Incorrect API key provided: {KEY}. user [25359] quota [50264897] preConsumedQuota [154753475]"
TRANSPORTS: Mapping[str, Answer] = {
    "cut": gemini_shapes.one_picture(LARGE, cut_at=90_000),
    "cut-at-once": gemini_shapes.one_picture(LARGE, cut_at=0),
    "ends-early": gemini_shapes.one_picture(LARGE, ends_at=90_000),
    "shorter-than-it-says": gemini_shapes.one_picture(FOX, length_off_by=7),
    "badly-packed": Answer(body=b"\x1f\x8b not gzip at all", headers={"Content-Encoding": "gzip"}, is_judged=False),
    "never": gemini_shapes.one_picture(FOX, latency_seconds=60),
    "drips": gemini_shapes.one_picture(LARGE, chunk_bytes=64, pause_seconds=0.1),
    "echo": gemini_shapes.refusal(401, ECHO, "invalid_request_error", "invalid_api_key"),
    "echo-in-plain-words": Answer(body=ECHO.encode(), status=400, headers={"Content-Type": "text/plain"}),
    "echo-in-a-page": Answer(body=f"<html>{ECHO}</html>".encode(), status=502),
    "echo-in-an-answer": Answer(body={"error": {"message": ECHO, "code": KEY}}, is_judged=False),
    "echo-in-headers": Answer(body={"error": ECHO}, status=503, headers={"x-request-id": KEY}),
    "echo-in-a-redirect": Answer(body=b"", status=302, headers={"Location": f"/login?key={KEY}"}),
    "echo-in-half-an-answer": Answer(body=f'{{"error": {{"message": "{ECHO}'.encode(), is_judged=False),
    "echo-in-events": Answer(
        body=b'data: {"error": {"message": "%b", "code": 403}}\n\n' % ECHO.encode(),
        headers={"Content-Type": "text/event-stream"},
        is_judged=False,
    ),
}


def answers(wire_format: str) -> dict[str, Answer]:
    """Return every way to fail, by a name for its model."""
    shapes = gemini_shapes if wire_format == "gemini" else chat_empty_shapes
    return {
        **{f"refusal-{name}": replace(answer, is_judged=False) for name, answer in gemini_shapes.REFUSALS.items()},
        **{f"empty-{name}": make(LARGE) for name, make in shapes.EMPTY_SHAPES.items()},
        **{f"transport-{name}": replace(answer, is_judged=False) for name, answer in TRANSPORTS.items()},
    }


def linked(wire_format: str, simulator: GatewaySimulator) -> dict[str, Answer]:
    """Return answers that name a picture by a signed link: it is there, it is not, it is none, it is a page."""
    query = f"Expires=1795489734&Signature={SIGNATURE}"
    simulator.put("page.png", Answer(body=f"<Error>{SIGNATURE}</Error>".encode(), status=403))
    links = {
        "fetched": simulator.put("fox.png", FOX),
        "gone": f"{simulator.base_url}/files/gone.png",
        "forbidden": f"{simulator.base_url}/files/page.png",
        "inwards": "http://10.0.0.1/fox.png",
        "no-address": "http://127.0.0.1:port/fox.png",
    }
    if wire_format == "gemini":
        return {
            name: gemini_shapes.answer({"text": f"Here it is: {link}?{query}"}, is_judged=False)
            for name, link in links.items()
        }
    return {name: chat_link_shapes.LINK_SHAPES["38"](f"{link}?{query}") for name, link in links.items()}


MODEL = """
[models.{name}]
title = "{name}"
ratios = []
max_references = 0
formats = {{ {wire_format} = [] }}
credits = {{ any = 0 }}
cost = {{ any = "0" }}
expected_seconds = {{ any = 1 }}
longest_seconds = {{ any = 2 }}

[[endpoints]]
name = "{number}"
format = "{wire_format}"
base_url = "{base_url}"
api_key = "env:{key}"
auth = "{auth}"
models = ["{name}"]
fetch_from = ["127.0.0.1"]
"""


def model(name: str, number: int, wire_format: str, base_url: str, *, key: str = "KEY") -> str:
    auth = "x-goog-api-key" if wire_format == "gemini" and number % 2 else "bearer"
    return MODEL.format(name=name, number=number, wire_format=wire_format, base_url=base_url, auth=auth, key=key)


@pytest.mark.parametrize("wire_format", ["gemini", "openai"])
async def test_no_secret_is_in_anything_that_was_written(tmp_path: Path, wire_format: str) -> None:
    config = ["[jobs]\nmost_at_once = 32\nlongest_wait_seconds = 1\n[credits]\ndaily = 1\n"]
    async with AsyncExitStack() as stack:
        host = await stack.enter_async_context(GatewaySimulator())
        wanted = {**answers(wire_format), **{f"link-{name}": each for name, each in linked(wire_format, host).items()}}
        simulators = []
        for number, (name, answer) in enumerate(wanted.items()):
            simulator = await stack.enter_async_context(GatewaySimulator())
            simulator.answer = answer
            simulators.append(simulator)
            config.append(model(name, number, wire_format, simulator.base_url))
        config.append(model("unreachable", len(wanted), wire_format, "http://127.0.0.1:9"))
        config.append(model("not-encrypted", len(wanted) + 1, wire_format, host.base_url.replace("http:", "https:")))
        config.append(model("bad-key", len(wanted) + 2, wire_format, host.base_url, key="BAD_KEY"))
        out, err = await run_talkative_bot(tmp_path, "\n".join(config))
        assert [name for name, simulator in zip(wanted, simulators, strict=True) if not simulator.requests] == []
        assert "fox.png" in host.fetched
    assert found(out, err, tmp_path) == []
    painted = dict.fromkeys(("link-fetched", "transport-shorter-than-it-says"), "painted")
    failed = dict.fromkeys((*wanted, "unreachable", "not-encrypted", "bad-key"), "failed")
    assert outcomes(tmp_path) == failed | painted


async def run_talkative_bot(folder: Path, config: str) -> tuple[bytes, bytes]:
    """Run the bot and return everything it wrote to its two streams."""
    (folder / "config.toml").write_text(config)
    environment = {"PATH": os.environ["PATH"], "KEY": KEY, "BAD_KEY": f"{KEY}é"}
    arguments = ("-m", "tests.e2e.secrets.talkative_bot", str(folder / "config.toml"))
    status, told, warned = await run_child(*arguments, environment=environment, within_seconds=300)
    assert status == 0, warned[-4000:]
    out, err = told.encode(), warned.encode()
    for proof in (b"LOCALS", b"ERROR", b"SAID", b"Traceback"):
        assert proof in out, f"it did not talk: {proof!r} is missing"
    for proof in (b"connect_tcp", b"HTTP Request: POST", b'"no-picture"', b'"try-failed"'):
        assert proof in err, f"it did not talk: {proof!r} is missing"
    return out, err


def found(out: bytes, err: bytes, folder: Path) -> list[str]:
    """Find where a secret stands, each with what is around it.

    The program itself never writes locals. They are searched for what must not even be in a frame that an exception
    passes: the key, and the numbers, but for answers that repeat them; those are read by some frame.
    """
    lines = out.splitlines()
    told = [line for line in lines if line.startswith(b"LOCALS ") and not line.startswith(b"LOCALS transport-echo")]
    places = {str(path): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    places["stderr"] = err
    places["stdout"] = b"\n".join(line for line in lines if not line.startswith(b"LOCALS "))
    hits = [(place, content, hit) for place, content in places.items() for hit in SECRETS.finditer(content)]
    hits += [("locals", line, hit) for line in told for hit in SECRETS_OF_LOCALS.finditer(line)]
    return [
        f"{place}: …{content[max(0, hit.start() - 300) : hit.end() + 60].decode(errors='replace')}…"
        for place, content, hit in hits
    ]


def outcomes(folder: Path) -> dict[str, str]:
    with closing(sqlite3.connect(folder / "plantain-data/plantain.db")) as database:
        question = "SELECT model, state FROM requests JOIN jobs ON jobs.request = requests.id"
        return dict(database.execute(question).fetchall())


async def test_no_secret_is_in_what_the_program_itself_writes(tmp_path: Path) -> None:
    """`plantain run` as it is, with its page, its transcript and its log."""
    shapes = {
        "balance": gemini_shapes.REFUSALS["32"],
        "echo": TRANSPORTS["echo-in-plain-words"],
        "echo-in-an-answer": TRANSPORTS["echo-in-an-answer"],
    }
    config = ['[credits]\ndaily = 1\n[platforms.web]\nlisten = "127.0.0.1:0"\n']
    async with AsyncExitStack() as stack:
        host = await stack.enter_async_context(GatewaySimulator())
        wanted = {**shapes, **{f"link-{name}": each for name, each in linked("gemini", host).items() if name != "gone"}}
        for number, (name, answer) in enumerate(wanted.items()):
            simulator = await stack.enter_async_context(GatewaySimulator())
            simulator.answer = answer
            config.append(model(name, number, "gemini", simulator.base_url))
        (tmp_path / "config.toml").write_text("\n".join(config))
        arguments = ("run", "--config", str(tmp_path / "config.toml"))
        program = await stack.enter_async_context(running(*arguments, environment={"KEY": KEY}))
        page = await stack.enter_async_context(tab(program.link))
        for name in wanted:
            await page.say(f"/imagine a red fox --model {name}")
        entries = await page.until(lambda entries: sum(entry["progress"] is None for entry in entries) > len(wanted))
        assert await program.stop() == 0
    assert outcomes(tmp_path) == {**dict.fromkeys(wanted, "failed"), "link-fetched": "painted"}
    assert found(str(entries).encode(), "".join(program.output).encode(), tmp_path) == []
    assert "no-picture" in "".join(program.output)
