"""Re-encode a picture for a chat."""

from pathlib import Path

from bot.domain.presentation import Encoding
from bot.pictures.workshop import Workshop


async def encode(path: Path, encoding: Encoding, target: Path, workshop: Workshop) -> None:
    """Write the picture of one file into a new file: as the encoding says, upright and without metadata.

    It never has more bytes or pixels than the encoding says. Raises `PictureFault` if it cannot be decoded or made to
    fit, `FileNotFoundError` if the file does not exist, and `OSError`. The target may be left incomplete.
    """
    await workshop.run(_encode, path, encoding, target)


def _encode(path: Path, encoding: Encoding, target: Path) -> None:
    from bot.pictures.recoding import Floor, recode

    target.write_bytes(recode(path, encoding, Floor()).data)
