"""A picture that no chat takes is kept for its member, or the credits come back."""

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from bot.domain.chat import Address, MessageRef, Verb
from bot.domain.errors import ClosedByMember, Forbidden, MemberFault, PlatformFault
from bot.domain.events import Opened, TakenBack
from bot.domain.requests.requests import DeliveryState, RequestId
from tests.fakes.chat import ALICE, BOB, CHAT_ABILITIES, HERE, keys_of
from tests.fakes.conversation import FakeConversation
from tests.simulators.waiting import WITHIN_SECONDS
from tests.unit.application.house import House, delivery_of, open_house, until_arrived

FIRST = RequestId(1)


async def not_delivered(house: House, fault: PlatformFault, request: RequestId = FIRST) -> None:
    """Have a picture asked for that its chat does not take."""
    house.painter.may_paint.clear()
    await house.chat.say("/imagine a fox")
    await house.chat.until_said("status-painting")
    house.chat.faults.append(fault)
    house.painter.may_paint.set()
    assert await delivery_of(house, request) is DeliveryState.UNDELIVERABLE


async def come_back(house: House) -> MessageRef:
    """Write in private, and be told that pictures wait."""
    await house.chat.say("/credits", is_private=True)
    return await house.chat.until_said("pictures-wait")


@pytest.mark.parametrize(("fault", "left"), [(Forbidden(), 20), (ClosedByMember(), 18)])
async def test_credits_come_back_only_where_the_chat_was_at_fault(
    tmp_path: Path, fault: PlatformFault, left: int
) -> None:
    async with open_house(tmp_path) as house:
        await not_delivered(house, fault)
        assert await house.credits_left() == left


