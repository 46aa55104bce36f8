"""The page on a real socket, without the rest of the house: for tests of the web platform by itself."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import aiohttp

from adapters.web.chat_platform import CONVERSATION, WebPlatform
from adapters.web.conversation import WebConversation
from adapters.web.settings import WebSettings
from bot.application.intake.answers import Answers
from bot.domain.chat import Address, MessageRef, OutgoingMessage, Sentence
from bot.domain.prompt.commands import MENU
from bot.ports import PictureLinks, PlatformServices
from bot.storage.data_folder import load_secret
from bot.wiring.clock import SystemClock
from tests.fakes.pictures import MemoryPictures
from tests.fakes.texts import PlainTexts
from tests.fakes.transcript import MemoryTranscript
from tests.page.core import PageCore


@dataclass(frozen=True)
class PageAlone:
    """A running page and everything behind it."""

    link: str
    core: PageCore
    conversation: WebConversation
    transcript: MemoryTranscript
    pictures: MemoryPictures

    @property
    def origin(self) -> str:
        return self.link.partition("/open")[0]

    async def say(self, key: str) -> MessageRef:
        """Have the bot say something on the page."""
        said = OutgoingMessage(lines=(Sentence("help-edit"),), language="en")
        return (await self.conversation.post(said, key=key)).ref


@asynccontextmanager
async def page_alone(
    folder: Path,
    *,
    listen: str = "127.0.0.1:0",
    transcript: MemoryTranscript | None = None,
    links: PictureLinks | None = None,
) -> AsyncIterator[PageAlone]:
    """Serve the page until the block ends. Give the transcript of an earlier page to go on from it."""
    announced: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    pictures, transcript = MemoryPictures(), transcript or MemoryTranscript()
    services = PlatformServices(
        texts=PlainTexts(),
        menu=MENU,
        language="en",
        bot_name="Plantain",
        transcript=transcript,
        pictures=pictures,
        answers=Answers(SystemClock()),
        links=links,
        load_secret=partial(load_secret, folder),
        announce=announced.set_result,
    )
    platform = WebPlatform(WebSettings(listen=listen), services)
    core = PageCore(pictures)
    serving = asyncio.create_task(platform.run(core.handle, lambda: None))
    serving.add_done_callback(lambda _: announced.cancel())  # it ended before it listened
    try:
        await asyncio.wait({announced})
        if serving.done():
            await serving
        conversation = platform.conversation(Address(CONVERSATION))
        yield PageAlone(announced.result(), core, conversation, transcript, pictures)
    finally:
        serving.cancel()
        await asyncio.gather(serving, return_exceptions=True)


@asynccontextmanager
async def stranger(page: PageAlone) -> AsyncIterator[aiohttp.ClientSession]:
    """Yield a client that has not logged in. Where a test looks at redirects, the test tells it not to follow them."""
    jar = aiohttp.CookieJar(unsafe=True)  # unsafe: it keeps cookies of an IP address
    async with aiohttp.ClientSession(page.origin, cookie_jar=jar, headers={"Origin": page.origin}) as session:
        yield session


@asynccontextmanager
async def guest(page: PageAlone) -> AsyncIterator[aiohttp.ClientSession]:
    """Yield a client that came in through the one-time link."""
    async with stranger(page) as session:
        async with session.get(page.link.removeprefix(page.origin)) as answer:
            assert answer.status == 200
        yield session
