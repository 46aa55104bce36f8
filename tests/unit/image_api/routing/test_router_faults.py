"""What a router does after a fault: ask the next, the same again, wait, or end; and what the journal hears."""

from collections.abc import Sequence
from typing import Any

import pytest

from bot.domain.chat import Quoted
from bot.domain.image_faults import (
    AnsweredInWords,
    BlockedBySafety,
    ConnectionLost,
    EndpointBusy,
    EndpointMoved,
    EndpointUnreachable,
    FundsUsedUp,
    HistoryRejected,
    ImageFault,
    KeyRejected,
    ModelUnavailable,
    NoPictureMade,
    PromptRefused,
    ReferencesTooLarge,
    TookTooLong,
    UnreadableAnswer,
)
from bot.domain.requests.requests import Try
from bot.image_api.routing.retries import MOST_ATTEMPTS
from tests.fakes.pictures import MemoryPictures
from tests.unit.image_api.orders import PRO, NotedJournal, paint
from tests.unit.image_api.routing.scripted import PassingClock, ScriptedEndpoint, fault_of, router

ELSEWHERE: Sequence[type[ImageFault]] = (
    EndpointUnreachable,
    EndpointBusy,
    EndpointMoved,
    KeyRejected,
    FundsUsedUp,
    ModelUnavailable,
    ReferencesTooLarge,
)
ONCE_MORE_HERE: Sequence[type[ImageFault]] = (NoPictureMade,)
ONCE_MORE_ELSEWHERE: Sequence[type[ImageFault]] = (ConnectionLost, UnreadableAnswer, HistoryRejected)
FINAL: Sequence[type[ImageFault]] = [
    kind for kind in ImageFault.__subclasses__() if kind not in {*ELSEWHERE, *ONCE_MORE_HERE, *ONCE_MORE_ELSEWHERE}
]


def told(journal: NotedJournal) -> list[tuple[str, str | None]]:
    return [(each.endpoint, each.fault) for each in journal.tries]


# Another endpoint


@pytest.mark.parametrize("kind", ELSEWHERE)
async def test_what_another_endpoint_may_paint_goes_to_the_next_at_once(
    sink: MemoryPictures, clock: PassingClock, kind: type[ImageFault]
) -> None:
    journal = NotedJournal()
    one = ScriptedEndpoint("one", fault_of(kind), clock=clock, seconds=2.5)
    await paint(router(one, ScriptedEndpoint("two", clock=clock, seconds=20), clock=clock), sink, journal=journal)
    left = [] if kind is EndpointUnreachable else ["one"]
    assert (journal.left, clock.slept) == ([*left, "two"], [])
    assert journal.tries == [
        Try(endpoint="one", model=PRO, seconds=2.5, fault=kind.code, is_billed=False),
        Try(endpoint="two", model=PRO, seconds=20, fault=None, is_billed=True),
    ]


@pytest.mark.parametrize("kind", FINAL)
async def test_what_is_final_ends_the_order(sink: MemoryPictures, clock: PassingClock, kind: type[ImageFault]) -> None:
    journal, fault = NotedJournal(), fault_of(kind)
    with pytest.raises(kind) as caught:
        await paint(router(ScriptedEndpoint("one", fault), ScriptedEndpoint("two"), clock=clock), sink, journal=journal)
    assert caught.value is fault
    assert (told(journal), journal.tries[0].is_billed) == ([("one", kind.code)], kind.is_probably_billed)
    assert clock.slept == []


async def test_what_never_left_was_not_billed(sink: MemoryPictures) -> None:
    class Disconnected(ScriptedEndpoint):
        async def paint(self, *_: Any) -> Any:
            raise TookTooLong("before anything left")

    journal = NotedJournal()
    with pytest.raises(TookTooLong):
        await paint(router(Disconnected("one")), sink, journal=journal)
    assert [each.is_billed for each in journal.tries] == [False]


# Once more


@pytest.mark.parametrize(("kinds", "then"), [(ONCE_MORE_HERE, "one"), (ONCE_MORE_ELSEWHERE, "two")])
async def test_what_may_be_billed_again_is_asked_for_once_more(
    sink: MemoryPictures, clock: PassingClock, kinds: Sequence[type[ImageFault]], then: str
) -> None:
    for kind in kinds:
        journal = NotedJournal()
        await paint(
            router(ScriptedEndpoint("one", fault_of(kind)), ScriptedEndpoint("two"), clock=clock), sink, journal=journal
        )
        assert told(journal) == [("one", kind.code), (then, None)]
        assert [each.is_billed for each in journal.tries] == [kind.is_probably_billed, True]
    assert clock.slept == []


@pytest.mark.parametrize("kind", [*ONCE_MORE_HERE, *ONCE_MORE_ELSEWHERE])
async def test_where_there_is_one_endpoint_it_is_asked_again_and_not_a_third_time(
    sink: MemoryPictures, kind: type[ImageFault]
) -> None:
    journal, faults = NotedJournal(), [fault_of(kind) for _ in range(3)]
    with pytest.raises(kind) as caught:
        await paint(router(ScriptedEndpoint("one", *faults)), sink, journal=journal)
    assert (caught.value, told(journal)) == (faults[1], [("one", kind.code)] * 2)


@pytest.mark.parametrize("kind", [*ONCE_MORE_HERE, *ONCE_MORE_ELSEWHERE])
async def test_an_owner_who_does_not_want_to_pay_twice_does_not(sink: MemoryPictures, kind: type[ImageFault]) -> None:
    journal = NotedJournal()
    asked = paint(router(ScriptedEndpoint("one", fault_of(kind)), retry_billed=False), sink, journal=journal)
    if kind.is_probably_billed:
        with pytest.raises(kind):
            await asked
        assert told(journal) == [("one", kind.code)]
    else:
        await asked
        assert told(journal) == [("one", kind.code), ("one", None)]


