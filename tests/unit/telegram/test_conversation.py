"""What the Telegram conversation says, as it stands in the simulated chat."""

import asyncio
import time

import pytest

from adapters.telegram.chat_platform import TelegramPlatform
from adapters.telegram.chat_ref import ChatRef
from adapters.telegram.conversation import TelegramConversation
from bot.domain.chat import Quoted, Sentence
from bot.domain.errors import Dropped, Forbidden
from tests.fakes.parts import MemoryParts
from tests.fakes.pictures import MemoryPictures
from tests.simulators.telegram import faults
from tests.simulators.telegram.api import TelegramSimulator
from tests.simulators.telegram.chats.people import Person
from tests.simulators.telegram.refusals import bad_request
from tests.simulators.telegram.room import Room
from tests.tokens import AN_ID
from tests.unit.telegram.drawn import drawn
from tests.unit.telegram.platforms import conversation_in, kept, outgoing, said
from tests.unit.telegram.told import AGAIN, PAINTING, member, ref_of


async def test_a_status_stands_in_the_chat_with_its_button_in_answer_to_the_request(
    simulator: TelegramSimulator, conversation: TelegramConversation, room: Room, ada: Person
) -> None:
    ref = ref_of(simulator, room.say(ada, "a fox"))
    posted = await conversation.post(said(Quoted("a fox"), actions=[AGAIN], in_reply_to=ref), key="k")
    assert (room.last.text, room.last.buttons) == ("a fox", ["Again"])
    assert ref_of(simulator, room.messages[room.last.reply_to or 0]) == ref
    assert room.last.keyboard[0][0]["callback_data"] == f"again:{AN_ID}"
    assert posted.ref == ref_of(simulator, room.last)


async def test_the_prompt_is_a_quotation_and_the_state_is_bold(conversation: TelegramConversation, room: Room) -> None:
    await conversation.post(
        said(
            Quoted("🦊 fox"),
            Sentence("status-cancelled"),
            Sentence("status-price", price=2, left=18),
            progress=PAINTING,
        ),
        key="k",
    )
    quoted, *_ = room.last.entities
    assert (quoted["type"], quoted["offset"], quoted["length"]) == ("blockquote", 0, 6)
    assert [one["type"] for one in room.last.entities] == ["blockquote", "bold", "italic"]
    assert "▰" not in room.last.text


async def test_a_status_makes_no_sound(conversation: TelegramConversation, room: Room) -> None:
    await conversation.post(said(progress=PAINTING, is_droppable=True), key="k")
    assert room.last.is_silent
    await conversation.post(said(), key="answer")
    assert not room.last.is_silent


async def test_whose_it_is_stands_on_it_where_others_read_along(
    simulator: TelegramSimulator, platform: TelegramPlatform, group: Room, room: Room, ada: Person
) -> None:
    for chat, text in ((room, "a fox"), (group, "Ada\na fox")):
        await conversation_in(platform, simulator, chat).post(said(Quoted("a fox"), requester=member(ada)), key="k")
        assert (chat.last.text, chat.last.mentions) == (text, [])


async def test_a_server_that_knows_no_instants_is_given_plain_times(
    simulator: TelegramSimulator, conversation: TelegramConversation, room: Room
) -> None:
    unknown = faults.Fault(answer=bad_request("can't parse MessageEntity: Unsupported type specified"))
    simulator.fail("sendMessage", unknown)
    await conversation.post(said(Quoted("a fox")), key="k")
    assert room.last.text == "a fox"


# What may be left out


async def test_statuses_take_no_turn_that_the_results_of_their_group_need(
    simulator: TelegramSimulator, platform: TelegramPlatform, group: Room, ada: Person
) -> None:
    """Thirty ask at once: none of them is shown a status, so that twenty results can come in the first minute."""
    conversation = conversation_in(platform, simulator, group)

    async def post(number: int) -> bool:
        try:
            await conversation.post(said(progress=PAINTING, is_droppable=True), key=f"request-{number}")
        except Dropped:
            return False
        return True

    assert not any(await asyncio.gather(*map(post, range(30))))
    assert simulator.calls_of("sendMessage") == []
    for number in range(3):
        await conversation.deliver(said(), key=f"request-{number}-outcome", parts=MemoryParts())
    assert len(group.by(simulator.bot)) == 3


