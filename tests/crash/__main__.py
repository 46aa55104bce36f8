"""`make crash`: hundreds of kills over all platforms, and a table of what they came to.

Exit status 1 where anything was lost, doubled beyond what a platform makes possible, or left behind.
"""

import argparse
import asyncio
import sys
import tempfile
import traceback
from collections import Counter
from pathlib import Path

from tests.crash.campaign import PLATFORMS, Judgement, run_chain

IN_CHAIN = 10


async def run_campaign(kills: int, seed: int, at_once: int) -> list[Judgement]:
    """Run chains of ten, each platform in turn, until there were so many kills. Some chains run beside each other."""
    room = asyncio.Semaphore(at_once)

    async def chain(number: int) -> Judgement:
        async with room:
            return await _judged_chain(list(PLATFORMS)[number % len(PLATFORMS)], seed + number)

    return await asyncio.gather(*(chain(number) for number in range((kills + IN_CHAIN - 1) // IN_CHAIN)))


async def _judged_chain(platform: str, seed: int) -> Judgement:
    """Run a chain and print what it came to; one that breaks off is a fault, and the others go on."""
    with tempfile.TemporaryDirectory() as folder:
        try:
            judgement = await run_chain(platform, Path(folder), seed, IN_CHAIN)
        except Exception as fault:  # noqa: BLE001 - whatever broke it off, the others go on
            traceback.print_exc()
            judgement = Judgement(platform, faults=[f"it broke off: {fault!r}"])
    print(f"{platform}, seed {seed}: {_told(judgement)}", flush=True)  # noqa: T201 - a program's output
    return judgement


def _told(judgement: Judgement) -> str:
    kills = ", ".join(f"{count} {kind}" for kind, count in sorted(judgement.kills.items()))
    twice = max(judgement.doubled, judgement.doubled_for)
    faults = "; ".join(judgement.faults) or "nothing lost"
    return f"{judgement.requests} requests, killed {kills}; {twice} seen twice; {faults}"


def main() -> None:
    """Run a campaign and print what each platform came to."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=300)
    parser.add_argument("--seed", type=int, default=1_000)
    parser.add_argument("--at-once", type=int, default=3)
    chosen = parser.parse_args()
    judgements = asyncio.run(run_campaign(chosen.kills, chosen.seed, chosen.at_once))
    kills: Counter[str] = Counter()
    for judgement in judgements:
        kills.update({judgement.platform: judgement.kills.total()})
    print("in all:", ", ".join(f"{count} on {platform}" for platform, count in kills.items()))  # noqa: T201 - a program's output
    sys.exit(any(not judgement.holds for judgement in judgements))


if __name__ == "__main__":
    main()
