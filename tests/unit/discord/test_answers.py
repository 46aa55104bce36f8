"""How answers travel: the ways of a status and of a picture, in every kind of place, and after the token's time."""

from dataclasses import replace

import pytest

from bot.domain.chat import Action, MessageRef, PictureLimits, Quoted, Sentence, Verb
from bot.domain.errors import Forbidden, Gone, RateLimited, TooLarge, Unavailable
from bot.ports import Conversation
from tests.simulators.discord_api import DiscordSimulator
from tests.simulators.discord_faults import Fault, bad_gateway, banned, cut, refused
from tests.simulators.discord_files import Upload
from tests.simulators.discord_interactions import Asked
from tests.simulators.discord_state import Channel, Message, Permission, Person
from tests.unit.discord.adapter import Adapter, long_after, running, saying, status
from tests.unit.discord.library_client import picture


async def asking(adapter: Adapter, anna: Person, channel: Channel, **options: bool) -> tuple[Asked, Conversation]:
    asked = adapter.simulator.members.slash(anna, channel, "imagine", prompt="a fox", **options)
    _, conversation = await adapter.core.next()
    return asked, conversation


async def waiting(
    adapter: Adapter, anna: Person, channel: Channel, **options: bool
) -> tuple[Asked, Conversation, MessageRef]:
    """A request whose status is shown; the conversation is rebuilt from its address, as a delivery has it."""
    asked, live = await asking(adapter, anna, channel, **options)
    conversation = adapter.platform.conversation(live.address)
    posted = await conversation.post(status(), key="request-5")
    return asked, conversation, posted.ref


def message_of(adapter: Adapter, ref: MessageRef) -> Message:
    return adapter.simulator.world.messages[int(ref.partition(":")[2])]


@pytest.fixture
def abroad(discord_api: DiscordSimulator) -> Channel:
    """A channel where the bot is not: only who took the app along can use it."""
    return discord_api.add_channel(discord_api.add_guild(has_bot=False))


# In a server


async def test_the_status_is_the_answer_and_has_a_button_to_cancel(
    adapter: Adapter, anna: Person, channel: Channel
) -> None:
    asked, _, ref = await waiting(adapter, anna, channel)
    assert asked.answer
    assert asked.answer.text == "a fox\nNext in line, ready in about 20 s"
    assert [button.label for button in asked.answer.buttons] == ["Cancel"]
    assert ref == f"{channel.id}:{asked.answer.id}"


async def test_the_picture_is_a_message_of_the_channel_and_the_answer_one_line(
    adapter: Adapter, anna: Person, channel: Channel
) -> None:
    asked, conversation, ref = await waiting(adapter, anna, channel)
    posted = await conversation.edit(ref, await adapter.result())
    message = message_of(adapter, posted.ref)
    assert message.origin is None
    assert [file.name for file in message.files] == ["plantain-5-1.png"]
    assert message.files[0].description == "a fox"
    assert [button.label for button in message.buttons] == ["Again", "Edit"]
    assert message.text == f"a fox\n-# Nano · 16:9 · 16×9 · 2 credits, 8 left · <@{anna.id}>"
    assert asked.answer
    assert asked.answer.text.startswith("Ready: https://discord.com/channels/")
    assert asked.answer.text.endswith(str(message.id))
    assert (asked.answer.buttons, message.mentions) == ([], [])


async def test_several_pictures_are_one_message(adapter: Adapter, anna: Person, channel: Channel) -> None:
    _, conversation, ref = await waiting(adapter, anna, channel)
    posted = await conversation.edit(ref, await adapter.result((16, 9), (8, 8), (4, 6)))
    assert [file.name for file in message_of(adapter, posted.ref).files] == [f"plantain-5-{n}.png" for n in (1, 2, 3)]


async def test_a_picture_that_was_posted_before_a_crash_is_not_posted_twice(
    discord_api: DiscordSimulator, anna: Person, channel: Channel
) -> None:
    async with running(Adapter(discord_api)) as adapter:
        _, conversation, ref = await waiting(adapter, anna, channel)
        first = await conversation.edit(ref, await adapter.result())
    async with running(Adapter(discord_api)) as another:
        rebuilt = another.platform.conversation(conversation.address)
        second = await rebuilt.edit(ref, await another.result())
    assert first == second
    assert len(discord_api.messages(channel)) == 2


