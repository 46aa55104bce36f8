"""What the Telegram conversation says, as it stands in the simulated chat."""

import asyncio
import time
from datetime import UTC, datetime

import pytest

from adapters.telegram.chat_platform import TelegramPlatform
from adapters.telegram.chat_ref import ChatRef
from adapters.telegram.conversation import TelegramConversation
from bot.domain.chat import Action, Member, MessageRef, Phase, Progress, Quoted, Sentence, Verb
from bot.domain.errors import Dropped, Forbidden, RateLimited
from tests.fakes import MemoryPictures
from tests.parts import MemoryParts
from tests.simulators.telegram import faults
from tests.simulators.telegram.api import TelegramSimulator
from tests.simulators.telegram.chats.messages import Message
from tests.simulators.telegram.chats.people import Person
from tests.simulators.telegram.refusals import bad_request
from tests.simulators.telegram.room import Room
from tests.tokens import AN_ID
from tests.unit.telegram.drawn import drawn
from tests.unit.telegram.platforms import conversation_in, kept, outgoing, said

AGAIN = Action(verb=Verb.AGAIN, target=AN_ID, label=Sentence("action-again"))
PAINTING = Progress(phase=Phase.PAINTING, since=datetime(2026, 11, 28, tzinfo=UTC), expected_seconds=40)


def ref_of(simulator: TelegramSimulator, message: Message) -> MessageRef:
    return MessageRef(f"{simulator.bot.id}:{message.chat_id}:{message.id}")


def member(person: Person) -> Member:
    return Member(platform="telegram", id=str(person.id), name=person.first_name, language="en")


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
        await conversation_in(platform, simulator, chat).post(said(Quoted("a fox"), owner=member(ada)), key="k")
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
    """That takes longer than an answer in a group would wait."""
    rooms = [simulator.private(simulator.person(f"Member {number}")) for number in range(150)]
    conversations = [conversation_in(platform, simulator, room) for room in rooms]
    await asyncio.gather(*(each.post(said(is_droppable=True), key="help") for each in conversations))
    assert all(room.by(simulator.bot) for room in rooms)


# Signs of life


async def test_the_first_sign_waits_for_no_turn(
    simulator: TelegramSimulator, platform: TelegramPlatform, ada: Person
) -> None:
    forum = simulator.supergroup("Painters", ada, is_forum=True)
    topic = forum.open_topic("Foxes", by=ada)
    conversation = conversation_in(platform, simulator, forum, topic)
    simulator.fail("sendMessage", faults.HANG_BEFORE, times=None)
    waiting = [asyncio.create_task(conversation.post(said(), key=str(number))) for number in range(5)]
    await simulator.until(lambda: len(simulator.calls_of("sendMessage")) == 3)
    await conversation.show_activity()
    assert [(one.action, one.thread_id) for one in forum.actions] == [("upload_photo", topic.id)]
    for task in waiting:
        task.cancel()
    await asyncio.wait(waiting)


async def test_a_sign_that_comes_too_fast_is_left_out_and_closes_no_chat(
    simulator: TelegramSimulator, platform: TelegramPlatform, group: Room, ada: Person
) -> None:
    conversation = conversation_in(platform, simulator, group)
    simulator.fail("sendChatAction", faults.too_many(30))
    simulator.fail("setMessageReaction", faults.too_many(30))
    with pytest.raises(Dropped):
        await conversation.show_activity()
    with pytest.raises(Dropped):
        await conversation.acknowledge(ref_of(simulator, group.say(ada, "/imagine a fox")))
    assert len(simulator.calls_of("sendChatAction")) == 1
    await conversation.post(said(), key="k")
    assert group.last.author_id == simulator.bot.id


async def test_what_is_shown_already_is_not_shown_again_in_the_same_chat(
    simulator: TelegramSimulator, platform: TelegramPlatform, ada: Person
) -> None:
    forum = simulator.supergroup("Painters", ada, is_forum=True)
    topics = [forum.open_topic(name, by=ada) for name in ("Foxes", "Owls")]
    for topic in topics * 3:
        await conversation_in(platform, simulator, forum, topic).show_activity()
    assert [one.thread_id for one in forum.actions] == [topic.id for topic in topics]


@pytest.mark.parametrize("available", [None, {"👀", "👍"}])
async def test_what_was_understood_is_looked_at(
    simulator: TelegramSimulator, platform: TelegramPlatform, group: Room, ada: Person, available: set[str] | None
) -> None:
    group.available_reactions = available
    asked = group.say(ada, "/imagine a fox")
    conversation = conversation_in(platform, simulator, group)
    await conversation.acknowledge(ref_of(simulator, asked))
    assert (asked.reactions, group.actions) == (["👀"], [])
    await conversation.take_back_acknowledgement(ref_of(simulator, asked))
    assert asked.reactions == []


async def test_too_many_reactions_hold_up_no_message(
    simulator: TelegramSimulator, platform: TelegramPlatform, group: Room, ada: Person
) -> None:
    asked, conversation = group.say(ada, "/imagine a fox"), conversation_in(platform, simulator, group)
    await conversation.acknowledge(ref_of(simulator, asked))
    simulator.fail("setMessageReaction", faults.too_many(30))
    with pytest.raises(RateLimited):
        await conversation.take_back_acknowledgement(ref_of(simulator, asked))
    async with asyncio.timeout(5):
        await conversation.post(said(), key="k")


async def test_in_private_that_something_is_done_is_sign_enough(
    simulator: TelegramSimulator, conversation: TelegramConversation, room: Room, ada: Person
) -> None:
    asked = room.say(ada, "a fox")
    await conversation.acknowledge(ref_of(simulator, asked))
    await conversation.take_back_acknowledgement(ref_of(simulator, asked))
    assert (simulator.calls_of("setMessageReaction"), len(room.actions)) == ([], 1)


async def test_eyes_on_a_message_that_is_gone_are_gone_with_it(
    simulator: TelegramSimulator, platform: TelegramPlatform, group: Room, ada: Person
) -> None:
    asked, conversation = group.say(ada, "/imagine a fox"), conversation_in(platform, simulator, group)
    await conversation.acknowledge(ref_of(simulator, asked))
    group.remove(asked)
    await conversation.take_back_acknowledgement(ref_of(simulator, asked))
    assert asked.reactions == ["👀"]  # as it was when it went


async def test_where_no_eyes_may_be_shown_that_something_is_done_is(
    simulator: TelegramSimulator, platform: TelegramPlatform, group: Room, ada: Person
) -> None:
    group.available_reactions = {"👍"}
    asked = group.say(ada, "/imagine a fox")
    conversation = conversation_in(platform, simulator, group)
    await conversation.acknowledge(ref_of(simulator, asked))
    assert simulator.calls_of("setMessageReaction") == []
    await conversation.acknowledge(None)
    assert len(group.actions) == 1


async def test_where_no_reaction_is_allowed_that_something_is_done_is_shown(
    simulator: TelegramSimulator, platform: TelegramPlatform, group: Room, ada: Person
) -> None:
    group.available_reactions = set()
    asked = group.say(ada, "/imagine a fox")
    await conversation_in(platform, simulator, group).acknowledge(ref_of(simulator, asked))
    assert (asked.reactions, len(group.actions)) == ([], 1)


async def test_a_message_that_is_gone_is_acknowledged_otherwise(
    simulator: TelegramSimulator, conversation: TelegramConversation, room: Room, ada: Person
) -> None:
    asked = room.say(ada, "a fox")
    room.remove(asked)
    await conversation.acknowledge(ref_of(simulator, asked))
    assert len(room.actions) == 1


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
