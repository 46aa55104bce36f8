"""What every conversation promises about its messages: they come once, change, and go."""

import pytest

from bot.domain.chat import MessageRef, OutgoingMessage, Posted
from bot.domain.errors import Dropped, Gone
from bot.ports import Conversation
from tests.contract.chat.driver import TEXTS, ChatDriver, Standing
from tests.contract.chat.states import AGAIN, STATES, labels_of, result, saying, status
from tests.fakes.parts import ProcessEnded

KEY, OUTCOME = "request-5", "request-5-outcome"


async def saying_in(chat: ChatDriver, words: str) -> list[Standing]:
    """Return the messages that hold these words."""
    return [one for one in await chat.standing() if words in one.words]


async def put(chat: ChatDriver, conversation: Conversation, message: OutgoingMessage, key: str = KEY) -> Posted:
    """Bring a message to the chat as the core does: pictures are delivered, words are posted."""
    if message.pictures:
        return await conversation.deliver(message, key=key, parts=chat.parts())
    return await conversation.post(message, key=key)


async def test_a_message_stands_in_the_chat_with_its_buttons(chat: ChatDriver) -> None:
    conversation = await chat.here()
    message = saying("here I am", actions=[AGAIN])
    posted = await conversation.post(message, key=KEY)
    (standing,) = await chat.standing()
    assert (standing.ref, standing.labels) == (posted.ref, labels_of(message, TEXTS))
    assert "here I am" in standing.words
    assert posted.conversation == conversation.key


async def test_the_same_key_is_one_message_that_says_what_was_said_last(chat: ChatDriver) -> None:
    conversation = await chat.here()
    finds = (await conversation.abilities()).finds_posted
    first = await conversation.post(status("first"), key=KEY)
    second = await conversation.post(status("second"), key=KEY)
    assert len(await chat.standing()) == (1 if finds else 2)
    assert (first == second) is finds
    assert [one.ref for one in await saying_in(chat, "second")] == [second.ref]


@pytest.mark.parametrize("is_long_after", [False, True])
async def test_the_same_key_is_one_message_after_a_restart(chat: ChatDriver, *, is_long_after: bool) -> None:
    conversation = await chat.here()
    finds = (await conversation.abilities()).finds_posted
    first = await conversation.post(status("same words"), key=KEY)
    if is_long_after:
        chat.long_after()
    await chat.restart()
    rebuilt = chat.platform.conversation(conversation.address)
    second = await rebuilt.post(status("same words"), key=KEY)
    assert len(await chat.standing()) == (1 if finds else 2)
    assert (first == second) is finds


async def test_another_key_is_another_message(chat: ChatDriver) -> None:
    conversation = await chat.here()
    first = await conversation.post(status("first"), key=KEY)
    second = await conversation.post(saying("second"), key=f"{KEY}-second")
    assert first.ref != second.ref
    assert len(await saying_in(chat, "first")) == 1
    assert len(await saying_in(chat, "second")) == 1


async def test_another_key_is_another_message_after_a_restart(chat: ChatDriver) -> None:
    conversation = await chat.here()
    await conversation.post(status("first"), key=KEY)
    await chat.restart()
    await chat.platform.conversation(conversation.address).post(saying("second"), key=f"{KEY}-second")
    assert len(await saying_in(chat, "first")) == 1
    assert len(await saying_in(chat, "second")) == 1


@pytest.mark.parametrize("before", STATES)
async def test_each_state_is_edited_into_every_other(chat: ChatDriver, before: str) -> None:
    conversation = await chat.here()
    for number, (after, state) in enumerate(STATES.items()):
        posted = await put(chat, conversation, await STATES[before](chat.pictures), f"{KEY}-{number}")
        message = await state(chat.pictures)
        edited = await conversation.edit(posted.ref, message)
        for ref, _ in posted.pictures:  # messages of their own, which an edit leaves alone
            if ref not in {edited.ref, *(one for one, _ in edited.pictures)}:
                await conversation.delete(ref)
        standing = {one.ref: one for one in await chat.standing()}
        now = standing[edited.ref]
        assert f"state of {after}" in now.words, (before, after)
        assert now.labels == labels_of(message, TEXTS), (before, after)
        assert before == after or f"state of {before}" not in " ".join(one.words for one in standing.values())
        assert sum(one.pictures for one in standing.values()) == len(message.pictures), (before, after)
        for one in standing:
            await conversation.delete(one)
    assert await chat.standing() == []


async def test_an_edit_that_changes_nothing_is_no_fault(chat: ChatDriver) -> None:
    conversation = await chat.here()
    posted = await conversation.post(status(), key=KEY)
    assert await conversation.edit(posted.ref, status()) == posted
    assert len(await chat.standing()) == 1


