"""Shows progress on stderr: a moving bar on a terminal, plain lines elsewhere."""

import asyncio
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import click
from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn

LINE_EVERY_SECONDS = 10
NEARLY_DONE = 0.97
"""The most that the bar shows before the picture is finished, 0 to 1."""


@asynccontextmanager
async def shown_progress(title: str, expected_seconds: int) -> AsyncIterator[None]:
    """Show the elapsed and the expected seconds while the body runs."""
    show = _bar if sys.stderr.isatty() else _lines
    task = asyncio.create_task(show(title, expected_seconds))
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def _bar(title: str, expected_seconds: int) -> None:
    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[time]}"))
    started = time.monotonic()
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        bar = progress.add_task(title, total=1.0, time="")
        while True:
            elapsed = time.monotonic() - started
            done = min(elapsed / expected_seconds, NEARLY_DONE)
            progress.update(bar, completed=done, time=f"{elapsed:.0f} s of about {expected_seconds} s")
            await asyncio.sleep(0.1)


async def _lines(title: str, expected_seconds: int) -> None:
    click.echo(f"{title}: painting, about {expected_seconds} s", err=True)
    started = time.monotonic()
    while True:
        await asyncio.sleep(LINE_EVERY_SECONDS)
        click.echo(f"{title}: {time.monotonic() - started:.0f} s of about {expected_seconds} s", err=True)
