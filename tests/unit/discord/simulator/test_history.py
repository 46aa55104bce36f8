"""What people see of a bot in the simulated Discord, and whom its messages ping."""

import discord

from tests.simulators.discord.api import DiscordSimulator
from tests.simulators.discord.world.state import Channel, Person
from tests.simulators.seen import left_behind, reactions_left
from tests.unit.discord.library_client import LibraryClient, running


async def test_only_a_new_message_pings_and_only_whom_it_may(
    discord_api: DiscordSimulator, channel: Channel, anna: Person
) -> None:
    asked = discord_api.members.say(anna, channel, "a fox")
    client = LibraryClient()
    async with running(discord_api, client):
        place = client.get_partial_messageable(channel.id)
        quiet = discord.AllowedMentions.none()
        sent = await place.send(f"<@{anna.id}>", allowed_mentions=quiet)
        await sent.edit(content=f"<@{anna.id}> ready")
        await place.send(f"<@{anna.id}>")
        await place.send("x", reference=place.get_partial_message(asked.id), mention_author=True)
        await place.send("x", reference=place.get_partial_message(asked.id), mention_author=False)
    silent, mention, reply, quiet_reply = discord_api.history.seen().messages
    assert (silent.notified, quiet_reply.notified) == (frozenset(), frozenset())
    assert mention.notified == reply.notified == {anna.id}
    assert [state.text for state in silent.states] == [f"<@{anna.id}>", f"<@{anna.id}> ready"]
    assert (reply.answers, reply.is_public) == (asked.id, True)


async def test_in_a_direct_chat_every_new_message_tells_its_person(discord_api: DiscordSimulator, anna: Person) -> None:
    direct = discord_api.direct_channel(anna)
    client = LibraryClient()
    async with running(discord_api, client):
        await client.get_partial_messageable(direct.id).send("x")
    (message,) = discord_api.history.seen().messages
    assert message.notified == {anna.id}
    assert not message.is_public


async def test_reactions_deletions_and_what_is_left_are_told_of(
    discord_api: DiscordSimulator, channel: Channel, anna: Person
) -> None:
    asked = discord_api.members.say(anna, channel, "a fox")
    client = LibraryClient()
    async with running(discord_api, client):
        place = client.get_partial_messageable(channel.id)
        await place.get_partial_message(asked.id).add_reaction("👀")
        sent = await place.send("Painting: began")
        told = discord_api.history.seen()
        assert (len(left_behind(told)), len(reactions_left(told))) == (1, 1)
        await sent.delete()
    told = discord_api.history.seen()
    assert (left_behind(told), told.standing) == ([], [])
    assert told.messages[0].gone_at is not None
