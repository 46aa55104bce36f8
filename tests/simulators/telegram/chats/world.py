"""What everything in the simulated Telegram shares: the bot, the clock, the chats, the files, the updates."""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import count
from typing import Any

from tests.simulators.telegram.chats.chats import Chat
from tests.simulators.telegram.chats.files import FileStore
from tests.simulators.telegram.chats.people import Person
from tests.simulators.telegram.updates import UpdateQueue
from tests.simulators.waiting import Bell

Json = dict[str, Any]


@dataclass(slots=True, kw_only=True)
class Press:
    """A button that was pressed. `answer` is what answerCallbackQuery said, None as long as nobody did."""

    id: str
    presser: Person
    data: str
    at: int = 0  # Unix time
    is_expired: bool = False
    answer: Json | None = None


class World:
    """The state of the simulated Telegram, of which `TelegramSimulator` is the outside."""

    def __init__(self, *, bot: Person, reads_everything: bool, clock: Callable[[], float]) -> None:
        self.bot = bot
        self.reads_everything = reads_everything
        self.clock = clock
        self.bell = Bell()
        self.files = FileStore()
        self.violations: list[str] = []  # why the test will fail
        self.updates = UpdateQueue(self.bell, self.violations)
        self.people: dict[int, Person] = {}
        self.chats: dict[int, Chat] = {}
        self.presses: dict[str, Press] = {}
        self.message_numbers = count(101)  # of private chats and basic groups together
        self.album_numbers = count(13_100_200_300_400_500)
        self.group_numbers = count(-4_012_345_678, -1)
        self.supergroup_numbers = count(-1_002_345_678_901, -1)
        self.press_numbers = count(4_382_000_111_222_333)

    @property
    def now(self) -> int:
        """Unix time, as messages carry it."""
        return int(self.clock())

    def find_chat(self, chat_id: object) -> Chat | None:
        """Find a chat by its number or `@username`."""
        if isinstance(chat_id, int):
            return self.chats.get(chat_id)
        name = str(chat_id).removeprefix("@").casefold()
        public = (chat for chat in self.chats.values() if chat.username and not chat.is_private)
        return next((chat for chat in public if str(chat.username).casefold() == name), None)
