"""What a store cannot keep ends one job, with its picture where there is one, and never the bot."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from bot.domain.chat import Address, Member, PictureRef, Quoted
from bot.domain.errors import AddressUnreadable
from bot.domain.image_faults import AnsweredInWords
from bot.domain.requests.requests import DeliveryState, JobFailure, JobState, RequestId
from tests.fakes.chat import words_of
from tests.fakes.image_api import FakePainter
from tests.unit.application.house import House, delivery_of, open_house, png

FIRST = RequestId(1)
HALF = "\ud83d"
SENT_IN = PictureRef("sent-in")


async def test_half_an_emoji_in_a_models_words_costs_nobody_the_picture(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        house.painter.words = f"A fox {HALF}"
        await house.chat.say("/imagine a fox")
        shown = await house.chat.until_shown()
        assert words_of(house.chat.said[shown]) == ["a fox", "A fox �"]
        assert await house.credits_left() == 18


async def test_half_an_emoji_in_a_refusal_releases_the_credits(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        house.painter.faults.append(AnsweredInWords("words", words=Quoted(f"no \0{HALF}")))
        await house.chat.say("/imagine a fox")
        await house.chat.until_said("nothing-charged")
        assert await house.credits_left() == 20


async def test_a_member_whose_name_is_cut_in_the_middle_of_an_emoji_is_served(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        odd = Member(platform="chat", id="odd", name=f"{HALF}\0", language="en")
        await house.chat.say("/imagine a fox \ud83e\udd8a", author=odd)
        shown = await house.chat.until_shown()
        assert words_of(house.chat.said[shown]) == ["a fox 🦊"]


async def test_a_prompt_with_half_an_emoji_is_refused_before_it_is_paid(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        await house.chat.say(f"/imagine a fox {HALF}")
        await house.chat.until_said("prompt-control-characters")
        assert await house.credits_left() == 20


@pytest.mark.parametrize(
    ("refusing", "has_picture"),
    [
        ({"painted": 1}, True),  # kept without its words
        ({"note_try": 1}, True),
        ({"keep_links": 1}, True),
        ({"keep_links": 2}, True),
        ({"status_posted": 1}, True),
        ({"delivered": 1}, True),
        ({"painted": 2}, False),  # not taken at all: the credits come back
        ({"painted": 2, "failed": 1}, False),
        ({"mark_request_sent": 1}, False),
        ({"keep_source": 1}, False),
        ({"claim": 3}, True),
    ],
)
async def test_what_the_store_refuses_for_good_ends_the_job_and_frees_its_slot(
    tmp_path: Path, refusing: Mapping[str, int], *, has_picture: bool
) -> None:
    painter = FakePainter(png())
    painter.url = "https://gateway.test/fox.png" if "keep_links" in refusing else ""
    painter.words = "A fox."
    async with open_house(tmp_path, painter=painter, refusing=refusing) as house:
        house.chat.pictures = {SENT_IN: png("blue")}
        await house.chat.say("/edit make it night", pictures=(SENT_IN,))
        if has_picture:
            await house.chat.until_shown()
            assert await house.credits_left() == 18
        else:
            await house.chat.until_said("nothing-charged")
            assert await house.credits_left() == 20
        assert await delivery_of(house, FIRST) is DeliveryState.SENT
        first_orders = len(painter.orders)
        await house.chat.say("/imagine another, in the only slot there is")
        await house.chat.until_shown(times=2 if has_picture else 1)
    async with open_house(tmp_path, painter=painter) as house:  # nothing is painted again after a restart
        assert await state_of(house, FIRST) is (JobState.PAINTED if has_picture else JobState.FAILED)
    assert len(painter.orders) == first_orders + 1


async def state_of(house: House, request: RequestId) -> JobState:
    (job,) = (await house.store.view(request)).jobs
    return job.state


async def test_a_failure_code_that_nobody_knows_ends_in_a_sentence(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        house.painter.may_paint.clear()
        await house.chat.say("/imagine the first, in the only slot")
        await house.chat.until_said("status-painting")
        await house.chat.say("/imagine the second")
        await house.chat.until_said("status-next")
        await house.store.fail_queued(RequestId(2), JobFailure(code="of-another-version"))
    async with open_house(tmp_path, chat=house.chat) as house:
        await house.chat.until_said("fault-unknown")
        assert await delivery_of(house, RequestId(2)) is DeliveryState.SENT


@pytest.mark.parametrize("fault", [AddressUnreadable("no chat"), TypeError("unexpected keyword argument")])
async def test_an_address_that_nobody_can_read_ends_its_own_delivery_alone(tmp_path: Path, fault: Exception) -> None:
    async with open_house(tmp_path) as house:
        house.chat.here, house.chat.unreadable = Address("of another version"), {"of another version": fault}
        house.chat.pictures = {SENT_IN: png("blue")}
        await house.chat.say("/edit make it night", pictures=(SENT_IN,))
        assert await delivery_of(house, FIRST) is DeliveryState.UNDELIVERABLE
        house.chat.here = Address("here")
        await house.chat.say("/imagine a fox")
        await house.chat.until_shown()
        assert await house.credits_left() == 18  # the first was never painted


async def test_a_status_that_cannot_be_shown_does_not_cost_the_outcome(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        house.chat.abilities_faults.extend([None, KeyError("a mistake of ours")])  # the core asks first, then delivery
        await house.chat.say("/imagine a fox")
        await house.chat.until_shown()
        assert await delivery_of(house, FIRST) is DeliveryState.SENT
