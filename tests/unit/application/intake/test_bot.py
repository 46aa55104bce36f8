"""What a member experiences: from what is typed to what is said, and what it costs."""

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from bot.domain.chat import MessageRef, Phase, PictureRef, Quoted, Verb
from bot.domain.errors import RateLimited
from bot.domain.image_faults import EndpointBusy, NoPictureMade
from bot.domain.prompt.commands import MENU
from bot.domain.requests.requests import DeliveryState, RequestId
from tests.fakes.chat import ALICE, BOB, CHAT_ABILITIES, keys_of, words_of
from tests.unit.application.house import delivery_of, open_house, png

FIRST = RequestId(1)
SENT_IN = PictureRef("sent-in")


async def test_a_sentence_becomes_a_picture_in_a_message_of_its_own(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        house.painter.picture = png(size=(5504, 3072))
        house.painter.may_paint.clear()
        await house.chat.say("/imagine a red fox --ar 16:9 --size 4K")
        status = await house.chat.until_said("status-painting")
        shown = house.chat.said[status]
        assert words_of(shown) == ["a red fox"]
        assert shown.credits_left == 16
        assert shown.progress is not None
        assert shown.progress.phase is Phase.PAINTING
        assert shown.actions == ()
        house.painter.may_paint.set()
        shown_in = await house.chat.until_shown()
        assert shown_in != status
        outcome = house.chat.said[shown_in]
        assert keys_of(outcome) == ["result-settings", "status-price"]
        assert [action.verb for action in outcome.actions] == [Verb.AGAIN, Verb.EDIT, Verb.DELETE]
        assert outcome.requester == ALICE
        assert await delivery_of(house, FIRST) is DeliveryState.SENT
        await house.chat.until(lambda: list(house.chat.said) == [shown_in])  # the status has gone
        assert await house.credits_left() == 16


async def test_a_picture_of_other_pixels_than_asked_for_is_shown_and_the_difference_told(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        await house.chat.say("/imagine a red fox --ar 16:9 --size 4K")
        shown = house.chat.said[await house.chat.until_shown()]
        assert keys_of(shown) == ["result-settings", "result-not-as-asked", "status-price"]


async def test_words_for_the_picture_or_a_switch_choose_the_model_and_the_price_is_its_own(tmp_path: Path) -> None:
    models = {"format": "demo", "models": ["gemini-2.5-flash-image", "gemini-3-pro-image"]}
    async with open_house(tmp_path, endpoints=[models]) as house:
        for number, prompt in enumerate(["a fox", "a sign that says open", "a fox --best", "a fox --size 4K"], start=1):
            await house.chat.say(f"/imagine {prompt}")
            await house.chat.until_shown(times=number)
        flash, *others = [order.wish.model for order in house.painter.orders]
        assert flash == "gemini-2.5-flash-image"
        assert others == ["gemini-3-pro-image"] * 3
        assert await house.credits_left() == 20 - 1 - 2 - 2 - 4


async def test_again_of_a_size_that_is_not_offered_any_more_costs_nothing(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        await house.chat.say("/imagine a fox --size 4K")
        shown = await house.chat.until_shown()
        before = house.chat.said[shown]
    async with open_house(tmp_path, models={"gemini-3-pro-image": {"sizes": ["1K"]}}) as house:
        house.chat.said[shown] = before
        await house.chat.press(shown, Verb.AGAIN, key="after the restart")
        await house.chat.until_said("again-not-offered")
        assert await house.credits_left() == 16


async def test_whoever_waits_is_told_the_place_and_can_cancel(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        house.painter.may_paint.clear()
        await house.chat.say("/imagine one")
        await house.chat.until_said("status-painting")
        await house.chat.say("/imagine two")
        await house.chat.say("/imagine three")
        waiting = await house.chat.until_said("status-waiting")
        (sentence,) = [line for line in house.chat.said[waiting].lines if line in house.chat.said[waiting].lines][2:3]
        assert getattr(sentence, "arguments", {})["place"] == 2
        await house.chat.press(waiting, Verb.CANCEL)
        assert await house.chat.until_said("status-cancelled") == waiting
        house.painter.may_paint.set()
        await house.chat.until_shown(times=2)
        assert len(house.painter.orders) == 2
        assert await house.credits_left() == 16


async def test_only_the_requester_cancels_and_only_what_waits(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        house.painter.may_paint.clear()
        await house.chat.say("/imagine one")
        await house.chat.until_said("status-painting")
        await house.chat.say("/imagine two")
        waiting = await house.chat.until_said("status-next")
        await house.chat.press(waiting, Verb.CANCEL, author=BOB)
        await house.chat.until_said("cancel-not-yours")
        cancel = house.chat.action(waiting, Verb.CANCEL)
        house.painter.may_paint.set()
        await house.chat.until_shown(times=2)
        house.chat.said[MessageRef("old tab")] = house.chat.said[waiting]
        old = house.chat.said[waiting]
        house.chat.said[MessageRef("old tab")] = type(old)(lines=(), language="en", actions=(cancel,))
        await house.chat.press(MessageRef("old tab"), Verb.CANCEL)
        await house.chat.until_said("cancel-too-late")
        assert await house.credits_left() == 16


async def test_the_same_event_twice_is_one_request(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        for _ in range(3):
            await house.chat.say("/imagine a fox", key="update-7")
        await house.chat.until_shown()
        assert len(house.painter.orders) == 1
        assert await house.credits_left() == 18


async def test_two_presses_of_again_while_one_is_open_make_one_picture(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        await house.chat.say("/imagine a fox")
        first = await house.chat.until_shown()
        house.painter.may_paint.clear()
        await asyncio.gather(*(house.chat.press(first, Verb.AGAIN) for _ in range(5)))
        assert len(house.chat.saying("again-open")) == 4
        house.painter.may_paint.set()
        await house.chat.until_shown(times=2)
        assert len(house.painter.orders) == 2
        assert await house.credits_left() == 16
        await house.chat.press(first, Verb.AGAIN)
        await house.chat.until_shown(times=3)


async def test_again_is_charged_to_whoever_presses_it(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        await house.chat.say("/imagine a fox --size 4K")
        await house.chat.press(await house.chat.until_shown(), Verb.AGAIN, author=BOB)
        await house.chat.until_shown(times=2)
        assert (await house.credits_left("alice"), await house.credits_left("bob")) == (16, 16)
        assert house.painter.orders[0].wish == house.painter.orders[1].wish


async def test_a_failure_costs_nothing_and_one_press_tries_again(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        house.painter.faults.append(EndpointBusy("HTTP 503 from the endpoint"))
        await house.chat.say("/imagine a fox")
        failed = await house.chat.until_said("fault-busy")
        assert house.chat.said[failed].credits_left == 20
        await house.chat.press(failed, Verb.RETRY)
        await house.chat.until_shown()
        assert await house.credits_left() == 18


async def test_what_the_model_says_instead_of_painting_is_passed_on(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        house.painter.faults.append(NoPictureMade("text only", words=Quoted("I would rather not.")))
        await house.chat.say("/imagine a fox")
        failed = await house.chat.until_said("fault-no-picture-words")
        assert any("I would rather not." in str(line) for line in house.chat.said[failed].lines)


async def test_a_mistake_of_ours_costs_the_member_nothing(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        house.painter.faults.append(RuntimeError("a defect"))
        await house.chat.say("/imagine a fox")
        await house.chat.until_said("fault-defect")
        assert await house.credits_left() == 20


async def test_nobody_spends_more_than_they_have(tmp_path: Path) -> None:
    async with open_house(tmp_path, credits={"daily": 5}) as house:
        house.painter.may_paint.clear()
        await asyncio.gather(*(house.chat.say(f"/imagine fox {number} --size 4K") for number in range(10)))
        await house.chat.until_said("credits-exhausted", times=7)  # of more answers at once the last six are given
        assert await house.credits_left() == 1
        house.painter.may_paint.set()
        await house.chat.until_shown()
        assert len(house.painter.orders) == 1


async def test_without_a_credits_section_nothing_is_allowed(tmp_path: Path) -> None:
    async with open_house(tmp_path, credits={"daily": 0}) as house:
        await house.chat.say("/imagine a fox")
        await house.chat.until_said("credits-none-allowed")
        assert house.painter.orders == []


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("/imagine", "prompt-empty"),
        ("/imagine " + "x" * 100_000, "prompt-too-long"),
        ("/imagine a \x00 fox", "prompt-control-characters"),
        ("/imagine a fox --ar 7:5", "ratio-not-offered"),
        ("/imagine a fox --size 9K", "size-not-offered"),
        ("/imagine a fox --ar 1:1 --ar 16:9", "flag-twice"),
        ("/edit make it night", "edit-without-picture"),
        ("/imagin a fox", "command-unknown-near"),
        ("/zzz", "command-unknown"),
    ],
)
async def test_bad_input_gets_a_clear_sentence_and_costs_nothing(tmp_path: Path, text: str, key: str) -> None:
    async with open_house(tmp_path) as house:
        await house.chat.say(text)
        assert len(house.chat.saying(key)) == 1
        assert await house.credits_left() == 20
        assert house.painter.orders == []


@pytest.mark.parametrize("command", [command.name for command in MENU])
async def test_each_command_of_the_menu_is_known(tmp_path: Path, command: str) -> None:
    async with open_house(tmp_path) as house:
        await house.chat.say(f"/{command}")
        assert house.chat.saying("command-unknown") == house.chat.saying("command-unknown-near") == []


async def test_plain_words_are_a_prompt_in_private_only(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        await house.chat.say("a fox among friends")
        await house.chat.say("a fox in private", is_private=True)
        await house.chat.until_shown()
        assert [order.wish.prompt for order in house.painter.orders] == ["a fox in private"]


async def test_where_pictures_may_not_be_sent_nothing_is_charged(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        house.chat.abilities_now = replace(CHAT_ABILITIES, may_attach=False)
        await house.chat.say("/imagine a fox")
        await house.chat.until_said("not-allowed-here")
        assert await house.credits_left() == 20


async def test_an_answer_that_the_platform_wants_later_is_given_later(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        house.chat.faults.append(RateLimited(3.0))
        await house.chat.say("/credits")
        await house.chat.until_said("credits-left")
        assert len(house.chat.said) == 1
        assert 3.0 in house.clock.slept


async def test_an_answer_that_the_platform_wants_much_later_is_left_out(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        house.chat.faults.append(RateLimited(3600.0))
        await house.chat.say("/credits")
        assert house.chat.said == {}
