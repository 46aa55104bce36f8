import pytest

from adapters.web.conversation import WebConversation
from adapters.web.live import Bell
from adapters.web.translate import name_at, to_picture_ref
from bot.application.answers import Answers
from bot.domain.chat import MessageRef, OutgoingMessage, PictureRef, Sentence
from bot.domain.errors import Gone
from bot.ports import PlatformServices
from bot.wiring.clock import SystemClock
from tests.fakes import MemoryPictures, MemoryTranscript, PlainTexts
from tests.page_core import draw


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
