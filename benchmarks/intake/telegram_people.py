"""Telegram in a process of its own, with people who write when they are told to.

`python -m benchmarks.intake.telegram_people COUNT` prints the addresses of the simulated Bot API, then takes a line for
each thing to do: how many people say `/imagine` at the same moment. It answers with the moment, on the system's
monotonic clock, which all processes share.
"""

import asyncio
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from benchmarks.answers.endpoint import ROOT
from tests.simulators.telegram.api import TelegramSimulator

PROMPT = "/imagine a red fox in snow --ar 16:9"


@dataclass(frozen=True, slots=True)
class People:
    """The process, from outside."""

    process: subprocess.Popen[str]
    addresses: dict[str, str]  # token, base_url, base_file_url

    def write(self, count: int) -> float:
        """Have so many people write at once. Return the moment when all have written, in seconds."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(f"{count}\n")
        self.process.stdin.flush()
        return float(self.process.stdout.readline())


@contextmanager
def people_process(count: int) -> Iterator[People]:
    """Start the process with so many people."""
    command = [sys.executable, "-m", "benchmarks.intake.telegram_people", str(count)]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield People(process, json.loads(process.stdout.readline()))
        finally:
            process.kill()


async def serve(count: int) -> None:
    """Do what the lines of standard input say."""
    async with TelegramSimulator() as telegram:
        rooms = [telegram.private(telegram.person(f"P{number}", language_code="en")) for number in range(count)]
        for room in rooms:
            room.start()
        telegram.updates.clear()
        addresses = (telegram.token, telegram.base_url, telegram.base_file_url)
        _tell(json.dumps(dict(zip(("token", "base_url", "base_file_url"), addresses, strict=True))))
        while line := await asyncio.to_thread(sys.stdin.readline):
            for room in rooms[: int(line)]:
                assert room.person is not None
                room.say(room.person, PROMPT)
            _tell(str(time.monotonic()))


def _tell(line: str) -> None:
    print(line, flush=True)


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1])))
