"""What every Store holds of pictures that no chat took: kept, given back within a bound, shown, bought."""

from datetime import timedelta
from typing import Any

import pytest

from bot.domain.chat import Address, Member
from bot.domain.credits import MOST_REFUNDS_A_DAY
from bot.domain.errors import CreditsExhausted
from bot.domain.requests.requests import DeliveryState, JobState, RequestId, ShownElsewhere
from bot.domain.retention import RetentionGroup
from bot.ports import Store
from tests.contract.stores import ANNA, BERT, ELSEWHERE, HERE, ReopenableStore, accept, claimed, paint, picture, posted

ANNA_IN_CHAT = Member(platform="chat", id="a", name="Anna in the chat", language="zh-CN")
THERE = ShownElsewhere(member=ANNA_IN_CHAT, address=Address("there"), conversation=ELSEWHERE)
OFFERED_FOR = timedelta(minutes=10)


async def painted(store: Store, event_key: str, *, jobs: int = 1, **changes: Any) -> RequestId:
    """Make a request whose pictures are painted and due."""
    request = await accept(store, event_key, jobs=jobs, **changes)
    for number in range(jobs):
        await paint(store, await claimed(store), f"{event_key} {number}")
    return request


async def ended(store: Store, event_key: str, *, is_ours: bool = True, **changes: Any) -> RequestId:
    """Make a request whose pictures no chat took."""
    request = await painted(store, event_key, **changes)
    assert await store.end_undelivered(request, is_ours=is_ours)
    return request


async def waits(store: Store, request: RequestId) -> bool | None:
    """Whether the pictures of a request wait refunded; None if they do not wait."""
    waiting = await store.waiting((await store.view(request)).public_id)
    return None if waiting is None else waiting.is_refunded


async def offer_of(store: Store, request: RequestId, event_key: str = "buy", **changes: Any) -> RequestId:
    return await accept(store, event_key, offered_for=OFFERED_FOR, claims=request, **changes)


class TestEnding:
    async def test_where_the_chat_is_at_fault_the_credits_go_back_once(self, store: Store) -> None:
        request = await ended(store, "e1", jobs=2)
        assert not await store.end_undelivered(request, is_ours=True)
        view = await store.view(request)
        assert (view.delivery, view.given_back, view.credits_left) == (DeliveryState.UNDELIVERABLE, 6, 10)
        assert await waits(store, request) is True

    async def test_where_the_member_closed_the_door_it_stays_paid_and_waits(self, store: Store) -> None:
        request = await ended(store, "e1", is_ours=False)
        assert ((await store.view(request)).given_back, await store.credits_left(ANNA)) == (0, 7)
        assert await waits(store, request) is False

    async def test_what_may_have_arrived_in_part_is_not_given_back(self, store: Store) -> None:
        request = await painted(store, "e1")
        await store.begin_part(request, "photo-1")
        await store.end_undelivered(request, is_ours=True)
        assert await store.credits_left(ANNA) == 7
        assert await waits(store, request) is False

    async def test_what_surely_has_not_left_is_given_back(self, store: Store) -> None:
        request = await painted(store, "e1")
        await store.begin_part(request, "photo-1")
        await store.part_not_begun(request, "photo-1")
        await store.end_undelivered(request, is_ours=True)
        assert await store.credits_left(ANNA) == 10

    async def test_so_many_pictures_a_day_are_given_back_and_a_member(self, reopenable: ReopenableStore) -> None:
        store = reopenable.store
        requests = [await ended(store, f"e{number}", price=1) for number in range(MOST_REFUNDS_A_DAY + 1)]
        assert [await waits(store, each) for each in requests] == [True] * MOST_REFUNDS_A_DAY + [False]
        assert await store.credits_left(ANNA) == 9
        assert await waits(store, await ended(store, "other", price=1, member=BERT)) is True
        reopenable.clock.time += timedelta(days=1)
        assert await waits(store, await ended(store, "next day", price=1)) is True

    async def test_a_request_is_given_back_whole_or_not_at_all(self, store: Store) -> None:
        first = await ended(store, "e1", jobs=4, price=1)
        second = await ended(store, "e2", jobs=2, price=1)
        assert [await waits(store, each) for each in (first, second)] == [True, False]

    async def test_what_came_from_a_bucket_that_is_over_goes_to_one_of_today(self, reopenable: ReopenableStore) -> None:
        request = await painted(reopenable.store, "e1")
        reopenable.clock.time += timedelta(days=1)
        await reopenable.store.end_undelivered(request, is_ours=True)
        assert await reopenable.store.credits_left(ANNA) == 13

    async def test_it_goes_back_where_nothing_is_granted_any_more_and_a_later_grant_still_comes(
        self, reopenable: ReopenableStore
    ) -> None:
        request = await painted(reopenable.store, "e1")
        reopenable.clock.time += timedelta(days=1)
        async with reopenable.reopened(daily=0) as store:
            await store.end_undelivered(request, is_ours=True)
            assert await store.credits_left(ANNA) == 3
        async with reopenable.reopened(daily=10) as store:
            await accept(store, "e2")
            assert await store.credits_left(ANNA) == 10

    async def test_an_end_without_pictures_leaves_nothing_to_show(self, store: Store) -> None:
        request = await accept(store, "e1")
        await store.cancel(request)
        assert await store.end_undelivered(request, is_ours=True)
        assert await waits(store, request) is None
        assert await store.untold_of(ANNA, most=5) == []


