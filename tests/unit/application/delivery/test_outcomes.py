"""How an outcome comes as a message of its own, once; and that nothing else stays behind."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from bot.domain.chat import MessageRef, OutgoingMessage, Verb
from bot.domain.errors import Dropped, Forbidden, PlatformFault
from bot.domain.requests.requests import DeliveryState, RequestId
from tests.fakes.chat import BOB, CHAT_ABILITIES, FakeChat, keys_of
from tests.unit.application.house import House, delivery_of, open_house, until_arrived

FIRST = RequestId(1)


class StrictChat(FakeChat):
    """A chat that refuses messages of some kinds, or dies between two steps."""

    def __init__(self) -> None:
        super().__init__()
        self.fails_on: dict[str, PlatformFault] = {}  # by a sentence of the message
        self.refused = 0

    async def put(self, ref: MessageRef, message: OutgoingMessage) -> None:
        for key in keys_of(message):
            if key in self.fails_on:
                async with self._changed:
                    self.refused += 1
                    self._changed.notify_all()
                raise self.fails_on[key]
        await super().put(ref, message)


def only(chat: FakeChat, ref: MessageRef) -> Sequence[MessageRef]:
    return [each for each in chat.said if each != ref]


async def test_a_part_that_was_taken_does_not_leave_again_when_writing_it_down_fails(tmp_path: Path) -> None:
    async with open_house(tmp_path, failing=["part_taken", "delivered"]) as house:
        await house.chat.say("/imagine a fox")
        await until_arrived(house)
        assert len(house.chat.parts) == 1


async def test_a_status_stays_for_nobody_once_the_picture_is_there(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        await house.chat.say("/imagine a fox")
        shown = await until_arrived(house)
        await house.chat.until(lambda: not only(house.chat, shown))
        assert await house.store.undelivered() == []


async def test_a_status_that_was_lost_is_taken_away_when_somebody_presses_its_button(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        house.chat.abilities_now = replace(CHAT_ABILITIES, finds_posted=False)
        house.painter.may_paint.clear()
        await house.chat.say("/imagine one")
        await house.chat.until_said("status-price")
        await house.chat.say("/imagine two", author=BOB)
        lost = await house.chat.until_said("status-price", times=2)
        token, text = house.chat.action(lost, Verb.CANCEL).token, house.chat.said[lost]
        house.painter.may_paint.set()
        await delivery_of(house, RequestId(2))
        await house.chat.until(lambda: lost not in house.chat.said)
        await house.chat.put(lost, text)  # as it stands where nobody remembered it
        await house.chat.send_token(token, lost, author=BOB)
        await house.chat.until(lambda: lost not in house.chat.said)
        assert keys_of(house.chat.told[-1]) == ["cancel-too-late"]


async def test_a_status_there_is_no_room_for_is_a_sign_and_the_picture_comes_alone(tmp_path: Path) -> None:
    chat = StrictChat()
    chat.fails_on = {"status-asked": Dropped(), "status-next": Dropped(), "status-painting": Dropped()}
    async with open_house(tmp_path, chat=chat) as house:
        house.painter.may_paint.clear()
        await chat.say("/imagine a fox")
        await chat.until(lambda: chat.refused >= 3)  # it is tried again, and nothing is shown again
        house.painter.may_paint.set()
        shown = await until_arrived(house)
        await chat.until(lambda: bool(chat.taken_back))
        assert not only(chat, shown)
        assert (len(chat.acknowledged), len(chat.taken_back)) == (1, 1)


async def test_where_a_chat_has_closed_the_member_gets_it_alone(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        house.chat.has_private = True
        await painting(house)
        house.chat.faults.append(Forbidden())
        house.painter.may_paint.set()
        await until_arrived(house)
        assert house.chat.parts == [key for key in house.chat.parts if key.endswith("-private")]


async def test_where_nothing_leads_to_the_member_it_is_kept_and_the_status_goes(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        await painting(house)
        house.chat.faults.append(Forbidden())
        house.painter.may_paint.set()
        assert await delivery_of(house, FIRST) is DeliveryState.UNDELIVERABLE
        await house.chat.until(lambda: not house.chat.saying("status-painting"))
        assert [keys_of(message)[0] for message in house.chat.said.values()] == ["picture-waits"]


async def test_an_outcome_that_took_long_is_to_be_noticed(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        await painting(house)
        house.clock.advance(seconds=16)
        house.painter.may_paint.set()
        assert house.chat.said[await until_arrived(house)].notifies
        await house.chat.say("/imagine a hen")
        assert not house.chat.said[await until_arrived(house, RequestId(2))].notifies


async def test_help_is_told_once_a_minute_where_all_read_along(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        for _ in range(3):
            await house.chat.say("/help")
        assert (len(house.chat.said), len(house.chat.acknowledged)) == (1, 2)
        house.clock.advance(seconds=60)
        await house.chat.say("/help", author=BOB)
        assert len(house.chat.said) == 2


async def painting(house: House) -> None:
    house.painter.may_paint.clear()
    await house.chat.say("/imagine a fox")
    await house.chat.until_said("status-painting")
