"""Pictures in Telegram, from what somebody writes to what stands in the chat."""

import io
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pillow_heif
import pytest
from PIL import Image

from tests.e2e.site import BALANCES, DAILY, OUTCOMES, png
from tests.e2e.telegram.telegram_bot import TelegramSite, telegram_site
from tests.simulators.image_api import gemini_shapes as shapes
from tests.simulators.telegram.chats.messages import Message
from tests.simulators.telegram.chats.people import Person
from tests.simulators.telegram.faults import CUT_AFTER, HANG_BEFORE, UNAUTHORIZED
from tests.simulators.telegram.room import Room

STATUSES = "SELECT state FROM deliveries WHERE kind = 'status'"
TAKEN = "SELECT part FROM delivery_parts WHERE refs IS NOT NULL"


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[TelegramSite]:
    async with telegram_site(tmp_path) as site:
        yield site


@pytest.fixture
def ada(site: TelegramSite) -> Person:
    return site.telegram.person("Ada", language_code="en")


@pytest.fixture
def group(site: TelegramSite, ada: Person) -> Room:
    return site.telegram.supergroup("Painters", ada)


@pytest.fixture
def room(site: TelegramSite, ada: Person) -> Room:
    return site.telegram.private(ada)


def pictures_of(site: TelegramSite, request: int = -1) -> list[str]:
    """Return the types of the pictures that were sent with a request to the gateway."""
    return [part["inlineData"]["mimeType"] for part in site.endpoint.requests[request].parts if "inlineData" in part]


def prompts_of(site: TelegramSite) -> list[str]:
    """Return the words of every request to the gateway, as it came."""
    return [request.parts[-1]["text"] for request in site.endpoint.requests]


async def until_told(site: TelegramSite, chat: Room, words: str) -> Sequence[Message]:
    """Wait until an outcome holds these words and its status has gone. Return the bot's messages that hold them."""

    def telling() -> list[Message]:
        return [message for message in chat.by(site.telegram.bot) if words in message.text]

    await site.until(lambda: len(telling()) == 1 and "Again" in telling()[0].buttons)
    return telling()


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


async def test_killed_while_it_paints_an_album_the_next_process_delivers_it_once(
    site: TelegramSite, room: Room, ada: Person
) -> None:
    gate = site.hold_painting()
    async with site.running() as bot:
        room.send_album(ada, [png(colour) for colour in ("red", "green", "blue", "white")], "on one table")
        await site.endpoint.wait_for_requests(1)
        await bot.kill()
    gate.set()
    async with site.running():
        await site.until_shown(room)
        await site.until_written(OUTCOMES, lambda rows: rows == [("sent",)])
    assert [pictures_of(site, index) for index in (0, 1)] == [["image/jpeg"] * 4] * 2
    assert len([message for message in room.by(site.telegram.bot) if message.photo]) == 1


async def test_a_picture_whose_answer_is_lost_is_not_sent_again_before_somebody_asks(
    site: TelegramSite, room: Room, ada: Person
) -> None:
    site.telegram.fail("sendPhoto", CUT_AFTER)
    async with site.running():
        room.say(ada, "a red fox")
        asking = await site.until_said(room, "may not have arrived")
        await site.until(lambda: "Send again" in asking.buttons)
        assert len(site.telegram.calls_of("sendPhoto")) == 1
        room.press(ada, asking, "Send again")
        await site.until(lambda: len(site.telegram.calls_of("sendPhoto")) == 2)
        await site.until_written(OUTCOMES, lambda rows: rows == [("sent",)])
    assert len(site.endpoint.requests) == 1


async def test_a_member_who_blocks_the_bot_while_it_paints_harms_nobody_else(
    site: TelegramSite, room: Room, ada: Person
) -> None:
    bob = site.telegram.person("Bob")
    other = site.telegram.private(bob)
    gate = site.hold_painting()
    async with site.running():
        room.say(ada, "a red fox")
        await site.endpoint.wait_for_requests(1)
        room.block()
        other.say(bob, "an owl")
        gate.set()
        await site.until_shown(other)
        await site.until_written(f"{OUTCOMES} ORDER BY state", lambda rows: rows == [("sent",), ("undeliverable",)])
    assert prompts_of(site) == ["a red fox", "an owl"]
    assert [message.photo for message in room.by(site.telegram.bot) if message.photo] == []
    assert site.ask(BALANCES) == [(DAILY - 2, 0)] * 2


