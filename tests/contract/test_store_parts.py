"""What every Store holds of the parts of an outcome."""

from bot.domain.requests.requests import DeliveryState
from bot.ports import Store
from tests.contract.stores import ReopenableStore, accept, claimed, paint, ref


async def test_parts_that_were_taken_are_known_after_a_restart(reopenable: ReopenableStore) -> None:
    first = await accept(reopenable.store, "e1")
    for part in ("album", "words", "file"):
        await reopenable.store.begin_part(first, part)
    await reopenable.store.part_taken(first, "album", [ref("m1"), ref("m2")])
    await reopenable.store.part_not_begun(first, "album")  # it has left, whatever a late fault says
    await reopenable.store.part_not_begun(first, "file")
    async with reopenable.reopened() as again:
        parts = await again.parts(first)
    assert {name: part.refs for name, part in parts.items()} == {"album": (ref("m1"), ref("m2")), "words": None}


async def test_an_outcome_that_is_due_anew_begins_with_no_part(store: Store) -> None:
    first = await accept(store, "e1")
    await paint(store, await claimed(store), "fox")
    assert not (await store.view(first)).has_parts
    await store.begin_part(first, "album")
    assert (await store.view(first)).has_parts
    await store.part_taken(first, "album", [ref("m1")])
    await store.delivered(first, DeliveryState.UNCERTAIN, None)
    assert await store.redeliver(first)
    assert await store.parts(first) == {}
    assert not (await store.view(first)).has_parts
    await store.begin_part(first, "album")
    assert [part.refs for part in (await store.parts(first)).values()] == [None]
