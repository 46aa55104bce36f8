"""What holds for a router whatever its endpoints answer, and whatever its journal raises."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.image_faults import EndpointBusy, ImageFault, Retry
from bot.domain.requests.requests import PictureLink, Try
from tests.fakes.pictures import MemoryPictures
from tests.unit.image_api.orders import NotedJournal, paint
from tests.unit.image_api.routing.scripted import FILES, PassingClock, ScriptedEndpoint, fault_of, router
from tests.unit.image_api.streaming.spellings import UNHURRIED


@pytest.mark.parametrize("error", [LookupError("lost"), EndpointBusy("a fault of the journal's"), OSError("full")])
@pytest.mark.parametrize("method", ["leaving", "found", "tried"])
async def test_what_the_journal_raises_passes_through_at_once(
    sink: MemoryPictures, clock: PassingClock, error: Exception, method: str
) -> None:
    class Failing(NotedJournal):
        async def request_sent(self, endpoint: str) -> None:
            await super().request_sent(endpoint)
            self.fail_in("leaving")

        async def links_found(self, links: Sequence[PictureLink]) -> None:
            self.fail_in("found")

        async def attempt_finished(self, attempt: Try) -> None:
            await super().attempt_finished(attempt)
            self.fail_in("tried")

        def fail_in(self, name: str) -> None:
            if name == method:
                raise error

    class Linking(ScriptedEndpoint):
        async def paint(self, order: Any, sink: Any, journal: Any) -> Any:
            made = await super().paint(order, sink, journal)
            await journal.links_found([PictureLink(endpoint=self.name, url=f"{FILES}fox")])
            return made

    journal, endpoints = Failing(), [Linking("one"), Linking("two")]
    with pytest.raises(type(error)) as caught:
        await paint(router(*endpoints, clock=clock), sink, journal=journal)
    assert caught.value is error
    assert (journal.left, len(journal.tries)) == (["one"], 1 if method == "tried" else 0)
    assert (clock.slept, endpoints[1].orders) == ([], [])


async def test_a_mistake_of_ours_passes_through(sink: MemoryPictures) -> None:
    two = ScriptedEndpoint("two")
    with pytest.raises(ZeroDivisionError):
        await paint(router(ScriptedEndpoint("one", ZeroDivisionError()), two), sink)
    assert two.orders == []


LONGEST_WAIT_SECONDS = 60.0
KINDS = st.sampled_from(ImageFault.__subclasses__())
ENDS = st.builds(
    lambda kind, seconds: fault_of(kind, retry_after_seconds=seconds),
    KINDS,
    st.sampled_from([None, None, 0.0, 5.0, 29.0, 31.0, 3600.0]),
)
SCRIPTS = st.lists(st.lists(st.none() | ENDS, max_size=12), min_size=1, max_size=3)


@UNHURRIED
@given(SCRIPTS, st.booleans())
def test_for_any_faults_nobody_pays_more_than_twice_nor_asks_where_it_is_in_vain(
    scripts: list[list[ImageFault | None]],
    retry_billed: bool,  # noqa: FBT001  # drawn
) -> None:
    asyncio.run(_run_orders(scripts, retry_billed=retry_billed))


async def _run_orders(scripts: list[list[ImageFault | None]], *, retry_billed: bool) -> None:
    clock = PassingClock()
    endpoints = [ScriptedEndpoint(str(n), *script, clock=clock, seconds=1) for n, script in enumerate(scripts)]
    api = router(*endpoints, clock=clock, retry_billed=retry_billed, longest_wait_seconds=LONGEST_WAIT_SECONDS)
    for _ in range(4):
        asked_before, began = sum(len(each.orders) for each in endpoints), clock.time
        journal, painted = NotedJournal(), False
        with suppress(ImageFault):
            await paint(api, MemoryPictures(), journal=journal)
            painted = True
        asked = sum(len(each.orders) for each in endpoints) - asked_before
        _check(journal.tries, asked, painted=painted, retry_billed=retry_billed)
        assert (clock.time - began).total_seconds() <= LONGEST_WAIT_SECONDS + len(journal.tries)


BY_CODE = {kind.code: kind for kind in ImageFault.__subclasses__()}


def _check(tries: list[Try], asked: int, *, painted: bool, retry_billed: bool) -> None:
    assert len(tries) == asked
    assert sum(each.is_billed for each in tries) <= (2 if retry_billed else 1)
    assert [each.fault for each in tries].count(None) == painted
    out: set[str] = set()
    for number, each in enumerate(tries, start=1):
        assert each.endpoint not in out
        kind = BY_CODE[each.fault] if each.fault else None
        if kind and kind.retry is Retry.NEVER:
            out.add(each.endpoint)
        if kind is None or (kind.retry is Retry.NEVER and not kind.is_of_the_endpoint):
            assert number == len(tries)
