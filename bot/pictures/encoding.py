"""A picture written anew as a chat takes it."""

from pathlib import Path

from bot.domain.presentation import Encoding
from bot.pictures.workshop import Workshop


async def encode(path: Path, encoding: Encoding, target: Path, workshop: Workshop) -> None:
    """Write the picture of one file into another, new one: as the encoding has it, upright and without metadata.

    It never has more bytes or pixels than the encoding says. Raises `PictureFault` if it cannot be decoded or made to
    fit, `FileNotFoundError` if the file is not there, and `OSError`. The target may be left half written.
    """
    await workshop.run(_encode, path, encoding, target)


def _encode(path: Path, encoding: Encoding, target: Path) -> None:
    from bot.pictures.recoding import Floor, recode

    target.write_bytes(recode(path, encoding, Floor()).data)
