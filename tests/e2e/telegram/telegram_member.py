"""A member in a group of Telegram that the bot is in, in privacy mode: commands name it, and answers reach it."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from tests.e2e.member import CREDITS, Member, Shown, Ways
from tests.e2e.program import Program
from tests.e2e.telegram.telegram_bot import TelegramSite, telegram_site
from tests.simulators.seen import Seen
from tests.simulators.telegram.chats.messages import Message
from tests.simulators.telegram.faults import HANG_AFTER, HANG_BEFORE, HANG_UNREAD, Fault
from tests.simulators.telegram.refusals import bad_request
from tests.simulators.telegram.seen import seen

ALBUM = "media_group_id"
FILE = "File"
NOT_NOW = Fault(answer=bad_request("NOT_NOW"))
_HANGS = {"unread": HANG_UNREAD, "before": HANG_BEFORE, "after": HANG_AFTER}
_UPLOADS = ("sendPhoto", "sendMediaGroup")
_SHOWING = ("sendPhoto", "sendMediaGroup", "sendDocument")


class TelegramMember(Member):
    """Ada, in a group. Each photo is a JPEG that Telegram makes; the original of a large one is had by a button.

    What she wants to know of her credits she asks in private, as in a group it is told once a minute only.
    """

    ways = Ways(shows_originals_up_to_bytes=0)

    def __init__(self, site: TelegramSite) -> None:
        self._site = site
        self._ada = site.telegram.person("Ada", language_code="en")
        self._room = site.telegram.supergroup("Painters", self._ada)
        self._alone = site.telegram.private(self._ada)

    @property
    def site(self) -> TelegramSite:
        return self._site

    @asynccontextmanager
    async def running(self) -> AsyncIterator[Program]:
        async with self._site.running() as program:
            yield program

    async def say(self, words: str, pictures: Sequence[bytes] = (), answering: Shown | None = None) -> None:
        command, space, rest = words.partition(" ")
        addressed = f"{command}@{self._site.telegram.bot.username}{space}{rest}"
        if pictures:
            (picture,) = pictures
            self._room.send_photo(self._ada, picture, addressed)
        elif answering:
            self._room.say(self._ada, addressed, reply_to=self._message(answering))
        else:
            self._room.say(self._ada, addressed)

    async def press(self, shown: Shown, label: str) -> None:
        self._room.press(self._ada, self._message(shown), label)

    def seen(self) -> Sequence[Shown]:
        said = [message for message in self._said() if ALBUM not in message.body and not message.document]
        return [
            Shown(
                ref=str(message.id),
                words=message.text.removeprefix(f"{self._ada.first_name}\n"),  # whose it is stands above
                labels=tuple(message.buttons),
                pictures=len(self._photos(message)),
            )
            for message in said
        ]

    async def pictures(self, shown: Shown) -> Sequence[bytes]:
        return self._photos(self._message(shown))

    async def credits_left(self) -> int:
        room, before = self._alone, len(self._told_alone())
        room.say(self._ada, "/credits")
        await self.until(lambda: len(self._told_alone()) > before)
        return int(self._told_alone()[-1])

    async def original(self, shown: Shown) -> bytes:
        """Return the file that answers the photo."""
        if FILE in shown.labels:
            await self.press(shown, FILE)

        def files() -> list[bytes]:
            return [one.document for one in self._said() if one.document and str(one.reply_to) == shown.ref]

        await self.until(files)
        (file,) = files()
        return file

    async def until(self, condition: Callable[[], object]) -> None:
        await self._site.until(condition)

    def hold_delivery(self) -> None:
        for method in _SHOWING:
            self._site.telegram.fail(method, NOT_NOW, times=None)

    def resume_delivery(self) -> None:
        for method in _SHOWING:
            self._site.telegram.mend(method)

    def whole(self) -> Seen:
        return seen(self._site.telegram)

    @asynccontextmanager
    async def held_upload(self, moment: str, number: int) -> AsyncIterator[Callable[[], bool]]:
        """Hold the upload of a single picture (`number` 1) or of an album (2)."""
        method, telegram = _UPLOADS[number - 1], self._site.telegram
        telegram.fail(method, _HANGS[moment])
        try:
            yield lambda: not telegram.will_fail(method)
        finally:
            telegram.mend(method)

    def _told_alone(self) -> Sequence[str]:
        said = [message.text for message in self._alone.by(self._site.telegram.bot)]
        return [found[1] for words in said if (found := CREDITS.search(words))]

    def _said(self) -> Sequence[Message]:
        return self._room.by(self._site.telegram.bot)

    def _message(self, shown: Shown) -> Message:
        return self._room.messages[int(shown.ref)]

    def _photos(self, message: Message) -> list[bytes]:
        """Return the message's own photos, or those of the album that answers the same request as its text."""
        album = [one for one in self._said() if ALBUM in one.body and one.reply_to == message.reply_to]
        is_about_them = any(label.startswith("Edit ") for label in message.buttons)
        return [one.photo for one in (message, *(album if is_about_them else ())) if one.photo]


@asynccontextmanager
async def telegram_member(folder: Path) -> AsyncIterator[TelegramMember]:
    async with telegram_site(folder) as site:
        yield TelegramMember(site)
