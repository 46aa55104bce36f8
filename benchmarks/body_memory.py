"""How much a process grows while it reads a 35 MB picture: this code, and the plain way.

`python -m benchmarks.body_memory`. The endpoint is a process of its own; each way is tried in a fresh process, which
first makes a small picture, so that imports and connections are not counted. Growth is that of the resident set's
high-water mark (VmHWM in /proc/self/status), so this needs Linux. The exit status is 1 when the bar is missed.
"""

import argparse
import asyncio
import base64
import io
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
from PIL import Image
from pydantic import SecretStr
from rich.console import Console
from rich.table import Table

from bot.config import load
from bot.domain.models import Ratio
from bot.domain.requests import PictureWish
from bot.image_api.gemini import GeminiEndpoint
from bot.ports import PaintOrder
from bot.storage.picture_files import FolderPictures

ROOT = Path(__file__).parents[1]
KEY = "sk-benchmark-0123456789"
MODEL = "gemini-3-pro-image"
RUNS = 3
MOST_GROWTH_MB = 8.0
LEAST_PLAIN_GROWTH_MB = 60.0
MB = 1_000_000
RESULTS = ROOT / "benchmarks" / "RESULTS.md"
HEADINGS = ("way", "run", "picture MB", "growth MB", "seconds")
TITLE = "One 4K picture in one answer"
EXPLANATION = (
    "How much the process grows while it reads the answer, and how long that takes; `make bench` writes this page. "
    "*plantain* streams into the folder of pictures and syncs it; *plain* is `response.json()`, `b64decode` and "
    "a write."
)


def noise_picture(width: int, height: int) -> bytes:
    """A real PNG that cannot be made smaller: three bytes a pixel and a little more."""
    file = io.BytesIO()
    Image.frombytes("RGB", (width, height), os.urandom(width * height * 3)).save(file, "PNG", compress_level=0)
    return file.getvalue()


@contextmanager
def endpoint_process(picture: Path) -> Iterator[str]:
    """A simulated endpoint in a process of its own; gives its base_url."""
    arguments = [sys.executable, "-m", "tests.simulators.gemini_endpoint", "--picture", str(picture), "--key", KEY]
    with subprocess.Popen(arguments, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield process.stdout.readline().strip()
        finally:
            process.terminate()


async def paint_with_ours(base_url: str, folder: Path) -> int:
    """This code, into the real folder of pictures; gives the bytes of the picture."""
    catalogue = load({"endpoints": [{"format": "demo"}]}, {}, folder=folder, name="benchmark").catalogue
    api = GeminiEndpoint(base_url=base_url, api_key=SecretStr(KEY), auth="bearer", catalogue=catalogue)
    wish = PictureWish(prompt="noise", model=MODEL, ratio=Ratio(16, 9), size="4K")
    try:
        (made,) = await api.paint(PaintOrder(wish=wish), await FolderPictures.open(folder), leaving=_nothing_to_mark)
    finally:
        await api.close()
    return made.picture.size_bytes


async def paint_plainly(base_url: str, folder: Path) -> int:
    """The way of most scripts: `response.json()`, `b64decode`, write."""
    body = {
        "contents": [{"role": "user", "parts": [{"text": "noise"}]}],
        "generationConfig": {"responseModalities": ["TEXT", "IMAGE"]},
    }
    async with httpx.AsyncClient(timeout=300) as client:
        url = f"{base_url}/v1beta/models/{MODEL}:generateContent"
        response = await client.post(url, json=body, headers={"Authorization": f"Bearer {KEY}"})
    parts = response.json()["candidates"][0]["content"]["parts"]
    data = base64.b64decode(parts[0]["inlineData"]["data"])
    return (folder / "picture.png").write_bytes(data)


async def _nothing_to_mark() -> None:
    """There are no books to keep here."""


WAYS: Mapping[str, Callable[[str, Path], Awaitable[int]]] = {"plantain": paint_with_ours, "plain": paint_plainly}


def reset_high_water_mark() -> int:
    """Begin to measure anew; the bytes that are resident now."""
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
    return high_water_mark()


def high_water_mark() -> int:
    """The most bytes that were resident since the last reset."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.partition("VmHWM:")[2].split()[0]) * 1024


async def measure(way: str, small_url: str, large_url: str) -> dict[str, float]:
    """Growth in bytes, seconds and the picture's size, in this process."""
    with tempfile.TemporaryDirectory() as folder:
        await WAYS[way](small_url, Path(folder))
        before = reset_high_water_mark()
        started = time.perf_counter()
        size_bytes = await WAYS[way](large_url, Path(folder))
        seconds = time.perf_counter() - started
        return {"growth": high_water_mark() - before, "seconds": seconds, "size_bytes": size_bytes}


def measured_in_fresh_process(way: str, small_url: str, large_url: str) -> dict[str, float]:
    """The figures of one way."""
    arguments = [sys.executable, "-m", "benchmarks.body_memory", "--measure", way, small_url, large_url]
    output = subprocess.run(arguments, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    figures: dict[str, float] = json.loads(output)
    return figures


def compare() -> bool:
    """Print a table of both ways and keep it in RESULTS.md; whether the bar holds in every run."""
    rows = list(_measured_rows())
    growth = {way: [row.growth_mb for row in rows if row.way == way] for way in WAYS}
    holds = max(growth["plantain"]) < MOST_GROWTH_MB and min(growth["plain"]) >= LEAST_PLAIN_GROWTH_MB
    verdict = (
        f"The bar (plantain below {MOST_GROWTH_MB:.0f} MB, plain {LEAST_PLAIN_GROWTH_MB:.0f} MB or more) "
        f"{'holds' if holds else 'is MISSED'}."
    )
    table = Table(*HEADINGS, title=TITLE)
    for row in rows:
        table.add_row(*row.cells())
    Console().print(table, verdict)
    lines = [HEADINGS, ("---",) * len(HEADINGS), *(row.cells() for row in rows)]
    markdown = "\n".join(f"| {' | '.join(line)} |" for line in lines)
    RESULTS.write_text(
        f"# Measured figures\n\n## {TITLE}\n\n{EXPLANATION}\n\n{markdown}\n\n{verdict}\n", encoding="utf-8"
    )
    return holds


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One measured run."""

    way: str
    run: int
    picture_mb: float
    growth_mb: float
    seconds: float

    def cells(self) -> tuple[str, ...]:
        """The row as a table shows it."""
        return (self.way, str(self.run), f"{self.picture_mb:.1f}", f"{self.growth_mb:.1f}", f"{self.seconds:.2f}")


def _measured_rows() -> Iterator[Row]:
    with tempfile.TemporaryDirectory() as folder:
        small, large = Path(folder) / "small.png", Path(folder) / "large.png"
        small.write_bytes(noise_picture(64, 64))
        large.write_bytes(noise_picture(4096, 2850))
        with endpoint_process(small) as small_url, endpoint_process(large) as large_url:
            for run in range(1, RUNS + 1):
                for way in WAYS:
                    found = measured_in_fresh_process(way, small_url, large_url)
                    yield Row(
                        way=way,
                        run=run,
                        picture_mb=found["size_bytes"] / MB,
                        growth_mb=found["growth"] / MB,
                        seconds=found["seconds"],
                    )


def main() -> None:
    """Compare; or, as the fresh process of a comparison, measure one way."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--measure", nargs=3, metavar=("WAY", "SMALL_URL", "LARGE_URL"), help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.measure:
        print(json.dumps(asyncio.run(measure(*arguments.measure))))
    else:
        sys.exit(0 if compare() else 1)


if __name__ == "__main__":
    main()
