"""How the simulated Telegram posts updates to an address, and what it says of one that does not take them."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import pytest
from aiohttp import web
from telegram import Bot, Update
from telegram.error import BadRequest, Conflict

from tests.simulators.telegram.api import TelegramSimulator
from tests.simulators.telegram.chats.people import Person
from tests.simulators.telegram.room import Room

SECRET = "s3cret_-"


@dataclass(kw_only=True)
class Hook:
    """A server that is told of updates; `statuses` are its answers, 200 when there are no more."""

    url: str = ""
    statuses: list[int] = field(default_factory=list)
    secrets: list[str | None] = field(default_factory=list)
    updates: list[Update] = field(default_factory=list)

    async def take(self, request: web.Request) -> web.Response:
        status = self.statuses.pop(0) if self.statuses else 200
        if status == 200:
            self.secrets.append(request.headers.get("X-Telegram-Bot-Api-Secret-Token"))
            self.updates.append(Update.de_json(await request.json(), None))
        return web.Response(status=status)


@pytest.fixture
async def hook() -> AsyncIterator[Hook]:
    hook = Hook()
    app = web.Application()
    app.router.add_post("/hook", hook.take)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    hook.url = f"http://127.0.0.1:{runner.addresses[0][1]}/hook"
    yield hook
    await runner.cleanup()


@pytest.fixture
def ada(simulator: TelegramSimulator) -> Person:
    return simulator.person("Ada")


@pytest.fixture
def room(simulator: TelegramSimulator, ada: Person) -> Room:
    return simulator.private(ada)


async def test_updates_are_posted_in_order_with_the_secret(
    simulator: TelegramSimulator, bot: Bot, hook: Hook, room: Room, ada: Person
) -> None:
    room.say(ada, "one")
    await bot.set_webhook(hook.url, secret_token=SECRET)
    room.say(ada, "two")
    await simulator.until(lambda: not simulator.updates.pending)
    assert [update.message and update.message.text for update in hook.updates] == ["one", "two"]
    assert hook.secrets == [SECRET, SECRET]


async def test_an_update_that_is_not_taken_is_posted_again(
    simulator: TelegramSimulator, bot: Bot, hook: Hook, room: Room, ada: Person
) -> None:
    hook.statuses = [500]
    await bot.set_webhook(hook.url)
    room.say(ada, "a fox")
    await simulator.until(lambda: not hook.statuses and simulator.webhook_failure)
    info = await bot.get_webhook_info()
    assert info.last_error_message == "Wrong response from the webhook: 500 Internal Server Error"
    assert info.pending_update_count == 1
    simulator.retry_webhook()
    await simulator.until(lambda: not simulator.updates.pending)
    assert len(hook.updates) == 1


async def test_an_address_where_nobody_is_keeps_the_updates(
    simulator: TelegramSimulator, bot: Bot, room: Room, ada: Person
) -> None:
    await bot.set_webhook("http://127.0.0.1:1/hook")
    room.say(ada, "a fox")
    await simulator.until(lambda: simulator.webhook_failure)
    assert (await bot.get_webhook_info()).pending_update_count == 1


async def test_whoever_has_a_webhook_may_not_poll(bot: Bot, hook: Hook) -> None:
    await bot.set_webhook(hook.url)
    with pytest.raises(Conflict, match="webhook is active"):
        await bot.get_updates()
    await bot.delete_webhook()
    assert await bot.get_updates() == ()


async def test_deleting_a_webhook_may_drop_what_waits(bot: Bot, room: Room, ada: Person) -> None:
    room.say(ada, "a fox")
    await bot.delete_webhook(drop_pending_updates=True)
    assert await bot.get_updates() == ()


@pytest.mark.parametrize(
    ("url", "secret", "words"),
    [
        ("ftp://127.0.0.1", None, "invalid webhook url"),
        ("http://127.0.0.1", "x" * 257, "secret token is too long"),
        ("http://127.0.0.1", "a b", "secret token contains unallowed characters"),
    ],
)
async def test_an_address_or_secret_that_cannot_be_is_refused(
    bot: Bot, url: str, secret: str | None, words: str
) -> None:
    with pytest.raises(BadRequest, match=f"(?i){words}"):
        await bot.set_webhook(url, secret_token=secret)
