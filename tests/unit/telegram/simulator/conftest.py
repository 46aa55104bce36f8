"""What the library needs to know before it speaks."""

import pytest


@pytest.fixture(autouse=True)
def _durations(monkeypatch: pytest.MonkeyPatch) -> None:
    """Set a variable without which the library warns whenever it makes a RetryAfter; a warning fails a test."""
    monkeypatch.setenv("PTB_TIMEDELTA", "1")
