"""What Discord does not know makes the test fail."""

import time
from http import HTTPStatus
from typing import Any

import aiohttp
import pytest

from tests.simulators.discord import judge as discord_judge
from tests.simulators.discord.api import TOKEN, DiscordSimulator
from tests.simulators.discord.world.state import Channel


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "/channels/1/messages", {"content": 7}),
        ("POST", "/channels/1/messages", {"content": "x", "message_reference": {}}),
        ("POST", "/channels/1/messages", {"components": [{"type": 1, "components": [{"type": 2}]}]}),
        ("POST", "/channels/1/messages?colour=red", {"content": "x"}),
        ("POST", "/channels/1/mesages", {"content": "x"}),
        ("PUT", "/channels/1/messages", {"content": "x"}),
        ("POST", "/interactions/1/t/callback", {"type": 99}),
        ("PUT", "/applications/1/commands", [{"name": "x" * 33, "description": "x"}]),
        ("POST", "/channels/1/typing", {"content": "x"}),
    ],
    ids=str,
)
async def test_what_discord_does_not_know_makes_the_test_fail(method: str, path: str, body: Any) -> None:
    discord_api = DiscordSimulator()
    await discord_api.__aenter__()
    url = discord_api.api_url + path
    async with aiohttp.ClientSession() as session, session.request(method, url, json=body) as answer:
        assert answer.status == HTTPStatus.BAD_REQUEST
        assert (await answer.json())["code"] == 50035
    with pytest.raises(AssertionError):
        await discord_api.__aexit__(None, None, None)


async def test_a_file_that_the_body_does_not_speak_of_is_a_violation(
    discord_api: DiscordSimulator, channel: Channel
) -> None:
    form = aiohttp.FormData(quote_fields=False)
    form.add_field("payload_json", '{"attachments": [{"id": 1, "filename": "a.png"}]}')
    form.add_field("files[0]", b"x", filename="a.png")
    url, headers = f"{discord_api.api_url}/channels/{channel.id}/messages", {"Authorization": f"Bot {TOKEN}"}
    async with aiohttp.ClientSession(headers=headers) as session, session.post(url, data=form) as answer:
        assert answer.status == HTTPStatus.BAD_REQUEST
    assert "files[0]" in discord_api.forgive()[0]


def test_a_bad_answer_of_ours_would_be_found() -> None:
    assert discord_judge.violations_of_answer("GET", "/users/@me", 200, {"id": 7})
    assert discord_judge.violations_of_answer("GET", "/users/@me", 404, {"message": "no code"})


def test_an_identifier_may_be_a_number_in_a_request_only() -> None:
    body = {"content": "x", "message_reference": {"message_id": 7}}
    path = "/channels/1/messages"
    assert not discord_judge.violations_of_request("POST", path, query={}, body=body, file_parts=[])
    assert discord_judge.violations_of_answer("GET", "/gateway/bot", 200, {"url": "x", "shards": "1"})


def test_to_judge_takes_no_time_to_speak_of() -> None:
    row = {"type": 1, "components": [{"type": 2, "style": 1, "label": "x", "custom_id": "x"}]}
    body = {"content": "x", "components": [row] * 5}
    discord_judge.violations_of_request("POST", "/channels/1/messages", query={}, body=body, file_parts=[])
    taken = []
    for _ in range(10):
        started = time.process_time()
        discord_judge.violations_of_request("POST", "/channels/1/messages", query={}, body=body, file_parts=[])
        taken.append(time.process_time() - started)
    assert min(taken) < 0.1  # the least: a busy neighbour slows down even the processor's own time, but not always
