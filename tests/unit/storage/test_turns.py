"""Whatever happened before, the store's claims come in the order that `turns` foretells."""

import asyncio
import tempfile
from dataclasses import replace
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.chat import PictureRef
from bot.domain.credits import CreditPolicy
from bot.domain.requests import AfterCrash, ClaimedJob, PictureLink, turns
from bot.ports import Store
from tests.contract.stores import ANNA, GATEWAY, REFUSED, HeldClock, made, open_sql_store, request

MEMBERS = ("anna", "bert", "cleo", "dora")

acceptances = st.tuples(st.just("accept"), st.sampled_from(MEMBERS), st.integers(1, 4))
ENDS = ("hold", "paint", "fail", "put back", "crash", "crash while fetching")
claims = st.tuples(st.just("claim"), st.sampled_from(ENDS), st.just(0))
scripts = st.lists(st.one_of(acceptances, claims), max_size=10)


@settings(max_examples=15, deadline=None)
@given(script=scripts, last=st.lists(acceptances, min_size=1, max_size=5))
def test_claims_come_in_the_order_of_turns(
    script: list[tuple[str, str, int]], last: list[tuple[str, str, int]]
) -> None:
    claimed, foretold = asyncio.run(claimed_and_foretold([*script, *last]))
    assert claimed == foretold


async def claimed_and_foretold(script: list[tuple[str, str, int]]) -> tuple[list[int], list[int]]:
    with tempfile.TemporaryDirectory() as folder:
        async with open_sql_store(Path(folder), CreditPolicy(daily=1_000), HeldClock()) as store:
            for number, (act, what, jobs) in enumerate(script):
                if act == "accept":
                    await store.accept(request(f"e{number}", member=replace(ANNA, id=what), jobs=jobs, price=1))
                else:
                    await claim_and(store, what)
            foretold = [int(job.job) for job in turns(await store.queue())]
            claimed = [int(job.job) for job in await claim_all(store)]
            assert await store.check_books() == []
            return claimed, foretold


async def claim_and(store: Store, what: str) -> None:
    job = await store.claim()
    if job is None:
        return
    if what == "paint":
        await store.painted(job.job, job.attempt, [made("fox")])
    elif what == "fail":
        await store.failed(job.job, job.attempt, REFUSED, is_billed=True)
    elif what == "put back":
        await store.put_back(job.job, job.attempt)
    elif what == "crash":
        await store.mark_leaving(job.job, job.attempt, GATEWAY)
        await store.recover(after_crash=AfterCrash.REPAINT, max_attempts=3)
    elif what == "crash while fetching":
        await store.mark_leaving(job.job, job.attempt, GATEWAY)
        await store.keep_links(job.job, job.attempt, [PictureLink(endpoint=GATEWAY, url="https://files.example/a.png")])
        await store.recover(after_crash=AfterCrash.REPAINT, max_attempts=3)


async def claim_all(store: Store) -> list[ClaimedJob]:
    taken = []
    while (job := await store.claim()) is not None:
        taken.append(job)
    return taken


async def test_a_job_without_its_sources_is_passed_over_but_keeps_its_place(tmp_path: Path) -> None:
    async with open_sql_store(tmp_path, CreditPolicy(daily=100), HeldClock()) as store:
        await store.accept(request("e1", sources=(PictureRef("upload:1"),)))
        await store.accept(request("e2", member=replace(ANNA, id="bert"), jobs=2))
        first, *rest = [job.job for job in turns(await store.queue())]
        assert [job.job for job in await claim_all(store)] == rest
        assert [job.job for job in (await store.queue()).waiting] == [first]
