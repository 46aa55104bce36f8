"""Kills, stops, lost answers and refusals on the way of a picture to Telegram."""

from tests.e2e.site import BALANCES, DAILY, OUTCOMES, png
from tests.e2e.telegram.seen import pictures_of, prompts_of, until_told
from tests.e2e.telegram.telegram_bot import TelegramSite
from tests.simulators.telegram.chats.people import Person
from tests.simulators.telegram.faults import CUT_AFTER, HANG_BEFORE, UNAUTHORIZED
from tests.simulators.telegram.room import Room

STATUSES = "SELECT state FROM deliveries WHERE kind = 'status'"


TAKEN = "SELECT part FROM delivery_parts WHERE refs IS NOT NULL"


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
