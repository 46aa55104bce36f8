"""Buttons below a picture: made larger, deleted."""

from pathlib import Path

import pytest

from bot.application.intake.button_actions import THE_SAME_IN_DETAIL
from bot.domain.catalogue.picture_settings import PictureSettings, Ratio
from bot.domain.chat import Verb
from bot.domain.errors import Forbidden
from bot.domain.requests.requests import RequestId
from tests.fakes.chat import BOB
from tests.unit.application.house import House, open_house, png, until_arrived

FIRST, SECOND = RequestId(1), RequestId(2)


async def verbs_below(house: House, text: str) -> list[Verb]:
    await house.chat.say(text)
    return [action.verb for action in house.chat.said[await house.chat.until_shown()].actions]


@pytest.mark.parametrize(
    ("text", "is_offered"),
    [
        ("/imagine a fox", True),
        ("/imagine a fox --size 2K", True),
        ("/imagine a fox --size 4K", False),
        ("/imagine a fox --model flash", False),  # it has one size
        ("/imagine a fox --n 2", False),
    ],
)
async def test_larger_is_offered_where_it_would_change_something(
    tmp_path: Path,
    text: str,
    is_offered: bool,  # noqa: FBT001 - parametrized
) -> None:
    async with open_house(tmp_path) as house:
        assert (Verb.LARGER in await verbs_below(house, text)) is is_offered


async def test_larger_asks_for_this_very_picture_in_the_largest_size_at_its_price(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        await house.chat.say("/imagine a fox --ar 16:9")
        await house.chat.press(await house.chat.until_shown(), Verb.LARGER, author=BOB)
        await house.chat.until_shown(times=2)
        wish = house.painter.orders[-1].wish
        assert wish.prompt == THE_SAME_IN_DETAIL
        assert wish.settings == PictureSettings(ratio=Ratio(16, 9), size="4K")
        assert house.painter.sources == [png()]
        assert (await house.credits_left(), await house.credits_left("bob")) == (18, 16)


async def test_pressed_twice_it_is_made_larger_once(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        await house.chat.say("/imagine a fox")
        shown = await house.chat.until_shown()
        house.painter.may_paint.clear()
        await house.chat.press(shown, Verb.LARGER)
        await house.chat.press(shown, Verb.LARGER)
        await house.chat.until_said("again-open")
        house.painter.may_paint.set()
        await house.chat.until_shown(times=2)
        assert await house.credits_left() == 14


async def test_whoever_asked_for_a_picture_can_take_it_out_of_the_chat(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        await house.chat.say("/imagine a fox")
        shown = await house.chat.until_shown()
        await house.chat.press(shown, Verb.DELETE, author=BOB)
        await house.chat.until_said("delete-not-yours")
        assert shown in house.chat.said
        await house.chat.press(shown, Verb.DELETE)
        assert shown not in house.chat.said


async def test_what_the_platform_does_not_let_us_delete_is_said(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        await house.chat.say("/imagine a fox")
        shown = await until_arrived(house)
        await house.chat.until(lambda: list(house.chat.said) == [shown])  # its status is gone
        house.chat.faults.append(Forbidden())
        await house.chat.press(shown, Verb.DELETE)
        await house.chat.until_said("delete-not-possible")
        assert shown in house.chat.said
