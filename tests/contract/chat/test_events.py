"""What every platform promises about its events and the conversations they come with."""

import io

import pytest
from PIL import Image

from bot.domain.chat import Address, Member, MessageRef, PictureRef
from bot.domain.errors import AddressUnreadable, Gone
from bot.domain.events import ButtonPress, Event, IncomingMessage
from bot.ports import Conversation
from tests.contract.chat.driver import TEXTS, ChatDriver
from tests.contract.chat.states import AGAIN, CANCEL, EDIT, drawn, labels_of, result, saying, status
from tests.contract.chat.test_messages import KEY, OUTCOME

(LABEL_OF_AGAIN,) = labels_of(saying("", actions=[AGAIN]), TEXTS)


def message_in(event: Event) -> IncomingMessage:
    assert isinstance(event, IncomingMessage)
    return event


def press_in(event: Event) -> ButtonPress:
    assert isinstance(event, ButtonPress)
    return event


async def bytes_of(conversation: Conversation, ref: PictureRef) -> bytes:
    return b"".join([piece async for piece in conversation.open_picture(ref)])


async def test_a_message_that_is_delivered_twice_has_one_key(chat: ChatDriver) -> None:
    first, _ = await chat.asked("a fox")
    await chat.repeat()
    second, _ = await chat.core.next()
    assert message_in(first).key == message_in(second).key
    assert message_in(first).author.id == chat.member.id


async def test_two_messages_have_two_keys_also_after_a_restart(chat: ChatDriver) -> None:
    keys = {message_in((await chat.asked("a fox"))[0]).key for _ in range(2)}
    await chat.restart()
    keys.add(message_in((await chat.asked("a fox"))[0]).key)
    assert len(keys) == 3


async def test_a_press_comes_from_where_its_message_stands(chat: ChatDriver) -> None:
    conversation = await chat.here()
    message = saying("press me", actions=[AGAIN])
    posted = await conversation.post(message, key=KEY)
    keys = set()
    for _ in range(2):
        await chat.press(posted.ref, LABEL_OF_AGAIN)
        event, where = await chat.core.next()
        press = press_in(event)
        assert (press.token, press.message, press.author.id) == (AGAIN.token, posted.ref, chat.member.id)
        assert where.key == posted.conversation == conversation.key
        keys.add(press.key)
    await chat.repeat()
    event, _ = await chat.core.next()
    assert len(keys | {press_in(event).key}) == 2


async def test_a_press_works_after_a_restart(chat: ChatDriver) -> None:
    conversation = await chat.here()
    posted = await conversation.post(saying("press me", actions=[AGAIN]), key=KEY)
    await chat.restart()
    await chat.press(posted.ref, LABEL_OF_AGAIN)
    event, where = await chat.core.next()
    assert (press_in(event).message, where.key) == (posted.ref, posted.conversation)


async def test_the_buttons_of_an_outcome_are_pressed_in_its_conversation(chat: ChatDriver) -> None:
    conversation = await chat.here()
    posted = await conversation.deliver(await result(chat.pictures), key=OUTCOME, parts=chat.parts())
    await chat.press(posted.ref, LABEL_OF_AGAIN)
    event, where = await chat.core.next()
    assert (press_in(event).message, where.key) == (posted.ref, posted.conversation)


async def test_a_reply_names_our_message_and_its_pictures(chat: ChatDriver) -> None:
    conversation = await chat.here()
    posted = await conversation.deliver(await result(chat.pictures), key=OUTCOME, parts=chat.parts())
    await chat.say("make it night", answering=posted.ref)
    event, where = await chat.core.next()
    replied = message_in(event).replied_to
    assert replied is not None
    assert replied.ref == posted.ref
    assert where.key == posted.conversation
    (picture,) = replied.pictures
    with Image.open(io.BytesIO(await bytes_of(where, picture))) as shown:
        assert shown.size == (64, 36)