async def test_the_one_repeat_outlives_a_busy_endpoint(sink: MemoryPictures, clock: PassingClock) -> None:
    journal = NotedJournal()
    endpoint = ScriptedEndpoint("one", fault_of(NoPictureMade), fault_of(EndpointBusy), fault_of(NoPictureMade))
    with pytest.raises(NoPictureMade):
        await paint(router(endpoint, clock=clock), sink, journal=journal)
    assert told(journal) == [("one", "no-picture"), ("one", "busy"), ("one", "no-picture")]
    assert len(clock.slept) == 1


@pytest.mark.parametrize(
    "fault",
    [
        fault_of(BlockedBySafety),
        fault_of(AnsweredInWords),
        NoPictureMade("told in words", words=Quoted("I would rather not.")),
        fault_of(PromptRefused),
    ],
    ids=["the safety filter", "only words", "words and no picture", "refused"],
)
async def test_what_the_request_is_to_blame_for_is_not_repeated_anywhere(
    sink: MemoryPictures, fault: ImageFault
) -> None:
    """Each try costs the owner; the member has a button."""
    journal = NotedJournal()
    with pytest.raises(type(fault)):
        await paint(router(ScriptedEndpoint("one", fault), ScriptedEndpoint("two")), sink, journal=journal)
    assert told(journal) == [("one", fault.code)]


# Waiting


async def test_a_busy_endpoint_is_asked_again_after_growing_waits_and_given_up(
    sink: MemoryPictures, clock: PassingClock
) -> None:
    endpoint, journal = ScriptedEndpoint("one", *(fault_of(EndpointBusy) for _ in range(9))), NotedJournal()
    with pytest.raises(EndpointBusy):
        await paint(router(endpoint, clock=clock), sink, journal=journal)
    assert told(journal) == [("one", "busy")] * MOST_ATTEMPTS
    assert all(1 <= slept <= longest for slept, longest in zip(clock.slept, (2, 4, 8), strict=True))


async def test_waits_are_drawn_by_chance_so_that_not_all_come_back_at_once(sink: MemoryPictures) -> None:
    async def first_wait() -> float:
        clock = PassingClock()
        await paint(router(ScriptedEndpoint("one", fault_of(EndpointBusy)), clock=clock), sink)
        return clock.slept[0]

    assert len({await first_wait() for _ in range(8)}) > 1


async def test_a_short_time_that_the_endpoint_names_is_waited_for(sink: MemoryPictures, clock: PassingClock) -> None:
    endpoint = ScriptedEndpoint("one", fault_of(EndpointBusy, retry_after_seconds=14.65))
    await paint(router(endpoint, clock=clock), sink)
    [slept] = clock.slept
    assert 15.65 <= slept <= 16.65


async def test_a_long_time_is_told_at_once(sink: MemoryPictures, clock: PassingClock) -> None:
    endpoint = ScriptedEndpoint("one", fault_of(EndpointBusy, retry_after_seconds=31))
    with pytest.raises(EndpointBusy) as caught:
        await paint(router(endpoint, clock=clock), sink)
    assert (caught.value.retry_after_seconds, clock.slept, len(endpoint.orders)) == (31, [], 1)


async def test_who_names_no_time_is_asked_again_before_who_does(sink: MemoryPictures, clock: PassingClock) -> None:
    journal = NotedJournal()
    slow = ScriptedEndpoint("slow", fault_of(EndpointBusy, retry_after_seconds=15))
    quick = ScriptedEndpoint("quick", fault_of(EndpointBusy))
    await paint(router(slow, quick, clock=clock), sink, journal=journal)
    assert told(journal) == [("slow", "busy"), ("quick", "busy"), ("quick", None)]
    assert sum(clock.slept) <= 2


async def test_nobody_waits_for_an_endpoint_longer_than_the_owner_allows(
    sink: MemoryPictures, clock: PassingClock
) -> None:
    busy = [fault_of(EndpointBusy, retry_after_seconds=28) for _ in range(9)]
    endpoint = ScriptedEndpoint("one", *busy, clock=clock, seconds=3)
    with pytest.raises(EndpointBusy):
        await paint(router(endpoint, clock=clock, longest_wait_seconds=60), sink)
    assert (len(endpoint.orders), len(clock.slept)) == (2, 1)


async def test_what_is_wrong_for_good_at_one_endpoint_is_not_asked_in_the_next_round(
    sink: MemoryPictures, clock: PassingClock
) -> None:
    journal = NotedJournal()
    gone = ScriptedEndpoint("gone", fault_of(ModelUnavailable))
    busy = ScriptedEndpoint("busy", fault_of(EndpointBusy))
    await paint(router(gone, busy, clock=clock), sink, journal=journal)
    assert told(journal) == [("gone", "model-unavailable"), ("busy", "busy"), ("busy", None)]


@pytest.mark.parametrize(
    ("kinds", "expected"),
    [
        ((KeyRejected, EndpointBusy), EndpointBusy),
        ((EndpointBusy, FundsUsedUp), EndpointBusy),
        ((KeyRejected, ModelUnavailable), KeyRejected),
    ],
)
async def test_of_several_faults_the_one_with_most_hope_is_told(
    sink: MemoryPictures, kinds: Sequence[type[ImageFault]], expected: type[ImageFault]
) -> None:
    endpoints = [ScriptedEndpoint(kind.code, *(fault_of(kind) for _ in range(9))) for kind in kinds]
    with pytest.raises(expected):
        await paint(router(*endpoints), sink)
