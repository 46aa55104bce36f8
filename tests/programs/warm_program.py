"""Programs that are forked from one that has imported everything already."""

import asyncio
import atexit
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from tests.programs.child import ROOT
from tests.simulators.waiting import WITHIN_SECONDS


@dataclass
class WarmProcess:
    """As much of `asyncio.subprocess.Process` as tests need."""

    pid: int
    stdout: asyncio.StreamReader
    returncode: int | None = None
    has_ended: asyncio.Event = field(default_factory=asyncio.Event)

    def kill(self) -> None:
        self._send(signal.SIGKILL)

    def terminate(self) -> None:
        self._send(signal.SIGTERM)

    async def wait(self) -> int:
        await self.has_ended.wait()
        assert self.returncode is not None
        return self.returncode

    async def until_told(self, told: asyncio.StreamReader) -> None:
        """Wait for its exit status."""
        self.returncode = int(await told.readline() or -signal.SIGKILL)
        self.has_ended.set()

    def _send(self, number: signal.Signals) -> None:
        if self.returncode is None:
            with suppress(ProcessLookupError):
                os.kill(self.pid, number)


@asynccontextmanager
async def warm_child(module: str, *arguments: str, environment: Mapping[str, str]) -> AsyncIterator[WarmProcess]:
    """Start `python -m MODULE ARGUMENTS`, with all that it writes in a pipe; it ends with the block."""
    async with (
        _pipe() as (stdout, writing),
        _asked(module, arguments, environment, ROOT, [writing, writing]) as told,
    ):
        process = WarmProcess(int(await told.readline()), stdout)
        waiting = asyncio.create_task(process.until_told(told))
        try:
            yield process
        finally:
            process.kill()
            await waiting


async def run_warm(module: str, *arguments: str, folder: Path, environment: Mapping[str, str]) -> tuple[int, str, str]:
    """Run `python -m MODULE ARGUMENTS` to its end: its exit status, and what it wrote to stdout and stderr.

    Raises:
        TimeoutError: it did not end within a minute.
    """
    async with (
        _pipe() as (out, to_out),
        _pipe() as (err, to_err),
        _asked(module, arguments, environment, folder, [to_out, to_err]) as told,
    ):
        process = WarmProcess(int(await told.readline()), out)
        waiting = asyncio.create_task(process.until_told(told))
        try:
            async with asyncio.timeout(WITHIN_SECONDS):
                written, faults, status = await asyncio.gather(out.read(), err.read(), process.wait())
        finally:
            process.kill()
            await waiting
    return status, written.decode(), faults.decode()


@asynccontextmanager
async def _asked(
    module: str, arguments: Sequence[str], environment: Mapping[str, str], folder: Path, outputs: Sequence[int]
) -> AsyncIterator[asyncio.StreamReader]:
    """Have a program started, and give what is told of it. The descriptors that it writes to are closed here."""
    ours, theirs = socket.socketpair()
    message = json.dumps([module, arguments, dict(environment), str(folder)]).encode()
    socket.send_fds(_requests(), [message], [*outputs, theirs.fileno()])
    for descriptor in set(outputs):
        os.close(descriptor)
    theirs.close()
    told, telling = await asyncio.open_unix_connection(sock=ours)
    try:
        yield told
    finally:
        telling.close()
        await telling.wait_closed()


@asynccontextmanager
async def _pipe() -> AsyncIterator[tuple[asyncio.StreamReader, int]]:
    """Open a pipe: its reading end, and the descriptor of the other, which whoever takes it closes."""
    reading, writing = os.pipe()
    reader = asyncio.StreamReader()
    transport, _ = await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(reader), os.fdopen(reading, "rb", buffering=0)
    )
    try:
        yield reader, writing
    finally:
        transport.close()


@cache
def _requests() -> socket.socket:
    """Return the socket of this test process's own warm start, which ends when this process does."""
    ours, theirs = socket.socketpair(type=socket.SOCK_SEQPACKET)
    variables = {"PATH": "/usr/bin:/bin", "HOME": "/nonexistent", "PYTHONUNBUFFERED": "1"}
    with theirs:
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.programs.warm_start", str(theirs.fileno())],
            cwd=ROOT,
            env=variables,
            stdin=subprocess.DEVNULL,
            pass_fds=[theirs.fileno()],
        )

    def end() -> None:
        ours.close()
        process.wait()

    atexit.register(end)
    return ours
