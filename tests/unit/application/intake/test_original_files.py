"""The original of a picture comes as a file when its button is pressed."""

from dataclasses import replace
from pathlib import Path

import pytest

from bot.domain.chat import PictureLimits, Verb
from tests.fakes.chat import BOB, CHAT_ABILITIES
from tests.fakes.image_api import FakePainter
from tests.unit.application.delivery.test_presenting import SMALL, noise
from tests.unit.application.house import open_house


async def test_everybody_there_can_have_the_original_as_a_file_without_charge(tmp_path: Path) -> None:
    async with open_house(tmp_path, painter=FakePainter(noise())) as house:
        house.chat.abilities_now = replace(CHAT_ABILITIES, shown=SMALL)
        await house.chat.say("/imagine noise")
        shown = await house.chat.until_shown()
        assert not house.chat.said[shown].pictures[0].as_file
        await house.chat.press(shown, Verb.FILE, author=BOB)
        file = house.chat.said[await house.chat.until_shown(times=2)]
        assert (file.pictures[0].as_file, file.pictures[0].shown, file.in_reply_to) == (True, None, shown)
        await house.chat.press(shown, Verb.FILE)
        await house.chat.until_said("file-sent-already")
        assert (await house.credits_left(), await house.credits_left("bob")) == (18, 20)


async def test_where_files_may_not_be_sent_the_reason_is_said(tmp_path: Path) -> None:
    async with open_house(tmp_path, painter=FakePainter(noise())) as house:
        house.chat.abilities_now = replace(CHAT_ABILITIES, shown=SMALL, file=None)
        await house.chat.say("/imagine noise")
        await house.chat.until_said("result-original-barred")
        assert house.chat.saying("result-original-kept") == []


@pytest.mark.parametrize(
    ("file", "answer"), [(None, "file-not-here"), (PictureLimits(most_bytes=1_000), "result-original-kept")]
)
async def test_what_the_chat_takes_is_asked_again_at_the_press(
    tmp_path: Path, file: PictureLimits | None, answer: str
) -> None:
    async with open_house(tmp_path, painter=FakePainter(noise())) as house:
        house.chat.abilities_now = replace(CHAT_ABILITIES, shown=SMALL)
        await house.chat.say("/imagine noise")
        shown = await house.chat.until_shown()
        house.chat.abilities_now = replace(CHAT_ABILITIES, shown=SMALL, file=file)
        await house.chat.press(shown, Verb.FILE)
        await house.chat.until_said(answer)
        house.chat.abilities_now = replace(CHAT_ABILITIES, shown=SMALL)
        await house.chat.press(shown, Verb.FILE)
        assert house.chat.said[await house.chat.until_shown(times=2)].pictures[0].as_file


async def test_it_goes_along_where_the_owner_wants_that(tmp_path: Path) -> None:
    async with open_house(tmp_path, painter=FakePainter(noise()), bot={"originals": "along"}) as house:
        house.chat.abilities_now = replace(CHAT_ABILITIES, shown=SMALL)
        await house.chat.say("/imagine noise")
        assert house.chat.said[await house.chat.until_shown()].pictures[0].as_file
