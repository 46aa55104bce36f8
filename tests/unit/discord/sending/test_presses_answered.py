"""How messages and presses are answered, and what of that is hidden."""

from dataclasses import replace
from typing import Any

import pytest

from bot.domain.chat import MessageRef, Sentence
from bot.domain.errors import ClosedByMember, Forbidden, Gone
from tests.simulators.discord.api import DiscordSimulator
from tests.simulators.discord.world.files import Upload
from tests.simulators.discord.world.state import Channel, Permission, Person
from tests.unit.discord.adapter import Adapter, deliver, long_after, member, running, saying, status
from tests.unit.discord.asking import message_of, waiting
from tests.unit.discord.library_client import picture


async def test_a_message_is_answered_with_a_status_and_then_with_the_picture(
    discord_api: DiscordSimulator, adapter: Adapter, anna: Person, channel: Channel
) -> None:
    said = discord_api.members.say(anna, channel, f"<@{discord_api.world.bot.id}> a fox")
    _, conversation = await adapter.core.next()
    about: dict[str, Any] = {
        "in_reply_to": MessageRef(f"{channel.id}:{said.id}"),
        "requester": member(anna),
        "answers_requester": True,
    }
    posted = await conversation.post(replace(status(), **about), key="request-5")
    told = message_of(adapter, posted.ref)
    outcome = await deliver(adapter, conversation, await adapter.result(**about), status=posted.ref)
    message = message_of(adapter, outcome.ref)
    for each in (told, message):
        assert each.reference
        assert each.reference["message_id"] == str(said.id)
        assert each.notified == []
        assert f"<@{anna.id}>" not in each.text  # it answers her
    assert told.is_deleted
    assert message.files
    assert message.text.splitlines()[0] == "a fox"


async def test_what_was_posted_before_a_crash_is_the_same_message_and_says_what_is_said_now(
    discord_api: DiscordSimulator, adapter: Adapter, anna: Person, channel: Channel
) -> None:
    discord_api.members.say(anna, channel, f"<@{discord_api.world.bot.id}> a fox")
    _, conversation = await adapter.core.next()
    first = await conversation.post(status(), key="request-5")
    assert await conversation.post(await adapter.result(), key="request-5") == first
    (message,) = discord_api.messages(channel, by_bot=True)
    assert [file.name for file in message.files] == ["plantain-5-1.png"]
    assert message.text.startswith("a fox\n-# Nano")


async def test_where_no_history_may_be_read_it_is_posted_without_answering(
    discord_api: DiscordSimulator, adapter: Adapter, anna: Person, channel: Channel
) -> None:
    said = discord_api.members.say(anna, channel, f"<@{discord_api.world.bot.id}> a fox")
    _, conversation = await adapter.core.next()
    discord_api.deny(channel, Permission.READ_MESSAGE_HISTORY)
    posted = await conversation.post(status(reply_to=MessageRef(f"{channel.id}:{said.id}")), key="request-5")
    assert message_of(adapter, posted.ref).reference is None


async def test_what_comes_of_a_press_is_a_message_of_its_own_and_a_fault_is_whispered(
    discord_api: DiscordSimulator, adapter: Adapter, anna: Person, channel: Channel
) -> None:
    _, conversation, ref = await waiting(adapter, anna, channel)
    result = await deliver(adapter, conversation, await adapter.result(), status=ref)
    boris = discord_api.add_person("boris")
    discord_api.members.press(boris, message_of(adapter, result.ref), "Again")
    event, live = await adapter.core.next()
    await live.post(saying(Sentence("again-open")), key=f"{event.key}:answer")
    assert [message.text for message in discord_api.ephemeral_messages(boris)] == [
        "That one is being made already; this press started nothing and cost nothing."
    ]
    posted = await adapter.platform.conversation(live.address).post(status(), key="request-6")
    assert not message_of(adapter, posted.ref).is_ephemeral
    assert len(discord_api.messages(channel)) == len(("the picture", "what is told of the next"))


@pytest.mark.parametrize("private", [False, True])
async def test_a_file_that_a_press_asks_for_comes_with_its_message(
    discord_api: DiscordSimulator, adapter: Adapter, anna: Person, channel: Channel, *, private: bool
) -> None:
    asked, conversation, ref = await waiting(adapter, anna, channel, private=private)
    result = await deliver(adapter, conversation, await adapter.result(), status=ref)
    discord_api.members.press(anna, (asked.answer if private else None) or message_of(adapter, result.ref), "Again")
    event, live = await adapter.core.next()
    posted = await live.post(await adapter.result(prompt="the original"), key=f"{event.key}:file")
    assert len(message_of(adapter, posted.ref).files) == 1


