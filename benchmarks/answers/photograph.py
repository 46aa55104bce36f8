"""A picture like a camera's: smooth light with the noise of a sensor, of which a 4K PNG has some 35 MB."""

import math
from pathlib import Path

PIXELS = (5504, 3072)
_NOISE = 7.5
"""Standard deviation of the noise in the brightness, of 255."""


def write_photograph(path: Path) -> None:
    """Write the same PNG each time; takes some seconds."""
    import pyvips

    width, height = PIXELS
    grid = pyvips.Image.xyz(width, height)
    across, down = grid[0], grid[1]
    light = (across / 900).bandjoin([down / 700, (across + down) / 1100]) * (180 / math.pi)  # in degrees
    soft = pyvips.Image.perlin(width, height, cell_size=256, seed=5) * 60
    noise = [pyvips.Image.gaussnoise(width, height, sigma=_NOISE, mean=0, seed=seed) for seed in (1, 2, 3)]
    picture = light.sin() * 50 + 128 + soft + noise[0].bandjoin(noise[1:])
    picture.cast("uchar").copy(interpretation="srgb").pngsave(str(path), compression=6, filter="sub")