class TestLostFiles:
    async def test_only_what_is_lost_is_given_back_and_once(self, store: Store) -> None:
        request = await painted(store, "e1", jobs=2)
        kept = [result.id for result in (await store.view(request)).results[:1]]
        assert await store.give_back(request, kept=kept) == 3
        assert await store.give_back(request, kept=kept) == 0
        assert await store.credits_left(ANNA) == 7


class TestTelling:
    async def test_a_member_is_told_of_what_waits_until_they_know(self, store: Store) -> None:
        first, second = await ended(store, "e1", price=1), await ended(store, "e2", price=1, is_ours=False)
        waiting = await store.untold_of(ANNA, most=5)
        assert [(each.request, each.is_refunded, each.member.name) for each in waiting] == [
            (second, False, "Anna"),
            (first, True, "Anna"),
        ]
        assert [each.request for each in await store.untold_of(ANNA, most=1)] == [second]
        await store.told([second])
        assert [each.request for each in await store.untold_of(ANNA, most=5)] == [first]
        assert await store.untold_of(BERT, most=5) == []

    async def test_a_chat_is_told_of_what_was_asked_for_there(self, store: Store) -> None:
        request = await ended(store, "e1")
        assert [each.request for each in await store.untold_in("web", HERE, most=5)] == [request]
        assert await store.untold_in("chat", HERE, most=5) == []
        assert await store.untold_in("web", ELSEWHERE, most=5) == []


class TestShowing:
    async def test_paid_pictures_become_due_where_the_member_is_now(self, store: Store) -> None:
        request = await ended(store, "e1", is_ours=False)
        assert await store.show_elsewhere(request, THERE)
        assert not await store.show_elsewhere(request, THERE)
        view = await store.view(request)
        assert (view.delivery, view.member, view.address) == (DeliveryState.DUE, ANNA_IN_CHAT, Address("there"))
        assert await store.undelivered() == [request]
        assert await waits(store, request) is None
        assert await store.delivered(request, DeliveryState.SENT, posted("m1", conversation=ELSEWHERE))
        assert await store.results_shown_in("chat", ELSEWHERE, posted("m1").ref) != []
        assert await store.credits_left(ANNA) == 7

    async def test_what_could_not_be_shown_there_either_waits_again_and_may_be_given_back(self, store: Store) -> None:
        request = await ended(store, "e1", is_ours=False)
        await store.show_elsewhere(request, THERE)
        await store.end_undelivered(request, is_ours=True)
        assert await waits(store, request) is True
        assert await store.credits_left(ANNA) == 10

    async def test_what_was_given_back_is_not_shown_for_nothing(self, store: Store) -> None:
        request = await ended(store, "e1")
        assert not await store.show_elsewhere(request, THERE)
        assert not await store.redeliver(request)

    async def test_what_is_paid_can_be_sent_once_more_and_then_waits_no_longer(self, store: Store) -> None:
        request = await ended(store, "e1", is_ours=False)
        assert await store.redeliver(request)
        assert await waits(store, request) is None


