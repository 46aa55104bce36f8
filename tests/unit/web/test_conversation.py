from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest

from adapters.web.conversation import WebConversation
from adapters.web.live import Bell
from adapters.web.translate import SentMessage, name_at, to_picture_ref
from bot.application.intake.answers import Answers
from bot.domain.chat import MessageRef, OutgoingMessage, PictureRef, Sentence
from bot.domain.errors import Gone, StoreUnavailable, Unavailable
from bot.ports import Change, PlatformServices, Said, Send
from bot.wiring.clock import SystemClock
from tests.fakes.pictures import MemoryPictures
from tests.fakes.texts import PlainTexts
from tests.fakes.transcript import MemoryTranscript
from tests.page.core import draw


@pytest.fixture
def services() -> PlatformServices:
    return PlatformServices(
        texts=PlainTexts(),
        menu=(),
        language="en",
        bot_name="Plantain",
        transcript=MemoryTranscript(),
        pictures=MemoryPictures(),
        answers=Answers(SystemClock()),
        links=None,
        load_secret=str,
        announce=lambda _: None,
    )


def saying(key: str) -> OutgoingMessage:
    return OutgoingMessage(lines=(Sentence(key),), language="en")


async def test_the_same_key_twice_is_one_message_that_shows_what_was_said_last(services: PlatformServices) -> None:
    conversation = WebConversation("local", services, Bell())

    first = (await conversation.post(saying("one"), key="k")).ref
    second = (await conversation.post(saying("two"), key="k")).ref

    entries = await services.transcript.read_after("local", 0, limit=10)
    assert first == second
    assert [entry.body and entry.body["lines"][0][0]["text"] for entry in entries] == ["two"]


async def test_an_edit_keeps_when_it_was_first_said(services: PlatformServices) -> None:
    conversation = WebConversation("local", services, Bell())
    ref = (await conversation.post(saying("one"), key="k")).ref
    before = await services.transcript.find("local", ref)

    await conversation.edit(ref, saying("two"))

    after = await services.transcript.find("local", ref)
    assert before is not None
    assert before.body is not None
    assert after is not None
    assert after.body is not None
    assert (after.position, after.body["at"]) == (before.position, before.body["at"])
    assert after.body["lines"][0][0]["text"] == "two"


async def test_an_equal_edit_changes_nothing_and_wakes_nobody(services: PlatformServices) -> None:
    bell = Bell()
    conversation = WebConversation("local", services, bell)
    ref = (await conversation.post(saying("one"), key="k")).ref
    before, ring = await services.transcript.find("local", ref), bell.next_ring

    await conversation.edit(ref, saying("one"))

    assert await services.transcript.find("local", ref) == before
    assert not ring.is_set()


async def test_editing_what_is_not_there_says_so(services: PlatformServices) -> None:
    conversation = WebConversation("local", services, Bell())
    ref = (await conversation.post(saying("one"), key="k")).ref
    await conversation.delete(ref)

    with pytest.raises(Gone):
        await conversation.edit(ref, saying("two"))
    with pytest.raises(Gone):
        await conversation.edit(MessageRef("b:never"), saying("two"))


async def test_taking_away_what_is_gone_already_is_no_fault(services: PlatformServices) -> None:
    conversation = WebConversation("local", services, Bell())
    ref = (await conversation.post(saying("one"), key="k")).ref

    await conversation.delete(ref)
    await conversation.delete(ref)

    said = await services.transcript.find("local", ref)
    assert said is not None
    assert said.body is None


async def test_a_picture_is_read_by_its_reference(services: PlatformServices) -> None:
    png = draw(64, 64)
    async with services.pictures.new_file() as file:
        await file.write(png)
        kept = await file.finish()
    conversation = WebConversation("local", services, Bell())

    read = b"".join([piece async for piece in conversation.open_picture(to_picture_ref(kept.sha256))])

    assert read == png


async def test_a_picture_we_do_not_keep_is_gone(services: PlatformServices) -> None:
    conversation = WebConversation("local", services, Bell())

    with pytest.raises(Gone):
        await anext(aiter(conversation.open_picture(PictureRef("sha256:" + "0" * 64))))


async def test_a_conversation_is_the_same_when_it_is_made_again_from_its_address(services: PlatformServices) -> None:
    bell = Bell()
    live = WebConversation("local", services, bell)
    ref = (await live.post(saying("one"), key="k")).ref

    await WebConversation(name_at(live.address), services, bell).edit(ref, saying("two"))

    said = await services.transcript.find("local", ref)
    assert said is not None
    assert said.body is not None
    assert said.body["lines"][0][0]["text"] == "two"


class Parts:
    """The parts of one outcome, as rows would keep them; with `forgets`, what leaves is not written down."""

    def __init__(self) -> None:
        self.refs: dict[str, Sequence[MessageRef]] = {}
        self.forgets = False

    def begun_at(self, part: str) -> datetime | None:
        return None

    async def once(self, part: str, send: Send) -> Sequence[MessageRef]:
        if part in self.refs:
            return self.refs[part]
        sent = await send()
        if not self.forgets:
            self.refs[part] = sent
        return sent


