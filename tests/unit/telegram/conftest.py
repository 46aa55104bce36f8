"""A simulated Telegram, the unmodified library's bot that speaks to it, and the platform under test."""

from collections.abc import AsyncIterator

import pytest
from telegram import Bot

from adapters.telegram.chat_platform import TelegramPlatform
from adapters.telegram.conversation import TelegramConversation
from tests.fakes.pictures import MemoryPictures
from tests.simulators.telegram.api import TelegramSimulator
from tests.simulators.telegram.chats.people import Person
from tests.simulators.telegram.room import Room
from tests.unit.telegram.platforms import Core, conversation_in, platform_for, running


@pytest.fixture
async def simulator() -> AsyncIterator[TelegramSimulator]:
    async with TelegramSimulator() as simulator:
        yield simulator


@pytest.fixture
async def bot(simulator: TelegramSimulator) -> AsyncIterator[Bot]:
    async with Bot(simulator.token, base_url=simulator.base_url, base_file_url=simulator.base_file_url) as bot:
        yield bot


@pytest.fixture
def pictures() -> MemoryPictures:
    return MemoryPictures()


@pytest.fixture
async def platform(simulator: TelegramSimulator, pictures: MemoryPictures) -> AsyncIterator[TelegramPlatform]:
    """Make a platform that has not been started; it can speak all the same."""
    platform = platform_for(simulator, pictures)
    yield platform
    await platform.close()


@pytest.fixture
def ada(simulator: TelegramSimulator) -> Person:
    return simulator.person("Ada", username="ada_l", language_code="de")


@pytest.fixture
def room(simulator: TelegramSimulator, ada: Person) -> Room:
    return simulator.private(ada)


@pytest.fixture
def group(simulator: TelegramSimulator, ada: Person) -> Room:
    return simulator.supergroup("Painters", ada)


@pytest.fixture
async def core(simulator: TelegramSimulator) -> AsyncIterator[Core]:
    async with running(simulator) as core:
        yield core


@pytest.fixture
def conversation(platform: TelegramPlatform, simulator: TelegramSimulator, room: Room) -> TelegramConversation:
    return conversation_in(platform, simulator, room)
