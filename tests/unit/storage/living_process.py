"""A process that works in a data folder until it is killed. It prints a line for each request that ended."""

import asyncio
import sys
from dataclasses import replace
from pathlib import Path

from bot.domain.credits import CreditPolicy
from bot.domain.requests.requests import ClaimedJob, PictureLink
from bot.storage.data_folder import open_data_folder
from bot.storage.engines.database import Database
from bot.storage.store import SqlStore
from tests.contract.stores import ANNA, BACKUP, MORNING, ended, leave, made, note, request
from tests.fakes.clock import PassingClock


async def work(folder: Path) -> None:
    store = SqlStore(await Database.open(folder / "store.db"), CreditPolicy(daily=1_000_000), PassingClock(MORNING))
    await asyncio.gather(*(live(store, number) for number in range(100_000, 100_008)))


async def live(store: SqlStore, first: int) -> None:
    for number in range(first, 10_000_000, 8):
        await store.accept(request(f"e{number}", member=replace(ANNA, id=str(first)), jobs=2))
        job = await store.claim()
        if job is not None:
            await paint_at_the_second_endpoint(store, job, str(number))
        print(number, flush=True)  # noqa: T201 - how the test knows that this one lives


async def paint_at_the_second_endpoint(store: SqlStore, job: ClaimedJob, name: str) -> None:
    await leave(store, job)
    await note(store, job, ended("busy"))
    await leave(store, job, BACKUP)
    await store.keep_links(job.job, job.attempt, [PictureLink(endpoint=BACKUP, url=f"https://files.example/{name}")])
    await note(store, job, ended(endpoint=BACKUP))
    await store.painted(job.job, job.attempt, [made(name)])


if __name__ == "__main__":
    with open_data_folder(Path(sys.argv[1])) as data_folder:
        asyncio.run(work(data_folder))