async def test_what_is_paid_is_shown_to_its_member_alone_without_charge_and_once(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        await not_delivered(house, ClosedByMember())
        house.clock.advance(days=8)
        note = await come_back(house)
        await house.chat.press(note, Verb.SHOW, author=BOB)
        await house.chat.until_said("show-not-yours")
        before = await house.credits_left()
        await house.chat.press(note, Verb.SHOW)
        await house.chat.until_shown()
        assert await delivery_of(house, FIRST) is DeliveryState.SENT
        await house.chat.press(note, Verb.SHOW)
        await house.chat.until_said("show-not-waiting")
        assert (len(house.painter.orders), await house.credits_left()) == (1, before)


async def test_it_is_told_once_that_pictures_wait(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        await not_delivered(house, ClosedByMember())
        note = await come_back(house)
        for _ in range(100):
            if not await house.store.untold_of(ALICE, most=1):
                break
            house.chat.said[note] = house.chat.said[note]
            await house.store.credits_left(ALICE)
        await house.chat.say("/help", is_private=True)
        await house.chat.until_said("help-imagine")
        assert len(house.chat.saying("pictures-wait")) == 1


async def test_what_was_given_back_is_had_at_its_price_after_a_question(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        await not_delivered(house, Forbidden())
        note = await come_back(house)
        await house.chat.press(note, Verb.SHOW)
        offer = await house.chat.until_said("offer-painted-already")
        assert await house.credits_left() == 20
        await house.chat.press(note, Verb.SHOW)
        await house.chat.until_said("show-open")
        await house.chat.press(offer, Verb.CONFIRM)
        await house.chat.until_shown()
        assert (len(house.painter.orders), await house.credits_left()) == (1, 18)


async def test_a_chat_that_lets_us_speak_again_is_told_for_whom_pictures_wait(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        await not_delivered(house, Forbidden())
        assert house.chat.handle is not None
        for key in ("back", "back again"):
            await house.chat.handle(TakenBack(key=key, author=BOB), FakeConversation(house.chat, HERE))
        note = house.chat.said[await house.chat.until_said("pictures-wait-here")]
        assert note.requester == ALICE
        assert (await delivery_of(house, FIRST), await house.credits_left()) == (DeliveryState.UNDELIVERABLE, 20)


async def test_opening_the_conversation_tells_it_too(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        await not_delivered(house, ClosedByMember())
        assert house.chat.handle is not None
        await house.chat.handle(Opened(key="opened", author=ALICE), FakeConversation(house.chat, Address("alone")))
        await house.chat.until_said("pictures-wait")


async def test_a_chat_that_takes_words_alone_says_that_the_picture_waits(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        house.painter.may_paint.clear()
        await house.chat.say("/imagine a fox")
        await house.chat.until_said("status-painting")
        house.chat.abilities_now = replace(CHAT_ABILITIES, may_attach=False)
        house.chat.faults.append(Forbidden("no photos here"))
        house.painter.may_paint.set()
        said = house.chat.said[await house.chat.until_said("picture-waits")]
        assert "credits-given-back" in keys_of(said)
        assert (await delivery_of(house, FIRST), await house.credits_left()) == (DeliveryState.UNDELIVERABLE, 20)


async def test_a_lost_file_is_told_and_given_back(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        await not_delivered(house, ClosedByMember())
        [result] = (await house.store.view(FIRST)).results
        async with house.files.local_file(result.picture.sha256) as path:
            path.unlink()
        await house.chat.press(await come_back(house), Verb.SHOW)
        said = house.chat.said[await house.chat.until_said("result-not-kept")]
        assert "credits-given-back" in keys_of(said)
        assert await house.credits_left() == 20


async def test_blocking_fifty_times_gives_nobody_a_free_picture(tmp_path: Path) -> None:
    async with open_house(tmp_path, credits={"daily": 200}) as house:
        for number in range(50):
            await not_delivered(house, ClosedByMember(), RequestId(number + 1))
        assert await house.credits_left() == 100
        assert not any(message.pictures for message in house.chat.said.values())


async def test_a_chat_that_closes_fifty_times_is_given_back_as_often_as_the_bound_says(tmp_path: Path) -> None:
    async with open_house(tmp_path, credits={"daily": 200}) as house:
        for number in range(50):
            await not_delivered(house, Forbidden(), RequestId(number + 1))
        assert await house.credits_left() == 110


async def test_showing_after_each_of_fifty_blocks_gives_nobody_a_free_picture(tmp_path: Path) -> None:
    async with open_house(tmp_path, credits={"daily": 200}) as house:
        for number in range(50):
            await not_delivered(house, ClosedByMember(), RequestId(number + 1))
            await press_show(house, number + 1)
            assert await delivery_of(house, RequestId(number + 1)) is DeliveryState.SENT
        shown = [message for message in house.chat.said.values() if message.pictures]
        assert (len(shown), len(house.painter.orders), await house.credits_left()) == (50, 50, 100)


async def test_showing_after_each_of_twelve_closings_costs_the_owner_no_more_than_the_bound(tmp_path: Path) -> None:
    async with open_house(tmp_path, credits={"daily": 200}) as house:
        for number in range(12):
            request = RequestId(number + 1 + min(number, 5))  # each offer is a request too
            await not_delivered(house, Forbidden(), request)
            await press_show(house, number + 1)
            if number >= 5:
                assert await delivery_of(house, request) is DeliveryState.SENT
        shown = [message for message in house.chat.said.values() if message.pictures]
        assert len(house.chat.saying("offer-painted-already")) == 5  # they are had at their price
        assert (len(shown), len(house.painter.orders), await house.credits_left()) == (7, 12, 186)


async def test_after_eight_days_and_a_sweep_what_waits_is_shown_without_charge(tmp_path: Path) -> None:
    async with open_house(tmp_path, retention={"picture_days": 7, "event_days": 7}) as house:
        await house.chat.say("/imagine a hen", author=BOB)
        await until_arrived(house)
        waits = RequestId(2)
        await not_delivered(house, ClosedByMember(), waits)
        house.clock.advance(days=8)
        await until_forgotten(house, FIRST)
        note = await come_back(house)
        before = await house.credits_left()
        await house.chat.press(note, Verb.SHOW)
        assert await delivery_of(house, waits) is DeliveryState.SENT
        assert (len(house.painter.orders), await house.credits_left()) == (2, before)


async def test_what_nobody_wants_for_a_year_is_kept_no_longer(tmp_path: Path) -> None:
    async with open_house(tmp_path, retention={"picture_days": 7, "event_days": 7, "waiting_days": 60}) as house:
        await not_delivered(house, ClosedByMember())
        await house.chat.say("/imagine a hen", author=BOB)
        await until_arrived(house, RequestId(2))
        house.clock.advance(days=59)
        note = await come_back(house)
        house.clock.advance(days=2)
        await until_forgotten(house, FIRST)
        await house.chat.press(note, Verb.SHOW)
        await house.chat.until_said("button-unknown")


async def press_show(house: House, times: int) -> None:
    """Come back, and press Show on the newest note."""
    await house.chat.say("/credits", is_private=True)
    await house.chat.press(await house.chat.until_said("pictures-wait", times=times), Verb.SHOW)


async def until_forgotten(house: House, request: RequestId) -> None:
    """Wait until the sweep has taken a request away."""
    for _ in range(int(WITHIN_SECONDS / 0.01)):
        try:
            await house.store.view(request)
        except MemberFault:
            return
        await asyncio.sleep(0.01)
    raise AssertionError("it was never swept")
