"""What goes wrong on an answer's way, and what is done then."""

from dataclasses import replace

import pytest

from bot.domain.chat import (
    Action,
    PictureLimits,
    Quoted,
    Sentence,
    Verb,
)
from bot.domain.errors import RateLimited, TooLarge, Unavailable
from tests.simulators.discord.api import DiscordSimulator
from tests.simulators.discord.faults import Fault, bad_gateway, banned, cut, refused
from tests.simulators.discord.world.state import Channel, Person
from tests.tokens import AN_ID
from tests.unit.discord.adapter import Adapter, deliver, long_after, saying, status
from tests.unit.discord.asking import asking, message_of, waiting


@pytest.fixture
def abroad(discord_api: DiscordSimulator) -> Channel:
    """Make a channel where the bot is not: only who took the app along can use it."""
    return discord_api.add_channel(discord_api.add_guild(has_bot=False))


@pytest.mark.parametrize("fault", [refused(40005), refused(50045), Fault(status=413)])
async def test_what_is_too_large_is_told_and_what_is_smaller_can_follow(
    discord_api: DiscordSimulator, adapter: Adapter, anna: Person, channel: Channel, fault: Fault
) -> None:
    _, conversation, ref = await waiting(adapter, anna, channel)
    discord_api.fail("POST", "/channels/*/messages", fault)
    with pytest.raises(TooLarge):
        await deliver(adapter, conversation, await adapter.result(), status=ref)
    posted = await deliver(adapter, conversation, await adapter.result(), status=ref)
    assert message_of(adapter, posted.ref).files[0].data == adapter.pictures.kept[_only(adapter)]


async def test_a_file_is_sent_whole_however_often_it_is_tried(
    discord_api: DiscordSimulator, adapter: Adapter, anna: Person, abroad: Channel
) -> None:
    asked, conversation, ref = await waiting(adapter, anna, abroad)
    discord_api.fail("PATCH", "/webhooks/*", bad_gateway(), times=1)
    await deliver(adapter, conversation, await adapter.result(), status=ref)
    assert asked.answer
    assert asked.answer.files[0].data == adapter.pictures.kept[_only(adapter)]


@pytest.mark.parametrize("fault", [bad_gateway(503), cut(), cut().after()])
async def test_a_post_that_got_no_answer_may_be_repeated_for_it_has_a_nonce(
    discord_api: DiscordSimulator, adapter: Adapter, anna: Person, channel: Channel, fault: Fault
) -> None:
    _, conversation, ref = await waiting(adapter, anna, channel)
    discord_api.fail("POST", "/channels/*/messages", fault)
    with pytest.raises(Unavailable):
        await deliver(adapter, conversation, await adapter.result(), status=ref)
    await deliver(adapter, conversation, await adapter.result(), status=ref)
    assert len([message for message in discord_api.messages(channel) if message.files]) == 1


async def test_after_cloudflares_ban_nothing_is_asked_for_a_while(
    discord_api: DiscordSimulator, adapter: Adapter, anna: Person, channel: Channel
) -> None:
    _, conversation, ref = await waiting(adapter, anna, channel)
    discord_api.fail("POST", "/channels/*/messages", banned())
    with pytest.raises(RateLimited) as caught:
        await deliver(adapter, conversation, await adapter.result(), status=ref)
    assert caught.value.retry_after_seconds == 3600
    calls = len(discord_api.calls())
    with pytest.raises(RateLimited):
        await deliver(adapter, conversation, await adapter.result(), status=ref)
    assert len(discord_api.calls()) == calls
    discord_api.clock.advance(3601)
    await deliver(adapter, conversation, await adapter.result(), status=ref)


async def test_words_that_automatic_moderation_stops_are_left_out(
    discord_api: DiscordSimulator, adapter: Adapter, anna: Person, channel: Channel
) -> None:
    discord_api.writer.blocked_words.add("rude")
    asked, conversation = await asking(adapter, anna, channel)
    posted = await conversation.post(status("a rude fox"), key="request-5")
    assert asked.answer
    assert asked.answer.text.splitlines() == ["…", "2 credits, 8 left"]
    result = await deliver(adapter, conversation, await adapter.result(prompt="a rude fox"), status=posted.ref)
    assert message_of(adapter, result.ref).text.startswith("…\n-# Nano")


async def test_a_message_can_be_taken_away_and_one_that_is_gone_is_no_fault(
    discord_api: DiscordSimulator, adapter: Adapter, anna: Person, channel: Channel
) -> None:
    asked, conversation, ref = await waiting(adapter, anna, channel)
    await conversation.delete(ref)
    assert asked.answer is None
    await conversation.delete(ref)


@pytest.mark.parametrize("private", [True, False])
async def test_the_picture_whose_button_is_pressed_can_be_taken_away_wherever_it_is(
    discord_api: DiscordSimulator, adapter: Adapter, anna: Person, abroad: Channel, channel: Channel, *, private: bool
) -> None:
    asked, conversation, ref = await waiting(adapter, anna, channel if private else abroad, private=private)
    result = await adapter.result()
    delete = Action(verb=Verb.DELETE, target=AN_ID, label=Sentence("action-delete"))
    posted = await deliver(adapter, conversation, replace(result, actions=(delete,)), status=ref)
    assert asked.answer
    long_after(discord_api)
    discord_api.members.press(anna, asked.answer, "Delete")
    _, live = await adapter.core.next()
    await live.delete(posted.ref)
    assert asked.answer is None


async def test_activity_is_shown_where_a_message_was_written(
    discord_api: DiscordSimulator, adapter: Adapter, anna: Person, channel: Channel
) -> None:
    discord_api.members.say(anna, channel, f"<@{discord_api.world.bot.id}> a fox")
    _, conversation = await adapter.core.next()
    await conversation.show_activity()
    assert discord_api.channels.typed == [channel]


async def test_that_a_picture_is_not_kept_any_more_is_for_the_core_to_say(
    adapter: Adapter, anna: Person, channel: Channel
) -> None:
    _, conversation, ref = await waiting(adapter, anna, channel)
    result = await adapter.result()
    adapter.pictures.kept.clear()
    with pytest.raises(FileNotFoundError):
        await deliver(adapter, conversation, result, status=ref)


async def test_what_a_chat_takes_is_known_beforehand(adapter: Adapter, anna: Person, channel: Channel) -> None:
    _, conversation = await asking(adapter, anna, channel)
    abilities = await conversation.abilities()
    assert abilities.file == PictureLimits(most_bytes=10 * 1024 * 1024)
    assert abilities.shown
    assert "image/heic" not in (abilities.shown.mimes or ())
    assert 24 * 1024 * 1024 < (abilities.most_bytes_together or 0) < 25 * 1024 * 1024


async def test_somebodys_words_ping_nobody(adapter: Adapter, anna: Person, channel: Channel) -> None:
    asked, conversation = await asking(adapter, anna, channel)
    await conversation.post(
        saying(Quoted(f"@everyone @here <@{anna.id}> <#{channel.id}> [a](https://a.example) **b**")), key="k"
    )
    assert asked.answer
    assert (asked.answer.mentions, asked.answer.pings_everyone) == ([], False)
    assert f"<@{anna.id}>" not in asked.answer.text


def _only(adapter: Adapter) -> str:
    (sha256,) = adapter.pictures.kept
    return sha256
