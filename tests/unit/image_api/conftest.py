"""An endpoint, its simulated server, and a folder for what it paints."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.image_api.endpoint import HttpEndpoint
from tests.simulators.image_api.gateway import GatewaySimulator
from tests.unit.image_api.orders import FOX, endpoint
from tests.unit.image_api.streaming.folder_sink import FolderSink


@pytest.fixture
async def simulator() -> AsyncIterator[GatewaySimulator]:
    async with GatewaySimulator(picture=FOX) as simulator:
        yield simulator


@pytest.fixture
async def api(simulator: GatewaySimulator) -> AsyncIterator[HttpEndpoint]:
    api = endpoint(simulator.base_url)
    yield api
    await api.close()


@pytest.fixture
def sink(tmp_path: Path) -> FolderSink:
    folder = tmp_path / "sink"
    folder.mkdir()
    return FolderSink(folder)
