"""`make crash`: hundreds of kills over all platforms, and a table of what they came to.

Exit status 1 where anything was lost, doubled beyond what a platform makes possible, or left behind.
"""

import argparse
import asyncio
import sys
import tempfile
from collections import Counter
from pathlib import Path

from tests.crash.campaign import PLATFORMS, Judgement, run_chain

IN_CHAIN = 10


async def run_campaign(kills: int, seed: int) -> list[Judgement]:
    """Chains of ten, each platform in turn, until there were so many kills."""
    judgements = []
    for number in range((kills + IN_CHAIN - 1) // IN_CHAIN):
        platform = list(PLATFORMS)[number % len(PLATFORMS)]
        with tempfile.TemporaryDirectory() as folder:
            judgement = await run_chain(platform, Path(folder), seed + number, IN_CHAIN)
        judgements.append(judgement)
        print(f"{platform}, seed {seed + number}: {_told(judgement)}", flush=True)  # noqa: T201 - a program's output
    return judgements


def _told(judgement: Judgement) -> str:
    kills = ", ".join(f"{count} {kind}" for kind, count in sorted(judgement.kills.items()))
    faults = "; ".join(judgement.faults) or "nothing lost"
    return f"{judgement.requests} requests, killed {kills}; {judgement.doubled} seen twice; {faults}"


def main() -> None:
    """Run a campaign and print what each platform came to."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=300)
    parser.add_argument("--seed", type=int, default=1_000)
    chosen = parser.parse_args()
    judgements = asyncio.run(run_campaign(chosen.kills, chosen.seed))
    kills: Counter[str] = Counter()
    for judgement in judgements:
        kills.update({judgement.platform: judgement.kills.total()})
    print("in all:", ", ".join(f"{count} on {platform}" for platform, count in kills.items()))  # noqa: T201 - a program's output
    sys.exit(any(not judgement.holds for judgement in judgements))


if __name__ == "__main__":
    main()
