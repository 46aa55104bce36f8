"""How answers travel in a server: the status, and the picture in its place."""

import pytest

from bot.domain.errors import Forbidden, Gone
from tests.simulators.discord.api import DiscordSimulator
from tests.simulators.discord.faults import refused
from tests.simulators.discord.world.state import Channel, Permission, Person
from tests.unit.discord.adapter import Adapter, deliver, long_after, member, status
from tests.unit.discord.asking import message_of, waiting


async def test_the_status_is_the_answer_and_has_a_button_to_cancel(
    adapter: Adapter, anna: Person, channel: Channel
) -> None:
    asked, _, ref = await waiting(adapter, anna, channel)
    assert asked.answer
    assert asked.answer.text == "a fox\n2 credits, 8 left"
    assert [button.label for button in asked.answer.buttons] == ["Cancel"]
    assert ref == f"{channel.id}:{asked.answer.id}"


async def test_the_picture_is_a_message_of_the_channel_and_the_answer_goes_away(
    discord_api: DiscordSimulator, adapter: Adapter, anna: Person, channel: Channel
) -> None:
    asked, conversation, ref = await waiting(adapter, anna, channel)
    posted = await deliver(adapter, conversation, await adapter.result(requester=member(anna)), status=ref)
    message = message_of(adapter, posted.ref)
    assert message.origin is None
    assert [file.name for file in message.files] == ["plantain-5-1.png"]
    assert message.files[0].description == "a fox"
    assert [button.label for button in message.buttons] == ["Again", "Edit"]
    assert message.text == f"a fox\n-# Nano · 16:9 · 16×9 · 2 credits, 8 left · <@{anna.id}>"
    assert asked.answer is None
    assert discord_api.messages(channel) == [message]


async def test_several_pictures_are_one_message(adapter: Adapter, anna: Person, channel: Channel) -> None:
    _, conversation, ref = await waiting(adapter, anna, channel)
    posted = await deliver(adapter, conversation, await adapter.result((16, 9), (8, 8), (4, 6)), status=ref)
    assert [file.name for file in message_of(adapter, posted.ref).files] == [f"plantain-5-{n}.png" for n in (1, 2, 3)]


async def test_long_after_the_command_the_status_moves_and_the_picture_comes(
    discord_api: DiscordSimulator, adapter: Adapter, anna: Person, channel: Channel
) -> None:
    asked, conversation, ref = await waiting(adapter, anna, channel)
    long_after(discord_api)
    await conversation.edit(ref, status("still a fox"))
    assert asked.answer
    assert asked.answer.text.startswith("still a fox")
    posted = await deliver(adapter, conversation, await adapter.result(), status=ref)
    assert message_of(adapter, posted.ref).files
    assert asked.answer is None


async def test_a_token_that_discord_does_not_take_any_more_is_no_end(
    discord_api: DiscordSimulator, adapter: Adapter, anna: Person, channel: Channel
) -> None:
    asked, conversation, ref = await waiting(adapter, anna, channel)
    discord_api.fail("PATCH", "/webhooks/*", refused(50027))
    await conversation.edit(ref, status("still a fox"))
    assert asked.answer
    assert asked.answer.text.startswith("still a fox")


@pytest.mark.parametrize("denied", [Permission.SEND_MESSAGES, Permission.VIEW_CHANNEL, Permission.ATTACH_FILES])
async def test_where_the_bot_may_not_post_the_answer_itself_becomes_the_picture(
    discord_api: DiscordSimulator, adapter: Adapter, anna: Person, channel: Channel, denied: Permission
) -> None:
    asked, conversation, ref = await waiting(adapter, anna, channel)
    discord_api.deny(channel, denied)
    posted = await deliver(adapter, conversation, await adapter.result(), status=ref)
    assert posted.ref == ref
    assert asked.answer
    assert asked.answer.files


async def test_where_nothing_is_open_any_more_the_picture_can_go_to_the_member_directly(
    discord_api: DiscordSimulator, adapter: Adapter, anna: Person, channel: Channel
) -> None:
    _, conversation, ref = await waiting(adapter, anna, channel)
    assert channel.guild
    discord_api.remove_bot(channel.guild)
    long_after(discord_api)
    with pytest.raises(Forbidden):
        await deliver(adapter, conversation, await adapter.result(), status=ref)
    alone = adapter.platform.private(member(anna), conversation.address)
    assert alone is not None
    posted = await deliver(adapter, alone, await adapter.result())
    (message,) = discord_api.direct_messages(anna)
    assert message is message_of(adapter, posted.ref)
    assert message.files
    assert message.notified == [anna]


async def test_a_status_that_was_deleted_is_gone_and_another_takes_its_place(
    discord_api: DiscordSimulator, adapter: Adapter, anna: Person, channel: Channel
) -> None:
    asked, conversation, ref = await waiting(adapter, anna, channel)
    assert asked.answer
    discord_api.members.delete(asked.answer)
    with pytest.raises(Gone):
        await conversation.edit(ref, status())
    posted = await conversation.post(status(), key=f"request-5-instead-of-{ref}")
    assert message_of(adapter, posted.ref).channel is channel


async def test_a_channel_that_was_deleted_is_forbidden(
    discord_api: DiscordSimulator, adapter: Adapter, anna: Person, channel: Channel
) -> None:
    discord_api.members.say(anna, channel, f"<@{discord_api.world.bot.id}> a fox")
    _, conversation = await adapter.core.next()
    discord_api.delete_channel(channel)
    with pytest.raises(Forbidden):
        await conversation.post(status(), key="request-5")


async def test_in_a_thread_the_picture_stays_in_the_thread(
    discord_api: DiscordSimulator, adapter: Adapter, anna: Person, channel: Channel
) -> None:
    thread = discord_api.add_thread(channel)
    _, conversation, ref = await waiting(adapter, anna, thread)
    posted = await deliver(adapter, conversation, await adapter.result(), status=ref)
    assert message_of(adapter, posted.ref).channel is thread
