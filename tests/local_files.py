"""Bytes as a file of this machine, as pictures are handed to what works on files."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory


@asynccontextmanager
async def local_file(data: bytes) -> AsyncIterator[Path]:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "picture"
        path.write_bytes(data)
        yield path
