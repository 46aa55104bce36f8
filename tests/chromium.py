"""Where the tests find a browser."""

import os
import shutil

import pytest

NAMES = ("chromium", "chromium-browser", "google-chrome")


def find_chromium() -> str:
    """The path of a Chromium; the test that asks is skipped, and says so, where there is none."""
    found = os.environ.get("PLANTAIN_CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)
    if found is None:
        pytest.skip(f"no browser: none of {', '.join(NAMES)} is installed and PLANTAIN_CHROMIUM is not set")
    return found