async def shown(services: PlatformServices) -> dict[str, str]:
    """Return the words of every entry that a page shows."""
    said = await services.transcript.read_after("local", 0, limit=10)
    return {one.key: one.body["lines"][0][0]["text"] for one in said if one.body and one.body.get("isTaken", True)}


async def test_a_status_becomes_the_outcome_and_open_pages_hear_of_it(services: PlatformServices) -> None:
    bell = Bell()
    conversation = WebConversation("local", services, bell)
    status = (await conversation.post(saying("painting"), key="request-x")).ref
    ring = bell.next_ring

    posted = await conversation.deliver(saying("done"), key="request-x-outcome", parts=Parts(), status=status)

    assert posted.ref == status
    assert await shown(services) == {"b:request-x": "done"}
    assert ring.is_set()


@pytest.mark.parametrize("has_status", [True, False])
async def test_an_outcome_whose_leaving_was_not_written_down_arrives_once(
    services: PlatformServices, *, has_status: bool
) -> None:
    parts, conversation = Parts(), WebConversation("local", services, Bell())
    status = (await conversation.post(saying("painting"), key="request-x")).ref if has_status else None
    parts.forgets = True
    first = await conversation.deliver(saying("done"), key="outcome", parts=parts, status=status)
    parts.forgets = False
    second = await conversation.deliver(saying("done"), key="outcome", parts=parts, status=status)
    third = await conversation.deliver(saying("never"), key="outcome", parts=parts, status=status)

    assert first == second == third
    assert list((await shown(services)).values()) == ["done"]


async def test_an_outcome_whose_status_was_taken_away_is_an_entry_of_its_own_once(services: PlatformServices) -> None:
    parts, conversation = Parts(), WebConversation("local", services, Bell())
    status = (await conversation.post(saying("painting"), key="request-x")).ref
    await conversation.delete(status)
    parts.forgets = True

    for _ in range(2):
        await conversation.deliver(saying("done"), key="outcome", parts=parts, status=status)

    assert await shown(services) == {"b:outcome": "done"}


async def test_signs_of_life_are_no_entries(services: PlatformServices) -> None:
    conversation = WebConversation("local", services, Bell())
    await conversation.show_activity()
    await conversation.acknowledge(MessageRef("m:12345678"))

    assert await shown(services) == {}


class LockedTranscript(MemoryTranscript):
    """A transcript that cannot be written."""

    async def append(self, conversation: str, key: str, body: Mapping[str, Any]) -> Said:
        raise StoreUnavailable("locked")

    async def change(self, conversation: str, key: str, change: Change) -> Said | None:
        raise StoreUnavailable("locked")

    async def replace(self, conversation: str, key: str, body: Mapping[str, Any] | None) -> Said | None:
        raise StoreUnavailable("locked")


async def test_a_locked_store_is_a_platform_that_takes_nothing_now(services: PlatformServices) -> None:
    conversation = WebConversation("local", replace(services, transcript=LockedTranscript()), Bell())

    for action in (
        conversation.post(saying("one"), key="k"),
        conversation.edit(MessageRef("b:k"), saying("one")),
        conversation.delete(MessageRef("b:k")),
        conversation.deliver(saying("one"), key="k", parts=Parts(), status=MessageRef("b:k")),
    ):
        with pytest.raises(Unavailable):
            await action


async def test_whatever_answers_a_message_shows_that_it_was_taken(services: PlatformServices) -> None:
    conversation = WebConversation("local", services, Bell())
    await conversation.keep(SentMessage(key="12345678", text="a fox", reply_to=None))
    assert await shown(services) == {}

    await conversation.post(replace(saying("waiting"), in_reply_to=MessageRef("m:12345678")), key="k")

    assert await shown(services) == {"m:12345678": "a fox", "b:k": "waiting"}


class CountingTranscript(MemoryTranscript):
    """A transcript that counts the changes asked of it."""

    changes = 0

    async def change(self, conversation: str, key: str, change: Change) -> Said | None:
        self.changes += 1
        return await super().change(conversation, key, change)


async def test_a_message_that_is_shown_already_is_not_written_again_for_each_answer(services: PlatformServices) -> None:
    transcript = CountingTranscript()
    conversation = WebConversation("local", replace(services, transcript=transcript), Bell())
    sent = SentMessage(key="12345678", text="a fox", reply_to=None)
    await conversation.keep(sent)

    await conversation.post(replace(saying("one"), in_reply_to=MessageRef("m:12345678")), key="a")
    await conversation.take(sent)
    await conversation.post(replace(saying("two"), in_reply_to=MessageRef("m:12345678")), key="b")

    assert transcript.changes == 1
