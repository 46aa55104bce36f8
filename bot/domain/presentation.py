"""Plan how pictures are posted to a chat, from their bytes and pixels and the limits of the chat.

The original is shown if the chat takes it unchanged; otherwise a copy that it takes. The original of a copy is sent as
a file after a button press, or attached at once. If it is too large for that, it is linked, where links can be given.
If a chat refuses a picture as too large, the plan is made again with a smaller fallback level.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from math import floor

from bot.domain.chat import Abilities, PictureLimits, StoredPicture

FALLBACK_LEVELS = 4
"""The number of plans for the same pictures: the first within the limits of the chat, then smaller and smaller."""

_SHARE_OF_RUNG = (1.0, 0.5, 0.25, 0.1)
"""The share of the bytes that may be used at each fallback level."""

_QUALITY = 90
"""The quality of copies: nobody sees the difference from the original at a glance."""

_SAFE_RATIO = 0.95
"""Copies keep below this share of the steepest allowed ratio, because rounding to pixels can make a copy steeper."""

_OPAQUE = ("image/jpeg", "image/webp", "image/png")
_TRANSPARENT = ("image/webp", "image/png")


@dataclass(frozen=True, slots=True, kw_only=True)
class Encoding:
    """The target of a re-encoding, in the shape of the picture.

    The copy never has more bytes or pixels than this. If its bytes would be too many, it gets fewer pixels.
    """

    mime: str
    transparent_mime: str | None  # for a picture with transparency; None: it is put on white
    quality: int  # 1 to 100, as the encoders count; reduced if the bytes would be too many
    width: int  # pixels
    height: int  # pixels
    most_bytes: int


class Original(StrEnum):
    """The way in which a member gets the original."""

    SHOWN = "shown"  # it is the picture that is shown
    FILE = "file"  # it is attached as a file
    BUTTON = "button"  # it is sent as a file when a member asks for it
    LINK = "link"  # it can be downloaded from a link
    KEPT = "kept"  # not available here, because it is too large: only we have it
    BARRED = "barred"  # not available here, because files may not be sent: only we have it


class Originals(StrEnum):
    """The way in which the original of a shown copy is sent to a chat that takes it as a file."""

    BUTTON = "button"
    ALONG = "along"


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """The plan for one picture. `shown` is the picture itself, a copy of this encoding, or nothing."""

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
    """Plan how the pictures of one message are posted, in their order.

    `fallback_level` counts how often the chat refused larger versions.
    """
    able = able_to_attach(abilities)
    has_button = originals is Originals.BUTTON and not abilities.opens_originals
    shown = [
        _shown(picture, _on_rung(able.shown, picture, able, len(pictures), fallback_level)) for picture in pictures
    ]
    room = _room_for_files(shown, able)
    plans: list[Plan] = []
    for picture, copy in zip(pictures, shown, strict=True):
        alone = file_limits(picture, able)  # a button sends it in a message of its own
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
    """Return the picture limits of a chat: none if nothing may be attached."""
    return abilities if abilities.may_attach else replace(abilities, shown=None, file=None)


def file_limits(picture: StoredPicture, abilities: Abilities) -> PictureLimits | None:
    """Return the limits for this picture as a file in a message of its own; None if the chat takes no files."""
    able = able_to_attach(abilities)
    return _on_rung(able.file, picture, able, 1, 0)


def fits(picture: StoredPicture, limits: PictureLimits) -> bool:
    """Whether a picture may be posted unchanged."""
    return (
        picture.size_bytes <= limits.most_bytes
        and (limits.mimes is None or picture.mime in limits.mimes)
        and _scale(picture, limits) == 1
    )


def _on_rung(
    limits: PictureLimits | None, picture: StoredPicture, abilities: Abilities, sharing: int, fallback_level: int
) -> PictureLimits | None:
    """Return the limits of one of several pictures that share a message's bytes, at a fallback level."""
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
    """Return the factor to scale a picture by; 1 if it fits, None if its shape is not accepted at all."""
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
    """Return the bytes that a message has left for files; None if there is no limit."""
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
