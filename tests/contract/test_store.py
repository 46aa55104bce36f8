"""What every Store holds: acceptance, credits, sources, delivery and what members ask."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from bot.domain.catalogue.picture_settings import SETTINGS, PictureSettings
from bot.domain.chat import PictureRef, Quoted
from bot.domain.credits import CreditPolicy
from bot.domain.errors import CreditsExhausted, NotFound
from bot.domain.requests.acceptance import Acceptance, Accepted
from bot.domain.requests.requests import DeliveryState, JobState, KnownSource, RequestId
from bot.ports import Store
from tests.catalogue import built_in_catalogue
from tests.contract.stores import (
    ANNA,
    BERT,
    HERE,
    REFUSED,
    WISH,
    ReopenableStore,
    accept,
    claimed,
    made,
    paint,
    picture,
    posted,
    ref,
    request,
)


class TestAcceptance:
    async def test_accepted_means_durable(self, reopenable: ReopenableStore) -> None:
        wished = request(
            "e1",
            jobs=2,
            in_reply_to=ref("m0"),
            community="guild",
            sources=(PictureRef("upload:1"),),
            cost=Decimal("0.000000001"),
        )
        accepted = await reopenable.store.accept(wished)
        async with reopenable.reopened() as again:
            view = await again.view(accepted.request)
        assert (view.member, view.address, view.in_reply_to) == (ANNA, wished.address, ref("m0"))
        assert (view.wish, view.sources, view.repeats) == (WISH, (PictureRef("upload:1"),), None)
        assert (view.price, view.cost, view.expected_seconds) == (3, Decimal("0.000000001"), 20)
        assert [(job.number, job.state) for job in view.jobs] == [(1, JobState.QUEUED), (2, JobState.QUEUED)]
        assert (view.status_ref, view.delivery, view.results) == (None, DeliveryState.DUE, ())
        assert view.credits_left == 4

    async def test_a_wish_without_ratio_and_size_stays_without(self, store: Store) -> None:
        plain = replace(WISH, settings=PictureSettings())
        assert (await store.view(await accept(store, "e1", wish=plain))).wish == plain

    async def test_every_setting_is_kept_for_views_and_for_the_worker(self, store: Store) -> None:
        for setting in SETTINGS:
            offered = (setting.offered_by(model.offered) for model in built_in_catalogue().models)
            value = next(filter(None, offered))[-1]
            wish = replace(WISH, settings=PictureSettings.of({setting.name: value}))
            asked = await accept(store, setting.name, wish=wish)
            assert (await store.view(asked)).wish == wish
            assert (await claimed(store)).wish == wish

    async def test_the_same_event_is_one_request(self, store: Store) -> None:
        first = await accept(store, "e1")
        assert await store.accept(request("e1")) == Acceptance(request=first, accepted=Accepted.SAME_EVENT)
        assert await store.credits_left(ANNA) == 7

    async def test_the_same_key_on_another_platform_is_another_request(self, store: Store) -> None:
        first = await accept(store, "e1")
        assert await accept(store, "e1", member=replace(ANNA, platform="telegram")) != first

    async def test_the_same_repeat_is_one_request_while_it_is_open(self, store: Store) -> None:
        first = await accept(store, "e1")
        again = await accept(store, "e2", repeats=first)
        same = Acceptance(request=again, accepted=Accepted.SAME_REPEAT)
        assert await store.accept(request("e3", repeats=first)) == same
        job = await claimed(store)
        await paint(store, job, "first")
        job = await claimed(store)
        assert await store.accept(request("e4", repeats=first)) == same
        await paint(store, job, "again")
        assert await accept(store, "e5", repeats=first) != again

    async def test_an_event_answered_by_an_open_repeat_stays_answered(self, store: Store) -> None:
        first = await accept(store, "e1")
        again = await accept(store, "e2", repeats=first)
        await store.accept(request("e3", repeats=first))
        assert await store.cancel(again)
        late = await store.accept(request("e3", repeats=first))
        assert late == Acceptance(request=again, accepted=Accepted.SAME_EVENT)

    async def test_somebody_elses_repeat_is_their_own(self, store: Store) -> None:
        first = await accept(store, "e1")
        again = await accept(store, "e2", repeats=first)
        assert await accept(store, "e3", member=BERT, repeats=first) != again

    @pytest.mark.parametrize("offered_for", [None, timedelta(minutes=10)])
    async def test_what_is_accepted_is_given_back_as_it_would_be_found(
        self, store: Store, offered_for: timedelta | None
    ) -> None:
        sources = (PictureRef("upload:1"),)
        wished = request("e1", prompts=("a", "b"), sources=sources, offered_for=offered_for, in_reply_to=ref("m0"))
        accepted = await store.accept(wished)
        assert accepted.view == await store.view(accepted.request)


class TestCredits:
    async def test_nobody_spends_more_than_they_hold(self, store: Store) -> None:
        await accept(store, "e1", price=6)
        with pytest.raises(CreditsExhausted) as caught:
            await store.accept(request("e2", price=1, jobs=5))
        price, hope = caught.value.sentences
        assert (price.key, price.arguments) == ("credits-exhausted", {"price": 5, "left": 4})
        assert (hope.key, hope.arguments) == ("credits-come-back", {"daily": 10})
        assert await store.credits_left(ANNA) == 4
        await accept(store, "e2", price=2, jobs=2)
        assert await store.credits_left(ANNA) == 0

    async def test_a_refused_request_leaves_nothing(self, store: Store) -> None:
        with pytest.raises(CreditsExhausted):
            await store.accept(request("e1", price=11))
        assert (await store.queue()).waiting == ()
        assert await store.undelivered() == []

    async def test_without_credits_nothing_is_allowed(self, reopenable: ReopenableStore) -> None:
        async with reopenable.reopened(daily=0) as poor:
            assert await poor.credits_left(BERT) == 0
            for price in (0, 1):  # not even a picture that is priced at nothing
                with pytest.raises(CreditsExhausted) as caught:
                    await poor.accept(request(f"e{price}", price=price))
                assert [sentence.key for sentence in caught.value.sentences] == ["credits-none-allowed"]

    async def test_asking_gives_the_days_credits_to_somebody_new(self, store: Store) -> None:
        assert await store.credits_left(BERT) == 10

    async def test_a_new_day_brings_new_credits_and_takes_the_old(self, reopenable: ReopenableStore) -> None:
        await accept(reopenable.store, "e1", price=4)
        reopenable.clock.time += timedelta(days=1)
        assert await reopenable.store.credits_left(ANNA) == 10
        await accept(reopenable.store, "e2", price=10)
        assert await reopenable.store.credits_left(ANNA) == 0

    async def test_credits_of_yesterday_that_come_back_are_over(self, reopenable: ReopenableStore) -> None:
        """Both before and after the new day's first request has closed yesterday's bucket."""
        early, late = await accept(reopenable.store, "e1", price=2), await accept(reopenable.store, "e2", price=2)
        reopenable.clock.time += timedelta(days=1)
        assert await reopenable.store.cancel(early)
        await accept(reopenable.store, "e3", price=1)
        assert await reopenable.store.cancel(late)
        assert await reopenable.store.credits_left(ANNA) == 9
        assert await reopenable.store.check_ledger() == []

    async def test_a_clock_that_steps_back_gives_nothing_twice(self, reopenable: ReopenableStore) -> None:
        first = await accept(reopenable.store, "e1", price=4)
        reopenable.clock.time += timedelta(days=1)
        await accept(reopenable.store, "e2", price=1)
        reopenable.clock.time -= timedelta(days=1)
        assert await reopenable.store.cancel(first)
        assert await reopenable.store.credits_left(ANNA) == 9
        await accept(reopenable.store, "e3", price=9)
        reopenable.clock.time += timedelta(days=1)
        assert await reopenable.store.credits_left(ANNA) == 0

    async def test_a_member_keeps_one_account_under_a_new_name(self, store: Store) -> None:
        account = await store.account(ANNA)
        assert await store.account(replace(ANNA, name="Anna B.")) == account
        assert await store.account(BERT) != account


class TestSources:
    async def test_a_job_waits_for_its_sources(self, store: Store) -> None:
        wished = await accept(store, "e1", sources=(PictureRef("upload:1"), PictureRef("upload:2")))
        [first, second] = await store.wanted_sources(wished)
        assert (first.number, first.ref, first.platform) == (1, PictureRef("upload:1"), "web")
        assert (second.number, second.address.text) == (2, "tab:1")
        await store.keep_source(wished, 2, picture("two"))
        assert await store.claim() is None
        await store.keep_source(wished, 1, picture("one"))
        await store.keep_source(wished, 1, picture("another"))
        assert (await claimed(store)).sources == (picture("one"), picture("two"))
        kept = (KnownSource(sha256=picture("one").sha256), KnownSource(sha256=picture("two").sha256))
        assert (await store.view(wished)).sources == kept

    async def test_a_known_source_is_there_at_once(self, store: Store) -> None:
        await accept(store, "e1")
        await paint(store, await claimed(store), "fox")
        edit = await accept(store, "e2", sources=(KnownSource(sha256=picture("fox").sha256),))
        assert await store.wanted_sources() == []
        job = await claimed(store)
        assert (job.request, job.sources) == (edit, (picture("fox"),))

    async def test_others_go_on_while_one_waits_for_a_source(self, store: Store) -> None:
        await accept(store, "e1", sources=(PictureRef("upload:1"),))
        other = await accept(store, "e2", member=BERT)
        assert (await claimed(store)).request == other
        assert await store.claim() is None

    async def test_sources_of_ended_requests_are_not_wanted(self, store: Store) -> None:
        wished = await accept(store, "e1", sources=(PictureRef("upload:1"),))
        other = await accept(store, "e2", member=BERT, sources=(PictureRef("upload:2"),))
        assert await store.fail_queued(wished, REFUSED)
        assert [source.request for source in await store.wanted_sources()] == [other]


class TestDelivery:
    async def test_a_request_is_undelivered_until_its_outcome_is_final(self, store: Store) -> None:
        first, second = await accept(store, "e1"), await accept(store, "e2", member=BERT)
        assert await store.undelivered() == [first, second]
        assert not await store.delivered(first, DeliveryState.SENT, posted("m1"))
        await paint(store, await claimed(store), "fox")
        assert (await store.view(first)).delivery is DeliveryState.DUE
        assert await store.delivered(first, DeliveryState.SENT, posted("m1"))
        assert not await store.delivered(first, DeliveryState.UNCERTAIN, None)
        assert (await store.view(first)).delivery is DeliveryState.SENT
        assert await store.undelivered() == [second]

    async def test_the_newest_status_message_is_remembered(self, store: Store) -> None:
        first = await accept(store, "e1")
        await store.status_posted(first, posted("m1"))
        await store.status_posted(first, posted("m2"))
        await store.status_posted(first, posted("m2"))
        assert (await store.view(first)).status_ref == ref("m2")

    async def test_a_status_is_marked_before_it_is_posted(self, reopenable: ReopenableStore) -> None:
        first = await accept(reopenable.store, "e1")
        assert not (await reopenable.store.view(first)).is_status_lost
        assert await reopenable.store.begin_status(first)
        async with reopenable.reopened() as again:
            assert (await again.view(first)).is_status_lost
            assert not await again.begin_status(first)
            await again.status_posted(first, posted("m1"))
            kept = await again.view(first)
            assert (kept.is_status_lost, kept.status_ref) == (False, ref("m1"))

    async def test_a_status_that_stands_after_the_outcome_is_still_to_be_taken_away(self, store: Store) -> None:
        first = await accept(store, "e1")
        await store.begin_status(first)
        await store.status_posted(first, posted("m1"))
        await paint(store, await claimed(store), "fox")
        assert await store.delivered(first, DeliveryState.SENT, posted("m2"))
        assert await store.undelivered() == [first]
        await store.status_over(first)
        assert await store.undelivered() == []
        assert (await store.view(first)).outcome_ref == ref("m2")

    async def test_a_status_that_became_the_outcome_is_none_any_more(self, store: Store) -> None:
        first = await accept(store, "e1")
        await store.status_posted(first, posted("m1"))
        await paint(store, await claimed(store), "fox")
        assert await store.delivered(first, DeliveryState.SENT, posted("m1"))
        assert (await store.view(first)).status_ref is None
        assert await store.undelivered() == []

    async def test_a_message_of_ours_leads_to_its_results(self, store: Store) -> None:
        first = await accept(store, "e1")
        await store.status_posted(first, posted("m1"))
        job = await claimed(store)
        assert await store.results_shown_in("web", HERE, ref("m1")) == []
        await store.painted(job.job, job.attempt, [made("fox", "a fox"), made("owl")])
        await store.delivered(first, DeliveryState.SENT, posted("m2"))
        shown = await store.results_shown_in("web", HERE, ref("m2"))
        assert [(each.number, each.picture, each.words) for each in shown] == [
            (1, picture("fox"), Quoted("a fox")),
            (2, picture("owl"), None),
        ]
        assert await store.results_shown_in("web", HERE, ref("m1")) == shown
        assert (await store.view(first)).results == tuple(shown)
        assert await store.results_shown_in("telegram", HERE, ref("m2")) == []
        assert await store.results_shown_in("web", HERE, ref("m3")) == []

    async def test_what_is_not_there_is_not_found(self, store: Store) -> None:
        with pytest.raises(NotFound):
            await store.view(RequestId(7))


async def test_a_day_that_is_not_granted_yet_counts_in_a_view(reopenable: ReopenableStore) -> None:
    first = await accept(reopenable.store, "e1")
    reopenable.clock.time += timedelta(days=1)
    view = await reopenable.store.view(first)
    assert view.credits_left == CreditPolicy(daily=10).daily
