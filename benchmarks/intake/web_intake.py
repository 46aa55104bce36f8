"""How long the page waits for our status after what was written."""

import asyncio
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.answers.endpoint import ROOT
from benchmarks.intake.waiting import Waiting
from tests.e2e.page.page_client import PageClient, tab
from tests.e2e.program import LINK

ONE_BY_ONE = 20
_CONFIGURATION = """
[[endpoints]]
format = "demo"
seconds = 600
[credits]
daily = 10000
[platforms.web]
listen = "127.0.0.1:0"
"""


def measured(at_once: int) -> Waiting:
    """Measure from a message to the bot's entry that answers it, as the event stream reports it."""
    with _bot() as link:
        return asyncio.run(_wait(link, at_once))


async def _wait(link: str, at_once: int) -> Waiting:
    async with tab(link) as page:
        await page.until(lambda entries: len(entries) == 1)  # the welcome
        for _ in range(3):
            await _words(page, 1)
        alone = [(await _words(page, 1))[0] for _ in range(ONE_BY_ONE)]  # before each status moves every second
        burst = await _words(page, at_once)
    return Waiting.of(burst, alone)


async def _words(page: PageClient, count: int) -> list[float]:
    """Return the milliseconds until each of so many messages, sent at once, has its answer."""
    known, begun = len(page.said()), time.monotonic()
    seen: list[float] = []

    def are_answered(entries: list[dict[str, object]]) -> bool:
        seen.extend([(time.monotonic() - begun) * 1000] * (len(entries) - known - len(seen)))
        return len(seen) >= count

    sending = asyncio.gather(*(page.say("/imagine a red fox") for _ in range(count)))
    await page.until(are_answered)
    await sending
    return seen


@contextmanager
def _bot() -> Iterator[str]:
    """Run the program and yield the link to its page."""
    with tempfile.TemporaryDirectory() as folder:
        config = Path(folder) / "config.toml"
        config.write_text(_CONFIGURATION, encoding="utf-8")
        command = [sys.executable, "-m", "bot", "run", "--config", str(config)]
        environment = os.environ | {"PYTHONUNBUFFERED": "1"}
        with subprocess.Popen(
            command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        ) as process:
            try:
                assert process.stdout is not None
                yield next(match.group() for line in process.stdout if (match := LINK.search(line)))
            finally:
                process.kill()
