"""Several pictures at once: offered where they are dear, shown as they come, each with its number, paid if it came."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bot.application.intake.request_admission import OFFER_TIME
from bot.domain.chat import MessageRef, OutgoingMessage, PictureRef, Quoted, Sentence, Verb
from bot.domain.events import RepliedMessage
from bot.domain.image_faults import BlockedBySafety
from bot.domain.requests.requests import DeliveryState, JobState, RequestId
from tests.fakes.chat import ALICE, BOB, CHAT_ABILITIES, FakeChat, keys_of
from tests.fakes.image_api import FakePainter
from tests.unit.application.house import House, delivery_of, open_house, png, until_arrived

FIRST = RequestId(1)
SOMEBODYS = MessageRef("a message of somebody")
CHEAP: dict[str, Any] = {"credits": {"daily": 20, "confirm_above": 20}}
TWO_COLOURS = [Quoted("red car"), Quoted("blue car")]


def prompts_of(message: OutgoingMessage) -> list[tuple[object, object]]:
    numbered = [line for line in message.lines if isinstance(line, Sentence) and line.key == "numbered-prompt"]
    return [(line.arguments["number"], line.arguments["prompt"]) for line in numbered]


def argument(message: OutgoingMessage, key: str, name: str) -> object:
    return next(line.arguments[name] for line in message.lines if isinstance(line, Sentence) and line.key == key)


def ready_in(chat: FakeChat) -> object:
    """Return how many pictures the status says are ready; None where no status says it."""
    said = [message for message in chat.said.values() if "status-painting-several" in keys_of(message)]
    return argument(said[-1], "status-painting-several", "ready") if said else None


async def painted_prompts(house: House, times: int = 1) -> list[str]:
    await house.chat.until_shown(times=times)
    return [order.wish.prompt for order in house.painter.orders]


async def test_one_request_has_a_job_for_each_picture(tmp_path: Path) -> None:
    async with open_house(tmp_path, **CHEAP) as house:
        await house.chat.say("/imagine {red, blue} car --n 2")
        assert await painted_prompts(house) == ["red car", "red car", "blue car", "blue car"]
        shown = house.chat.said[await house.chat.until_shown()]
        assert [picture.number for picture in shown.pictures] == [1, 2, 3, 4]
        assert [picture.description.words for picture in shown.pictures] == ["red car"] * 2 + ["blue car"] * 2
        assert await house.credits_left() == 12


async def test_every_picture_has_its_own_button_to_edit_it(tmp_path: Path) -> None:
    async with open_house(tmp_path, **CHEAP) as house:
        await house.chat.say("/imagine {red, blue} car")
        shown = house.chat.said[await house.chat.until_shown()]
        edits = [action for action in shown.actions if action.verb is Verb.EDIT]
        results = (await house.store.view(FIRST)).results
        assert [(action.number, action.target) for action in edits] == [
            (each.number, each.public_id) for each in results
        ]
        assert prompts_of(shown) == list(enumerate(TWO_COLOURS, start=1))


async def test_several_pictures_of_one_answer_are_results_of_one_job_and_paid_as_one(tmp_path: Path) -> None:
    async with open_house(tmp_path, **CHEAP) as house:
        house.painter.further_pictures = [png("blue"), png("green")]
        await house.chat.say("/imagine a fox")
        shown = house.chat.said[await house.chat.until_shown()]
        assert [picture.number for picture in shown.pictures] == [1, 2, 3]
        assert len((await house.store.view(FIRST)).jobs) == 1
        assert await house.credits_left() == 18


class TestOffers:
    async def test_what_is_dear_is_offered_with_number_and_price_and_nothing_is_reserved(self, tmp_path: Path) -> None:
        async with open_house(tmp_path) as house:
            await house.chat.say("/imagine {red, blue} car --n 4")
            offer = house.chat.said[await house.chat.until_said("offer-price")]
            assert argument(offer, "offer-price", "count") == 8
            assert argument(offer, "offer-price", "price") == 16
            assert prompts_of(offer)[0] == (1, TWO_COLOURS[0])
            assert await house.credits_left() == 20
            assert [action.verb for action in offer.actions] == [Verb.CONFIRM, Verb.CANCEL]
            assert (await house.store.queue()).waiting == ()

    async def test_confirmed_it_is_painted_and_paid_once(self, tmp_path: Path) -> None:
        async with open_house(tmp_path) as house:
            await house.chat.say("/imagine a fox --n 4 --size 4K")
            offer = await house.chat.until_said("offer-price")
            old_screen = house.chat.said[offer]
            await house.chat.press(offer, Verb.CONFIRM)
            shown = await house.chat.until_shown()
            assert await house.credits_left() == 4
            await house.chat.until(lambda: set(house.chat.said) == {shown})
            house.chat.said[offer] = old_screen  # pressed again
            await house.chat.press(offer, Verb.CONFIRM)
            await house.chat.until_said("confirm-too-late")
            assert await house.credits_left() == 4

    async def test_nobody_else_can_confirm_it(self, tmp_path: Path) -> None:
        async with open_house(tmp_path) as house:
            await house.chat.say("/imagine a fox --n 4 --size 4K")
            await house.chat.press(await house.chat.until_said("offer-price"), Verb.CONFIRM, author=BOB)
            await house.chat.until_said("confirm-not-yours")
            assert (await house.store.view(FIRST)).is_offered

    async def test_declined_it_is_over(self, tmp_path: Path) -> None:
        async with open_house(tmp_path) as house:
            await house.chat.say("/imagine a fox --n 4 --size 4K")
            await house.chat.press(await house.chat.until_said("offer-price"), Verb.CANCEL)
            await house.chat.until_said("status-cancelled")
            assert await house.credits_left() == 20
            assert house.painter.orders == []

    async def test_forgotten_it_ends_by_itself_and_can_be_asked_for_again(self, tmp_path: Path) -> None:
        async with open_house(tmp_path) as house:
            await house.chat.say("/imagine a fox --n 4 --size 4K")
            await house.chat.until_said("offer-price")
            house.clock.time += OFFER_TIME
            over = await house.chat.until_said("offer-expired")
            await house.chat.press(over, Verb.RETRY)
            await house.chat.until_said("offer-price")
            assert await house.credits_left() == 20

    async def test_a_restart_keeps_it_open(self, tmp_path: Path) -> None:
        async with open_house(tmp_path) as house:
            await house.chat.say("/imagine a fox --n 4 --size 4K")
            await house.chat.until_said("offer-price")
        async with open_house(tmp_path, chat=house.chat) as house:
            await house.chat.press(await house.chat.until_said("offer-price"), Verb.CONFIRM)
            assert len(house.chat.said[await house.chat.until_shown()].pictures) == 4

    async def test_what_cannot_be_paid_is_not_even_offered(self, tmp_path: Path) -> None:
        async with open_house(tmp_path, credits={"daily": 10, "confirm_above": 4}) as house:
            await house.chat.say("/imagine a fox --n 4 --size 4K")
            await house.chat.until_said("credits-exhausted")
            assert await house.store.undelivered() == []

    async def test_what_cannot_be_paid_any_more_stays_offered(self, tmp_path: Path) -> None:
        async with open_house(tmp_path) as house:
            await house.chat.say("/imagine a fox --n 4 --size 4K")
            offer = await house.chat.until_said("offer-price")
            for times in range(1, 4):
                await house.chat.say("/imagine an owl")
                await house.chat.until_shown(times=times)
            await house.chat.press(offer, Verb.CONFIRM)
            await house.chat.until_said("credits-exhausted")
            assert (await house.store.view(FIRST)).is_offered

    async def test_again_pressed_while_it_is_offered_offers_nothing_more(self, tmp_path: Path) -> None:
        async with open_house(tmp_path, credits={"daily": 20, "confirm_above": 3}) as house:
            await house.chat.say("/imagine a fox --n 2")
            await house.chat.press(await house.chat.until_said("offer-price"), Verb.CONFIRM)
            shown = await house.chat.until_shown()
            await house.chat.press(shown, Verb.AGAIN)
            await house.chat.until_said("offer-price")
            await house.chat.press(shown, Verb.AGAIN)
            await house.chat.until_said("again-offered")
            assert len(house.chat.saying("offer-price")) == 1
            assert len(house.painter.orders) == 2
            assert await house.credits_left() == 16


class TestPartOfThem:
    async def test_what_came_is_delivered_and_the_rest_costs_nothing(self, tmp_path: Path) -> None:
        async with open_house(tmp_path, **CHEAP) as house:
            house.painter.faults.append(BlockedBySafety("IMAGE_SAFETY"))
            await house.chat.say("/imagine {red, blue, green} car")
            shown = house.chat.said[await house.chat.until_shown()]
            assert [picture.number for picture in shown.pictures] == [2, 3]
            assert (argument(shown, "results-missing", "missing"), "fault-blocked" in keys_of(shown)) == (1, True)
            assert await house.credits_left() == 16

    async def test_try_again_paints_only_what_did_not_come(self, tmp_path: Path) -> None:
        async with open_house(tmp_path, **CHEAP) as house:
            house.painter.faults.append(BlockedBySafety("IMAGE_SAFETY"))
            await house.chat.say("/imagine {red, blue} car")
            await house.chat.press(await house.chat.until_shown(), Verb.RETRY)
            assert await painted_prompts(house, times=2) == ["red car", "blue car", "red car"]
            assert (await house.store.view(RequestId(2))).wish.prompt == "red car"

    async def test_again_paints_all_of_them(self, tmp_path: Path) -> None:
        async with open_house(tmp_path, **CHEAP) as house:
            await house.chat.say("/imagine {red, blue} car")
            await house.chat.press(await house.chat.until_shown(), Verb.AGAIN)
            assert await painted_prompts(house, times=2) == ["red car", "blue car"] * 2

    async def test_what_still_waits_can_be_cancelled_while_others_are_painted(self, tmp_path: Path) -> None:
        async with open_house(tmp_path, **CHEAP) as house:
            house.painter.may_paint.clear()
            await house.chat.say("/imagine {red, blue, green} car")
            status = await house.chat.until_said("status-painting-several")
            await house.chat.press(status, Verb.CANCEL)
            house.painter.may_paint.set()
            shown = house.chat.said[await house.chat.until_shown()]
            assert argument(shown, "results-cancelled", "cancelled") == 2
            assert await house.credits_left() == 18


class TestAsTheyCome:
    async def test_where_a_message_can_grow_each_picture_is_shown_when_it_is_there(self, tmp_path: Path) -> None:
        async with open_house(tmp_path, **CHEAP) as house:
            house.chat.abilities_now = replace(CHAT_ABILITIES, grows=True)
            house.painter.pause_after(1)
            await house.chat.say("/imagine {red, blue} car")
            shown = await house.chat.until_shown()
            growing = house.chat.said[shown]
            assert (len(growing.pictures), argument(growing, "status-painting-several", "ready")) == (1, 1)
            house.painter.may_paint.set()
            await house.chat.until(lambda: len(house.chat.said[shown].pictures) == 2)

    async def test_elsewhere_the_status_says_how_many_are_ready(self, tmp_path: Path) -> None:
        async with open_house(tmp_path, **CHEAP) as house:
            house.painter.pause_after(1)
            await house.chat.say("/imagine {red, blue} car")

            await house.chat.until(lambda: ready_in(house.chat) == 1)
            assert not any(message.pictures for message in house.chat.said.values())


class TestByNumber:
    async def test_a_reply_names_the_picture_it_is_about(self, tmp_path: Path) -> None:
        async with open_house(tmp_path, **CHEAP) as house:
            house.painter.pictures_by_prompt = {"red car": png("red"), "blue car": png("blue")}
            await house.chat.say("/imagine {red, blue} car")
            shown = await until_arrived(house)
            await house.chat.say("/edit #2 make it night", replied_to=RepliedMessage(ref=shown))
            assert (await painted_prompts(house, times=2))[-1] == "make it night"
            assert house.painter.sources == [png("blue")]

    async def test_a_form_names_it_by_its_button(self, tmp_path: Path) -> None:
        async with open_house(tmp_path, **CHEAP) as house:
            house.painter.pictures_by_prompt = {"red car": png("red"), "blue car": png("blue")}
            house.chat.pictures = {PictureRef("hat"): png("black")}
            await house.chat.say("/imagine {red, blue} car")
            shown = house.chat.said[await house.chat.until_shown()]
            second = next(action for action in shown.actions if action.number == 2)
            await house.chat.submit(second.token, "give it this hat", author=BOB, pictures=(PictureRef("hat"),))
            assert (await painted_prompts(house, times=2))[-1] == "give it this hat"
            assert house.painter.sources == [png("blue"), png("black")]
            assert await house.credits_left("bob") == 18

    async def test_a_form_without_words_changes_nothing(self, tmp_path: Path) -> None:
        async with open_house(tmp_path) as house:
            await house.chat.say("/imagine a fox")
            edit = house.chat.action(await house.chat.until_shown(), Verb.EDIT)
            await house.chat.submit(edit.token, "  ")
            await house.chat.until_said("edit-without-words")
            assert len(house.painter.orders) == 1
            assert await house.credits_left() == 18

    async def test_without_a_number_all_of_them_are_meant(self, tmp_path: Path) -> None:
        async with open_house(tmp_path, **CHEAP) as house:
            house.painter.pictures_by_prompt = {"red car": png("red"), "blue car": png("blue")}
            await house.chat.say("/imagine {red, blue} car")
            shown = await until_arrived(house)
            await house.chat.say("/edit put them together", replied_to=RepliedMessage(ref=shown))
            await house.chat.until_shown(times=2)
            assert house.painter.sources == [png("red"), png("blue")]

    async def test_a_number_that_is_not_there_is_refused_with_those_that_are(self, tmp_path: Path) -> None:
        async with open_house(tmp_path) as house:
            sent = (PictureRef("one"), PictureRef("two"))
            replied = RepliedMessage(ref=SOMEBODYS, pictures=sent)
            await house.chat.say("/edit #3 make it night", replied_to=replied)
            refused = house.chat.said[await house.chat.until_said("picture-number-unknown")]
            assert argument(refused, "picture-number-unknown", "numbers") == "#1, #2"

    @pytest.mark.parametrize("text", ["/edit #2", "/edit  #2  "])
    async def test_a_number_alone_is_no_change(self, tmp_path: Path, text: str) -> None:
        async with open_house(tmp_path) as house:
            replied = RepliedMessage(ref=SOMEBODYS, pictures=(PictureRef("one"), PictureRef("two")))
            await house.chat.say(text, replied_to=replied)
            await house.chat.until_said("edit-without-words")
            assert house.painter.orders == []
            assert await house.credits_left() == 20


async def test_a_stop_in_the_middle_loses_none_of_them(tmp_path: Path) -> None:
    painter = FakePainter(png())
    async with open_house(tmp_path, painter=painter, jobs={"most_at_once": 1, "grace_seconds": 0}, **CHEAP) as house:
        painter.pause_after(1)
        await house.chat.say("/imagine {red, blue, green} car", author=ALICE)
        await house.chat.until(lambda: ready_in(house.chat) == 1)
    async with open_house(tmp_path, chat=FakeChat(), **CHEAP) as house:
        assert await delivery_of(house, FIRST) is DeliveryState.SENT
        view = await house.store.view(FIRST)
        assert [result.number for result in view.results] == [1, 2, 3]
        assert {job.state for job in view.jobs} == {JobState.PAINTED}
        assert await house.credits_left() == 14
