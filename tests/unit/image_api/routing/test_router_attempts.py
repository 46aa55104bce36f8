"""How often one order may be billed, and that nothing leaves without room for what comes back."""

from dataclasses import replace

import pytest

from bot.domain.errors import NoRoom
from bot.domain.image_faults import (
    ConnectionLost,
    EndpointBusy,
    ImageFault,
    NoPictureMade,
    UnreadableAnswer,
)
from bot.domain.requests.requests import PictureLink
from tests.fakes.pictures import MemoryPictures
from tests.unit.image_api.orders import NotedJournal, order, paint
from tests.unit.image_api.routing.scripted import FILES, PassingClock, ScriptedEndpoint, fault_of, router

BILLED: tuple[type[ImageFault], ...] = (ConnectionLost, NoPictureMade, UnreadableAnswer)


@pytest.mark.parametrize("kind", BILLED)
@pytest.mark.parametrize("attempts_left", [1, 2, 3])
async def test_what_was_billed_is_asked_for_only_as_often_as_is_left(
    sink: MemoryPictures, kind: type[ImageFault], attempts_left: int
) -> None:
    one, two = (ScriptedEndpoint(name, *(fault_of(kind) for _ in range(4))) for name in ("one", "two"))
    journal = NotedJournal()
    with pytest.raises(kind):
        await paint(router(one, two), sink, replace(order(), attempts_left=attempts_left), journal)
    assert len(journal.left) == min(attempts_left, 2)  # once more is all that is asked for by itself


async def test_what_was_surely_not_billed_does_not_count(sink: MemoryPictures) -> None:
    ends = [fault_of(EndpointBusy), fault_of(EndpointBusy), fault_of(ConnectionLost)]
    one, journal = ScriptedEndpoint("one", *ends), NotedJournal()
    with pytest.raises(ConnectionLost):
        await paint(router(one, clock=PassingClock()), sink, replace(order(), attempts_left=1), journal)
    assert [attempt.is_billed for attempt in journal.tries] == [False, False, True]


async def test_without_room_for_the_picture_nothing_leaves(sink: MemoryPictures) -> None:
    sink.most_bytes = 1_000_000
    one, journal = ScriptedEndpoint("one"), NotedJournal()
    api = router(one)
    with pytest.raises(NoRoom):
        await paint(api, sink, order(), journal)
    link = PictureLink(endpoint="one", url=f"{FILES}fox")
    with pytest.raises(NoRoom):
        await paint(api, sink, replace(order(), links=(link,)), journal)
    assert (journal.left, one.orders) == ([], [])
    sink.most_bytes = 1 << 40
    assert await paint(api, sink, order(), journal)


async def test_room_is_taken_for_the_size_that_was_asked_for(sink: MemoryPictures) -> None:
    sink.most_bytes = 100_000_000
    api = router(ScriptedEndpoint("one"))
    assert await paint(api, sink, order(size="2K"))
    with pytest.raises(NoRoom) as caught:
        await paint(api, sink, order(size="4K"))
    assert caught.value.room.total_bytes == 128_000_000