async def test_a_status_that_was_posted_before_a_crash_is_the_same_and_says_what_is_said_last(
    discord_api: DiscordSimulator, adapter: Adapter, anna: Person, channel: Channel
) -> None:
    _, conversation, ref = await waiting(adapter, anna, channel)
    again = await conversation.post(status("a wolf"), key="request-5")
    assert again.ref == ref
    assert [message.text.splitlines()[0] for message in discord_api.messages(channel)] == ["a wolf"]


async def test_long_after_the_command_the_status_moves_and_the_picture_comes(
    discord_api: DiscordSimulator, adapter: Adapter, anna: Person, channel: Channel
) -> None:
    asked, conversation, ref = await waiting(adapter, anna, channel)
    long_after(discord_api)
    await conversation.edit(ref, status("still a fox"))
    assert asked.answer
    assert asked.answer.text.startswith("still a fox")
    posted = await conversation.edit(ref, await adapter.result())
    assert message_of(adapter, posted.ref).files
    assert asked.answer.text.startswith("Ready")


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
    posted = await conversation.edit(ref, await adapter.result())
    assert posted.ref == ref
    assert asked.answer
    assert asked.answer.files


async def test_where_nothing_is_open_any_more_the_picture_goes_to_the_member_directly(
    discord_api: DiscordSimulator, adapter: Adapter, anna: Person, channel: Channel
) -> None:
    _, conversation, ref = await waiting(adapter, anna, channel)
    assert channel.guild
    discord_api.remove_bot(channel.guild)
    long_after(discord_api)
    await conversation.edit(ref, await adapter.result())
    assert discord_api.direct_messages(anna)[0].files


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
    posted = await conversation.edit(ref, await adapter.result())
    assert message_of(adapter, posted.ref).channel is thread


# Messages and presses


async def test_a_message_is_answered_with_a_status_that_becomes_the_picture(
    discord_api: DiscordSimulator, adapter: Adapter, anna: Person, channel: Channel
) -> None:
    said = discord_api.members.say(anna, channel, f"<@{discord_api.world.bot.id}> a fox")
    _, conversation = await adapter.core.next()
    posted = await conversation.post(status(reply_to=MessageRef(f"{channel.id}:{said.id}")), key="request-5")
    message = message_of(adapter, posted.ref)
    assert message.reference
    assert message.reference["message_id"] == str(said.id)
    assert message.mentions == []
    assert await conversation.edit(posted.ref, await adapter.result()) == posted
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
    result = await conversation.edit(ref, await adapter.result())
    boris = discord_api.add_person("boris")
    discord_api.members.press(boris, message_of(adapter, result.ref), "Again")
    event, live = await adapter.core.next()
    await live.post(saying(Sentence("again-open")), key=f"{event.key}:answer")
    assert [message.text for message in discord_api.ephemeral_messages(boris)] == [
        "That one is being made already; this press started nothing and cost nothing."
    ]
    posted = await adapter.platform.conversation(live.address).post(status(), key="request-6")
    assert not message_of(adapter, posted.ref).is_ephemeral
    assert len(discord_api.messages(channel)) == 3


async def test_a_private_press_stays_private(
    discord_api: DiscordSimulator, adapter: Adapter, anna: Person, channel: Channel
) -> None:
    asked, conversation, ref = await waiting(adapter, anna, channel, private=True)
    await conversation.edit(ref, await adapter.result())
    assert asked.answer
    discord_api.members.press(anna, asked.answer, "Again")
    _, live = await adapter.core.next()
    await adapter.platform.conversation(live.address).post(status(), key="request-6")
    assert discord_api.messages(channel) == []
    assert len(discord_api.ephemeral_messages(anna)) == 2


# For one member alone


async def test_what_is_asked_in_private_is_seen_by_nobody_else(
    discord_api: DiscordSimulator, adapter: Adapter, anna: Person, channel: Channel
) -> None:
    _, conversation, ref = await waiting(adapter, anna, channel, private=True)
    posted = await conversation.edit(ref, await adapter.result())
    assert posted.ref == ref
    assert discord_api.messages(channel) == []
    (message,) = discord_api.ephemeral_messages(anna)
    assert message.files


async def test_long_after_the_command_a_private_picture_comes_directly(
    discord_api: DiscordSimulator, adapter: Adapter, anna: Person, channel: Channel
) -> None:
    _, conversation, ref = await waiting(adapter, anna, channel, private=True)
    long_after(discord_api)
    with pytest.raises(Unavailable):
        await conversation.edit(ref, status())
    posted = await conversation.edit(ref, await adapter.result())
    (message,) = discord_api.direct_messages(anna)
    assert message.files
    assert posted.ref == f"{message.channel.id}:{message.id}"
    assert discord_api.messages(channel) == []


