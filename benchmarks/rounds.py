"""Several ways measured again and again, in turns, so that what else the machine does disturbs them alike."""

import os
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from rich.progress import track

from benchmarks.answers.endpoint import endpoint_process, noise_picture
from benchmarks.measuring import Figures, Load, measured_in_fresh_process

MB = 1_000_000


def measure_rounds(
    ways: Sequence[str], load: Load, *, rounds: int, pixels: tuple[int, int]
) -> Mapping[str, list[Figures]]:
    """Measure each way once a round. Every answer contains a picture of so many pixels (width, height).

    Raises RuntimeError if a way did not keep every picture.
    """
    found: dict[str, list[Figures]] = {way: [] for way in ways}
    picture = noise_picture(*pixels)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "picture.png"
        file.write_bytes(picture)
        with endpoint_process(file) as base_url:
            turns = [way for _ in range(rounds) for way in ways]
            for way in track(turns, "Measuring …", transient=True):
                os.sync()  # what the way before left to the kernel to write is no burden on this one
                figures = measured_in_fresh_process(way, base_url, load)
                _check_all_was_kept(way, figures, load, len(picture))
                found[way].append(figures)
    return found


def _check_all_was_kept(way: str, figures: Figures, load: Load, picture_bytes: int) -> None:
    if figures.kept_files != load.answers or figures.kept_bytes < load.answers * picture_bytes:
        raise RuntimeError(f"{way} kept {figures.kept_files} pictures of {figures.kept_bytes:,} bytes in all")
