"""What befalls polling, and how it goes on."""

import pytest
from structlog.testing import capture_logs

from tests.simulators.telegram import faults
from tests.simulators.telegram.api import TelegramSimulator
from tests.simulators.telegram.chats.people import Person
from tests.simulators.telegram.room import Room
from tests.unit.telegram.receiving.polling import polling


async def test_an_update_that_nobody_can_read_is_passed_over_once_and_for_all(
    simulator: TelegramSimulator, room: Room, ada: Person
) -> None:
    with capture_logs() as logs:
        async with polling(simulator) as heard:
            poison = simulator.updates.poison()
            room.say(ada, "a fox")
            await heard.bell.until(lambda: heard.updates)
            await simulator.until(lambda: not simulator.updates.pending)
    assert simulator.updates.handed_out.count(poison) == 1
    assert [log["update"] for log in logs if log["event"] == "telegram-update-skipped"] == [poison]


async def test_an_update_without_a_number_keeps_nobody_else_waiting(
    simulator: TelegramSimulator, room: Room, ada: Person
) -> None:
    numberless = '{"ok": true, "result": [{"message": {"message_id": 1}}, 7]}'
    with capture_logs() as logs:
        simulator.fail("getUpdates", faults.Fault(answer=faults.Page(status=200, html=numberless)), times=2)
        async with polling(simulator) as heard:
            room.say(ada, "a fox")
            await heard.bell.until(lambda: heard.updates)
            await simulator.until(lambda: not simulator.updates.pending)
    assert [log["update"] for log in logs if log["event"] == "telegram-update-skipped"] == [None] * 4
    assert [log for log in logs if log["event"] == "telegram-polling-begun-anew"] == []


@pytest.mark.parametrize(
    "fault",
    [
        faults.UNAUTHORIZED,
        faults.CONFLICT,
        faults.BAD_GATEWAY,
        faults.CUT_BEFORE,
        faults.Fault(answer=faults.Page(status=200, html="<html>Welcome to the hotel</html>")),
        faults.Fault(answer=faults.Page(status=200, html='{"ok": true}')),
    ],
)
async def test_polling_goes_on_after_a_fault(
    simulator: TelegramSimulator, room: Room, ada: Person, fault: faults.Fault
) -> None:
    simulator.fail("getUpdates", fault, times=3)
    with capture_logs():  # to show a traceback takes seconds on a busy machine
        async with polling(simulator) as heard:
            room.say(ada, "a fox")
            await heard.bell.until(lambda: heard.updates)


async def test_a_poll_that_never_comes_back_is_begun_anew_with_its_reason_in_the_log(
    simulator: TelegramSimulator, room: Room, ada: Person
) -> None:
    simulator.fail("getUpdates", faults.HANG_BEFORE)
    with capture_logs() as logs:
        async with polling(simulator, round_trip_seconds=0.2) as heard:
            room.say(ada, "a fox")
            await heard.bell.until(lambda: heard.updates)
    assert "no answer to getUpdates" in next(log["reason"] for log in logs if log["event"].endswith("begun-anew"))


async def test_telegram_may_ask_to_be_polled_later(simulator: TelegramSimulator, room: Room, ada: Person) -> None:
    simulator.fail("getUpdates", faults.too_many(1))
    async with polling(simulator) as heard:
        room.say(ada, "a fox")
        await heard.bell.until(lambda: heard.updates)