async def test_who_takes_no_messages_is_mentioned_and_sees_the_picture_alone_at_a_press(
    discord_api: DiscordSimulator, anna: Person, channel: Channel
) -> None:
    anna.takes_direct_messages = False
    async with running(Adapter(discord_api)) as adapter:
        _, conversation, ref = await waiting(adapter, anna, channel, private=True)
        long_after(discord_api)
        await conversation.edit(ref, await adapter.result(prompt="a secret"))
    (mention,) = discord_api.messages(channel)
    assert mention.mentions == [anna]
    assert (mention.files, "secret" in mention.text) == ([], False)
    another = Adapter(discord_api, adapter.transcript)
    await another.keep((16, 9))
    async with running(another):
        asked = discord_api.members.press(anna, mention, "Show")
        await discord_api.until(lambda: asked.answer)
        boris = discord_api.add_person("boris")
        refused_to = discord_api.members.press(boris, mention, "Show")
        await discord_api.until(lambda: refused_to.answer)
    assert asked.answer
    assert asked.answer.is_ephemeral
    assert [file.name for file in asked.answer.files] == ["plantain-5-1.png"]
    assert [button.label for button in asked.answer.buttons] == ["Again", "Edit"]
    assert refused_to.answer
    assert refused_to.answer.is_ephemeral
    assert refused_to.answer.files == []


async def test_an_answer_to_the_mention_is_not_about_the_private_picture(
    discord_api: DiscordSimulator, adapter: Adapter, anna: Person, channel: Channel
) -> None:
    anna.takes_direct_messages = False
    _, conversation, ref = await waiting(adapter, anna, channel, private=True)
    long_after(discord_api)
    posted = await conversation.edit(ref, await adapter.result())
    (mention,) = discord_api.messages(channel)
    assert str(mention.id) not in posted.ref


# Where the bot is not


async def test_an_app_that_was_taken_along_answers_in_its_one_message(
    discord_api: DiscordSimulator, adapter: Adapter, anna: Person, abroad: Channel
) -> None:
    asked, conversation, ref = await waiting(adapter, anna, abroad)
    posted = await conversation.edit(ref, await adapter.result())
    assert posted.ref == ref
    assert asked.answer
    assert asked.answer.files
    assert discord_api.calls("POST", asked.token) == []


async def test_long_after_the_command_what_was_asked_abroad_comes_directly(
    discord_api: DiscordSimulator, adapter: Adapter, anna: Person, abroad: Channel
) -> None:
    _, conversation, ref = await waiting(adapter, anna, abroad)
    long_after(discord_api)
    await conversation.edit(ref, await adapter.result())
    assert discord_api.direct_messages(anna)[0].files


async def test_abroad_without_token_and_direct_messages_nothing_can_be_done(
    discord_api: DiscordSimulator, adapter: Adapter, anna: Person, abroad: Channel
) -> None:
    anna.takes_direct_messages = False
    _, conversation, ref = await waiting(adapter, anna, abroad)
    long_after(discord_api)
    with pytest.raises(Forbidden):
        await conversation.edit(ref, await adapter.result())


async def test_again_abroad_has_a_message_of_its_own(
    discord_api: DiscordSimulator, adapter: Adapter, anna: Person, abroad: Channel
) -> None:
    asked, conversation, ref = await waiting(adapter, anna, abroad)
    await conversation.edit(ref, await adapter.result())
    assert asked.answer
    pressed = discord_api.members.press(anna, asked.answer, "Again")
    _, live = await adapter.core.next()
    posted = await adapter.platform.conversation(live.address).post(status(), key="request-6")
    assert pressed.answer
    assert posted.ref == f"{abroad.id}:{pressed.answer.id}"


async def test_a_direct_chat_has_its_picture_in_the_answer_itself(
    discord_api: DiscordSimulator, adapter: Adapter, anna: Person
) -> None:
    chat = discord_api.direct_channel(anna)
    _, conversation, ref = await waiting(adapter, anna, chat)
    assert (await conversation.edit(ref, await adapter.result())).ref == ref
    long_after(discord_api)
    await conversation.edit(ref, status("again"))
    assert [message.text.splitlines()[0] for message in discord_api.messages(chat)] == ["again"]


# What is hidden


