"""A clock, a sink and the log of a router under test."""

from collections.abc import Iterator, MutableMapping
from typing import Any

import pytest
from structlog.testing import capture_logs

from tests.fakes.pictures import MemoryPictures
from tests.unit.image_api.routing.scripted import PassingClock


@pytest.fixture
def sink() -> MemoryPictures:
    return MemoryPictures()


@pytest.fixture
def clock() -> PassingClock:
    return PassingClock()


@pytest.fixture
def logged() -> Iterator[list[MutableMapping[str, Any]]]:
    with capture_logs() as lines:
        yield lines
