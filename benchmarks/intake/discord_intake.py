"""How long commands on Discord wait to be acknowledged, while pictures are received and sent on."""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from benchmarks.answers.endpoint import ROOT
from benchmarks.intake.discord_people import People, people_process
from benchmarks.intake.waiting import Waiting

ONE_BY_ONE = 20
MOST_PICTURES = 16
_PATIENCE_SECONDS = 120.0


def measured(base_url: str, at_once: int, *, pictures: int) -> Waiting:
    """Measure from a command to its acknowledgement. Raises RuntimeError if one of the pictures does not arrive."""
    with people_process(at_once + pictures + ONE_BY_ONE + 1) as people, _bot(people, base_url):
        people.tell("ready")
        people.tell("ask 1")  # the first is slower
        _until_arrived(people, 1)
        if pictures:
            people.tell(f"ask {pictures}")
        burst = people.tell(f"ask {at_once}")
        alone = [people.tell("ask 1")[0] for _ in range(ONE_BY_ONE)]
        _until_arrived(people, 1 + pictures)
    return Waiting.of([seconds * 1000 for seconds in burst], [seconds * 1000 for seconds in alone])


def _until_arrived(people: People, count: int) -> None:
    until = time.monotonic() + _PATIENCE_SECONDS
    while people.tell("pictures") < count:
        if time.monotonic() > until:
            raise RuntimeError(f"{count} pictures did not arrive")
        time.sleep(0.1)


@contextmanager
def _bot(people: People, base_url: str) -> Iterator[None]:
    """Run the program, with limits that allow all the pictures of the measurement at once."""
    with tempfile.TemporaryDirectory() as folder:
        config = Path(folder) / "config.toml"
        config.write_text(_configuration(people.addresses, base_url), encoding="utf-8")
        command = [sys.executable, "-m", "bot", "run", "--config", str(config)]
        secrets = {"BENCH_KEY": "sk-benchmark-0123456789", "BENCH_TOKEN": people.addresses["token"]}
        with subprocess.Popen(
            command, cwd=ROOT, env=os.environ | secrets, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        ) as process:
            try:
                yield
            finally:
                process.kill()


def _configuration(addresses: Mapping[str, str], base_url: str) -> str:
    return (
        f"[jobs]\nmost_at_once = {MOST_PICTURES}\n"
        f'[[endpoints]]\nname = "benchmark"\nformat = "gemini"\nbase_url = "{base_url}"\napi_key = "env:BENCH_KEY"\n'
        f"most_at_once = {MOST_PICTURES}\n"
        "[credits]\ndaily = 1000\n"
        f'[platforms.discord]\ntoken = "env:BENCH_TOKEN"\napi_url = "{addresses["api_url"]}"\n'
        f'gateway_url = "{addresses["gateway_url"]}"\n'
    )
