"""Where the tests find a browser."""

import os
import shutil

import pytest

NAMES = ("chromium", "chromium-browser", "google-chrome")


def find_chromium() -> str:
    """Return the path of a Chromium. Without one, the test that asks is skipped and says so; in CI it fails."""
    found = os.environ.get("PLANTAIN_CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)
    if found is None:
        missing = f"no browser: none of {', '.join(NAMES)} is installed and PLANTAIN_CHROMIUM is not set"
        if os.environ.get("PLANTAIN_BROWSER_REQUIRED"):
            pytest.fail(missing)
        pytest.skip(missing)
    return found