async def test_what_comes_of_a_hidden_picture_is_hidden(
    discord_api: DiscordSimulator, adapter: Adapter, anna: Person, channel: Channel
) -> None:
    hidden = Upload(name="SPOILER_fox.png", data=picture())
    asked = discord_api.members.slash(anna, channel, "edit", prompt="make it night", picture=hidden)
    _, conversation = await adapter.core.next()
    posted = await conversation.post(status(), key="request-5")
    result = await conversation.edit(posted.ref, await adapter.result())
    assert asked.answer
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
        await conversation.edit(ref, await adapter.result())
        assert not discord_api.ephemeral_messages(anna)[0].files[0].is_spoiler
        long_after(discord_api)
        await conversation.edit(ref, await adapter.result())
    assert discord_api.direct_messages(anna)[0].files[0].is_spoiler


# What goes wrong


@pytest.mark.parametrize("fault", [refused(40005), refused(50045), Fault(status=413)])
async def test_what_is_too_large_is_told_and_what_is_smaller_can_follow(
    discord_api: DiscordSimulator, adapter: Adapter, anna: Person, channel: Channel, fault: Fault
) -> None:
    _, conversation, ref = await waiting(adapter, anna, channel)
    discord_api.fail("POST", "/channels/*/messages", fault)
    with pytest.raises(TooLarge):
        await conversation.edit(ref, await adapter.result())
    posted = await conversation.edit(ref, await adapter.result())
    assert message_of(adapter, posted.ref).files[0].data == adapter.pictures.kept[_only(adapter)]


async def test_a_file_is_sent_whole_however_often_it_is_tried(
    discord_api: DiscordSimulator, adapter: Adapter, anna: Person, abroad: Channel
) -> None:
    asked, conversation, ref = await waiting(adapter, anna, abroad)
    discord_api.fail("PATCH", "/webhooks/*", bad_gateway(), times=1)
    await conversation.edit(ref, await adapter.result())
    assert asked.answer
    assert asked.answer.files[0].data == adapter.pictures.kept[_only(adapter)]


@pytest.mark.parametrize("fault", [bad_gateway(503), cut(), cut().after()])
async def test_a_post_that_got_no_answer_may_be_repeated_for_it_has_a_nonce(
    discord_api: DiscordSimulator, adapter: Adapter, anna: Person, channel: Channel, fault: Fault
) -> None:
    _, conversation, ref = await waiting(adapter, anna, channel)
    discord_api.fail("POST", "/channels/*/messages", fault)
    with pytest.raises(Unavailable):
        await conversation.edit(ref, await adapter.result())
    await conversation.edit(ref, await adapter.result())
    assert len([message for message in discord_api.messages(channel) if message.files]) == 1


async def test_after_cloudflares_ban_nothing_is_asked_for_a_while(
    discord_api: DiscordSimulator, adapter: Adapter, anna: Person, channel: Channel
) -> None:
    _, conversation, ref = await waiting(adapter, anna, channel)
    discord_api.fail("POST", "/channels/*/messages", banned())
    with pytest.raises(RateLimited) as caught:
        await conversation.edit(ref, await adapter.result())
    assert caught.value.retry_after_seconds == 3600
    calls = len(discord_api.calls())
    with pytest.raises(RateLimited):
        await conversation.edit(ref, await adapter.result())
    assert len(discord_api.calls()) == calls
    discord_api.clock.advance(3601)
    await conversation.edit(ref, await adapter.result())


async def test_words_that_automatic_moderation_stops_are_left_out(
    discord_api: DiscordSimulator, adapter: Adapter, anna: Person, channel: Channel
) -> None:
    discord_api.writer.blocked_words.add("rude")
    asked, conversation = await asking(adapter, anna, channel)
    posted = await conversation.post(status("a rude fox"), key="request-5")
    assert asked.answer
    assert asked.answer.text.splitlines() == ["…", "Next in line, ready in about 20 s"]
    result = await conversation.edit(posted.ref, await adapter.result(prompt="a rude fox"))
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
    delete = Action(verb=Verb.DELETE, target=5, label=Sentence("action-delete"))
    posted = await conversation.edit(ref, replace(result, actions=(delete,)))
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


async def test_a_picture_we_do_not_keep_any_more_cannot_be_sent(
    adapter: Adapter, anna: Person, channel: Channel
) -> None:
    _, conversation, ref = await waiting(adapter, anna, channel)
    result = await adapter.result()
    adapter.pictures.kept.clear()
    with pytest.raises(Forbidden):
        await conversation.edit(ref, result)


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
