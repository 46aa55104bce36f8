"""What the Telegram adapter makes of each fault: as the core knows it, or as nothing at all."""

from pathlib import Path

import pytest
from aiohttp import (
    ConnectionTimeoutError,
    InvalidURL,
    ServerDisconnectedError,
    SocketTimeoutError,
)
from telegram.error import NetworkError, TimedOut

from adapters.telegram.chat_platform import TelegramPlatform
from adapters.telegram.conversation import TelegramConversation
from adapters.telegram.faults import BrokenLine, to_fault
from bot.domain.chat import MessageRef, PictureRef, Quoted
from bot.domain.errors import (
    ClosedByMember,
    Forbidden,
    Gone,
    MaybeDelivered,
    PlatformFault,
    RateLimited,
    TooLarge,
    Unavailable,
)
from tests.simulators.telegram import faults
from tests.simulators.telegram.api import TelegramSimulator
from tests.simulators.telegram.chats.people import Person
from tests.simulators.telegram.faults import Fault
from tests.simulators.telegram.refusals import bad_request
from tests.simulators.telegram.room import Room
from tests.unit.telegram.platforms import conversation_in, platform_for, said


def refusal(words: str) -> Fault:
    return Fault(answer=bad_request(words))


@pytest.mark.parametrize(
    "fault",
    [
        faults.KICKED,
        faults.WRITE_FORBIDDEN,
        faults.NO_PHOTOS,
        refusal("TOPIC_CLOSED"),
        refusal("chat not found"),
        refusal("need administrator rights in the channel chat"),
    ],
)
async def test_where_we_may_not_write_it_is_forbidden(
    simulator: TelegramSimulator, conversation: TelegramConversation, fault: Fault
) -> None:
    simulator.fail("sendMessage", fault)
    with pytest.raises(Forbidden) as caught:
        await conversation.post(said(), key="k")
    assert not isinstance(caught.value, ClosedByMember)


@pytest.mark.parametrize(
    "fault", [faults.BLOCKED, faults.DEACTIVATED, refusal("USER_IS_BLOCKED"), refusal("INPUT_USER_DEACTIVATED")]
)
async def test_a_door_that_a_member_has_closed_is_told_from_others(
    simulator: TelegramSimulator, conversation: TelegramConversation, fault: Fault
) -> None:
    simulator.fail("sendMessage", fault)
    with pytest.raises(ClosedByMember):
        await conversation.post(said(), key="k")


async def test_a_member_who_blocked_us_cannot_be_written_to(conversation: TelegramConversation, room: Room) -> None:
    status = await conversation.post(said(), key="k")
    room.block()
    with pytest.raises(ClosedByMember):
        await conversation.edit(status.ref, said(Quoted("a fox")))


async def test_too_many_requests_say_when_to_come_again(
    simulator: TelegramSimulator, conversation: TelegramConversation
) -> None:
    simulator.fail("sendMessage", faults.too_many(17))
    with pytest.raises(RateLimited) as caught:
        await conversation.post(said(), key="k")
    assert caught.value.retry_after_seconds == 17


@pytest.mark.parametrize("fault", [faults.CUT_BEFORE, faults.CUT_AFTER, faults.BAD_GATEWAY, faults.BAD_GATEWAY_AFTER])
async def test_a_message_whose_answer_is_lost_may_be_there(
    simulator: TelegramSimulator, conversation: TelegramConversation, fault: Fault
) -> None:
    simulator.fail("sendMessage", fault)
    with pytest.raises(MaybeDelivered):
        await conversation.post(said(), key="k")
    assert len(simulator.calls_of("sendMessage")) == 1


@pytest.mark.parametrize("fault", [faults.CUT_BEFORE, faults.CUT_AFTER, faults.BAD_GATEWAY_AFTER])
async def test_an_edit_whose_answer_is_lost_can_be_made_again(
    simulator: TelegramSimulator, conversation: TelegramConversation, room: Room, fault: Fault
) -> None:
    status = await conversation.post(said(), key="k")
    simulator.fail("editMessageText", fault)
    with pytest.raises(Unavailable):
        await conversation.edit(status.ref, said(Quoted("a fox")))
    assert await conversation.edit(status.ref, said(Quoted("a fox"))) == status
    assert room.last.text == "a fox"


async def test_where_nobody_listens_nothing_was_sent(
    simulator: TelegramSimulator, conversation: TelegramConversation
) -> None:
    async with simulator.unreachable():
        with pytest.raises(Unavailable):
            await conversation.post(said(), key="k")


@pytest.mark.parametrize(
    ("cause", "kind"),
    [
        (ConnectionTimeoutError("x"), Unavailable),
        (InvalidURL("x"), Unavailable),
        (SocketTimeoutError("x"), MaybeDelivered),
        (TimeoutError("x"), MaybeDelivered),
        (ServerDisconnectedError("x"), MaybeDelivered),
        (ConnectionResetError("x"), MaybeDelivered),
    ],
)
def test_the_cause_of_a_timeout_says_whether_anything_was_sent(cause: Exception, kind: type[PlatformFault]) -> None:
    for error in (TimedOut(), NetworkError("x")):
        error.__cause__ = BrokenLine(cause)
        assert type(to_fault(error, is_repeatable=False)) is kind
        assert type(to_fault(error, is_repeatable=True)) is Unavailable


# Pictures


@pytest.mark.parametrize("file", ["nonsense", "AgACAgIAgADGQEAAx0000000000000099"])
async def test_a_file_that_telegram_does_not_know_is_gone(conversation: TelegramConversation, file: str) -> None:
    with pytest.raises(Gone):
        await read(conversation, file)


