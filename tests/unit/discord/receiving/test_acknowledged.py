"""Acknowledgements that go wrong; and what may be done, known before credits are taken."""

import pytest

from adapters.discord.pictures import picture_of
from tests.simulators.discord.api import DiscordSimulator
from tests.simulators.discord.faults import Fault, bad_gateway, cut, refused
from tests.simulators.discord.world.state import Channel, Permission, Person
from tests.unit.discord.adapter import Adapter, running, status
from tests.unit.discord.asking import fox, heard
from tests.unit.discord.library_client import picture

# Acknowledgements that go wrong


async def test_an_interaction_that_is_acknowledged_already_is_gone_on_with(
    discord_api: DiscordSimulator, adapter: Adapter, anna: Person, channel: Channel
) -> None:
    discord_api.fail("POST", "/interactions/*", bad_gateway().after())
    asked = discord_api.members.slash(anna, channel, "imagine", prompt="a fox")
    _, conversation = await heard(adapter)
    await conversation.post(status(), key="request-5")
    assert asked.answer
    assert len(discord_api.messages(channel)) == 1


async def test_an_acknowledgement_whose_answer_was_lost_is_found(
    discord_api: DiscordSimulator, adapter: Adapter, anna: Person, channel: Channel
) -> None:
    discord_api.fail("POST", "/interactions/*", cut().after())
    asked = discord_api.members.slash(anna, channel, "imagine", prompt="a fox")
    _, conversation = await heard(adapter)
    await conversation.post(status(), key="request-5")
    assert asked.answer


async def test_an_interaction_that_is_too_late_goes_on_in_the_channel(
    discord_api: DiscordSimulator, adapter: Adapter, anna: Person, channel: Channel
) -> None:
    discord_api.fail("POST", "/interactions/*", _too_late())
    discord_api.members.slash(anna, channel, "imagine", prompt="a fox")
    _, conversation = await heard(adapter)
    await conversation.post(status(), key="request-5")
    assert [message.text.splitlines()[0] for message in discord_api.messages(channel)] == ["a fox"]


async def test_an_interaction_that_is_too_late_and_private_is_dropped(
    discord_api: DiscordSimulator, adapter: Adapter, anna: Person, channel: Channel
) -> None:
    discord_api.fail("POST", "/interactions/*", _too_late())
    discord_api.members.slash(anna, channel, "imagine", prompt="a secret", private=True)
    await discord_api.until(lambda: discord_api.calls("POST", "/callback"))
    discord_api.members.slash(anna, channel, "imagine", prompt="a fox")
    event, _ = await heard(adapter)
    assert event.call
    assert event.call.argument == "a fox"


# What may be done, known before credits are taken


@pytest.mark.parametrize(
    ("denied", "may_post", "may_attach"),
    [
        (Permission.NONE, True, True),
        (Permission.ATTACH_FILES, True, False),
        (Permission.SEND_MESSAGES, False, False),
    ],
)
async def test_what_a_message_may_be_answered_with_is_known(
    discord_api: DiscordSimulator,
    anna: Person,
    channel: Channel,
    denied: Permission,
    *,
    may_post: bool,
    may_attach: bool,
) -> None:
    discord_api.deny(channel, denied)
    async with running(Adapter(discord_api)) as adapter:
        await discord_api.until(lambda: discord_api.gateway.connected[0].sequence >= 2)
        discord_api.members.say(anna, channel, f"<@{discord_api.world.bot.id}> a fox")
        _, conversation = await heard(adapter)
        abilities = await conversation.abilities()
    assert (abilities.may_post, abilities.may_attach) == (may_post, may_attach)


async def test_a_command_can_be_answered_where_the_bot_may_not_post(
    discord_api: DiscordSimulator, adapter: Adapter, anna: Person, channel: Channel
) -> None:
    discord_api.deny(channel, Permission.SEND_MESSAGES)
    discord_api.members.slash(anna, channel, "imagine", prompt="a fox")
    _, conversation = await heard(adapter)
    assert (await conversation.abilities()).may_post


async def test_sizes_come_from_the_interaction_and_from_the_server(
    discord_api: DiscordSimulator, adapter: Adapter, anna: Person
) -> None:
    boosted = discord_api.add_channel(discord_api.add_guild(premium_tier=2))
    discord_api.members.attachment_size_limit = 12 * 1024 * 1024
    discord_api.members.slash(anna, boosted, "imagine", prompt="a fox")
    _, by_command = await heard(adapter)
    discord_api.members.say(anna, boosted, f"<@{discord_api.world.bot.id}> a fox")
    _, by_message = await heard(adapter)
    limits = [(await each.abilities()).shown for each in (by_command, by_message)]
    assert [limit and limit.most_bytes for limit in limits] == [12 * 1024 * 1024, 50 * 1024 * 1024]


async def test_a_link_to_a_picture_that_is_over_is_asked_for_anew(
    discord_api: DiscordSimulator, adapter: Adapter, anna: Person
) -> None:
    discord_api.members.say(anna, discord_api.direct_channel(anna), "night", files=[fox()])
    event, conversation = await heard(adapter)
    discord_api.clock.advance(25 * 60 * 60)
    (ref,) = event.pictures
    assert b"".join([piece async for piece in conversation.open_picture(ref)]) == picture()
    assert picture_of(ref).url in str(ref)


def _too_late() -> Fault:
    return refused(10062)