async def test_what_somebody_deleted_is_gone(chat: ChatDriver) -> None:
    conversation = await chat.here()
    posted = await conversation.post(status(), key=KEY)
    await chat.remove(posted.ref)
    with pytest.raises(Gone):
        await conversation.edit(posted.ref, status("later"))
    await conversation.delete(posted.ref)
    assert await chat.standing() == []


async def test_a_message_is_deleted_once_and_again_without_a_fault(chat: ChatDriver) -> None:
    conversation = await chat.here()
    posted = await conversation.post(status(), key=KEY)
    for _ in range(2):
        await conversation.delete(posted.ref)
        assert await chat.standing() == []


async def test_a_reference_to_nothing_is_gone(chat: ChatDriver) -> None:
    conversation = await chat.here()
    for nonsense in ("", "nonsense", "1:2:3", "waiting:abc", "0:0", "99999999999999999999999:1"):
        with pytest.raises(Gone):
            await conversation.edit(MessageRef(nonsense), status())
        await conversation.delete(MessageRef(nonsense))


@pytest.mark.parametrize("count", [1, 3])
async def test_an_outcome_comes_with_its_pictures_and_its_status_can_go(chat: ChatDriver, count: int) -> None:
    conversation = await chat.here()
    waiting = await conversation.post(status(), key=KEY)
    message = await result(chat.pictures, count=count)
    posted = await conversation.deliver(message, key=OUTCOME, parts=chat.parts(), status=waiting.ref)
    if posted.ref != waiting.ref:
        await conversation.delete(waiting.ref)
    standing = {one.ref: one for one in await chat.standing()}
    assert standing[posted.ref].labels == labels_of(message, TEXTS)
    assert sum(one.pictures for one in standing.values()) == count
    assert sorted({number for _, number in posted.pictures}) in ([], list(range(1, count + 1)))
    assert {ref for ref, _ in posted.pictures} <= set(standing)


async def test_an_outcome_leaves_other_messages_of_the_chat_alone(chat: ChatDriver) -> None:
    conversation = await chat.here()
    await conversation.post(saying("a note"), key="waiting-4")
    await conversation.deliver(await result(chat.pictures), key=OUTCOME, parts=chat.parts())
    assert len(await saying_in(chat, "a note")) == 1


async def test_a_part_that_was_sent_is_not_sent_again_after_a_restart(chat: ChatDriver) -> None:
    conversation, parts = await chat.here(), chat.parts()
    message = await result(chat.pictures)
    first = await conversation.deliver(message, key=OUTCOME, parts=parts)
    await chat.restart()
    rebuilt = chat.platform.conversation(conversation.address)
    assert (await rebuilt.deliver(message, key=OUTCOME, parts=parts)).ref == first.ref
    assert sum(one.pictures for one in await chat.standing()) == 1


@pytest.mark.parametrize("is_long_after", [False, True])
async def test_an_outcome_of_which_a_kill_left_no_note_comes_once(chat: ChatDriver, *, is_long_after: bool) -> None:
    """Look for exactly one where the platform finds what it was sent before, and elsewhere for one or two."""
    conversation, parts = await chat.here(), chat.parts()
    finds = (await conversation.abilities()).finds_posted
    message = await result(chat.pictures)
    parts.loses_next = True
    with pytest.raises(ProcessEnded):
        await conversation.deliver(message, key=OUTCOME, parts=parts)
    if is_long_after:
        chat.long_after()
    await chat.restart()
    rebuilt = chat.platform.conversation(conversation.address)
    posted = await rebuilt.deliver(message, key=OUTCOME, parts=parts)
    standing = await chat.standing()
    assert posted.ref in {one.ref for one in standing}
    assert sum(one.pictures for one in standing) in ([1] if finds else [1, 2])


async def test_from_a_stop_on_nothing_of_an_outcome_begins(chat: ChatDriver) -> None:
    conversation, parts = await chat.here(), chat.parts()
    parts.is_ending = True
    with pytest.raises(Dropped):
        await conversation.deliver(await result(chat.pictures), key=OUTCOME, parts=parts)
    assert await chat.standing() == []


async def test_a_picture_that_is_not_kept_any_more_passes_as_that(chat: ChatDriver) -> None:
    conversation, parts = await chat.here(), chat.parts()
    message = await result(chat.pictures)
    chat.pictures.kept.clear()
    with pytest.raises(FileNotFoundError):
        await conversation.deliver(message, key=OUTCOME, parts=parts)
    assert parts.begun == {}
