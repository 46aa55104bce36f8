"""The built-in catalogue, as a configuration without a word about models gives it."""

from pathlib import Path

from bot.config import load
from bot.domain.models import Catalogue


def built_in_catalogue() -> Catalogue:
    settings = load({"endpoints": [{"format": "demo"}]}, {}, folder=Path(), name="the test's configuration")
    return settings.catalogue
