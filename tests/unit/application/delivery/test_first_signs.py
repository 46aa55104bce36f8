"""When a chat shows by itself that something is done, a status comes later, and in a rush much later or never."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

from bot.application.delivery.first_signs import QUIET_SECONDS
from bot.application.delivery.outcomes import ACTIVITY_EVERY_SECONDS
from bot.application.delivery.rush import MANY
from bot.domain.chat import MessageRef, OutgoingMessage
from bot.domain.errors import Forbidden
from bot.domain.requests.requests import DeliveryState, RequestId
from tests.fakes.chat import CHAT_ABILITIES, FakeChat
from tests.unit.application.house import House, delivery_of, open_house, until_arrived

ACTIVE = replace(CHAT_ABILITIES, finds_posted=False, shows_activity=True)


@asynccontextmanager
async def asked(
    folder: Path, many: int, *, chat: FakeChat | None = None, most_at_once: int | None = None
) -> AsyncIterator[House]:
    """Open a house with so many requests at once, in a chat that shows activity. Nothing is painted yet."""
    chat = chat or FakeChat()
    chat.abilities_now = ACTIVE
    async with open_house(folder, chat=chat, jobs={"most_at_once": most_at_once or many}) as house:
        house.painter.may_paint.clear()
        for number in range(many):
            await chat.say(f"/imagine fox number {number}")
        await chat.until(lambda: chat.activities >= many)
        yield house


def statuses(chat: FakeChat) -> list[str]:
    return [key for key in chat.keys if key.startswith("request-") and "outcome" not in key]


async def test_who_asks_alone_is_shown_a_status_after_a_moment(tmp_path: Path) -> None:
    async with asked(tmp_path, 1) as house:
        assert house.chat.said == {}
        house.clock.advance(seconds=1)
        await house.chat.until_said("status-price")
        assert house.chat.acknowledged == []


async def test_a_picture_that_is_painted_within_a_moment_needs_no_status(tmp_path: Path) -> None:
    async with asked(tmp_path, 1) as house:
        house.painter.may_paint.set()
        await until_arrived(house)
        assert statuses(house.chat) == []


async def test_in_a_rush_signs_alone_are_shown_and_are_taken_back_when_the_pictures_have_come(tmp_path: Path) -> None:
    async with asked(tmp_path, MANY) as house:
        chat = house.chat
        house.clock.advance(seconds=1)
        await chat.until(lambda: len(chat.acknowledged) == MANY)
        house.clock.advance(seconds=4)
        await chat.until(lambda: chat.activities >= 2 * MANY)
        assert chat.said == {}
        house.painter.may_paint.set()
        for number in range(1, MANY + 1):
            await until_arrived(house, RequestId(number))
        await chat.until(lambda: len(chat.taken_back) == MANY)
        assert statuses(chat) == []


async def test_who_has_waited_long_in_a_rush_is_shown_a_status(tmp_path: Path) -> None:
    async with asked(tmp_path, MANY) as house:
        house.clock.advance(seconds=1)
        await house.chat.until(lambda: len(house.chat.acknowledged) == MANY)
        assert house.chat.said == {}
        house.clock.advance(seconds=QUIET_SECONDS)
        await house.chat.until_said("status-price", times=MANY)


async def test_a_clock_that_is_set_back_makes_nobody_wait_longer_for_a_status(tmp_path: Path) -> None:
    async with asked(tmp_path, MANY) as house:
        house.clock.advance(seconds=1)
        await house.chat.until(lambda: len(house.chat.acknowledged) == MANY)
        house.clock.advance(hours=-1)
        await house.chat.until_said("status-price", times=MANY)


class ClosedChat(FakeChat):
    """A chat that we are thrown out of after our first signs."""

    async def show_activity(self) -> None:
        if self.acknowledged:
            raise Forbidden
        await super().show_activity()

    async def put(self, ref: MessageRef, message: OutgoingMessage) -> None:
        raise Forbidden


async def test_what_waits_in_a_rush_is_not_painted_for_a_chat_that_was_closed(tmp_path: Path) -> None:
    chat = ClosedChat()
    async with asked(tmp_path, MANY, chat=chat, most_at_once=1) as house:
        house.clock.advance(seconds=1)
        await chat.until(lambda: len(chat.acknowledged) == MANY)
        house.clock.advance(seconds=ACTIVITY_EVERY_SECONDS)
        for number in range(2, MANY + 1):
            assert await delivery_of(house, RequestId(number)) is DeliveryState.UNDELIVERABLE
        assert len(house.painter.orders) == 1


async def test_those_who_ask_one_after_another_are_no_rush(tmp_path: Path) -> None:
    async with asked(tmp_path, 1) as house:
        chat = house.chat
        for number in range(1, MANY):
            house.clock.advance(seconds=4)
            await chat.until_said("status-price", times=number)
            await chat.say(f"/imagine owl number {number}")
            await chat.until(lambda: chat.activities == len(statuses(chat)) + 1)
        assert chat.acknowledged == []


async def test_what_an_earlier_process_may_have_acknowledged_is_taken_back(tmp_path: Path) -> None:
    chat = FakeChat()
    async with open_house(tmp_path, chat=chat, jobs={"most_at_once": 1, "grace_seconds": 0}) as house:
        house.painter.may_paint.clear()
        await chat.say("/imagine a fox")
        await chat.until_said("status-painting")
    assert chat.taken_back == []
    async with open_house(tmp_path, chat=chat):
        await chat.until(lambda: bool(chat.taken_back))
