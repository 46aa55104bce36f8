"""The router hands an order to the first endpoint that serves its model."""

from pathlib import Path

import pytest

from bot.domain.errors import ModelUnavailable
from bot.image_api.router import Route, Router
from tests.simulators.gemini_endpoint import GeminiEndpointSimulator
from tests.unit.image_api.folder_sink import FolderSink
from tests.unit.image_api.orders import FLASH, PRO, Departures, drawn, endpoint, order


async def test_the_first_that_serves_the_model_paints(tmp_path: Path) -> None:
    async with (
        GeminiEndpointSimulator(picture=drawn()) as first,
        GeminiEndpointSimulator(picture=drawn()) as second,
        GeminiEndpointSimulator(picture=drawn()) as third,
    ):
        router = Router(
            (
                Route(name="flash only", models=frozenset({FLASH}), api=endpoint(first.base_url)),
                Route(name="both", models=frozenset({FLASH, PRO}), api=endpoint(second.base_url)),
                Route(name="both, too", models=frozenset({FLASH, PRO}), api=endpoint(third.base_url)),
            )
        )
        await router.paint(order(model=PRO), FolderSink(tmp_path), leaving=Departures())
        await router.paint(order(model=FLASH), FolderSink(tmp_path), leaving=Departures())
        await router.close()
        served = [[request.model for request in server.requests] for server in (first, second, third)]
    assert served == [[FLASH], [PRO], []]


async def test_a_model_that_nobody_serves(tmp_path: Path) -> None:
    leaving = Departures()
    with pytest.raises(ModelUnavailable):
        await Router(()).paint(order(), FolderSink(tmp_path), leaving=leaving)
    assert leaving.count == 0


async def test_closing_closes_every_endpoint(tmp_path: Path) -> None:
    async with GeminiEndpointSimulator(picture=drawn()) as server:
        apis = [endpoint(server.base_url) for _ in range(2)]
        await Router(
            tuple(Route(name=str(number), models=frozenset({PRO}), api=api) for number, api in enumerate(apis))
        ).close()
        for api in apis:
            with pytest.raises(RuntimeError):
                await api.paint(order(), FolderSink(tmp_path), leaving=Departures())
        assert server.requests == []
