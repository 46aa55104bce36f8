"""One way to write a picture anew, measured in a process of its own.

`python -m benchmarks.answers.encoding_ways WAY PICTURE` prints figures as JSON.
"""

import argparse
import asyncio
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from benchmarks.answers.endpoint import ROOT, noise_picture
from benchmarks.measuring import LONGEST_SECONDS, loop_watch
from bot.domain.chat import StoredPicture
from bot.domain.presentation import Encoding
from bot.picture_store.picture_files import FolderPictures
from bot.pictures.workshop import Workshop

PILLOW, PYVIPS, PLANTAIN = "pillow", "pyvips", "plantain"
QUALITY = 85
MOST_BYTES = 10_000_000

Write = Callable[[], Awaitable[int]]
"""Writes the picture anew; the bytes it has then."""

Way = Callable[[Path, Path], AbstractAsyncContextManager[Write]]
"""Opens what it needs for a picture and a folder."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EncodingFigures:
    """What one way took in one process."""

    seconds: float
    stall_seconds: float  # the longest time the event loop was late
    made_bytes: int


@asynccontextmanager
async def pillow(picture: Path, folder: Path) -> AsyncIterator[Write]:
    """Encode with Pillow's plain calls, in a thread."""
    from PIL import Image

    target = folder / "made.jpg"

    def convert() -> int:
        with Image.open(picture) as image:
            image.save(target, quality=QUALITY, subsampling="4:2:0")
        return target.stat().st_size

    yield lambda: asyncio.to_thread(convert)


@asynccontextmanager
async def plain_pyvips(picture: Path, folder: Path) -> AsyncIterator[Write]:
    """Encode with the plain calls of pyvips, in a thread."""
    import pyvips

    target = folder / "made.jpg"

    def convert() -> int:
        image = pyvips.Image.new_from_file(str(picture), access="sequential")
        image.jpegsave(str(target), Q=QUALITY, subsample_mode="on")
        return target.stat().st_size

    yield lambda: asyncio.to_thread(convert)


@asynccontextmanager
async def plantain(picture: Path, folder: Path) -> AsyncIterator[Write]:
    """Encode with this code: from the real folder of pictures through the warm workshop into it, checked and synced."""
    encoding = Encoding(
        mime="image/jpeg", transparent_mime=None, quality=QUALITY, width=6000, height=6000, most_bytes=MOST_BYTES
    )
    files = await FolderPictures.open(folder, Workshop())
    original = await _kept(await asyncio.to_thread(picture.read_bytes), files)
    await files.encoded(await _kept(noise_picture(64, 64), files), encoding)  # so that it is warm

    async def convert() -> int:
        return (await files.encoded(original, encoding)).size_bytes

    yield convert


WAYS: Mapping[str, Way] = {PILLOW: pillow, PYVIPS: plain_pyvips, PLANTAIN: plantain}


async def _kept(data: bytes, files: FolderPictures) -> StoredPicture:
    async with files.new_file() as file:
        await file.write(data)
        return await file.finish()


def measured_in_fresh_process(way: str, picture: Path) -> EncodingFigures:
    """Measure one way in a fresh process. Raises `subprocess.SubprocessError` if it fails or hangs."""
    arguments = [sys.executable, "-m", "benchmarks.answers.encoding_ways", way, str(picture)]
    output = subprocess.run(
        arguments, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True, timeout=LONGEST_SECONDS
    ).stdout
    return EncodingFigures(**json.loads(output))


async def measure(way: str, picture: Path) -> EncodingFigures:
    """Measure one way in this process."""
    with tempfile.TemporaryDirectory() as folder:
        async with WAYS[way](picture, Path(folder)) as write:
            started = time.perf_counter()
            async with loop_watch() as watch:
                made_bytes = await write()
            seconds = time.perf_counter() - started
    return EncodingFigures(seconds=seconds, stall_seconds=watch.worst_seconds, made_bytes=made_bytes)


def main() -> None:
    """Measure one way and print its figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("way", choices=WAYS)
    parser.add_argument("picture", type=Path)
    arguments = parser.parse_args()
    print(json.dumps(asdict(asyncio.run(measure(arguments.way, arguments.picture)))))


if __name__ == "__main__":
    main()
