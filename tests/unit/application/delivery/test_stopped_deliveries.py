"""A stop while outcomes leave: what has begun goes on where it was, what has not stays due; and chats that change."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.application.delivery.parts import KeptParts
from bot.domain.chat import Address, MessageRef, OutgoingMessage, Posted
from bot.domain.errors import Dropped, Forbidden, Unavailable
from bot.domain.requests.requests import DeliveryState, KeptPart, RequestId
from bot.ports import Parts
from tests.fakes.chat import CHAT_ABILITIES, FakeChat
from tests.fakes.clock import FakeClock
from tests.fakes.conversation import FakeConversation
from tests.unit.application.house import House, delivery_of, open_house, until_arrived

FIRST = RequestId(1)
AT_ONCE = {"most_at_once": 1, "delivery_grace_seconds": 0}


class TwoPartChat(FakeChat):
    """A chat to which an outcome goes as its pictures and then its words; it takes what it is up for."""

    def __init__(self) -> None:
        super().__init__()
        self.takes = {"pictures", "words"}
        self.tried: list[str] = []

    def conversation(self, address: Address) -> FakeConversation:
        return _TwoParts(self, address)


class _TwoParts(FakeConversation):
    def __init__(self, chat: TwoPartChat, address: Address) -> None:
        super().__init__(chat, address)
        self._two = chat

    async def deliver(
        self, outcome: OutgoingMessage, *, key: str, parts: Parts, status: MessageRef | None = None
    ) -> Posted:
        refs: Sequence[MessageRef] = ()
        for part in ("pictures", "words"):

            async def send(part: str = part) -> Sequence[MessageRef]:
                self._two.tried.append(part)
                if part not in self._two.takes:
                    await self._two.show_activity()  # whoever waits looks again
                    raise Unavailable
                posted = await self.post(outcome, key=f"{key}-{part}")
                self._two.parts.append(part)
                return [posted.ref]

            refs = await parts.once(part, send)
        return Posted(ref=refs[0], conversation=self.key)


@pytest.mark.parametrize(
    ("takes", "before", "after"),
    [(set(), [], ["pictures", "words"]), ({"pictures"}, ["pictures"], ["words"])],
)
async def test_a_delivery_goes_on_after_a_stop_at_the_first_part_that_was_not_sent(
    tmp_path: Path, takes: set[str], before: list[str], after: list[str]
) -> None:
    chat = TwoPartChat()
    chat.takes = takes
    async with open_house(tmp_path, chat=chat, jobs=AT_ONCE) as house:
        await chat.say("/imagine a fox")
        lacking = "words" if takes else "pictures"
        await chat.until(lambda: lacking in chat.tried)
        assert (await house.store.view(FIRST)).delivery is DeliveryState.DUE
    assert chat.parts == before
    chat.takes = {"pictures", "words"}
    async with open_house(tmp_path, chat=chat, jobs=AT_ONCE) as house:
        await until_arrived(house)
        assert chat.parts == [*before, *after]
        assert len(house.painter.orders) == 0


class BreaksAfterwards(TwoPartChat):
    """A chat whose adapter fails when all parts have been taken."""

    is_broken = True
    failures = 0

    def conversation(self, address: Address) -> FakeConversation:
        return _BreaksAfterwards(self, address)


class _BreaksAfterwards(_TwoParts):
    async def deliver(
        self, outcome: OutgoingMessage, *, key: str, parts: Parts, status: MessageRef | None = None
    ) -> Posted:
        posted = await super().deliver(outcome, key=key, parts=parts, status=status)
        if isinstance(self._two, BreaksAfterwards) and self._two.is_broken:
            self._two.failures += 1
            await self._two.show_activity()  # whoever waits looks again
            raise Unavailable
        return posted


async def test_what_was_taken_is_not_sent_again_after_a_delivery_that_failed_at_its_end(tmp_path: Path) -> None:
    chat = BreaksAfterwards()
    async with open_house(tmp_path, chat=chat, jobs=AT_ONCE) as house:
        await chat.say("/imagine a fox")
        await chat.until(lambda: chat.failures > 1)
        assert (await house.store.view(FIRST)).delivery is DeliveryState.DUE
    chat.is_broken = False
    async with open_house(tmp_path, chat=chat, jobs=AT_ONCE) as house:
        assert await delivery_of(house, FIRST) is DeliveryState.SENT
        assert chat.parts == ["pictures", "words"]


async def test_what_was_taken_is_not_sent_again_although_the_store_refused_its_end(tmp_path: Path) -> None:
    chat = TwoPartChat()
    async with open_house(tmp_path, chat=chat, refusing={"delivered": 2}) as house:
        await chat.say("/imagine a fox")
        await house.chat.until_shown()
        assert await delivery_of(house, FIRST) is DeliveryState.SENT
    assert chat.tried == ["pictures", "words"]


class NoRows:
    """What a store does for parts, without rows."""

    async def begin_part(self, request: RequestId, part: str) -> None: ...

    async def part_taken(self, request: RequestId, part: str, refs: Sequence[MessageRef]) -> None: ...


async def sent() -> Sequence[MessageRef]:
    return [MessageRef("sent")]


@pytest.mark.parametrize("refs", [(MessageRef("album"),), None])
async def test_when_the_program_ends_only_what_has_begun_goes_on(refs: tuple[MessageRef, ...] | None) -> None:
    begun = {"album": KeptPart(begun_at=datetime(2026, 11, 28, tzinfo=UTC), refs=refs)}
    going_on = KeptParts(NoRows(), FIRST, begun, FakeClock(), may_begin=lambda: False)  # type: ignore[arg-type]  # two calls
    assert await going_on.once("words", sent) == (MessageRef("sent"),)
    new = KeptParts(NoRows(), FIRST, {}, FakeClock(), may_begin=lambda: False)  # type: ignore[arg-type]  # two calls
    with pytest.raises(Dropped):
        await new.once("words", sent)


class PhotolessChat(FakeChat):
    """A chat in which pictures are forbidden to be shown from some moment on, and files are not."""

    has_photos = True

    async def put(self, ref: MessageRef, message: OutgoingMessage) -> None:
        if not self.has_photos and any(picture.shown for picture in message.pictures):
            raise Forbidden("no photos here")
        await super().put(ref, message)


async def test_where_photos_are_forbidden_while_it_is_painted_it_comes_to_the_same_chat_as_a_file(
    tmp_path: Path,
) -> None:
    chat = PhotolessChat()
    async with open_house(tmp_path, chat=chat) as house:
        await _painting(house)
        chat.has_photos, chat.abilities_now = False, replace(CHAT_ABILITIES, shown=None)
        house.painter.may_paint.set()
        assert await delivery_of(house, FIRST) is DeliveryState.SENT
        shown = chat.said[await chat.until_shown()].pictures[0]
        assert (shown.as_file, shown.shown, await house.credits_left()) == (True, None, 18)
        assert chat.saying("result-original-kept") == chat.saying("picture-waits") == []


async def _painting(house: House) -> None:
    house.painter.may_paint.clear()
    await house.chat.say("/imagine a fox")
    await house.chat.until_said("status-painting")
