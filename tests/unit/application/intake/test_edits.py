"""Editing, as a member experiences it: pictures that are answered, or sent along."""

from pathlib import Path

from bot.domain.chat import PictureRef, Verb
from bot.domain.errors import Unavailable
from bot.domain.events import RepliedMessage
from bot.domain.requests.requests import RequestId
from tests.unit.application.house import open_house, png, until_arrived

FIRST = RequestId(1)
SENT_IN = PictureRef("sent-in")


async def test_a_reply_to_our_picture_edits_the_original(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        await house.chat.say("/imagine a fox")
        shown = await until_arrived(house)
        recompressed = RepliedMessage(ref=shown, pictures=(PictureRef("what the platform made of it"),))
        await house.chat.say("/edit make it night", replied_to=recompressed)
        await house.chat.until_shown(times=2)
        assert house.painter.sources == [house.painter.picture]


async def test_pictures_sent_along_are_edited_in_their_order(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        refs = tuple(PictureRef(color) for color in ("red", "green", "blue"))
        house.chat.pictures = {ref: png(ref) for ref in refs}
        await house.chat.say("/edit put them together", pictures=refs)
        shown = await house.chat.until_shown()
        assert house.painter.sources == [png("red"), png("green"), png("blue")]
        house.chat.pictures.clear()  # the platform has forgotten them; Again has not
        await house.chat.press(shown, Verb.AGAIN)
        await house.chat.until_shown(times=2)
        assert house.painter.sources[3:] == house.painter.sources[:3]


async def test_more_pictures_than_the_model_takes_are_refused_before_anything_is_charged(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        refs = tuple(PictureRef(str(number)) for number in range(4))
        await house.chat.say("/edit together --model flash", pictures=refs)
        await house.chat.until_said("edit-too-many-pictures")
        assert await house.credits_left() == 20


async def test_a_file_that_is_no_picture_costs_nothing(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        house.chat.pictures = {SENT_IN: b"<html>not a picture</html>"}
        await house.chat.say("/edit make it night", pictures=(SENT_IN,))
        await house.chat.until_said("picture-unreadable")
        assert await house.credits_left() == 20
        assert house.painter.orders == []


async def test_a_picture_the_platform_does_not_give_up_costs_nothing(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        house.chat.pictures = {SENT_IN: Unavailable()}
        await house.chat.say("/edit make it night", pictures=(SENT_IN,))
        await house.chat.until_said("picture-unavailable")
        assert await house.credits_left() == 20


async def test_a_picture_without_words_is_asked_what_to_change(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        await house.chat.say("", pictures=(SENT_IN,), is_private=True)
        assert len(house.chat.saying("edit-without-words")) == 1