async def test_a_picture_that_is_sent_along_is_read_later(chat: ChatDriver) -> None:
    event, live = await chat.asked("make it night", (drawn("blue"),))
    (picture,) = message_in(event).pictures
    await chat.restart()
    rebuilt = chat.platform.conversation(live.address)
    with Image.open(io.BytesIO(await bytes_of(rebuilt, picture))) as sent:
        red, _, blue = sent.convert("RGB").getpixel((5, 5))  # type: ignore[misc]  # RGB has three numbers, which the library does not type
    assert blue > 200 > red


async def test_a_picture_that_nobody_sent_is_gone(chat: ChatDriver) -> None:
    conversation = await chat.here()
    for nonsense in ("", "nonsense", "sha256:" + "0" * 64, '{"version": 1}', "https://127.0.0.1:1/x"):
        with pytest.raises(Gone):
            await bytes_of(conversation, PictureRef(nonsense))


async def test_a_conversation_is_the_same_when_it_is_rebuilt(chat: ChatDriver) -> None:
    _, live = await chat.asked()
    posted = await live.post(status("from the live one"), key=KEY)
    await chat.restart()
    rebuilt = chat.platform.conversation(live.address)
    assert (rebuilt.key, rebuilt.address) == (live.key, live.address)
    await rebuilt.edit(posted.ref, saying("from the rebuilt one"))
    (standing,) = await chat.standing()
    assert "from the rebuilt one" in standing.words


async def test_an_address_that_cannot_be_read_says_so_and_quotes_nothing(chat: ChatDriver) -> None:
    for text in ("", "{}", "[]", '{"version": 1}', "\x00", "no place of ours!"):
        with pytest.raises(AddressUnreadable) as conversation:
            chat.platform.conversation(Address(text))
        assert conversation.value.__cause__ is None
        assert not text or text not in str(conversation.value)


async def test_a_member_of_another_platform_has_no_chat_here(chat: ChatDriver) -> None:
    conversation = await chat.here()
    stranger = Member(platform="elsewhere", id="no number", name="Bob", language="en")
    assert chat.platform.private(stranger, conversation.address) is None


async def test_what_could_not_be_stored_is_heard_again_or_its_author_is_told(chat: ChatDriver) -> None:
    chat.core.is_locked = True
    await chat.say("a fox")
    await chat.core.bell.until(lambda: chat.core.unstored)
    chat.core.is_locked = False
    if chat.delivers_again:
        event, _ = await chat.core.next()
        assert "a fox" in message_in(event).text or message_in(event).call is not None
        return
    await chat.until_told_again()


async def test_a_platform_runs_again_after_it_was_stopped(chat: ChatDriver) -> None:
    await chat.stop()
    await chat.run()
    event, conversation = await chat.asked("a fox")
    assert message_in(event).author.id == chat.member.id
    await conversation.post(saying("here I am"), key=KEY)
    assert len(await chat.standing()) == 1


# Audiences


async def test_a_message_for_one_member_is_seen_by_nobody_else_where_abilities_say_so(chat: ChatDriver) -> None:
    for conversation in (await chat.here(), await chat.alone()):
        is_private = (await conversation.abilities()).answers_in_private
        words = f"for one alone in {conversation.key}"
        await conversation.post(saying(words, audience=chat.member), key=f"{KEY}-{conversation.key}")
        assert not is_private or words not in " ".join(await chat.seen_by_others())


async def test_the_answer_to_a_press_reaches_its_presser(chat: ChatDriver) -> None:
    conversation = await chat.here()
    posted = await conversation.post(saying("press me", actions=[AGAIN, CANCEL, EDIT]), key=KEY)
    chat.core.answer = saying("told the presser")
    await chat.press(posted.ref, LABEL_OF_AGAIN)
    await chat.until_told("told the presser")
    assert "told the presser" not in " ".join(await chat.seen_by_others())
    assert "press me" in " ".join(one.words for one in await chat.standing())


async def test_signs_leave_no_message_and_nothing_behind(chat: ChatDriver) -> None:
    event, conversation = await chat.asked()
    ref = message_in(event).ref
    for about in (ref, None, MessageRef("nonsense")):
        await conversation.acknowledge(about)
        await conversation.take_back_acknowledgement(about)
        await conversation.take_back_acknowledgement(about)
    await conversation.show_activity()
    assert await chat.standing() == []
    assert await chat.reactions() == []
