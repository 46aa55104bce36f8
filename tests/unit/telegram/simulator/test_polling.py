"""How updates are fetched from the simulated Telegram: waited for, confirmed by the next request, handed out anew."""

import asyncio
import logging
from collections.abc import AsyncIterator
from typing import Any

import pytest
from telegram import Bot, Update
from telegram.error import Conflict, InvalidToken, TelegramError
from telegram.ext import Application, CallbackContext, CommandHandler, Updater

from tests.simulators.telegram.api import TelegramSimulator
from tests.simulators.telegram.chats.people import Person
from tests.simulators.telegram.faults import BAD_GATEWAY, CONFLICT, HANG_BEFORE, UNAUTHORIZED
from tests.simulators.telegram.room import Room
from tests.unit.telegram.drawn import drawn

UPDATER_LOG = "telegram.ext.Updater"


@pytest.fixture
def ada(simulator: TelegramSimulator) -> Person:
    return simulator.person("Ada", language_code="de")


@pytest.fixture
def room(simulator: TelegramSimulator, ada: Person) -> Room:
    return simulator.private(ada)


@pytest.fixture
async def updater(bot: Bot) -> AsyncIterator[Updater]:
    async with Updater(bot, asyncio.Queue()) as updater:
        yield updater


def text_of(update: object) -> str | None:
    assert isinstance(update, Update)
    assert update.message is not None
    return update.message.text


async def test_updates_come_again_until_a_greater_offset_confirms_them(bot: Bot, room: Room, ada: Person) -> None:
    room.say(ada, "one")
    room.say(ada, "two")
    first = await bot.get_updates()
    assert await bot.get_updates() == first
    rest = await bot.get_updates(offset=first[0].update_id + 1)
    assert [text_of(update) for update in rest] == ["two"]
    assert await bot.get_updates(offset=first[-1].update_id + 1) == ()
    assert await bot.get_updates() == ()


async def test_no_more_are_handed_out_than_asked_for(bot: Bot, room: Room, ada: Person) -> None:
    for number in range(102):
        room.say(ada, str(number))
    assert len(await bot.get_updates(limit=3)) == 3
    assert len(await bot.get_updates()) == 100


async def test_a_negative_offset_forgets_all_but_the_newest(bot: Bot, room: Room, ada: Person) -> None:
    for word in ("one", "two", "three"):
        room.say(ada, word)
    assert [text_of(update) for update in await bot.get_updates(offset=-1)] == ["three"]
    assert len(await bot.get_updates()) == 1


async def test_a_long_poll_ends_when_something_happens(
    simulator: TelegramSimulator, bot: Bot, room: Room, ada: Person
) -> None:
    polling = asyncio.create_task(bot.get_updates(timeout=50))
    await simulator.until(lambda: simulator.polls_under_way)
    room.say(ada, "at last")
    (update,) = await polling
    assert text_of(update) == "at last"


async def test_of_two_who_wait_the_first_is_sent_away(
    simulator: TelegramSimulator, bot: Bot, room: Room, ada: Person
) -> None:
    async with Bot(simulator.token, base_url=simulator.base_url) as other:
        first = asyncio.create_task(bot.get_updates(timeout=50))
        await simulator.until(lambda: simulator.polls_under_way == 1)
        second = asyncio.create_task(other.get_updates(timeout=50))
        with pytest.raises(Conflict, match="terminated by other getUpdates request"):
            await first
        room.say(ada, "for the second")
        (update,) = await second
    assert text_of(update) == "for the second"


async def test_kinds_of_updates_that_were_not_asked_for_do_not_come(bot: Bot, room: Room, ada: Person) -> None:
    await bot.get_updates(allowed_updates=["callback_query"])
    room.say(ada, "unheard")
    room.block()
    assert await bot.get_updates() == ()


async def test_the_kinds_asked_for_stay_until_others_are_asked_for(bot: Bot, room: Room, ada: Person) -> None:
    await bot.get_updates(allowed_updates=["callback_query"])
    await bot.get_updates()
    room.say(ada, "unheard")
    assert await bot.get_updates(allowed_updates=[]) == ()
    room.say(ada, "heard")
    assert [text_of(update) for update in await bot.get_updates()] == ["heard"]


async def test_an_update_that_was_confirmed_can_come_once_more(
    simulator: TelegramSimulator, bot: Bot, room: Room, ada: Person
) -> None:
    room.say(ada, "a fox")
    (first,) = await bot.get_updates()
    await bot.get_updates(offset=first.update_id + 1)
    simulator.updates.replay(first.update_id)
    assert await bot.get_updates(offset=first.update_id + 1) == (first,)
    assert simulator.updates.handed_out == [first.update_id, first.update_id]


