"""A group of which the bot hears everything."""

import pytest

from tests.simulators.telegram.room import Room


@pytest.fixture
def group(group: Room) -> Room:
    """Let the bot hear everything of the group."""
    group.bot_status = "administrator"
    return group
