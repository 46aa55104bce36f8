"""The program as its users run it: a process of its own, to be asked over HTTP and killed at will."""

import asyncio
import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from tests.programs.warm_program import WarmProcess, warm_child
from tests.simulators.waiting import WITHIN_SECONDS

LINK = re.compile(r"http://\S+/open\?key=\S+")


@dataclass
class Program:
    """A running `plantain`; `output` is everything it has written so far, line by line."""

    process: WarmProcess
    link: str = ""  # that lets a browser in; "" before `running`
    output: list[str] = field(default_factory=list)
    has_written: asyncio.Condition = field(default_factory=asyncio.Condition)

    @property
    def origin(self) -> str:
        """The address at which the page of a bot with a link is served."""
        return self.link.partition("/open")[0]

    async def kill(self) -> None:
        """Kill the program at once, as a power cut would."""
        self.process.kill()
        await self.process.wait()

    async def stop(self) -> int:
        """Stop the program as an operator would, and return its exit status."""
        self.process.terminate()
        return await self.ended()

    async def ended(self) -> int:
        """Wait until the program ends, and return its exit status."""
        async with asyncio.timeout(WITHIN_SECONDS):
            return await self.process.wait()

    async def until_linked(self) -> None:
        """Wait for the link to its page. AssertionError if it ends before."""
        async with asyncio.timeout(WITHIN_SECONDS), self.has_written:
            await self.has_written.wait_for(lambda: self.link or self.is_silent)
        assert self.link, "the program ended before it was ready:\n" + "".join(self.output)

    async def until_written(self, words: str) -> None:
        """Wait until a line holds these words. AssertionError if it ends before."""

        def is_written() -> bool:
            return any(words in line for line in self.output)

        async with asyncio.timeout(WITHIN_SECONDS), self.has_written:
            await self.has_written.wait_for(lambda: is_written() or self.is_silent)
        assert is_written(), f"the program ended before it wrote {words}:\n" + "".join(self.output)

    @property
    def is_silent(self) -> bool:
        """Whether it will write nothing more."""
        return self.process.stdout.at_eof()

    async def read(self) -> None:
        """Take in what it writes, until its end."""
        async for line in self.process.stdout:
            await self._take(line.decode())
        await self._take("")

    async def _take(self, line: str) -> None:
        async with self.has_written:
            self.output += [line] if line else []
            found = LINK.search(line)
            self.link = self.link or (found[0] if found else "")
            self.has_written.notify_all()


@asynccontextmanager
async def started(
    *arguments: str, environment: Mapping[str, str] | None = None, module: str = "bot"
) -> AsyncIterator[Program]:
    """Start `python -m MODULE ARGUMENTS`; the module is the program or what runs it under a watch."""
    variables = {"PATH": "/usr/bin:/bin", "HOME": "/nonexistent", "PYTHONUNBUFFERED": "1", **(environment or {})}
    async with warm_child(module, *arguments, environment=variables) as process:
        program = Program(process)
        reading = asyncio.create_task(program.read())
        try:
            yield program
        except BaseException:
            print("".join(program.output))  # noqa: T201 - pytest shows it with the failure
            raise
        finally:
            if process.returncode is None:
                process.kill()
            await reading


@asynccontextmanager
async def running(*arguments: str, environment: Mapping[str, str] | None = None) -> AsyncIterator[Program]:
    """Start `python -m bot ARGUMENTS` and wait for the link to its page."""
    async with started(*arguments, environment=environment) as program:
        await program.until_linked()
        yield program