async def test_what_was_not_confirmed_comes_again_after_a_restart(
    simulator: TelegramSimulator, room: Room, ada: Person
) -> None:
    room.say(ada, "a fox")
    seen: list[Update] = []
    for _ in range(2):
        async with Bot(simulator.token, base_url=simulator.base_url) as bot:
            seen += await bot.get_updates()
    assert seen[0] == seen[1]


# The library's own loop


async def test_the_library_polls_until_it_is_stopped(
    simulator: TelegramSimulator, updater: Updater, room: Room, ada: Person
) -> None:
    queue = await updater.start_polling(allowed_updates=["message"])
    room.say(ada, "a fox")
    update = await queue.get()
    await updater.stop()
    assert text_of(update) == "a fox"
    assert simulator.updates.pending == []
    assert simulator.updates.allowed == ["message"]


async def test_a_whole_application_of_the_library_answers(
    simulator: TelegramSimulator, room: Room, ada: Person
) -> None:
    async def paint(update: Update, _: CallbackContext[Any, Any, Any, Any]) -> None:
        assert update.message
        await update.message.reply_photo(drawn(), filename="fox.png", caption="a fox", do_quote=True)

    builder = Application.builder().token(simulator.token).base_url(simulator.base_url)
    application = builder.base_file_url(simulator.base_file_url).build()
    application.add_handler(CommandHandler("imagine", paint))
    async with application:
        assert application.updater
        await application.start()
        await application.updater.start_polling()
        asked = room.say(ada, "/imagine a fox")
        await simulator.until(lambda: room.last.photo)
        await application.updater.stop()
        await application.stop()
    assert (room.last.text, room.last.reply_to) == ("a fox", asked.id)


async def test_the_library_confirms_what_nobody_has_looked_at_yet(
    simulator: TelegramSimulator, updater: Updater, room: Room, ada: Person
) -> None:
    queue = await updater.start_polling()
    room.say(ada, "a fox")
    await simulator.until(lambda: simulator.updates.made and not simulator.updates.pending)
    assert queue.qsize() == 1
    await updater.stop()


async def test_a_token_that_is_refused_ends_the_polling_but_not_the_running(
    simulator: TelegramSimulator, updater: Updater, caplog: pytest.LogCaptureFixture
) -> None:
    simulator.fail("getUpdates", UNAUTHORIZED, times=None)
    with caplog.at_level(logging.CRITICAL, UPDATER_LOG):
        await updater.start_polling()
        await simulator.until(lambda: simulator.calls_of("getUpdates"))
        polling = next(task for task in asyncio.all_tasks() if "polling_task" in task.get_name())
        await asyncio.wait([polling])
        assert updater.running
        with pytest.raises(InvalidToken):
            await updater.stop()
    assert len(simulator.calls_of("getUpdates")) == 1


async def test_a_poisoned_update_is_asked_for_again_and_again_and_lets_nothing_pass(
    simulator: TelegramSimulator, updater: Updater, room: Room, ada: Person
) -> None:
    simulator.updates.poison()
    room.say(ada, "a fox")
    logging.getLogger(UPDATER_LOG).disabled = True  # it says so each time, at length
    try:
        queue = await updater.start_polling()
        await simulator.until(lambda: len(simulator.calls_of("getUpdates")) >= 5)
        assert queue.empty()
    finally:
        logging.getLogger(UPDATER_LOG).disabled = False
        simulator.updates.clear()
        await updater.stop()


async def test_another_poller_and_a_server_in_between_are_told_to_whoever_wants_to_know(
    simulator: TelegramSimulator, updater: Updater
) -> None:
    told: asyncio.Queue[TelegramError] = asyncio.Queue()
    simulator.fail("getUpdates", CONFLICT)
    await updater.start_polling(error_callback=told.put_nowait)
    assert isinstance(await told.get(), Conflict)
    await updater.stop()
    simulator.fail("deleteWebhook", BAD_GATEWAY)
    with pytest.raises(TelegramError, match="Bad Gateway"):
        await updater.start_polling()


async def test_a_dead_line_looks_like_a_quiet_chat(
    simulator: TelegramSimulator, updater: Updater, room: Room, ada: Person
) -> None:
    simulator.fail("getUpdates", HANG_BEFORE, times=None)
    queue = await updater.start_polling()
    room.say(ada, "unheard")
    await simulator.until(lambda: simulator.calls_of("getUpdates"))
    assert (queue.empty(), simulator.updates.handed_out, updater.running) == (True, [], True)
    simulator.mend("getUpdates")
    await updater.stop()