async def test_a_private_press_stays_private(
    discord_api: DiscordSimulator, adapter: Adapter, anna: Person, channel: Channel
) -> None:
    asked, conversation, ref = await waiting(adapter, anna, channel, private=True)
    await deliver(adapter, conversation, await adapter.result(), status=ref)
    assert asked.answer
    discord_api.members.press(anna, asked.answer, "Again")
    _, live = await adapter.core.next()
    await adapter.platform.conversation(live.address).post(status(), key="request-6")
    assert discord_api.messages(channel) == []
    assert len(discord_api.ephemeral_messages(anna)) == 2


async def test_what_comes_of_a_hidden_picture_is_hidden(
    discord_api: DiscordSimulator, adapter: Adapter, anna: Person, channel: Channel
) -> None:
    hidden = Upload(name="SPOILER_fox.png", data=picture())
    discord_api.members.slash(anna, channel, "edit", prompt="make it night", picture=hidden)
    _, conversation = await adapter.core.next()
    posted = await conversation.post(status(), key="request-5")
    result = await deliver(adapter, conversation, await adapter.result(), status=posted.ref)
    message = message_of(adapter, result.ref)
    assert message.files[0].is_spoiler
    discord_api.members.press(anna, message, "Again")
    _, live = await adapter.core.next()
    again = await adapter.platform.conversation(live.address).post(await adapter.result(), key="request-6")
    assert message_of(adapter, again.ref).files[0].is_spoiler


async def test_what_leaves_an_age_restricted_channel_is_hidden_at_first(
    discord_api: DiscordSimulator, anna: Person, channel: Channel
) -> None:
    channel.is_age_restricted = True
    async with running(Adapter(discord_api)) as adapter:
        await discord_api.until(lambda: discord_api.gateway.connected[0].sequence >= 2)
        _, conversation, ref = await waiting(adapter, anna, channel, private=True)
        await deliver(adapter, conversation, await adapter.result(), status=ref)
        assert not discord_api.ephemeral_messages(anna)[0].files[0].is_spoiler
        long_after(discord_api)
        await deliver(adapter, conversation, await adapter.result(), status=ref)
    assert discord_api.direct_messages(anna)[0].files[0].is_spoiler


@pytest.mark.parametrize("lost", [Permission.ATTACH_FILES, Permission.VIEW_CHANNEL])
async def test_a_picture_that_its_channel_does_not_take_any_more_can_go_to_who_asked_for_it(
    discord_api: DiscordSimulator, adapter: Adapter, anna: Person, channel: Channel, lost: Permission
) -> None:
    discord_api.members.say(anna, channel, f"<@{discord_api.world.bot.id}> a fox")
    _, live = await adapter.core.next()
    conversation = adapter.platform.conversation(live.address)
    posted = await conversation.post(status(), key="request-5")
    discord_api.deny(channel, lost)
    with pytest.raises(Forbidden):
        await deliver(adapter, conversation, await adapter.result(), status=posted.ref)
    alone = adapter.platform.private(member(anna), conversation.address)
    assert alone is not None
    result = await deliver(adapter, alone, await adapter.result())
    assert [message.files for message in discord_api.direct_messages(anna)] == [message_of(adapter, result.ref).files]


async def test_where_nothing_new_may_be_said_the_status_becomes_the_outcome(
    discord_api: DiscordSimulator, adapter: Adapter, anna: Person, channel: Channel
) -> None:
    discord_api.members.say(anna, channel, f"<@{discord_api.world.bot.id}> a fox")
    _, live = await adapter.core.next()
    conversation = adapter.platform.conversation(live.address)
    posted = await conversation.post(status(), key="request-5")
    discord_api.deny(channel, Permission.SEND_MESSAGES)
    assert await deliver(adapter, conversation, await adapter.result(), status=posted.ref) == posted
    assert message_of(adapter, posted.ref).files


async def test_who_takes_no_direct_messages_has_closed_the_door(
    discord_api: DiscordSimulator, adapter: Adapter, anna: Person, channel: Channel
) -> None:
    anna.takes_direct_messages = False
    _, conversation, _ = await waiting(adapter, anna, channel)
    discord_api.delete_channel(channel)
    alone = adapter.platform.private(member(anna), conversation.address)
    assert alone is not None
    with pytest.raises(ClosedByMember):
        await deliver(adapter, alone, await adapter.result())


async def test_what_is_said_in_a_channel_that_is_gone_is_forbidden(
    discord_api: DiscordSimulator, adapter: Adapter, anna: Person, channel: Channel
) -> None:
    _, conversation, ref = await waiting(adapter, anna, channel)
    discord_api.delete_channel(channel)
    with pytest.raises(Gone):
        await conversation.edit(ref, status())
    with pytest.raises(Forbidden):
        await conversation.post(saying(), key="words")
    with pytest.raises(Forbidden):
        await deliver(adapter, conversation, await adapter.result(), status=ref)
