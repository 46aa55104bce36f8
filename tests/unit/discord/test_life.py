"""The life of the connection: how it begins, what ends it, and what follows."""

import asyncio

import pytest

from bot.application.platform_supervisor import LONGEST_PAUSE_SECONDS
from bot.domain.errors import TokenRejected, Unavailable
from tests.simulators.discord.api import TOKEN, DiscordSimulator
from tests.simulators.discord.faults import answered, bad_gateway, refused
from tests.simulators.discord.gateway import MESSAGE_CONTENT
from tests.simulators.discord.world.state import Channel, Person
from tests.unit.discord.adapter import Adapter, running, status


async def works(adapter: Adapter, anna: Person) -> None:
    """Check that somebody who writes is heard and answered."""
    chat = adapter.simulator.direct_channel(anna)
    adapter.simulator.members.say(anna, chat, "a fox")
    _, conversation = await adapter.core.next()
    await conversation.post(status(), key="request-5")


async def test_a_wrong_token_ends_the_run_with_one_line(discord_api: DiscordSimulator) -> None:
    wrong = "a.wrong.token"
    adapter = Adapter(discord_api, token=wrong)
    with pytest.raises(TokenRejected) as caught:
        await adapter.platform.run(adapter.core.handle, lambda: None)
    assert "developer portal" in str(caught.value)
    assert wrong not in str(caught.value)
    assert "\n" not in str(caught.value)


async def test_a_token_that_is_taken_back_ends_the_run(discord_api: DiscordSimulator) -> None:
    discord_api.gateway.refusals.append(4004)
    adapter = Adapter(discord_api)
    with pytest.raises(TokenRejected):
        await adapter.platform.run(adapter.core.handle, lambda: None)


async def test_without_the_privileged_intent_it_runs_and_says_so(
    discord_api: DiscordSimulator, anna: Person, capsys: pytest.CaptureFixture[str]
) -> None:
    discord_api.gateway.allowed_intents = 0
    async with running(Adapter(discord_api)) as adapter:
        await discord_api.until(lambda: len(discord_api.gateway.identified) == 2)
        await works(adapter, anna)
        assert adapter.time.slept == []
    wanted = [bool(each["intents"] & MESSAGE_CONTENT) for each in discord_api.gateway.identified]
    assert wanted == [True, False]
    assert "discord-without-message-content" in capsys.readouterr().out


async def test_an_intent_that_is_refused_again_and_again_is_not_asked_for_in_a_hot_loop(
    discord_api: DiscordSimulator,
) -> None:
    discord_api.gateway.refusals.extend([4014, 4014, 4014])
    async with running(Adapter(discord_api)) as adapter:
        assert adapter.time.slept == [1.0, 2.0]


async def test_the_privileged_intent_is_not_asked_for_where_the_owner_does_not_want_it(
    discord_api: DiscordSimulator,
) -> None:
    async with running(Adapter(discord_api, content=False)):
        assert not discord_api.gateway.identified[0]["intents"] & MESSAGE_CONTENT


async def test_an_event_the_library_cannot_read_ends_a_client_and_another_takes_its_place(
    discord_api: DiscordSimulator, anna: Person, capsys: pytest.CaptureFixture[str]
) -> None:
    async with running(Adapter(discord_api)) as adapter:
        discord_api.gateway.push("INTERACTION_CREATE", {"id": "1", "type": 2, "token": "secret", "version": 1})
        await discord_api.until(lambda: len(discord_api.gateway.identified) == 2 and discord_api.gateway.connected)
        await works(adapter, anna)
        assert adapter.time.slept == [1.0]
    said = capsys.readouterr().out
    assert "KeyError" in said
    assert "secret" not in said


async def test_a_client_that_discord_throws_out_is_followed_by_another(
    discord_api: DiscordSimulator, anna: Person, capsys: pytest.CaptureFixture[str]
) -> None:
    async with running(Adapter(discord_api)) as adapter:
        discord_api.gateway.close(4010)
        await discord_api.until(lambda: len(discord_api.gateway.identified) == 2 and discord_api.gateway.connected)
        await works(adapter, anna)
    assert "close code 4010" in capsys.readouterr().out


