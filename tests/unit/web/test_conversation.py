from dataclasses import replace

import pytest

from adapters.web.conversation import WebConversation
from adapters.web.live import Bell
from adapters.web.translate import SentMessage
from bot.application.intake.answers import Answers
from bot.domain.chat import MessageRef, OutgoingMessage, PictureRef, Sentence
from bot.domain.errors import Gone
from bot.ports import Change, PlatformServices, Said
from bot.wiring.clock import SystemClock
from tests.fakes.parts import MemoryParts, ProcessEnded
from tests.fakes.pictures import MemoryPictures
from tests.fakes.texts import PlainTexts
from tests.fakes.transcript import MemoryTranscript


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


async def test_a_picture_we_do_not_keep_is_gone(services: PlatformServices) -> None:
    conversation = WebConversation("local", services, Bell())

    with pytest.raises(Gone):
        await anext(aiter(conversation.open_picture(PictureRef("sha256:" + "0" * 64))))


async def shown(services: PlatformServices) -> dict[str, str]:
    """Return the words of every entry that a page shows."""
    said = await services.transcript.read_after("local", 0, limit=10)
    return {one.key: one.body["lines"][0][0]["text"] for one in said if one.body and one.body.get("isTaken", True)}


async def test_a_status_becomes_the_outcome_and_open_pages_hear_of_it(services: PlatformServices) -> None:
    bell = Bell()
    conversation = WebConversation("local", services, bell)
    status = (await conversation.post(saying("painting"), key="request-x")).ref
    ring = bell.next_ring

    posted = await conversation.deliver(saying("done"), key="request-x-outcome", parts=MemoryParts(), status=status)

    assert posted.ref == status
    assert await shown(services) == {"b:request-x": "done"}
    assert ring.is_set()


@pytest.mark.parametrize("has_status", [True, False])
async def test_an_outcome_whose_leaving_was_not_written_down_arrives_once(
    services: PlatformServices, *, has_status: bool
) -> None:
    parts, conversation = MemoryParts(), WebConversation("local", services, Bell())
    status = (await conversation.post(saying("painting"), key="request-x")).ref if has_status else None
    parts.loses_next = True
    with pytest.raises(ProcessEnded):
        await conversation.deliver(saying("done"), key="outcome", parts=parts, status=status)
    second = await conversation.deliver(saying("done"), key="outcome", parts=parts, status=status)
    third = await conversation.deliver(saying("never"), key="outcome", parts=parts, status=status)

    assert second == third
    assert list((await shown(services)).values()) == ["done"]


async def test_an_outcome_whose_status_was_taken_away_is_an_entry_of_its_own_once(services: PlatformServices) -> None:
    parts, conversation = MemoryParts(), WebConversation("local", services, Bell())
    status = (await conversation.post(saying("painting"), key="request-x")).ref
    await conversation.delete(status)
    parts.loses_next = True
    with pytest.raises(ProcessEnded):
        await conversation.deliver(saying("done"), key="outcome", parts=parts, status=status)

    await conversation.deliver(saying("done"), key="outcome", parts=parts, status=status)

    assert await shown(services) == {"b:outcome": "done"}


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