class TestBuying:
    async def test_what_was_given_back_is_had_at_the_price_of_today(self, store: Store) -> None:
        request = await ended(store, "e1", jobs=2)
        offer = await offer_of(store, request, jobs=2, price=4)
        assert (await store.credits_left(ANNA), (await store.view(offer)).claims) == (10, request)
        assert await store.confirm(offer)
        assert not await store.confirm(offer)
        view = await store.view(offer)
        assert [job.state for job in view.jobs] == [JobState.PAINTED, JobState.PAINTED]
        assert [each.picture for each in view.results] == [picture("e1 0"), picture("e1 1")]
        assert (view.delivery, view.credits_left, view.charged) == (DeliveryState.DUE, 2, 8)
        assert await waits(store, request) is None
        assert await store.claim() is None

    async def test_further_pictures_of_a_job_come_along(self, store: Store) -> None:
        request = await accept(store, "e1", jobs=2, price=1)
        await paint(store, await claimed(store), "fox", "owl")
        await paint(store, await claimed(store), "hen")
        await store.end_undelivered(request, is_ours=True)
        offer = await offer_of(store, request, jobs=2)
        await store.confirm(offer)
        names = [(each.number, each.picture) for each in (await store.view(offer)).results]
        assert names == [(1, picture("fox")), (2, picture("hen")), (3, picture("owl"))]

    async def test_only_one_of_two_offers_gets_them(self, store: Store) -> None:
        request = await ended(store, "e1")
        first, second = await offer_of(store, request, "buy 1"), await offer_of(store, request, "buy 2")
        assert await store.confirm(first)
        assert not await store.confirm(second)
        assert await store.credits_left(ANNA) == 7

    async def test_who_cannot_pay_any_more_has_them_wait(self, store: Store) -> None:
        request = await ended(store, "e1")
        offer = await offer_of(store, request, price=3)
        await accept(store, "e2", price=8)
        with pytest.raises(CreditsExhausted):
            await store.confirm(offer)
        assert await waits(store, request) is True

    async def test_what_was_bought_and_is_not_delivered_either_is_given_back_again(self, store: Store) -> None:
        request = await ended(store, "e1")
        offer = await offer_of(store, request)
        await store.confirm(offer)
        await store.end_undelivered(offer, is_ours=True)
        assert await waits(store, offer) is True
        assert await store.credits_left(ANNA) == 10


class TestKeeping:
    KEEP = timedelta(days=7)

    async def swept(self, reopenable: ReopenableStore, request: RequestId) -> bool:
        """Whether a request is gone when everything is older than it is kept, except one that is newer."""
        reopenable.clock.time += timedelta(days=8)
        await accept(reopenable.store, "newer", price=1)
        await paint(reopenable.store, await claimed(reopenable.store), "newer")
        await reopenable.store.forget(RetentionGroup.EVENTS, reopenable.clock.time - self.KEEP, most=100)
        count, _ = await reopenable.store.forget_requests(
            reopenable.clock.time - self.KEEP, after=RequestId(0), most=100
        )
        return count > 0

    async def test_what_is_paid_and_was_not_delivered_is_kept_however_old(self, reopenable: ReopenableStore) -> None:
        request = await ended(reopenable.store, "e1", is_ours=False)
        assert not await self.swept(reopenable, request)
        assert (await reopenable.store.wanted_pictures(self.KEEP))[picture("e1 0").sha256] is None
        assert await reopenable.store.show_elsewhere(request, THERE)

    async def test_what_was_given_back_is_kept_as_long_as_everything(self, reopenable: ReopenableStore) -> None:
        request = await ended(reopenable.store, "e1")
        assert picture("e1 0").sha256 in await reopenable.store.wanted_pictures(self.KEEP)
        assert await self.swept(reopenable, request)
        assert picture("e1 0").sha256 not in await reopenable.store.wanted_pictures(self.KEEP)
