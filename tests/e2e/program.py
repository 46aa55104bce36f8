"""The program as its users run it: a process of its own, to be asked over HTTP and killed at will."""

import asyncio
import re
import signal
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).parents[2]
LINK = re.compile(r"http://\S+/open\?key=\S+")


@dataclass
class Program:
    """A running `plantain`; `output` is everything it has written so far."""

    process: asyncio.subprocess.Process
    link: str
    output: list[str] = field(default_factory=list)

    @property
    def origin(self) -> str:
        return self.link.partition("/open")[0]

    async def kill(self) -> None:
        """As a power cut would."""
        self.process.send_signal(signal.SIGKILL)
        await self.process.wait()

    async def stop(self) -> int:
        """As an operator would; the exit status."""
        self.process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(60):
            return await self.process.wait()


@asynccontextmanager
async def running(*arguments: str, environment: Mapping[str, str] | None = None) -> AsyncIterator[Program]:
    """Start `python -m bot ARGUMENTS` and wait for the link to its page."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "bot",
        *arguments,
        cwd=ROOT,
        env={"PATH": "/usr/bin:/bin", "HOME": "/nonexistent", "PYTHONUNBUFFERED": "1", **(environment or {})},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    output: list[str] = []
    started: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    reading = asyncio.create_task(_read(process, output, started))
    try:
        async with asyncio.timeout(60):
            link = await started
        yield Program(process=process, link=link, output=output)
    except BaseException:
        print("".join(output))  # noqa: T201 - pytest shows it with the failure
        raise
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
        await reading


async def _read(process: asyncio.subprocess.Process, output: list[str], started: asyncio.Future[str]) -> None:
    assert process.stdout is not None
    async for line in process.stdout:
        output.append(line.decode())
        found = LINK.search(output[-1])
        if found and not started.done():
            started.set_result(found[0])
    if not started.done():
        started.set_exception(AssertionError("the program ended before it was ready:\n" + "".join(output)))
