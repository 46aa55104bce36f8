"""What every platform promises when something goes wrong: which fault it raises, and that nothing comes twice."""

from collections.abc import Awaitable, Callable
from contextlib import suppress

import pytest

from bot.domain.chat import MessageRef
from bot.domain.errors import (
    ClosedByMember,
    Dropped,
    Forbidden,
    MaybeDelivered,
    PlatformFault,
    RateLimited,
    TooLarge,
    Unavailable,
)
from bot.domain.events import IncomingMessage
from bot.ports import Conversation
from tests.contract.chat.driver import ChatDriver, Trouble
from tests.contract.chat.states import result, saying, status
from tests.contract.chat.test_messages import KEY, OUTCOME


async def test_what_did_not_arrive_is_safe_to_send_again(chat: ChatDriver) -> None:
    conversation = await chat.here()
    async with chat.in_trouble(Trouble.UNREACHABLE):
        with pytest.raises(Unavailable):
            await conversation.post(status(), key=KEY)
    posted = await conversation.post(status(), key=KEY)
    assert [one.ref for one in await chat.standing()] == [posted.ref]


async def test_an_outcome_that_did_not_arrive_is_safe_to_send_again(chat: ChatDriver) -> None:
    conversation, parts = await chat.here(), chat.parts()
    message = await result(chat.pictures)
    async with chat.in_trouble(Trouble.UNREACHABLE):
        with pytest.raises(Unavailable):
            await conversation.deliver(message, key=OUTCOME, parts=parts)
    assert parts.begun == {}
    await conversation.deliver(message, key=OUTCOME, parts=parts)
    assert sum(one.pictures for one in await chat.standing()) == 1


async def test_an_edit_that_fails_is_always_safe_to_repeat(chat: ChatDriver) -> None:
    conversation = await chat.here()
    posted = await conversation.post(status(), key=KEY)
    for trouble in (Trouble.UNREACHABLE, Trouble.ANSWER_LOST):
        async with chat.in_trouble(trouble):
            with pytest.raises(Unavailable):
                await conversation.edit(posted.ref, status(f"after {trouble}"))
        await conversation.edit(posted.ref, status(f"after {trouble}"))
        (standing,) = await chat.standing()
        assert f"after {trouble}" in standing.words


async def test_a_message_whose_answer_is_lost_is_repeated_only_where_it_is_found(chat: ChatDriver) -> None:
    conversation = await chat.here()
    finds = (await conversation.abilities()).finds_posted
    async with chat.in_trouble(Trouble.ANSWER_LOST):
        with pytest.raises((Unavailable, MaybeDelivered) if finds else MaybeDelivered):
            await conversation.post(status(), key=KEY)
    assert len(await chat.standing()) == 1
    await conversation.post(status(), key=KEY)
    assert len(await chat.standing()) == (1 if finds else 2)


async def test_an_outcome_whose_answer_is_lost_is_repeated_only_where_it_is_found(chat: ChatDriver) -> None:
    """`Unavailable` tells the core to send it again, `MaybeDelivered` to leave that to its member."""
    conversation, parts = await chat.here(), chat.parts()
    finds = (await conversation.abilities()).finds_posted
    message = await result(chat.pictures)
    async with chat.in_trouble(Trouble.ANSWER_LOST):
        with pytest.raises(Unavailable if finds else MaybeDelivered):
            await conversation.deliver(message, key=OUTCOME, parts=parts)
    if not finds:
        assert parts.begun != {}  # it is written down that something may have arrived
        return
    await conversation.deliver(message, key=OUTCOME, parts=parts)
    assert sum(one.pictures for one in await chat.standing()) == 1


async def test_where_the_bot_was_thrown_out_it_is_forbidden(chat: ChatDriver) -> None:
    conversation = await chat.here()
    posted = await conversation.post(status(), key=KEY)
    message = await result(chat.pictures)
    async with chat.in_trouble(Trouble.FORBIDDEN):
        for sending in (
            conversation.post(status(), key=f"{KEY}-2"),
            conversation.edit(posted.ref, status("later")),
            conversation.deliver(message, key=OUTCOME, parts=chat.parts()),
        ):
            with pytest.raises(Forbidden) as caught:
                await sending
            assert not isinstance(caught.value, ClosedByMember)


async def test_who_has_blocked_the_bot_has_closed_the_door(chat: ChatDriver) -> None:
    alone = await chat.alone()
    message = await result(chat.pictures)
    async with chat.in_trouble(Trouble.CLOSED_BY_MEMBER):
        for sending in (
            alone.post(saying("for you"), key=KEY),
            alone.deliver(message, key=OUTCOME, parts=chat.parts()),
        ):
            with pytest.raises(ClosedByMember):
                await sending


async def test_what_is_too_large_is_told_so_that_something_smaller_is_planned(chat: ChatDriver) -> None:
    conversation, parts = await chat.here(), chat.parts()
    message = await result(chat.pictures)
    async with chat.in_trouble(Trouble.TOO_LARGE):
        with pytest.raises(TooLarge):
            await conversation.deliver(message, key=OUTCOME, parts=parts)
    assert parts.begun == {}
    await conversation.deliver(message, key=OUTCOME, parts=parts)
    assert sum(one.pictures for one in await chat.standing()) == 1


async def test_how_long_to_wait_is_told_and_what_may_be_dropped_is(chat: ChatDriver) -> None:
    conversation = await chat.here()
    async with chat.in_trouble(Trouble.RATE_LIMITED):
        with pytest.raises(RateLimited) as caught:
            await conversation.deliver(saying("the outcome"), key=OUTCOME, parts=chat.parts())
        assert 55 <= caught.value.retry_after_seconds <= 65
        with suppress(Dropped, RateLimited):
            await conversation.post(status(is_droppable=True), key=KEY)


METHODS: dict[str, Callable[[ChatDriver, Conversation, MessageRef], Awaitable[object]]] = {
    "abilities": lambda _, conversation, __: conversation.abilities(),
    "post": lambda _, conversation, __: conversation.post(saying("x"), key="other"),
    "edit": lambda _, conversation, ref: conversation.edit(ref, saying("y")),
    "delete": lambda _, conversation, ref: conversation.delete(ref),
    "show_activity": lambda _, conversation, __: conversation.show_activity(),
    "acknowledge": lambda _, conversation, ref: conversation.acknowledge(ref),
    "take_back_acknowledgement": lambda _, conversation, ref: conversation.take_back_acknowledgement(ref),
}


@pytest.mark.parametrize("trouble", Trouble)
async def test_nothing_but_a_fault_of_the_platform_is_raised(chat: ChatDriver, trouble: Trouble) -> None:
    event, conversation = await chat.asked()
    assert isinstance(event, IncomingMessage)
    posted = await conversation.post(status(), key=KEY)
    message = await result(chat.pictures)
    async with chat.in_trouble(trouble):
        calls = [
            *(
                call(chat, conversation, ref)
                for call in METHODS.values()
                for ref in (posted.ref, event.ref or posted.ref)
            ),
            conversation.deliver(message, key=OUTCOME, parts=chat.parts()),
        ]
        for call in calls:
            try:
                await call
            except PlatformFault:
                continue