async def test_what_was_heard_in_a_group_is_counted_on_until_it_is_answered(
    simulator: TelegramSimulator, platform: TelegramPlatform, group: Room, ada: Person
) -> None:
    """Before anything is posted: where there is much to do, one request may be worked on long after another."""
    conversation = conversation_in(platform, simulator, group)
    asked = [ref_of(simulator, group.say(ada, f"/imagine fox number {number}")) for number in range(20)]
    for ref in asked:
        conversation.expect_answer(ref)
    with pytest.raises(Dropped):
        await conversation.post(said(progress=PAINTING, is_droppable=True, in_reply_to=asked[0]), key="request-0")
    for ref in asked[:5]:
        await conversation.deliver(said(in_reply_to=ref), key=f"outcome-{ref}", parts=MemoryParts())
    assert len(group.by(simulator.bot)) == 5


async def test_one_who_asks_in_a_group_is_shown_a_status(
    simulator: TelegramSimulator, platform: TelegramPlatform, group: Room
) -> None:
    await conversation_in(platform, simulator, group).post(said(progress=PAINTING, is_droppable=True), key="request-1")
    assert len(group.by(simulator.bot)) == 1


async def test_a_status_is_left_out_where_telegram_asks_us_to_wait(
    simulator: TelegramSimulator, conversation: TelegramConversation, room: Room
) -> None:
    status = await conversation.post(said(progress=PAINTING), key="k")
    simulator.fail("editMessageText", faults.too_many(30))
    for _ in range(2):
        with pytest.raises(Dropped):
            await conversation.edit(status.ref, said(Quoted("a fox"), progress=PAINTING, is_droppable=True))
    assert len(simulator.calls_of("editMessageText")) == 1


async def test_what_was_refused_only_just_is_sent_again_soon(
    simulator: TelegramSimulator, conversation: TelegramConversation, room: Room
) -> None:
    simulator.fail("sendMessage", faults.too_many(1))
    began = time.monotonic()
    await conversation.post(said(Quoted("a fox")), key="k")
    assert [call.status for call in simulator.calls_of("sendMessage")] == [429, 200]
    assert time.monotonic() - began >= 1


async def test_a_hundred_who_ask_for_help_in_private_are_all_answered(
    simulator: TelegramSimulator, platform: TelegramPlatform
) -> None:
    """Answer them all, although that takes longer than an answer in a group would wait."""
    rooms = [simulator.private(simulator.person(f"Member {number}")) for number in range(150)]
    conversations = [conversation_in(platform, simulator, room) for room in rooms]
    await asyncio.gather(*(each.post(said(is_droppable=True), key="help") for each in conversations))
    assert all(room.by(simulator.bot) for room in rooms)


# Changes


async def test_a_picture_that_stands_keeps_it_when_its_words_change(
    simulator: TelegramSimulator, conversation: TelegramConversation, room: Room, pictures: MemoryPictures
) -> None:
    picture = await kept(pictures, drawn())
    posted = await conversation.deliver(said(pictures=[outgoing(picture, picture)]), key="k", parts=MemoryParts())
    await conversation.edit(posted.ref, said(Quoted("a fox"), pictures=[outgoing(picture, picture)], actions=[AGAIN]))
    assert room.last.photo
    assert (room.last.text, room.last.buttons) == ("a fox", ["Again"])
    assert simulator.calls_of("editMessageMedia") == []


async def test_what_is_older_than_two_days_can_be_changed_but_not_deleted(
    platform: TelegramPlatform, conversation: TelegramConversation, room: Room
) -> None:
    status = await conversation.post(said(), key="k")
    room.last.body["date"] -= 48 * 3600
    with pytest.raises(Forbidden):
        await conversation.delete(status.ref)
    await conversation.edit(status.ref, said(Quoted("it is over")))
    assert room.last.text == "it is over"


# Other places


async def test_a_member_of_a_group_has_a_private_chat_with_us(
    simulator: TelegramSimulator, platform: TelegramPlatform, group: Room, room: Room, ada: Person
) -> None:
    near = conversation_in(platform, simulator, group).address
    private = platform.private(member(ada), near)
    assert private is not None
    await private.post(said(Quoted("a fox")), key="k")
    assert room.last.text == "a fox"
    assert platform.private(member(ada), private.address) is None


async def test_who_has_never_opened_their_chat_with_us_has_closed_nothing(
    simulator: TelegramSimulator, platform: TelegramPlatform, group: Room
) -> None:
    private = platform.private(member(simulator.person("Bob")), ChatRef(bot_id=simulator.bot.id, chat_id=-1).address)
    assert private is not None
    with pytest.raises(Forbidden) as caught:
        await private.post(said(), key="k")
    assert type(caught.value) is Forbidden
