"""A member in a channel of a Discord server that nobody boosts, with a bot whose owner lets originals be linked to."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import urlsplit

import aiohttp
from yarl import URL

from tests.e2e.discord.discord_bot import DiscordSite, discord_site
from tests.e2e.member import Member, Shown, Ways
from tests.e2e.program import Program
from tests.simulators.discord.faults import Fault, cut, hang
from tests.simulators.discord.interactions.options import Value
from tests.simulators.discord.world.files import Upload
from tests.simulators.discord.world.state import MOST_FILE_BYTES, Message
from tests.simulators.seen import Seen

_MESSAGES = "/channels/*/messages"
PUBLIC = "https://pictures.example.org"


class DiscordMember(Member):
    """Anna. What is too large for the server is shown as a copy, with a link to the original."""

    ways = Ways(shows_originals_up_to_bytes=MOST_FILE_BYTES[0])

    def __init__(self, site: DiscordSite) -> None:
        self._site = site
        self._anna = site.discord.add_person("anna")
        self._channel = site.discord.add_channel(site.discord.add_guild())
        self._origin = ""

    @property
    def site(self) -> DiscordSite:
        return self._site

    @asynccontextmanager
    async def running(self) -> AsyncIterator[Program]:
        async with self._site.running() as program:
            await program.until_linked()
            self._origin = program.origin
            yield program

    async def say(self, words: str, pictures: Sequence[bytes] = (), answering: Shown | None = None) -> None:
        """Call a command with its words as the prompt; an answer cannot be one, so its words alone are said."""
        command, _, rest = words.partition(" ")
        if answering:
            self._site.discord.members.say(self._anna, self._channel, rest, reply_to=self._message(answering))
            return
        filled: dict[str, Value] = {"prompt": rest} if rest else {}
        for number, picture in enumerate(pictures, start=1):
            field = "picture" if number == 1 else f"picture{number}"
            filled[field] = Upload(name=f"{field}.png", data=picture)
        self._site.discord.members.slash(self._anna, self._channel, command.removeprefix("/"), **filled)

    async def press(self, shown: Shown, label: str) -> None:
        self._site.discord.members.press(self._anna, self._message(shown), label)

    def seen(self) -> Sequence[Shown]:
        return [
            Shown(
                ref=str(message.id),
                words=message.text,
                labels=tuple(button.label for button in message.buttons),
                pictures=len(message.files),
            )
            for message in sorted(self._said(), key=lambda message: message.id)
        ]

    async def pictures(self, shown: Shown) -> Sequence[bytes]:
        return [file.data for file in self._message(shown).files]

    async def original(self, shown: Shown) -> bytes:
        """Open the link to the original. The owner's proxy leads the public name to the page's server."""
        (url,) = (button.url for button in self._message(shown).buttons if button.label == "Original")
        assert url is not None
        assert url.startswith(PUBLIC)
        here = URL(self._origin + url.removeprefix(PUBLIC), encoded=True)
        headers = {"Host": urlsplit(PUBLIC).netloc}
        async with aiohttp.ClientSession() as session, session.get(here, headers=headers) as answer:
            assert answer.status == 200
            return await answer.read()

    async def until(self, condition: Callable[[], object]) -> None:
        await self._site.until(condition)

    def hold_delivery(self) -> None:
        self._site.discord.fail("POST", "/channels/*/messages", cut(), times=1000)

    def resume_delivery(self) -> None:
        self._site.discord.rest.faults.forget()

    def whole(self) -> Seen:
        return self._site.discord.history.seen()

    @asynccontextmanager
    async def held_upload(self, moment: str, number: int) -> AsyncIterator[Callable[[], bool]]:
        """Hold messages in channels, which carry outcomes: a command's own answer tells how it stands."""
        discord, gate = self._site.discord, asyncio.Event()
        if number > 1:
            discord.fail("POST", _MESSAGES, Fault(passes=True), times=number - 1)
        discord.fail("POST", _MESSAGES, hang(gate).after() if moment == "after" else hang(gate))
        try:
            yield lambda: not discord.rest.faults.is_planned
        finally:
            discord.rest.faults.forget()
            gate.set()

    def _said(self) -> Sequence[Message]:
        """Return what the channel shows, and what only she sees."""
        discord = self._site.discord
        return [*discord.messages(self._channel, by_bot=True), *discord.ephemeral_messages(self._anna)]

    def _message(self, shown: Shown) -> Message:
        return self._site.discord.world.messages[int(shown.ref)]


@asynccontextmanager
async def discord_member(folder: Path) -> AsyncIterator[DiscordMember]:
    async with discord_site(folder) as site:
        site.configure(bot=f'public_url = "{PUBLIC}"', platform='[platforms.web]\nlisten = "127.0.0.1:0"\n')
        yield DiscordMember(site)
