"""The simulated gateway seen without the library, frame by frame."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import pytest

from tests.simulators.discord.api import TOKEN, DiscordSimulator
from tests.simulators.discord.world.state import Channel, Person

GUILDS, GUILD_MESSAGES = 1 << 0, 1 << 9


@asynccontextmanager
async def connected(discord_api: DiscordSimulator) -> AsyncIterator[aiohttp.ClientWebSocketResponse]:
    """Open a connection and read HELLO from it."""
    url = f"{discord_api.gateway_url}?v=10&encoding=json"
    async with aiohttp.ClientSession() as session, session.ws_connect(url) as socket:
        hello = await socket.receive_json()
        assert hello == {"op": 10, "d": {"heartbeat_interval": 41250}, "t": None, "s": None}
        yield socket


async def identify(socket: aiohttp.ClientWebSocketResponse, intents: int = GUILDS, **more: Any) -> None:
    properties = {"os": "linux", "browser": "test", "device": "test"}
    wanted = {"token": TOKEN, "intents": intents, "properties": properties, **more}
    await socket.send_json({"op": 2, "d": wanted})


async def ready(socket: aiohttp.ClientWebSocketResponse, intents: int = GUILDS) -> dict[str, Any]:
    await identify(socket, intents)
    told: dict[str, Any] = await socket.receive_json()
    assert (told["op"], told["t"], told["s"]) == (0, "READY", 1)
    data: dict[str, Any] = told["d"]
    return data


async def test_ready_names_servers_that_are_told_next(discord_api: DiscordSimulator, channel: Channel) -> None:
    async with connected(discord_api) as socket:
        told = await ready(socket)
        created = await socket.receive_json()
    assert channel.guild
    assert told["guilds"] == [{"id": str(channel.guild.id), "unavailable": True}]
    assert told["resume_gateway_url"] == discord_api.gateway_url
    assert (created["t"], created["s"], created["d"]["channels"][0]["id"]) == ("GUILD_CREATE", 2, str(channel.id))


async def test_only_what_was_asked_for_is_told(discord_api: DiscordSimulator, channel: Channel, anna: Person) -> None:
    async with connected(discord_api) as socket:
        await ready(socket, GUILD_MESSAGES)
        discord_api.members.say(anna, discord_api.direct_channel(anna), "not asked for")
        discord_api.members.say(anna, channel, "asked for")
        told = await socket.receive_json()
    assert (told["t"], told["d"]["channel_id"]) == ("MESSAGE_CREATE", str(channel.id))


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"token": "wrong"}, 4004),
        ({"shard": [1, 1]}, 4010),
        ({"intents": 1 << 40}, 4013),
        ({"intents": 1 << 15}, 4014),
    ],
    ids=str,
)
async def test_who_asks_for_what_is_not_to_be_had_is_sent_away(
    discord_api: DiscordSimulator, wrong: dict[str, Any], code: int
) -> None:
    discord_api.gateway.allowed_intents = 0
    async with connected(discord_api) as socket:
        wanted = {"token": TOKEN, "intents": GUILDS, "properties": {}, **wrong}
        await socket.send_json({"op": 2, "d": wanted})
        await socket.receive()
        assert socket.close_code == code


async def test_a_session_that_nobody_knows_is_not_resumed(discord_api: DiscordSimulator) -> None:
    async with connected(discord_api) as socket:
        await socket.send_json({"op": 6, "d": {"token": TOKEN, "session_id": "none", "seq": 1}})
        told = await socket.receive_json()
    assert (told["op"], told["d"]) == (9, False)


async def test_what_was_missed_comes_in_order_and_then_resumed(
    discord_api: DiscordSimulator, channel: Channel, anna: Person
) -> None:
    async with connected(discord_api) as socket:
        told = await ready(socket, GUILD_MESSAGES)
        discord_api.gateway.close(4000)
        await socket.receive()
    await discord_api.until(lambda: not discord_api.gateway.connected)
    discord_api.members.say(anna, channel, "one")
    discord_api.members.say(anna, channel, "two")
    async with connected(discord_api) as socket:
        await socket.send_json({"op": 6, "d": {"token": TOKEN, "session_id": told["session_id"], "seq": 1}})
        heard = [await socket.receive_json() for _ in range(3)]
    assert [(each["t"], each["s"]) for each in heard] == [("MESSAGE_CREATE", 2), ("MESSAGE_CREATE", 3), ("RESUMED", 4)]


async def test_a_session_ends_with_its_owner_saying_so(discord_api: DiscordSimulator) -> None:
    async with connected(discord_api) as socket:
        await ready(socket)
        await socket.close(code=1000)
    await discord_api.until(lambda: not discord_api.gateway.sessions)


async def test_who_vanishes_is_no_longer_connected_but_may_come_back(discord_api: DiscordSimulator) -> None:
    async with connected(discord_api) as socket:
        await ready(socket)
        await socket.close(code=4000)
    await discord_api.until(lambda: not discord_api.gateway.connected)
    assert len(discord_api.gateway.sessions) == 1


async def test_heartbeats_may_be_left_without_an_answer(discord_api: DiscordSimulator) -> None:
    discord_api.gateway.answers_heartbeats = False
    async with connected(discord_api) as socket:
        await socket.send_json({"op": 1, "d": None})
        await discord_api.until(lambda: discord_api.gateway.heartbeats == 1)
        await identify(socket)
        assert (await socket.receive_json())["t"] == "READY"
