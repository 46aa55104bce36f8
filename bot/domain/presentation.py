"""How pictures leave for a chat: which file goes out how, given its bytes and pixels and what the chat takes.

What is shown is the original where the chat takes it as it is, or else a copy that it takes. The original of a copy
comes as a file when a button is pressed, or goes along; where it is too large for that it lies behind a link, if links
can be given. When a chat finds too large what it should have taken, the plan is made again one rung smaller.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from math import floor

from bot.domain.chat import Abilities, PictureLimits, StoredPicture

RUNGS = 4
"""How often a plan is made for the same pictures at most: first as the chat says it can, then smaller and smaller."""

_SHARE_OF_RUNG = (1.0, 0.5, 0.25, 0.1)
"""What of the bytes may be used on each rung."""

_QUALITY = 90
"""Of copies: what nobody can tell from the original at a glance."""

_SAFE_RATIO = 0.95
"""The share of the steepest shape up to which copies are made: whole pixels can make a small copy steeper."""

_OPAQUE = ("image/jpeg", "image/webp", "image/png")
_TRANSPARENT = ("image/webp", "image/png")


@dataclass(frozen=True, slots=True, kw_only=True)
class Encoding:
    """How a picture is to be written anew, in the shape it has.

    What comes of it never has more bytes or pixels than this; it has fewer pixels where its bytes would be too many.
    """

    mime: str
    transparent_mime: str | None  # for a picture that can be seen through; None: it is put on white
    quality: int  # 1 to 100, as the encoders count; less where the bytes would be too many
    width: int  # pixels
    height: int  # pixels
    most_bytes: int


class Original(StrEnum):
    """How the original is reached."""

    SHOWN = "shown"  # it is what is shown
    FILE = "file"  # it goes along as a file
    BUTTON = "button"  # it comes as a file when it is asked for
    LINK = "link"  # it lies behind a link
    KEPT = "kept"  # not from here, where it is too large: only we have it
    BARRED = "barred"  # not from here, where files may not be sent: only we have it


class Originals(StrEnum):
    """How the original of what is shown as a copy comes to a chat that takes it as a file."""

    BUTTON = "button"
    ALONG = "along"


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How one picture goes out: what is shown is itself, a copy of this encoding, or nothing."""

    shown: StoredPicture | Encoding | None
    original: Original


def plan(
    pictures: Sequence[StoredPicture],
    abilities: Abilities,
    *,
    has_links: bool,
    fallback_level: int = 0,
    originals: Originals = Originals.BUTTON,
) -> tuple[Plan, ...]:
    """How the pictures of one message go out, in their order.

    `fallback_level` counts how often smaller ones were refused.
    """
    able = able_to_attach(abilities)
    has_button = originals is Originals.BUTTON and not abilities.opens_originals
    shown = [
        _shown(picture, _on_rung(able.shown, picture, able, len(pictures), fallback_level)) for picture in pictures
    ]
    room = _room_for_files(shown, able)
    plans: list[Plan] = []
    for picture, copy in zip(pictures, shown, strict=True):
        alone = file_limits(picture, able)  # a button brings it in a message of its own
        if has_button and isinstance(copy, Encoding) and alone is not None and fits(picture, alone):
            original = Original.BUTTON
        else:
            limits = _on_rung(able.file, picture, able, 1, fallback_level)
            original = _original(picture, copy, limits, room, has_links=has_links)
        if original is Original.FILE and room is not None:
            room -= picture.size_bytes
        plans.append(Plan(shown=copy, original=original))
    return tuple(plans)


def able_to_attach(abilities: Abilities) -> Abilities:
    """What a chat takes of pictures: nothing where nothing may be attached."""
    return abilities if abilities.may_attach else replace(abilities, shown=None, file=None)


def file_limits(picture: StoredPicture, abilities: Abilities) -> PictureLimits | None:
    """What a chat takes of this picture as a file in a message of its own; None where it takes no files."""
    able = able_to_attach(abilities)
    return _on_rung(able.file, picture, able, 1, 0)


def fits(picture: StoredPicture, limits: PictureLimits) -> bool:
    """Whether a picture may go out as it is."""
    return (
        picture.size_bytes <= limits.most_bytes
        and (limits.mimes is None or picture.mime in limits.mimes)
        and _scale(picture, limits) == 1
    )


def _on_rung(
    limits: PictureLimits | None, picture: StoredPicture, abilities: Abilities, sharing: int, fallback_level: int
) -> PictureLimits | None:
    """The limits of one of several pictures that share a message's bytes, one rung after another."""
    if limits is None:
        return None
    most = limits.most_bytes
    if abilities.most_bytes_together is not None:
        most = min(most, abilities.most_bytes_together // sharing)
    if fallback_level > 0:
        most = floor(min(most, picture.size_bytes) * _SHARE_OF_RUNG[fallback_level])
    return replace(limits, most_bytes=most)


def _shown(picture: StoredPicture, limits: PictureLimits | None) -> StoredPicture | Encoding | None:
    if limits is None:
        return None
    if fits(picture, limits) and _is_kept(picture, limits):
        return picture
    steepest = None if limits.most_ratio is None else limits.most_ratio * _SAFE_RATIO
    scale = _scale(picture, replace(limits, most_ratio=steepest))
    mime = _first(_OPAQUE, limits)
    if scale is None or mime is None:
        return None
    if limits.kept_side is not None:
        scale = min(scale, limits.kept_side / max(picture.width, picture.height))
    return Encoding(
        mime=mime,
        transparent_mime=_first(_TRANSPARENT, limits),
        quality=_QUALITY,
        width=max(1, floor(picture.width * scale)),
        height=max(1, floor(picture.height * scale)),
        most_bytes=limits.most_bytes,
    )


def _scale(picture: StoredPicture, limits: PictureLimits) -> float | None:
    """By what a picture has to be made smaller; 1 if it need not be, None if its shape is not taken at all."""
    longer, shorter = max(picture.width, picture.height), min(picture.width, picture.height)
    if limits.most_ratio is not None and longer > shorter * limits.most_ratio:
        return None
    by_side = 1 if limits.most_side is None else limits.most_side / longer
    by_sides = 1 if limits.most_sides is None else limits.most_sides / (longer + shorter)
    return min(1, by_side, by_sides)


def _is_kept(picture: StoredPicture, limits: PictureLimits) -> bool:
    return limits.kept_side is None or max(picture.width, picture.height) <= limits.kept_side


def _first(mimes: Sequence[str], limits: PictureLimits) -> str | None:
    return next((mime for mime in mimes if limits.mimes is None or mime in limits.mimes), None)


def _room_for_files(shown: Sequence[StoredPicture | Encoding | None], abilities: Abilities) -> int | None:
    """Bytes that a message has left for files; None if nobody counts them."""
    if abilities.most_bytes_together is None:
        return None
    taken = sum(one.size_bytes if isinstance(one, StoredPicture) else one.most_bytes for one in shown if one)
    return abilities.most_bytes_together - taken


def _original(
    picture: StoredPicture,
    shown: StoredPicture | Encoding | None,
    limits: PictureLimits | None,
    room: int | None,
    *,
    has_links: bool,
) -> Original:
    if shown is picture:
        return Original.SHOWN
    if limits is not None and fits(picture, limits) and (room is None or picture.size_bytes <= room):
        return Original.FILE
    if has_links:
        return Original.LINK
    return Original.BARRED if limits is None else Original.KEPT