async def test_killed_while_it_paints_an_edit_the_next_process_delivers_it_and_takes_the_status_away(
    site: TelegramSite, group: Room, ada: Person
) -> None:
    gate = site.hold_painting()
    async with site.running() as bot:
        group.send_photo(ada, png("blue"), "/edit@plantain_bot make it night")
        await site.endpoint.wait_for_requests(1)
        status = await site.until_said(group, "make it night")
        await site.until_written(STATUSES, lambda rows: rows == [("sent",)])
        await bot.kill()
    gate.set()
    async with site.running():
        (shown,) = await site.until_shown(group)
        await site.until(lambda: group.by(site.telegram.bot) == [shown])
    assert shown.id != status.id


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


async def test_a_stop_between_an_album_and_its_words_sends_neither_twice(
    site: TelegramSite, group: Room, ada: Person
) -> None:
    """The words wait for their turn, as three messages of the album have used those of this moment up."""
    async with site.running() as bot:
        group.say(ada, "/imagine@plantain_bot a {red, blue, green} fox --size 1K")
        await site.until_shown(group, 3)
        assert await bot.stop() == 0
    async with site.running():
        await site.until_written(OUTCOMES, lambda rows: rows == [("sent",)])
        await until_told(site, group, "1: a red fox")
    assert len(site.telegram.calls_of("sendMediaGroup")) == 1


async def test_a_kill_between_an_album_and_its_words_sends_the_words_alone(
    site: TelegramSite, group: Room, ada: Person
) -> None:
    site.telegram.fail("sendMessage", HANG_BEFORE, times=None)
    async with site.running() as bot:
        group.say(ada, "/imagine@plantain_bot a {red, blue} fox --size 1K")
        await site.until_shown(group, 2)
        await site.until_written(TAKEN, lambda rows: rows == [("album-1",)])
        await bot.kill()
    site.telegram.mend("sendMessage")
    async with site.running():
        await until_told(site, group, "1: a red fox")
        await site.until_written(OUTCOMES, lambda rows: rows == [("sent",)])
    assert len(site.telegram.calls_of("sendMediaGroup")) == 1


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


async def test_where_photos_are_forbidden_while_it_paints_a_file_comes(
    site: TelegramSite, group: Room, ada: Person
) -> None:
    gate = site.hold_painting()
    async with site.running():
        group.say(ada, "/imagine@plantain_bot a red fox")
        await site.endpoint.wait_for_requests(1)
        group.withheld = {"photos"}
        gate.set()
        await site.until(lambda: any(message.document for message in group.by(site.telegram.bot)))
        await site.until_written(OUTCOMES, lambda rows: rows == [("sent",)])
    assert sum(bool(message.document) for message in group.by(site.telegram.bot)) == 1
    assert prompts_of(site) == ["a red fox"]
    assert site.ask(BALANCES) == [(DAILY - 2, 0)]


async def test_a_picture_comes_in_private_where_the_group_has_thrown_us_out(
    site: TelegramSite, group: Room, room: Room, ada: Person
) -> None:
    gate = site.hold_painting()
    async with site.running():
        group.say(ada, "/imagine@plantain_bot a red fox")
        await site.endpoint.wait_for_requests(1)
        group.set_bot_status("kicked", by=ada)
        gate.set()
        await site.until_shown(room)
        await site.until_written(OUTCOMES, lambda rows: rows == [("sent",)])
    assert [message for message in group.by(site.telegram.bot) if message.photo] == []
    assert prompts_of(site) == ["a red fox"]
    assert site.ask(BALANCES) == [(DAILY - 2, 0)]


async def test_a_token_that_telegram_does_not_know_ends_the_program_with_one_line(site: TelegramSite) -> None:
    site.telegram.fail("getMe", UNAUTHORIZED)
    async with site.started() as bot:
        assert await bot.ended() == 1
    assert bot.output[-1].startswith("plantain: Telegram does not know the token of [platforms.telegram]")
