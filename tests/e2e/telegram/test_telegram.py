"""Pictures in Telegram, from what somebody writes to what stands in the chat."""

import io

import pillow_heif
import pytest
from PIL import Image

from tests.e2e.site import BALANCES, DAILY, OUTCOMES, png
from tests.e2e.telegram.seen import pictures_of, prompts_of, until_told
from tests.e2e.telegram.telegram_bot import TelegramSite
from tests.simulators.image_api import gemini_shapes as shapes
from tests.simulators.telegram.chats.people import Person
from tests.simulators.telegram.room import Room


def heic() -> bytes:
    file = io.BytesIO()
    pillow_heif.from_pillow(Image.new("RGB", (64, 48), "orange")).save(file, format="HEIF")
    return file.getvalue()


async def test_a_command_in_a_group_becomes_a_picture_in_its_place(
    site: TelegramSite, group: Room, ada: Person
) -> None:
    gate = site.hold_painting()
    async with site.running() as bot:
        asked = group.say(ada, "/imagine@plantain_bot a red fox")
        status = await site.until_said(group, "a red fox")
        gate.set()
        (shown,) = await site.until_shown(group)
        await site.until(lambda: group.by(site.telegram.bot) == [shown])  # the status went away
        assert await bot.stop() == 0
    assert (shown.reply_to, shown.earlier, shown.is_silent) == (asked.id, [], False)
    assert (shown.text.partition("\n")[0], shown.mentions) == ("Ada", [ada.id])
    assert (status.is_silent, status.mentions) == (True, [])
    assert [action.action for action in group.actions][:1] == ["upload_photo"]


async def test_words_in_private_are_a_prompt(site: TelegramSite, room: Room, ada: Person) -> None:
    async with site.running():
        room.start()
        await site.until_said(room, "Hello, I'm Plantain")
        room.say(ada, "a red fox")
        (shown,) = await site.until_shown(room)
    assert "a red fox" in shown.text
    assert prompts_of(site) == ["a red fox"]
    assert site.ask(BALANCES) == [(DAILY - 2, 0)]


@pytest.mark.parametrize(("name", "mime"), [("fox.png", "image/png"), ("IMG_0001.HEIC", "image/jpeg")])
async def test_a_picture_sent_as_a_file_is_edited(
    site: TelegramSite, room: Room, ada: Person, name: str, mime: str
) -> None:
    async with site.running():
        content = heic() if name.endswith("HEIC") else png("blue")
        room.send_document(ada, content, name=name, caption="make it night")
        await site.until_shown(room)
    assert pictures_of(site) == [mime]


async def test_a_reply_edits_somebodys_photo(site: TelegramSite, group: Room, ada: Person) -> None:
    async with site.running():
        photo = group.send_photo(ada, png("blue"))
        group.say(ada, "/edit@plantain_bot make it night", reply_to=photo)
        await site.until_shown(group)
    assert pictures_of(site) == ["image/jpeg"]


async def test_the_edit_button_asks_for_words_and_the_answer_edits_even_after_a_restart(
    site: TelegramSite, group: Room, ada: Person
) -> None:
    async with site.running() as bot:
        group.say(ada, "/imagine@plantain_bot a red fox")
        (shown,) = await site.until_shown(group)
        group.press(ada, shown, "Edit")
        question = await site.until_said(group, "What shall I change?")
        await bot.stop()
    async with site.running():
        group.say(ada, "make it night", reply_to=question)
        await site.until_shown(group, 2)
    assert pictures_of(site) == ["image/png"]


async def test_several_pictures_are_an_album_and_then_words(site: TelegramSite, group: Room, ada: Person) -> None:
    async with site.running():
        group.say(ada, "/imagine@plantain_bot a {red, blue} fox --size 1K")
        album = await site.until_shown(group, 2)
        (words,) = await until_told(site, group, "1: a red fox")
        assert [message.text for message in album] == ["#1", "#2"]
        assert words.buttons == ["Again", "Delete", "Edit 1", "Edit 2"]


async def test_the_command_cancels_what_waits(site: TelegramSite, room: Room, ada: Person) -> None:
    gate = site.hold_painting()
    async with site.running():
        room.say(ada, "a red fox")
        await site.endpoint.wait_for_requests(1)
        room.say(ada, "an owl")
        await site.until_said(room, "Next in line")
        room.say(ada, "/cancel")
        await site.until_said(room, "Cancelled. Nothing was charged.")
        gate.set()
        await site.until_shown(room)
    assert prompts_of(site) == ["a red fox"]
    assert site.ask(BALANCES) == [(DAILY - 2, 0)]


async def test_an_album_of_four_is_edited_together_although_two_of_it_come_late(
    site: TelegramSite, room: Room, ada: Person
) -> None:
    async with site.running():
        colours = [png(colour) for colour in ("red", "green", "blue", "white")]
        album = room.send_album(ada, colours, "put them on one table", caption_at=1, late=2)
        await site.until_said(room, "put them on one table")
        album.bring()
        await site.until_shown(room)
    assert pictures_of(site) == ["image/jpeg"] * 4
    assert len(site.endpoint.requests) == 1


async def test_a_reply_to_one_picture_of_an_album_is_about_all_that_were_seen(
    site: TelegramSite, room: Room, ada: Person
) -> None:
    async with site.running():
        album = room.send_album(ada, [png("red"), png("green"), png("blue")])
        await site.until(lambda: not site.telegram.updates.pending)
        room.say(ada, "put them on one table", reply_to=album.messages[2])
        await site.until_shown(room)
    assert pictures_of(site) == ["image/jpeg"] * 3


async def test_what_a_request_has_shown_is_taken_away_with_its_original(
    site: TelegramSite, group: Room, ada: Person
) -> None:
    site.endpoint.answer = shapes.one_picture(png(size=(2800, 1400)))
    async with site.running():
        asked = group.say(ada, "/imagine@plantain_bot a red fox")
        (shown,) = await site.until_shown(group)
        await site.until_written(OUTCOMES, lambda rows: rows == [("sent",)])
        assert shown.body["photo"][-1]["width"] == 2560
        group.press(ada, shown, "File")
        await site.until(lambda: group.last.document)
        assert group.last.reply_to == shown.id
        group.press(ada, shown, "Delete")
        await site.until(lambda: group.standing == [asked])


async def test_again_pressed_fifty_times_is_paid_once_while_the_repeat_is_open(
    site: TelegramSite, group: Room, ada: Person
) -> None:
    async with site.running():
        group.say(ada, "/imagine@plantain_bot a red fox --size 1K")
        (shown,) = await site.until_shown(group)
        await site.until_delivered()
        gate = site.hold_painting()
        for _ in range(50):
            group.press(ada, shown, "Again")
        await site.until(lambda: not site.telegram.unanswered)
        gate.set()
        await site.until_shown(group, 2)
        await site.until_delivered(2)
    assert len(site.endpoint.requests) == 2
    public = [message for message in group.by(site.telegram.bot) if "being made already" in message.text]
    assert len(public) <= 1, "it is for the presser alone, and on a slow machine said once"
