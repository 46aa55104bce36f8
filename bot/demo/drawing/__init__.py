"""The demo painter's hand: it draws a picture from the words of a prompt, and changes pictures by an instruction.

Every picture ends in a strip of paper with its words and the label DEMO, and its PNG text says what made it.
"""

from collections.abc import Sequence

from bot.demo.drawing.editing import change
from bot.demo.drawing.effects import EFFECT_COLOURS, apply_colours, apply_shapes
from bot.demo.drawing.encoding import to_png
from bot.demo.drawing.lettering import strip_height, with_strip
from bot.demo.drawing.painting import dice_for, paint
from bot.demo.drawing.sources import open_drawable
from bot.demo.drawing.vocabulary import read_wishes


def draw(prompt: str, *, width: int, height: int, seed: int) -> bytes:
    """Draw a PNG of exactly this many pixels; the same prompt, size and seed give the same bytes. Blocking."""
    wishes = read_wishes(prompt)
    strip = strip_height(width, height)
    picture = paint(wishes, dice_for(prompt, seed), width=width, height=height - strip)
    picture = apply_colours(picture, [EFFECT_COLOURS[e] for e in wishes.effects if e in EFFECT_COLOURS])
    return to_png(with_strip(apply_shapes(picture, wishes.effects), strip, prompt), strip)


def edit(prompt: str, sources: Sequence[bytes], *, width: int, height: int, seed: int) -> bytes:
    """Make a PNG of exactly this many pixels from pictures (at least one) and an instruction. Blocking.

    The first picture fills the new one, cropped where its shape differs. `to_drawable` makes them from any files.
    """
    pictures = [open_drawable(source) for source in sources]
    strip = strip_height(width, height)
    changed = change(pictures, read_wishes(prompt), dice_for(prompt, seed), (width, height - strip))
    return to_png(with_strip(changed, strip, prompt), strip)
