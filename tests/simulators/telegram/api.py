"""Telegram's Bot API over real HTTP, for the unmodified python-telegram-bot, in the hand of a test.

In a test:

    async with TelegramSimulator() as telegram:
        ada = telegram.person("Ada", language_code="en")
        group = telegram.supergroup("Painters", ada)
        bot = Bot(telegram.token, base_url=telegram.base_url, base_file_url=telegram.base_file_url)
        asked = group.say(ada, "/imagine@plantain_bot a red fox")  # the bot's next getUpdates has it
        telegram.fail("sendPhoto", CUT_AFTER)  # sent, but the answer is lost
        ...
        await telegram.until(lambda: group.last.photo)
        group.press(ada, group.last, "Again")
        assert [call.parameters["text"] for call in telegram.calls_of("sendMessage")] == ["Painting …"]

Whatever Telegram's description of the Bot API does not know, in a request or in our own answers and updates, makes the
test fail at the end (`violations`); so does what the simulator does not know.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from itertools import count
from types import TracebackType
from typing import Any, Self

from aiohttp import web

from tests.simulators.telegram.answering import Answering
from tests.simulators.telegram.chats.chats import Chat
from tests.simulators.telegram.chats.people import Person
from tests.simulators.telegram.chats.world import Press, World
from tests.simulators.telegram.faults import Fault, FloodControl
from tests.simulators.telegram.methods.asking import Asking
from tests.simulators.telegram.methods.editing import Editing
from tests.simulators.telegram.methods.profile import Profile
from tests.simulators.telegram.methods.sending import Sending
from tests.simulators.telegram.polling import Polling
from tests.simulators.telegram.requests import Call
from tests.simulators.telegram.room import Room
from tests.simulators.telegram.updates import UpdateQueue
from tests.simulators.waiting import WITHIN_SECONDS

TOKEN = "110201543:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw0"
BOT = Person(id=110_201_543, first_name="Plantain", username="plantain_bot", is_bot=True)


class TelegramSimulator:
    """The simulated Bot API, and the Telegram behind it.

    `reads_everything`: privacy mode is off. `clock` dates messages and ages them; it is Unix time.
    """

    def __init__(
        self,
        *,
        token: str = TOKEN,
        bot: Person = BOT,
        reads_everything: bool = False,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.token = token
        self.profile = Profile()
        self.base_url = ""  # a token is put behind it
        self.base_file_url = ""
        self._world = World(bot=bot, reads_everything=reads_everything, clock=clock)
        self._polling = Polling(self._world)
        sending = Sending(self._world)
        parts = (Asking(self._world), sending, Editing(self._world, sending), self.profile, self._polling)
        methods = {name: method for part in parts for name, method in part.methods().items()}
        self._answering = Answering(token=token, world=self._world, polling=self._polling, methods=methods)
        self._people_numbers = count(7_100_000_001)
        self._runner: web.AppRunner | None = None
        self._port = 0
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Self:
        app = self._answering.to_app()
        self._runner = web.AppRunner(app, handler_cancellation=True, shutdown_timeout=1.0, access_log=None)
        await self._runner.setup()
        self._stack.push_async_callback(self._runner.cleanup)
        await self._listen()
        delivery = asyncio.create_task(self._polling.deliver())
        self._stack.push_async_callback(asyncio.wait, [delivery])
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._polling.is_closing = True
        self._world.bell.ring()
        await self._stack.aclose()
        if error is None:
            assert not self.violations, "\n".join(self.violations)

    # Who there is

    @property
    def bot(self) -> Person:
        return self._world.bot

    def person(self, first_name: str, **more: Any) -> Person:
        """Add somebody with an account; `more` is what `Person` knows."""
        person = Person(**{"id": next(self._people_numbers), "first_name": first_name, **more})
        self._world.people[person.id] = person
        return person

    def private(self, person: Person) -> Room:
        """Return the private chat of a person who has started the bot."""
        found = self._world.chats.get(person.id)
        if isinstance(found, Room):
            return found
        return self._open(id=person.id, type="private", person=person, numbers=self._world.message_numbers)

    def group(self, title: str, *members: Person) -> Room:
        """Add a basic group."""
        number = next(self._world.group_numbers)
        return self._open(*members, id=number, type="group", title=title, numbers=self._world.message_numbers)

    def supergroup(self, title: str, *members: Person, **more: Any) -> Room:
        """Add a supergroup; `more` is what `Chat` knows: `is_forum`, `username` …"""
        return self._open(*members, id=next(self._world.supergroup_numbers), type="supergroup", title=title, **more)

    def channel(self, title: str, **more: Any) -> Room:
        """Add a channel that the bot is an administrator of."""
        number = next(self._world.supergroup_numbers)
        return self._open(**{"id": number, "type": "channel", "title": title, "bot_status": "administrator", **more})

    # What happens

    @property
    def updates(self) -> UpdateQueue:
        """The updates that wait for the bot. A test replays an update here, or poisons the queue."""
        return self._world.updates

    @property
    def presses(self) -> list[Press]:
        """The buttons that were pressed."""
        return list(self._world.presses.values())

    @property
    def unanswered(self) -> list[Press]:
        """The buttons that nobody has answered yet: on them a clock turns."""
        return [press for press in self.presses if press.answer is None]

    @property
    def webhook_url(self) -> str:
        return self._polling.webhook_url

    @property
    def webhook_failure(self) -> str | None:
        """The reason why the last update was not taken, until a webhook is set anew."""
        return self._polling.failure.get("last_error_message")

    @property
    def polls_under_way(self) -> int:
        """The number of long polls that wait for an update at this moment."""
        return self._polling.polls_under_way

    def expire_presses(self) -> None:
        """Expire the presses: whoever answers a button that was pressed up to now comes too late."""
        for press in self.presses:
            press.is_expired = True

    def retry_webhook(self) -> None:
        """Post what a webhook did not take once more."""
        self._polling.retry()

    def fail(self, method: str, fault: Fault, *, times: int | None = 1, chat: Chat | None = None) -> None:
        """Plan a fault for the next `times` requests of a method (`*`: any; None: all, until mended)."""
        self._answering.faults.add(method, fault, times=times, chat_id=chat.id if chat else None)

    def will_fail(self, method: str) -> bool:
        """Whether something is still to befall a request of this method."""
        return self._answering.faults.is_planned(method)

    def mend(self, method: str) -> None:
        self._answering.faults.mend(method)

    def forget_file(self, file_id: str) -> None:
        """Forget this file: from now on nothing is known of it."""
        self._world.files.forget(file_id)

    @asynccontextmanager
    async def unreachable(self) -> AsyncIterator[None]:
        """Accept no connection meanwhile, and close those that were open."""
        assert self._runner is not None
        assert self._runner.server is not None
        await self._site.stop()
        await self._runner.server.shutdown(timeout=0.01)
        try:
            yield
        finally:
            await self._listen()

    def limit_writing(self, flood: FloodControl | None) -> None:
        """Refuse what is written too fast from now on; None: one may write as fast as one likes."""
        self._answering.flood = flood

    # What can be asked

    @property
    def calls(self) -> list[Call]:
        """The requests, as they came; a file that was fetched is a call of `file`."""
        return self._answering.calls

    @property
    def people(self) -> list[Person]:
        """Everybody who has an account."""
        return list(self._world.people.values())

    def content(self, file_id: str) -> bytes | None:
        """Return the bytes of a file; None where nothing is known of it."""
        kept = self._world.files.find(file_id)
        return kept.content if kept else None

    @property
    def violations(self) -> list[str]:
        """The violations for which the test will fail."""
        return self._world.violations

    def calls_of(self, method: str) -> list[Call]:
        return [call for call in self.calls if call.method == method]

    async def until(self, condition: Callable[[], object], *, within: float = WITHIN_SECONDS) -> None:
        """Wait until the condition holds; it is looked at whenever something has happened here.

        Raises:
            TimeoutError: it did not within so many seconds.
        """
        await self._world.bell.until(condition, within=within)

    # How it is done

    def _open(self, *members: Person, **more: Any) -> Room:
        room = Room(world=self._world, **more)
        self._world.chats[room.id] = room
        for member in members:
            room.add(member)
        return room

    async def _listen(self) -> None:
        assert self._runner is not None
        self._site = web.TCPSite(self._runner, "127.0.0.1", self._port)
        await self._site.start()
        host, self._port = self._runner.addresses[0][:2]
        self.base_url = f"http://{host}:{self._port}/bot"
        self.base_file_url = f"http://{host}:{self._port}/file/bot"
