"""How requests end where a chat, a disk or a stop gets in the way."""

from pathlib import Path

import pytest

from bot.domain.chat import PictureRef, Verb
from bot.domain.errors import Forbidden, Gone, MaybeDelivered, RateLimited, TooLarge, Unavailable
from bot.domain.image_faults import EndpointBusy
from bot.domain.requests import DeliveryState, RequestId
from tests.fake_chat import FakeChat
from tests.unit.application.house import delivery_of, open_house, png

FIRST = RequestId(1)
SENT_IN = PictureRef("sent-in")


@pytest.mark.parametrize(
    ("faults", "state"),
    [
        ([Unavailable(), Unavailable()], DeliveryState.SENT),
        ([RateLimited(7.0)], DeliveryState.SENT),
        ([MaybeDelivered()], DeliveryState.SENT),  # an edit of a known message: the same twice is one
        ([Gone()], DeliveryState.SENT),
        ([TooLarge()], DeliveryState.SENT),
        ([Forbidden()], DeliveryState.UNDELIVERABLE),
    ],
)
async def test_a_finished_picture_is_delivered_as_far_as_the_platform_allows(
    tmp_path: Path, faults: list[Exception], state: DeliveryState
) -> None:
    async with open_house(tmp_path) as house:
        house.painter.may_paint.clear()
        await house.chat.say("/imagine a fox")
        await house.chat.until_said("status-painting")
        house.chat.faults.extend(faults)  # type: ignore[arg-type]  # parametrize widens the list's type
        house.painter.may_paint.set()
        assert await delivery_of(house, FIRST) is state
        assert len(house.painter.orders) == 1
        assert await house.credits_left() == 18  # it was painted, so it is paid; it is kept and never paid again
        if isinstance(faults[0], RateLimited):
            assert 7.0 in house.clock.slept


async def test_a_stop_lets_the_picture_arrive(tmp_path: Path) -> None:
    chat = FakeChat()
    async with open_house(tmp_path, chat=chat) as house:
        house.painter.may_paint.clear()
        await chat.say("/imagine a fox")
        await chat.until_said("status-painting")
    assert any(message.pictures for message in chat.said.values())


async def test_a_stop_without_grace_puts_back_nothing_that_has_left(tmp_path: Path) -> None:
    async with open_house(tmp_path, jobs={"most_at_once": 1, "grace_seconds": 0}) as house:
        house.painter.may_paint.clear()
        await house.chat.say("/imagine one")
        await house.chat.until_said("status-painting")
        await house.chat.say("/imagine two")
        store = house.store
        await house.chat.until_said("status-next")
        queue = await store.queue()
        assert (len(queue.painting), len(queue.waiting)) == (1, 1)


@pytest.mark.parametrize(
    "failing",
    ["claim", "mark_leaving", "painted", "view", "status_posted", "delivered", "keep_source"],
)
async def test_a_disk_that_is_full_for_a_while_costs_nobody_a_picture(tmp_path: Path, failing: str) -> None:
    async with open_house(tmp_path, failing=[failing]) as house:
        house.chat.pictures = {SENT_IN: png("blue")}
        await house.chat.say("/edit make it night", pictures=(SENT_IN,))
        if (
            failing == "mark_leaving"
        ):  # nothing may leave unmarked, so this one ends unpaid, with one press to repeat it
            await house.chat.press(await house.chat.until_said("fault-defect"), Verb.RETRY)
        await house.chat.until_shown()
        assert await house.credits_left() == 18
        assert len(house.painter.orders) == (2 if failing == "mark_leaving" else 1)


async def test_a_release_that_fails_once_is_made_up_for(tmp_path: Path) -> None:
    async with open_house(tmp_path, failing=["failed"]) as house:
        house.painter.faults.append(EndpointBusy("HTTP 503 from the endpoint"))
        await house.chat.say("/imagine a fox")
        await house.chat.until_said("fault-busy")
        assert await house.credits_left() == 20


async def test_an_old_event_that_comes_once_more_posts_nothing_again(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        await house.chat.say("/imagine a fox", key="update-7")
        shown = await house.chat.until_shown()
        assert await delivery_of(house, FIRST) is DeliveryState.SENT
        house.chat.said.pop(shown)  # whatever is posted now would be seen
        await house.chat.say("/imagine a fox", key="update-7")
        await house.chat.say("/credits")
        await house.chat.until_said("credits-left")
        assert len(house.chat.said) == 1


async def test_a_platform_that_cannot_answer_for_a_moment_still_gets_the_picture(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        # Asked before acceptance, then by the delivery: more often than anything else wakes it.
        house.chat.abilities_faults.extend([None, *(Unavailable() for _ in range(8))])
        await house.chat.say("/imagine a fox")
        await house.chat.until_shown()
        assert await delivery_of(house, FIRST) is DeliveryState.SENT
