"""How requests end where a chat, a disk or a stop gets in the way."""

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from bot.domain.chat import MessageRef, OutgoingMessage, PictureRef, Verb
from bot.domain.errors import ClosedByMember, Forbidden, Gone, MaybeDelivered, RateLimited, TooLarge, Unavailable
from bot.domain.image_faults import EndpointBusy
from bot.domain.requests.requests import DeliveryState, RequestId
from tests.fakes.chat import BOB, CHAT_ABILITIES, FakeChat
from tests.unit.application.house import delivery_of, open_house, png

FIRST = RequestId(1)
SENT_IN = PictureRef("sent-in")


@pytest.mark.parametrize(
    ("faults", "state", "left"),
    [
        ([Unavailable(), Unavailable()], DeliveryState.SENT, 18),
        ([RateLimited(7.0)], DeliveryState.SENT, 18),
        ([MaybeDelivered()], DeliveryState.UNCERTAIN, 18),
        ([Gone()], DeliveryState.SENT, 18),
        ([TooLarge()], DeliveryState.UNDELIVERABLE, 18),  # it cannot be made any smaller
        ([Forbidden()], DeliveryState.UNDELIVERABLE, 20),  # the chat is at fault
        ([ClosedByMember()], DeliveryState.UNDELIVERABLE, 18),
    ],
)
async def test_a_finished_picture_is_delivered_as_far_as_the_platform_allows(
    tmp_path: Path, faults: list[Exception], state: DeliveryState, left: int
) -> None:
    async with open_house(tmp_path) as house:
        house.painter.may_paint.clear()
        await house.chat.say("/imagine a fox")
        await house.chat.until_said("status-painting")
        house.chat.faults.extend(faults)  # type: ignore[arg-type]  # parametrize widens the list's type
        house.painter.may_paint.set()
        assert await delivery_of(house, FIRST) is state
        assert len(house.painter.orders) == 1
        assert await house.credits_left() == left
        if isinstance(faults[0], RateLimited):
            assert 7.0 in house.clock.slept


async def test_an_outcome_that_was_a_status_stays_where_its_place_could_not_be_written_down(tmp_path: Path) -> None:
    chat = FakeChat()
    async with open_house(tmp_path, chat=chat, refusing={"delivered": 1}) as house:
        house.painter.may_paint.clear()
        await chat.say("/imagine one")
        await chat.until_said("status-painting")
        await chat.say("/imagine two")
        waiting = await chat.until_said("status-next")
        await chat.press(waiting, Verb.CANCEL)
        assert await delivery_of(house, RequestId(2)) is DeliveryState.SENT
        assert (await house.store.view(RequestId(2))).status_ref is None
    async with open_house(tmp_path, chat=chat):
        pass
    assert waiting in chat.said


async def test_a_stop_lets_the_picture_arrive(tmp_path: Path) -> None:
    chat = FakeChat()
    async with open_house(tmp_path, chat=chat) as house:
        house.painter.may_paint.clear()
        await chat.say("/imagine a fox")
        await chat.until_said("status-painting")
    assert any(message.pictures for message in chat.said.values())


async def test_a_stop_without_grace_puts_back_nothing_that_has_left(tmp_path: Path) -> None:
    async with open_house(tmp_path, jobs={"most_at_once": 1, "grace_seconds": 0}) as house:
        house.painter.may_paint.clear()
        await house.chat.say("/imagine one")
        await house.chat.until_said("status-painting")
        await house.chat.say("/imagine two")
        store = house.store
        await house.chat.until_said("status-next")
        queue = await store.queue()
        assert (len(queue.painting), len(queue.waiting)) == (1, 1)


@pytest.mark.parametrize(
    "failing",
    ["claim", "mark_request_sent", "painted", "view", "status_posted", "delivered", "keep_source"],
)
async def test_a_disk_that_is_full_for_a_while_costs_nobody_a_picture(tmp_path: Path, failing: str) -> None:
    async with open_house(tmp_path, failing=[failing]) as house:
        house.chat.pictures = {SENT_IN: png("blue")}
        await house.chat.say("/edit make it night", pictures=(SENT_IN,))
        await house.chat.until_shown()
        assert await house.credits_left() == 18
        # Nothing may leave unmarked: then the job goes back and is taken again.
        assert len(house.painter.orders) == (2 if failing == "mark_request_sent" else 1)


async def test_a_release_that_fails_once_is_made_up_for(tmp_path: Path) -> None:
    async with open_house(tmp_path, failing=["failed"]) as house:
        house.painter.faults.append(EndpointBusy("HTTP 503 from the endpoint"))
        await house.chat.say("/imagine a fox")
        await house.chat.until_said("fault-busy")
        assert await house.credits_left() == 20