async def test_a_file_that_is_too_large_to_be_fetched_is_too_large(
    simulator: TelegramSimulator, conversation: TelegramConversation, room: Room, ada: Person
) -> None:
    sent = room.send_document(ada, bytes(21 * 1024 * 1024), name="fox.png")
    with pytest.raises(TooLarge):
        await read(conversation, sent.body["document"]["file_id"])


async def test_a_picture_is_read_as_it_is_in_pieces(
    conversation: TelegramConversation, room: Room, ada: Person
) -> None:
    sent = room.send_document(ada, bytes(range(256)) * 2048, name="fox.png")
    pieces = [piece async for piece in conversation.open_picture(PictureRef(sent.body["document"]["file_id"]))]
    assert b"".join(pieces) == sent.document
    assert len(pieces) > 1


async def test_a_download_that_breaks_off_can_be_begun_again(
    simulator: TelegramSimulator, conversation: TelegramConversation, room: Room, ada: Person
) -> None:
    sent = room.send_document(ada, bytes(500_000), name="fox.png")
    simulator.fail("file", faults.CUT_AFTER)
    with pytest.raises(Unavailable):
        await read(conversation, sent.body["document"]["file_id"])
    assert await read(conversation, sent.body["document"]["file_id"]) == sent.document


async def test_a_link_that_has_expired_is_gone(
    simulator: TelegramSimulator, conversation: TelegramConversation, room: Room, ada: Person
) -> None:
    sent = room.send_document(ada, b"fox", name="fox.png")
    file_id = sent.body["document"]["file_id"]
    reading = conversation.open_picture(PictureRef(file_id))
    simulator.forget_file(file_id)
    with pytest.raises(Gone):
        await anext(reading)


async def read(conversation: TelegramConversation, file: str) -> bytes:
    return b"".join([piece async for piece in conversation.open_picture(PictureRef(file))])


# Where it goes


async def test_a_group_that_has_moved_is_followed_at_once_and_remembered(
    simulator: TelegramSimulator, platform: TelegramPlatform, ada: Person
) -> None:
    old = simulator.group("Painters", ada)
    conversation = conversation_in(platform, simulator, old)
    before = await conversation.post(said(), key="1")
    new = old.migrate(by=ada)
    posted = await conversation.post(said(Quoted("a fox")), key="2")
    await conversation.post(said(Quoted("an owl")), key="3")
    assert posted.ref == f"{simulator.bot.id}:{new.id}:{new.standing[-2].id}"
    assert [message.text for message in new.by(simulator.bot)] == ["a fox", "an owl"]
    assert [call.status for call in simulator.calls_of("sendMessage")] == [200, 400, 200, 200]
    with pytest.raises(Gone):
        await conversation.edit(before.ref, said(Quoted("a fox")))


async def test_a_topic_that_is_gone_is_left_out_and_remembered(
    simulator: TelegramSimulator, platform: TelegramPlatform, ada: Person
) -> None:
    forum = simulator.supergroup("Painters", ada, is_forum=True)
    topic = forum.open_topic("Foxes", by=ada)
    conversation = conversation_in(platform, simulator, forum, topic)
    forum.delete_topic(topic)
    await conversation.post(said(), key="1")
    await conversation.post(said(), key="2")
    assert [message.thread_id for message in forum.by(simulator.bot)] == [None, None]
    assert [call.status for call in simulator.calls_of("sendMessage")] == [400, 200, 200]


async def test_what_a_message_answers_may_be_gone(
    simulator: TelegramSimulator, conversation: TelegramConversation, room: Room
) -> None:
    await conversation.post(said(in_reply_to=MessageRef(f"{simulator.bot.id}:{room.id}:77")), key="k")
    assert room.last.reply_to is None


async def test_what_a_message_answers_may_stand_in_another_topic(
    simulator: TelegramSimulator, platform: TelegramPlatform, ada: Person
) -> None:
    forum = simulator.supergroup("Painters", ada, is_forum=True)
    simulator.fail("sendMessage", refusal("message to be replied not found"))
    conversation = conversation_in(platform, simulator, forum)
    await conversation.post(said(in_reply_to=MessageRef(f"{simulator.bot.id}:{forum.id}:77")), key="k")
    assert forum.last.author_id == simulator.bot.id
    assert "reply_parameters" not in simulator.calls[-1].parameters


async def test_a_refusal_that_nobody_knows_gives_nothing_up(
    simulator: TelegramSimulator, conversation: TelegramConversation
) -> None:
    simulator.fail("sendMessage", refusal("SOMETHING_NEW"))
    with pytest.raises(Unavailable):
        await conversation.post(said(), key="k")


async def test_a_server_of_ones_own_names_files_of_this_machine(
    simulator: TelegramSimulator, room: Room, ada: Person, tmp_path: Path
) -> None:
    sent = room.send_document(ada, bytes(range(256)) * 2048, name="fox.png")
    file = sent.body["document"]["file_id"]
    platform = platform_for(simulator, base_file_url=f"{tmp_path}/")
    conversation = conversation_in(platform, simulator, room)
    with pytest.raises(Gone):
        await read(conversation, file)
    path = tmp_path / simulator.token / simulator.calls_of("getFile")[0].result["file_path"]
    path.parent.mkdir(parents=True)
    path.write_bytes(sent.document or b"")
    assert await read(conversation, file) == sent.document
    await platform.close()
