"""Stores the settings of a picture as JSON: the chosen values, as text, by the name of their setting."""

from collections.abc import Mapping
from typing import Any

from bot.domain.catalogue.picture_settings import SETTINGS, PictureSettings


def to_kept(settings: PictureSettings) -> dict[str, str]:
    """Convert to the stored form."""
    return {setting.name: str(value) for setting, value in settings.chosen()}


def to_settings(kept: Mapping[str, Any]) -> PictureSettings:
    """Convert from the stored form. A setting or value that only another version knows counts as not chosen."""
    return PictureSettings.of(
        {each.name: each.parse(kept[each.name]) for each in SETTINGS if isinstance(kept.get(each.name), str)}
    )
