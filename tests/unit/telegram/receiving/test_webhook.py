"""Updates that Telegram posts to us."""

import socket
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import aiohttp
import pytest
from pydantic import AnyHttpUrl

from adapters.telegram.receiving.webhook import MOST_CONNECTIONS, SECRET_HEADER
from bot.domain.errors import CannotListen
from bot.domain.events import IncomingMessage
from tests.raw_http import connected
from tests.simulators.telegram.api import TelegramSimulator
from tests.simulators.telegram.chats.people import Person
from tests.simulators.telegram.room import Room
from tests.simulators.waiting import Bell
from tests.unit.telegram.platforms import SECRET, Core, platform_for, running


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
async def core(simulator: TelegramSimulator) -> AsyncIterator[Core]:
    port = free_port()
    url = AnyHttpUrl(f"http://127.0.0.1:{port}/telegram")
    async with running(simulator, webhook_url=url, webhook_listen=f"127.0.0.1:{port}") as core:
        yield core


async def post(simulator: TelegramSimulator, secret: str | None, body: bytes) -> int:
    headers = {} if secret is None else {SECRET_HEADER: secret}
    async with (
        aiohttp.ClientSession() as session,
        session.post(simulator.webhook_url, data=body, headers=headers) as response,
    ):
        return response.status


async def test_updates_are_posted_to_us_and_nobody_asks_for_them(
    simulator: TelegramSimulator, core: Core, room: Room, ada: Person
) -> None:
    room.say(ada, "a fox")
    (event,) = await core.until_heard()
    assert isinstance(event, IncomingMessage)
    assert simulator.calls_of("getUpdates") == []
    assert simulator.updates.allowed == ["message", "channel_post", "callback_query", "my_chat_member"]


async def test_an_update_is_taken_when_it_is_durable(
    simulator: TelegramSimulator, core: Core, room: Room, ada: Person
) -> None:
    core.is_slow_with = "a fox"
    room.say(ada, "a fox")
    other = simulator.private(bob := simulator.person("Bob"))
    assert len(simulator.updates.pending) == 1
    other.say(bob, "an owl")
    core.may_finish.set()
    await core.until_heard(2)
    await simulator.until(lambda: not simulator.updates.pending)


async def test_an_update_that_the_store_could_not_take_is_posted_again(
    simulator: TelegramSimulator, core: Core, room: Room, ada: Person
) -> None:
    core.unstored = 1
    room.say(ada, "a fox")
    await simulator.until(lambda: simulator.webhook_failure)
    assert "503" in (simulator.webhook_failure or "")
    simulator.retry_webhook()
    await core.until_heard()
    await simulator.until(lambda: not simulator.updates.pending)


@pytest.mark.parametrize("secret", [None, "", "wrong", SECRET[:-1], SECRET + "x", "ß"])
async def test_nobody_comes_in_without_the_secret(simulator: TelegramSimulator, core: Core, secret: str) -> None:
    assert await post(simulator, secret, b'{"update_id": 1}') == 403
    assert core.events == []


@pytest.mark.parametrize("body", [b"", b"no JSON", b"[]", b'{"update_id": 1, "message": {"message_id": 1}}'])
async def test_what_nobody_can_read_is_not_posted_again(simulator: TelegramSimulator, core: Core, body: bytes) -> None:
    assert await post(simulator, SECRET, body) == 200
    assert core.events == []


async def test_the_webhook_stays_when_we_stop_so_that_updates_wait_for_us(
    simulator: TelegramSimulator, room: Room, ada: Person
) -> None:
    port = free_port()
    more = {
        "webhook_url": AnyHttpUrl(f"http://127.0.0.1:{port}/telegram"),
        "webhook_listen": f"127.0.0.1:{port}",
    }
    async with running(simulator, **more):
        pass
    assert simulator.webhook_url == str(more["webhook_url"])
    said = room.say(ada, "a fox")
    await simulator.until(lambda: simulator.webhook_failure)
    assert [update["message"]["message_id"] for update in simulator.updates.pending] == [said.id]
    async with running(simulator, **more) as core:
        (event,) = await core.until_heard()
    assert isinstance(event, IncomingMessage)
    assert event.text == "a fox"


async def test_an_address_that_is_taken_is_told_in_one_line(simulator: TelegramSimulator) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        platform = platform_for(simulator, webhook_url=AnyHttpUrl("http://127.0.0.1/x"), webhook_listen=address)
        with pytest.raises(CannotListen, match="Telegram's posts cannot be taken at 127"):
            await platform.run(Core(Bell()).handle, lambda: None)


async def test_a_sender_that_leaves_early_is_no_fault(
    simulator: TelegramSimulator, core: Core, room: Room, ada: Person, caplog: pytest.LogCaptureFixture
) -> None:
    head = f"POST /telegram HTTP/1.1\r\nHost: x\r\n{SECRET_HEADER}: {SECRET}\r\nContent-Length: 1000\r\n\r\n"
    async with connected(simulator.webhook_url) as (_, writer):
        writer.write(head.encode() + b"{")
        await writer.drain()
    room.say(ada, "a fox")
    await core.until_heard()
    assert caplog.text == ""


async def test_connections_that_ask_nothing_do_not_keep_telegram_out(
    simulator: TelegramSimulator, core: Core, room: Room, ada: Person
) -> None:
    async with AsyncExitStack() as stack:
        for _ in range(MOST_CONNECTIONS + 10):
            _, writer = await stack.enter_async_context(connected(simulator.webhook_url))
            writer.write(b"POST /telegram HTTP/1.1\r\nHost: x\r\n")
        room.say(ada, "a fox")
        (event,) = await core.until_heard()
    assert isinstance(event, IncomingMessage)
    assert event.text == "a fox"
