"""Links that run out, and requests that go wrong on their way."""

import asyncio
import io
import time

import aiohttp
import discord
import pytest

from tests.simulators.discord.api import TOKEN, DiscordSimulator
from tests.simulators.discord.faults import (
    Fault,
    bad_gateway,
    banned,
    cut,
    exhausted,
    hang,
    held,
    rate_limited,
    refused,
)
from tests.simulators.discord.world.files import LINK_SECONDS, Upload
from tests.simulators.discord.world.state import Channel, Person
from tests.unit.discord.library_client import LibraryClient, picture, running


def place(client: LibraryClient, channel: Channel) -> discord.PartialMessageable:
    return client.get_partial_messageable(channel.id)


# Files


async def test_a_link_to_a_file_runs_out_and_the_message_has_a_fresh_one(
    discord_api: DiscordSimulator, channel: Channel
) -> None:
    data = picture()
    async with running(discord_api, client := LibraryClient()):
        sent = await place(client, channel).send(file=discord.File(io.BytesIO(data), "fox.png"))
        assert await sent.attachments[0].read() == data
        discord_api.clock.advance(LINK_SECONDS)
        with pytest.raises(discord.NotFound):
            await sent.attachments[0].read()
        fresh = await place(client, channel).fetch_message(sent.id)
        assert await fresh.attachments[0].read() == data


async def test_a_forged_link_leads_nowhere(discord_api: DiscordSimulator, channel: Channel, anna: Person) -> None:
    message = discord_api.members.say(anna, channel, files=[Upload(name="a.png", data=picture())])
    url = discord_api.payloads.message(message)["attachments"][0]["url"]
    async with aiohttp.ClientSession() as session:
        async with session.get(url) as answer:
            assert (answer.status, answer.content_type) == (200, "image/png")
        async with session.get(url.replace("a.png", "b.png")) as answer:
            assert answer.status == 404


async def test_the_files_of_a_deleted_message_are_gone(
    discord_api: DiscordSimulator, channel: Channel, anna: Person
) -> None:
    message = discord_api.members.say(anna, channel, files=[Upload(name="a.png", data=picture())])
    url = discord_api.payloads.message(message)["attachments"][0]["url"]
    discord_api.members.delete(message)
    async with aiohttp.ClientSession() as session, session.get(url) as answer:
        assert answer.status == 404


# Requests that go wrong


async def test_a_request_that_was_not_taken_is_sent_again(discord_api: DiscordSimulator, channel: Channel) -> None:
    discord_api.fail("POST", "/channels/*/messages", bad_gateway())
    async with running(discord_api, client := LibraryClient()):
        await place(client, channel).send("a fox")
    assert [call.status for call in discord_api.calls("POST", "/messages")] == [502, 200]
    assert len(discord_api.messages(channel)) == 1


@pytest.mark.parametrize(("fault", "messages"), [(cut(), 0), (cut().after(), 1)], ids=["before", "after"])
async def test_a_cut_connection_is_an_error_of_the_line(
    discord_api: DiscordSimulator, channel: Channel, fault: Fault, messages: int
) -> None:
    discord_api.fail("POST", "/channels/*/messages", fault)
    async with running(discord_api, client := LibraryClient()):
        with pytest.raises(aiohttp.ServerDisconnectedError):
            await place(client, channel).send("a fox")
    assert len(discord_api.messages(channel)) == messages


async def test_a_request_waits_until_the_test_lets_it_through(discord_api: DiscordSimulator, channel: Channel) -> None:
    gate = asyncio.Event()
    discord_api.fail("POST", "/channels/*/messages", held(gate))
    async with running(discord_api, client := LibraryClient()):
        sending = asyncio.create_task(place(client, channel).send("a fox"))
        await discord_api.until(lambda: discord_api.calls("POST", "/messages"))
        assert discord_api.messages(channel) == []
        gate.set()
        await sending
    assert len(discord_api.messages(channel)) == 1


async def test_a_request_that_hangs_ends_by_the_clients_own_limit(
    discord_api: DiscordSimulator, channel: Channel
) -> None:
    gate = asyncio.Event()
    discord_api.fail("POST", "/channels/*/messages", hang(gate))
    async with running(discord_api, client := LibraryClient()):
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(place(client, channel).send("a fox"), 0.05)
    gate.set()


async def test_an_answer_can_come_late_though_the_request_was_carried_out(
    discord_api: DiscordSimulator, channel: Channel
) -> None:
    gate = asyncio.Event()
    discord_api.fail("POST", "/channels/*/messages", held(gate).after())
    async with running(discord_api, client := LibraryClient()):
        sending = asyncio.create_task(place(client, channel).send("a fox"))
        await discord_api.until(lambda: discord_api.messages(channel))
        assert not sending.done()
        gate.set()
        assert (await sending).content == "a fox"


async def test_discords_own_limit_of_rate_is_waited_out(discord_api: DiscordSimulator, channel: Channel) -> None:
    discord_api.fail("POST", "/channels/*/messages", rate_limited(0.01), times=2)
    async with running(discord_api, client := LibraryClient()):
        await place(client, channel).send("a fox")
    assert [call.status for call in discord_api.calls("POST", "/messages")] == [429, 429, 200]


async def test_an_exhausted_limit_of_rate_is_waited_for(discord_api: DiscordSimulator, channel: Channel) -> None:
    discord_api.fail("POST", "/channels/*/messages", exhausted(0.05))
    started = time.monotonic()
    async with running(discord_api, client := LibraryClient()):
        await place(client, channel).send("a fox")
        await place(client, channel).send("another")
    assert time.monotonic() - started >= 0.05


async def test_cloudflares_ban_is_an_error_at_once(discord_api: DiscordSimulator, channel: Channel) -> None:
    discord_api.fail("POST", "/channels/*/messages", banned())
    async with running(discord_api, client := LibraryClient()):
        with pytest.raises(discord.HTTPException) as caught:
            await place(client, channel).send("a fox")
    assert (caught.value.status, caught.value.response.headers.get("Via")) == (429, None)


async def test_any_refusal_can_be_planned(discord_api: DiscordSimulator, channel: Channel) -> None:
    discord_api.fail("POST", "/channels/*/messages", refused(50045))
    async with running(discord_api, client := LibraryClient()):
        with pytest.raises(discord.HTTPException) as caught:
            await place(client, channel).send("a fox")
    assert (caught.value.status, caught.value.code) == (413, 50045)


async def test_an_answer_says_what_the_limit_of_rate_is(discord_api: DiscordSimulator) -> None:
    async with aiohttp.ClientSession(headers={"Authorization": f"Bot {TOKEN}"}) as session:
        answer = await session.get(f"{discord_api.api_url}/users/@me")
    assert int(answer.headers["X-RateLimit-Remaining"]) > 0
    assert answer.headers["Content-Type"] == "application/json"
