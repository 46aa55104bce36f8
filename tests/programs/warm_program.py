"""Programs that are forked from one that has imported everything already."""

import asyncio
import atexit
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from functools import cache

from tests.programs.child import ROOT


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
    reading, writing = os.pipe()
    ours, theirs = socket.socketpair()
    message = json.dumps([module, arguments, dict(environment)]).encode()
    socket.send_fds(_requests(), [message], [writing, theirs.fileno()])
    os.close(writing)
    theirs.close()
    told, telling = await asyncio.open_unix_connection(sock=ours)
    stdout = asyncio.StreamReader()
    pipe = os.fdopen(reading, "rb", buffering=0)
    transport, _ = await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(stdout), pipe
    )
    process = WarmProcess(int(await told.readline()), stdout)
    waiting = asyncio.create_task(process.until_told(told))
    try:
        yield process
    finally:
        process.kill()
        await waiting
        transport.close()
        telling.close()
        await telling.wait_closed()


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
