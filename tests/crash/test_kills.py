"""Forty kills, in chains over all platforms; `make crash` does hundreds."""

from pathlib import Path

import pytest

from tests.crash.campaign import run_chain

CHAINS = [("web", 1, 8), ("web", 2, 6), ("telegram", 3, 7), ("telegram", 4, 7), ("discord", 5, 6), ("discord", 6, 6)]


@pytest.mark.timeout(900)  # each kill is a start of the program and a wait for its platform: minutes on a busy machine
@pytest.mark.parametrize(("platform", "seed", "kills"), CHAINS)
async def test_a_chain_of_kills_loses_nothing_and_doubles_nothing(
    platform: str, seed: int, kills: int, tmp_path: Path
) -> None:
    judgement = await run_chain(platform, tmp_path, seed, kills)
    assert judgement.faults == []
    assert judgement.holds
    assert judgement.kills.total() == kills
