"""What every Store holds of offers, of messages that show one picture, and of how long pictures are wanted."""

from datetime import timedelta
from typing import Any

import pytest

from bot.domain.chat import PictureRef
from bot.domain.errors import CreditsExhausted
from bot.domain.requests.acceptance import Accepted
from bot.domain.requests.requests import CHAT_CLOSED, OFFER_EXPIRED, DeliveryState, JobState, KnownSource, RequestId
from bot.ports import Store
from tests.contract.stores import HERE, MORNING, ReopenableStore, accept, claimed, paint, picture, posted, ref, request


class TestOffers:
    TEN_MINUTES = timedelta(minutes=10)

    async def offer(self, store: Store, event_key: str = "e1", **changes: Any) -> RequestId:
        return await accept(store, event_key, offered_for=self.TEN_MINUTES, **changes)

    async def test_an_offer_reserves_nothing_and_is_not_painted(self, store: Store) -> None:
        offered = await self.offer(store, jobs=2)
        view = await store.view(offered)
        assert (view.is_offered, view.is_open, view.credits_left) == (True, True, 10)
        assert view.offered_until == MORNING + self.TEN_MINUTES
        assert await store.claim() is None
        assert (await store.queue()).waiting == ()

    async def test_confirmed_its_price_is_reserved_and_its_jobs_queued(self, store: Store) -> None:
        offered = await self.offer(store, jobs=2)
        assert await store.confirm(offered)
        assert not await store.confirm(offered)
        view = await store.view(offered)
        assert (view.is_offered, view.credits_left) == (False, 4)
        assert [(await claimed(store)).request, (await claimed(store)).request] == [offered, offered]

    async def test_what_cannot_be_paid_is_not_offered(self, store: Store) -> None:
        with pytest.raises(CreditsExhausted):
            await self.offer(store, jobs=4)
        assert await store.undelivered() == []

    async def test_what_cannot_be_paid_any_more_is_not_confirmed_and_stays_open(self, store: Store) -> None:
        offered = await self.offer(store, jobs=3)
        await accept(store, "e2")
        with pytest.raises(CreditsExhausted):
            await store.confirm(offered)
        assert (await store.view(offered)).is_offered

    async def test_an_offer_ends_when_its_time_is_over(self, reopenable: ReopenableStore) -> None:
        store, offered = reopenable.store, await self.offer(reopenable.store)
        assert not await store.expire_offer(offered)
        reopenable.clock.time += self.TEN_MINUTES
        assert not await store.confirm(offered)
        assert await store.expire_offer(offered)
        assert not await store.expire_offer(offered)
        [job] = (await store.view(offered)).jobs
        assert (job.state, job.failure) == (JobState.CANCELLED, OFFER_EXPIRED)

    async def test_an_offer_that_is_declined_costs_nothing(self, store: Store) -> None:
        offered = await self.offer(store)
        assert await store.cancel(offered)
        assert not await store.confirm(offered)
        assert await store.delivered(offered, DeliveryState.SENT, None)

    async def test_an_offer_that_cannot_be_shown_ends_and_the_books_agree(self, store: Store) -> None:
        offered = await self.offer(store)
        assert await store.fail_queued(offered, CHAT_CLOSED)
        assert await store.check_ledger() == []

    async def test_the_same_event_is_the_same_offer(self, store: Store) -> None:
        offered = await self.offer(store)
        again = await store.accept(request("e1", offered_for=self.TEN_MINUTES))
        assert (again.request, again.accepted) == (offered, Accepted.SAME_EVENT)

    async def test_an_offer_wants_no_sources_before_it_is_confirmed(self, store: Store) -> None:
        offered = await self.offer(store, sources=(PictureRef("upload:1"),))
        assert await store.wanted_sources() == []
        await store.confirm(offered)
        assert [source.request for source in await store.wanted_sources()] == [offered]


class TestPictures:
    async def test_a_message_that_shows_one_picture_leads_to_that_one(self, store: Store) -> None:
        first = await accept(store, "e1", jobs=2)
        for name in ("fox", "owl"):
            await paint(store, await claimed(store), name)
        await store.delivered(first, DeliveryState.SENT, posted("status", ("photo 1", 1), ("photo 2", 2)))
        shown = {
            text: await store.results_shown_in("web", HERE, ref(text)) for text in ("status", "photo 1", "photo 2")
        }
        assert {text: [each.number for each in results] for text, results in shown.items()} == {
            "status": [1, 2],
            "photo 1": [1],
            "photo 2": [2],
        }

    async def test_pictures_are_wanted_by_the_latest_request_they_belong_to(self, reopenable: ReopenableStore) -> None:
        store, keep = reopenable.store, timedelta(days=30)
        first = await accept(store, "e1")
        await paint(store, await claimed(store), "fox")
        fox = picture("fox").sha256
        assert await store.wanted_pictures(keep) == {fox: None}  # it is still to be delivered
        await store.delivered(first, DeliveryState.SENT, posted("m1"))
        assert await store.wanted_pictures(keep) == {fox: MORNING + keep}
        reopenable.clock.time += timedelta(hours=3)
        second = await accept(store, "e2", sources=(KnownSource(sha256=fox),))
        assert await store.wanted_pictures(keep) == {fox: None}
        await store.cancel(second)
        await store.delivered(second, DeliveryState.SENT, posted("m2"))
        assert await store.wanted_pictures(keep) == {fox: MORNING + timedelta(hours=3) + keep}
