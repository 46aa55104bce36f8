"""Messages and presses that no app of ours would send are answered with a sentence that says what is wrong."""

import time
from pathlib import Path

import pytest

from bot.domain.chat import MessageRef, OutgoingMessage, PictureRef, Quoted, Sentence
from bot.domain.events import ButtonPress, RepliedMessage
from tests.fakes.chat import ALICE, keys_of
from tests.unit.application.house import House, open_house

SENT_IN = PictureRef("sent-in")
A_PICTURE = RepliedMessage(ref=MessageRef("theirs"), pictures=(SENT_IN,))


async def press(house: House, token: str) -> OutgoingMessage | None:
    assert house.chat.handle is not None
    event = ButtonPress(key=token, author=ALICE, token=token, message=MessageRef("m"))
    return await house.chat.handle(event, house.chat.conversation(house.chat.here))


@pytest.mark.parametrize("token", ["again:99999999999999999999", "cancel:9223372036854775808", "again:" + "9" * 400])
async def test_a_token_with_too_large_a_number_is_unknown(tmp_path: Path, token: str) -> None:
    async with open_house(tmp_path) as house:
        told = await press(house, token)
        assert told is not None
        assert keys_of(told) == ["button-unknown"]


async def test_numbers_without_end_are_too_long_a_text_and_are_never_read(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        spent = []
        for count in (40_000, 320_000):  # characters in threes
            began = time.process_time()
            await house.chat.say("/edit " + "#1 " * count, replied_to=A_PICTURE)
            spent.append(time.process_time() - began)
        await house.chat.until_said("prompt-too-long", times=2)
        assert spent[1] < 8 * 4 * max(spent[0], 0.01)


async def test_far_too_many_pictures_are_counted_no_further(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        await house.chat.say("/imagine " + "{a,b}" * 100)
        said = await house.chat.until_said("too-many-pictures")
        assert house.chat.said[said].lines == (Sentence("too-many-pictures", count="1000+", limit=10),)


async def test_a_command_of_a_megabyte_is_quoted_in_short(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        await house.chat.say("/" + "x" * 1_000_000)
        said = await house.chat.until_said("command-unknown")
        (line,) = house.chat.said[said].lines
        assert isinstance(line, Sentence)
        name = line.arguments["name"]
        assert isinstance(name, Quoted)
        assert len(name.words) < 200
