"""Albums whose pictures come one by one, before and after the one that carries the command."""

from pathlib import Path

from bot.application.intake.request_admission import ALBUM_TIME
from bot.domain.chat import MessageRef, PictureRef, Verb
from bot.domain.events import RepliedMessage
from bot.domain.requests.requests import JobState, RequestId
from tests.fakes.chat import BOB, FakeChat, keys_of
from tests.unit.application.house import House, open_house, png, until_arrived

FIRST = RequestId(1)
ALBUM = "album-7"
PICTURES = {PictureRef(f"p{number}"): png("red", (16 + number, 9)) for number in range(1, 5)}


async def see(chat: FakeChat, *numbers: int) -> None:
    for number in numbers:
        await chat.see(PictureRef(f"p{number}"), album=ALBUM, order=number)


async def say(chat: FakeChat, text: str, number: int) -> None:
    """Send one picture of the album, with words."""
    await see(chat, number)
    await chat.say(text, pictures=(PictureRef(f"p{number}"),), album=ALBUM, key=f"{ALBUM}:command")


async def sources(house: House) -> list[bytes]:
    await house.chat.until_shown()
    return house.painter.sources


async def test_pictures_that_come_after_the_command_join_it(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        house.chat.pictures = dict(PICTURES)
        await say(house.chat, "/edit put them together", 1)
        await see(house.chat, 2, 3, 4)
        house.clock.time += ALBUM_TIME
        assert await sources(house) == list(PICTURES.values())
        assert len(house.painter.orders) == 1
        assert await house.credits_left() == 18


async def test_nothing_is_painted_before_the_others_had_their_time(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        house.chat.pictures = dict(PICTURES)
        await say(house.chat, "/edit put them together", 1)
        await house.chat.until_said("status-next")
        assert (await house.store.view(FIRST)).jobs[0].state is JobState.QUEUED
        house.clock.time += ALBUM_TIME
        await house.chat.say("/imagine an owl", author=BOB)  # the worker looks again
        await house.chat.until_shown(times=2)
        assert [order.wish.prompt for order in house.painter.orders] == ["put them together", "an owl"]


async def test_pictures_that_came_before_the_command_are_in_it_in_their_order(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        house.chat.pictures = dict(PICTURES)
        await see(house.chat, 3, 1, 2)
        await say(house.chat, "/edit put them together", 4)
        house.clock.time += ALBUM_TIME
        assert await sources(house) == list(PICTURES.values())


async def test_a_second_command_in_the_same_album_is_the_same_request(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        house.chat.pictures = dict(PICTURES)
        await say(house.chat, "/edit put them together", 1)
        await say(house.chat, "/edit put them together", 2)
        house.clock.time += ALBUM_TIME
        await house.chat.until_shown()
        assert await house.credits_left() == 18


async def test_a_picture_that_is_told_twice_joins_once(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        house.chat.pictures = dict(PICTURES)
        await say(house.chat, "/edit put them together", 1)
        await see(house.chat, 2, 2, 1)
        house.clock.time += ALBUM_TIME
        assert await sources(house) == list(PICTURES.values())[:2]


async def test_a_picture_that_comes_too_late_joins_nothing(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        house.chat.pictures = dict(PICTURES)
        house.painter.may_paint.clear()
        await say(house.chat, "/edit put them together", 1)
        house.clock.time += ALBUM_TIME
        await house.chat.until_said("status-painting")
        await see(house.chat, 2)
        house.painter.may_paint.set()
        assert await sources(house) == list(PICTURES.values())[:1]


async def test_more_pictures_than_the_model_takes_end_it_unpaid(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        house.chat.pictures = dict(PICTURES)
        await say(house.chat, "/edit put them together --model flash", 1)
        await see(house.chat, 2, 3, 4)
        await house.chat.until_said("fault-too-many-pictures")
        assert await house.credits_left() == 20


async def test_pictures_join_what_is_still_to_be_confirmed(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        house.chat.pictures = dict(PICTURES)
        await say(house.chat, "/edit put them together --n 4 --size 4K", 1)
        offer = await house.chat.until_said("offer-price")
        await see(house.chat, 2, 3)
        await house.chat.press(offer, Verb.CONFIRM)
        house.clock.time += ALBUM_TIME
        await house.chat.say("/credits")
        await house.chat.until_shown()
        assert house.painter.sources == list(PICTURES.values())[:3] * 4


async def test_an_answer_to_one_picture_of_an_album_is_about_all_of_them(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        house.chat.pictures = dict(PICTURES)
        await see(house.chat, 1, 2, 3, 4)
        replied = RepliedMessage(ref=MessageRef("m2"), pictures=(PictureRef("p2"),), album=ALBUM)
        await house.chat.say("/edit put them together", replied_to=replied)
        assert await sources(house) == list(PICTURES.values())
        assert house.chat.saying("album-partly-seen") == []


async def test_where_the_others_were_hidden_it_is_about_the_one_and_says_so(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        house.chat.pictures = dict(PICTURES)
        replied = RepliedMessage(ref=MessageRef("m2"), pictures=(PictureRef("p2"),), album=ALBUM)
        await house.chat.say("/edit make it night", replied_to=replied)
        assert await sources(house) == [PICTURES[PictureRef("p2")]]
        await house.chat.until_said("album-partly-seen")


async def test_words_that_answer_our_picture_change_it_even_among_others(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        await house.chat.say("/imagine a fox")
        shown = await until_arrived(house)
        await house.chat.say("make it night", replied_to=RepliedMessage(ref=shown))
        await house.chat.until_shown(times=2)
        assert house.painter.sources == [png()]


async def test_the_newest_request_that_waits_is_cancelled_by_a_command(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        house.painter.may_paint.clear()
        for words in ("one", "two", "three"):
            await house.chat.say(f"/imagine {words}")
        await house.chat.say("/cancel")
        await house.chat.until_said("status-cancelled")
        jobs = [(await house.store.view(RequestId(number))).jobs[0].state for number in (1, 2, 3)]
        assert jobs == [JobState.PAINTING, JobState.QUEUED, JobState.CANCELLED]


async def test_where_nothing_waits_there_is_nothing_to_cancel(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        await house.chat.say("/cancel")
        await house.chat.until_said("cancel-nothing")
        assert [keys_of(message) for message in house.chat.said.values()] == [["cancel-nothing"]]
        assert await house.credits_left() == 20


async def test_a_command_of_another_bot_is_left_alone(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        await house.chat.say("/weather", is_addressed=False)
        await house.chat.say("/wether")
        await house.chat.until_said("command-unknown")
        assert [keys_of(message) for message in house.chat.said.values()] == [["command-unknown"]]