async def test_pauses_grow_as_long_as_nothing_comes_of_it(discord_api: DiscordSimulator) -> None:
    discord_api.fail("GET", "/users/@me", bad_gateway(503), times=11)
    async with running(Adapter(discord_api)) as adapter:
        slept = adapter.time.slept
    assert slept[:4] == [1.0, 2.0, 4.0, 8.0]
    assert slept[-1] == LONGEST_PAUSE_SECONDS


async def test_a_connection_that_breaks_is_resumed_by_the_same_client(
    discord_api: DiscordSimulator, anna: Person
) -> None:
    async with running(Adapter(discord_api)) as adapter:
        discord_api.gateway.ask_to_reconnect()
        await discord_api.until(lambda: discord_api.gateway.resumed)
        await works(adapter, anna)
        assert adapter.time.slept == []


async def test_what_is_said_before_the_login_waits_for_it(
    discord_api: DiscordSimulator, anna: Person, channel: Channel
) -> None:
    async with running(Adapter(discord_api)) as adapter:
        discord_api.members.slash(anna, channel, "imagine", prompt="a fox")
        _, conversation = await adapter.core.next()
    another = Adapter(discord_api)
    saying = asyncio.create_task(another.platform.conversation(conversation.address).post(status(), key="request-5"))
    async with running(another):
        await saying
    assert len(discord_api.messages(channel)) == 1


async def test_a_stop_closes_the_connection(discord_api: DiscordSimulator) -> None:
    async with running(Adapter(discord_api)):
        pass
    await discord_api.until(lambda: not discord_api.gateway.connected)
    assert discord_api.gateway.close_codes


async def test_an_answer_about_commands_that_nobody_expects_is_no_reason_not_to_serve(
    discord_api: DiscordSimulator, anna: Person, capsys: pytest.CaptureFixture[str]
) -> None:
    discord_api.fail("GET", "/applications/*/commands", answered({"message": "of another kind"}))
    async with running(Adapter(discord_api)) as adapter:
        await works(adapter, anna)
        assert adapter.time.slept == []
    assert "discord-commands-not-registered" in capsys.readouterr().out


async def test_one_event_that_fails_does_not_stop_the_others(
    discord_api: DiscordSimulator, anna: Person, capsys: pytest.CaptureFixture[str]
) -> None:
    async with running(Adapter(discord_api)) as adapter:
        chat = discord_api.direct_channel(anna)
        discord_api.fail("POST", "/channels/*/messages", refused(50035))
        adapter.core.answer = status()  # the core posts it while it handles the event, and lets the refusal through
        discord_api.members.say(anna, chat, "a hare")
        await adapter.core.next()
        adapter.core.answer = None
        await works(adapter, anna)
    assert len(discord_api.messages(chat)) == 3
    assert "event-failed" in capsys.readouterr().out


async def test_choices_that_are_refused_are_only_logged(
    discord_api: DiscordSimulator, anna: Person, channel: Channel, capsys: pytest.CaptureFixture[str]
) -> None:
    async with running(Adapter(discord_api)) as adapter:
        discord_api.fail("POST", "/interactions/*", refused(50035))
        pressed = discord_api.members.type_option(anna, channel, "imagine", "ar", "16")
        await discord_api.until(lambda: discord_api.calls("POST", "/callback"))
        await works(adapter, anna)
    assert pressed.choices is None
    logged = capsys.readouterr().out
    assert "interaction-answer-lost" in logged
    assert "event-failed" not in logged


async def test_no_log_holds_a_token(
    discord_api: DiscordSimulator, anna: Person, channel: Channel, capsys: pytest.CaptureFixture[str]
) -> None:
    async with running(Adapter(discord_api)) as adapter:
        asked = discord_api.members.slash(anna, channel, "imagine", prompt="a fox", private=True)
        _, conversation = await adapter.core.next()
        discord_api.fail("PATCH", "/webhooks/*", refused(50027))
        with pytest.raises(Unavailable):
            await conversation.post(status(), key="request-5")
        discord_api.gateway.close(4010)
        await discord_api.until(lambda: len(discord_api.gateway.identified) == 2)
    said = capsys.readouterr()
    assert TOKEN not in said.out + said.err
    assert asked.token not in said.out + said.err
    assert asked.token not in repr(conversation.address)
