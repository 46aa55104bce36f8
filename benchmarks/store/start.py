"""How long the program takes from its start to the first message that it answers, with a database that is there."""

import asyncio
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.answers.endpoint import ROOT
from tests.e2e.page.page_client import tab
from tests.e2e.program import LINK

_CONFIGURATION = """
[[endpoints]]
format = "demo"
seconds = 600
[jobs]
grace_seconds = 0
[credits]
daily = 10000
[platforms.web]
listen = "127.0.0.1:0"
"""


def seconds_until_answered(database: Path) -> float:
    """Start `plantain run` on a copy of a database, and ask for a picture on its page as soon as that is there."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "plantain-data").mkdir(mode=0o700)
        shutil.copy(database, folder / "plantain-data" / "plantain.db")
        (folder / "config.toml").write_text(_CONFIGURATION, encoding="utf-8")
        os.sync()
        command = [sys.executable, "-m", "bot", "run", "--config", str(folder / "config.toml")]
        begun = time.monotonic()
        with subprocess.Popen(
            command,
            cwd=ROOT,
            env=os.environ | {"PYTHONUNBUFFERED": "1"},
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        ) as process:
            try:
                assert process.stdout is not None
                link = next(match.group() for line in process.stdout if (match := LINK.search(line)))
                asyncio.run(_answered(link))
                return time.monotonic() - begun
            finally:
                process.kill()


async def _answered(link: str) -> None:
    async with tab(link) as page:
        await page.until(lambda entries: len(entries) == 1)  # the welcome
        await asyncio.gather(page.say("/imagine a red fox"), page.until(lambda entries: len(entries) > 1))