async def test_an_old_event_that_comes_once_more_posts_nothing_again(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        await house.chat.say("/imagine a fox", key="update-7")
        shown = await house.chat.until_shown()
        assert await delivery_of(house, FIRST) is DeliveryState.SENT
        house.chat.said.pop(shown)  # whatever is posted now would be seen
        await house.chat.say("/imagine a fox", key="update-7")
        await house.chat.say("/credits")
        await house.chat.until_said("credits-left")
        assert len(house.chat.said) == 1


async def test_a_platform_that_cannot_answer_for_a_moment_still_gets_the_picture(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        # Asked before acceptance, then by the delivery: more often than anything else wakes it.
        house.chat.abilities_faults.extend([None, *(Unavailable() for _ in range(8))])
        await house.chat.say("/imagine a fox")
        await house.chat.until_shown()
        assert await delivery_of(house, FIRST) is DeliveryState.SENT


async def test_what_may_not_have_arrived_is_sent_again_when_the_member_asks(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        house.painter.may_paint.clear()
        await house.chat.say("/imagine a fox")
        await house.chat.until_said("status-painting")
        house.chat.faults.append(MaybeDelivered())
        house.painter.may_paint.set()
        asked = await house.chat.until_said("result-uncertain")
        await house.chat.press(asked, Verb.SEND, author=BOB)
        await house.chat.until_said("send-not-yours")
        await house.chat.press(asked, Verb.SEND)
        await house.chat.until_shown()
        assert await delivery_of(house, FIRST) is DeliveryState.SENT
        await house.chat.press(asked, Verb.SEND)
        await house.chat.until_said("send-not-needed")
        assert (len(house.painter.orders), await house.credits_left()) == (1, 18)


@pytest.mark.parametrize(("made", "lost"), [(1, 1), (2, 1)])
async def test_what_is_not_kept_any_more_is_said_when_it_is_to_be_sent_again(
    tmp_path: Path, made: int, lost: int
) -> None:
    async with open_house(tmp_path) as house:
        house.painter.further_pictures = [png("blue")] * (made - 1)
        house.painter.may_paint.clear()
        await house.chat.say("/imagine a fox")
        await house.chat.until_said("status-painting")
        house.chat.faults.append(MaybeDelivered())
        house.painter.may_paint.set()
        asked = await house.chat.until_said("result-uncertain")
        for result in (await house.store.view(FIRST)).results[:lost]:
            async with house.files.local_file(result.picture.sha256) as path:
                path.unlink()
        await house.chat.press(asked, Verb.SEND)
        said = house.chat.said[await house.chat.until_said("result-not-kept")]
        assert len(said.pictures) == made - lost
        assert await delivery_of(house, FIRST) is DeliveryState.SENT


async def test_a_status_that_may_stand_there_is_not_posted_twice(tmp_path: Path) -> None:
    chat = LosingChat()
    chat.abilities_now = replace(CHAT_ABILITIES, finds_posted=False)
    async with open_house(tmp_path, chat=chat) as house:
        house.painter.may_paint.clear()
        await chat.say("/imagine a fox")
        await chat.until(lambda: chat.lost == 1)
        house.painter.may_paint.set()
        await chat.until_shown()
        assert (chat.lost, len(chat.said)) == (1, 1)


class LosingChat(FakeChat):
    """A chat whose answers to statuses are lost."""

    lost = 0

    async def put(self, ref: MessageRef, message: OutgoingMessage) -> None:
        if message.progress is not None:
            self.lost += 1
            async with self._changed:
                self._changed.notify_all()
            raise MaybeDelivered
        await super().put(ref, message)


async def test_where_we_may_not_speak_any_more_what_waits_is_ended_unpaid(tmp_path: Path) -> None:
    chat = ClosingChat()
    async with open_house(tmp_path, chat=chat) as house:
        house.painter.may_paint.clear()
        await chat.say("/imagine one")
        await chat.until_said("status-painting")
        chat.is_closed = True
        await chat.say("/imagine two", author=BOB)
        second = RequestId(2)
        assert await delivery_of(house, second) is DeliveryState.UNDELIVERABLE
        assert await house.credits_left("bob") == 20
        house.painter.may_paint.set()
        assert await delivery_of(house, FIRST) is DeliveryState.UNDELIVERABLE
        assert await house.credits_left() == 20  # it was being painted: it is kept, and the chat is at fault


async def test_a_closed_chat_is_not_posted_to_again_and_again_while_a_picture_is_painted(tmp_path: Path) -> None:
    chat = ClosingChat()
    chat.is_closed, chat.abilities_now = True, replace(CHAT_ABILITIES, finds_posted=False)
    async with open_house(tmp_path, chat=chat) as house:
        house.painter.may_paint.clear()
        await chat.say("/imagine a {red,blue} fox")
        await chat.until(lambda: chat.refused > 0)
        await asyncio.sleep(0.3)  # in a loop without a pause, these are dozens of posts
        assert chat.refused == 1
        assert len(house.painter.orders) == 1  # the other picture was not painted: nobody would see it


class ClosingChat(FakeChat):
    """A chat that we are thrown out of."""

    is_closed = False
    refused = 0  # how often we tried to post after that

    async def put(self, ref: MessageRef, message: OutgoingMessage) -> None:
        if self.is_closed:
            async with self._changed:
                self.refused += 1
                self._changed.notify_all()
            raise Forbidden
        await super().put(ref, message)
