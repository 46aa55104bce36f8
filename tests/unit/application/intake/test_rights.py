"""Tokens that somebody makes up, or brings from another chat: they do nothing, cost nothing, and are told so."""

from pathlib import Path

import pytest

from bot.domain.chat import MessageRef, Verb
from bot.domain.events import RepliedMessage
from bot.domain.requests.requests import RequestId
from tests.fakes.chat import BOB, ELSEWHERE
from tests.unit.application.house import House, open_house, png

FIRST = RequestId(1)
REFUSED = "button-unknown"


async def tokens_of_first(house: House) -> list[str]:
    """Return a token of every verb about the first request, as if its buttons were all shown at once."""
    view = await house.store.view(FIRST)
    of_result = {Verb.AGAIN, Verb.EDIT, Verb.LARGER}
    return [f"{verb}:{(view.results[0] if verb in of_result else view).public_id}" for verb in Verb]


async def test_a_token_of_another_chat_does_nothing_whatever_its_verb(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        await house.chat.say("/imagine a secret fox")
        shown = await house.chat.until_shown()
        tokens = await tokens_of_first(house)
        for number, token in enumerate(tokens, start=1):
            await house.chat.send_token(token, shown, author=BOB, where=ELSEWHERE)
            await house.chat.until_said(REFUSED, times=number)
        for number, token in enumerate(tokens, start=len(tokens) + 1):
            await house.chat.submit(token, "make it night", author=BOB, where=ELSEWHERE)
            await house.chat.until_said(REFUSED, times=number)
        assert len(house.painter.orders) == 1
        assert await house.credits_left("bob") == 20
        assert shown in house.chat.said


@pytest.mark.parametrize("verb", Verb)
async def test_the_number_of_a_row_does_nothing(tmp_path: Path, verb: Verb) -> None:
    async with open_house(tmp_path) as house:
        await house.chat.say("/imagine a secret fox")
        shown = await house.chat.until_shown()
        await house.chat.send_token(f"{verb}:1", shown, author=BOB)
        await house.chat.until_said(REFUSED)
        await house.chat.submit(f"{verb}:1", "make it night", author=BOB)
        await house.chat.until_said(REFUSED, times=2)
        assert len(house.painter.orders) == 1
        assert await house.credits_left("bob") == 20


async def test_whoever_asked_for_a_picture_cannot_use_it_in_another_chat(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        await house.chat.say("/imagine a secret fox")
        shown = await house.chat.until_shown()
        await house.chat.send_token(house.chat.action(shown, Verb.AGAIN).token, shown, where=ELSEWHERE)
        await house.chat.until_said(REFUSED)
        assert await house.credits_left() == 18


async def test_everybody_in_the_chat_may_use_its_buttons(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        await house.chat.say("/imagine a fox")
        await house.chat.press(await house.chat.until_shown(), Verb.AGAIN, author=BOB)
        await house.chat.until_shown(times=2)
        assert await house.credits_left("bob") == 18


async def test_an_offer_may_be_confirmed_before_its_message_is_remembered(tmp_path: Path) -> None:
    async with open_house(tmp_path, failing=("status_posted",), credits={"daily": 20, "confirm_above": 1}) as house:
        await house.chat.say("/imagine a fox")
        await house.chat.press(await house.chat.until_said("offer-price"), Verb.CONFIRM)
        await house.chat.until_shown()
        assert len(house.painter.orders) == 1
        assert await house.credits_left() == 18


async def test_an_answer_to_a_message_of_another_chat_is_no_edit_of_its_picture(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        house.painter.picture = png("red")
        await house.chat.say("/imagine a secret fox")
        shown = await house.chat.until_shown()
        replied = RepliedMessage(ref=shown)
        await house.chat.say("/edit make it night", author=BOB, replied_to=replied, where=ELSEWHERE)
        await house.chat.until_said("edit-without-picture")
        await house.chat.say("#1 make it night", author=BOB, replied_to=replied, where=ELSEWHERE)
        assert len(house.painter.orders) == 1
        assert await house.credits_left("bob") == 20


async def test_a_form_of_nothing_is_refused_before_its_words_are_missed(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        await house.chat.submit(f"edit:{'a' * 24}", "")
        await house.chat.until_said(REFUSED)
        await house.chat.send_token("again:" + "a" * 24, MessageRef("m1"))
        await house.chat.until_said(REFUSED, times=2)
        assert house.chat.saying("edit-without-words") == []
        assert house.painter.orders == []
        assert await house.credits_left() == 20
