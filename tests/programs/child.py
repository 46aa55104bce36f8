"""Processes that tests start; each ends with the block that started it, whatever becomes of the test."""

import asyncio
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

from tests.simulators.waiting import WITHIN_SECONDS

ROOT = Path(__file__).parents[2]


@asynccontextmanager
async def child(
    *arguments: str,
    folder: Path = ROOT,
    environment: Mapping[str, str] | None = None,
    stderr: int | None = None,
) -> AsyncIterator[Process]:
    """Start `python ARGUMENTS` in a folder, with its output in a pipe; `environment` None: as the tests have it."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, *arguments), cwd=folder, env=environment, stdout=PIPE, stderr=stderr
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def run_child(
    *arguments: str,
    folder: Path = ROOT,
    environment: Mapping[str, str] | None = None,
    within_seconds: float = WITHIN_SECONDS,
) -> tuple[int, str, str]:
    """Run `python ARGUMENTS` to its end: its exit status, and what it wrote to stdout and stderr.

    Raises:
        TimeoutError: it did not end within so many seconds.
    """
    async with child(*arguments, folder=folder, environment=environment, stderr=PIPE) as process:
        async with asyncio.timeout(within_seconds):
            out, err = await process.communicate()
        assert process.returncode is not None
        return process.returncode, out.decode(), err.decode()
