"""A stand-in for the core behind the page: it notes every event, and says what a test tells it to say."""

import asyncio
import io
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from PIL import Image, ImageDraw

from bot.domain.chat import (
    Action,
    MessageRef,
    Moment,
    OutgoingMessage,
    OutgoingPicture,
    Phase,
    Progress,
    Quoted,
    Sentence,
    Verb,
)
from bot.domain.errors import StoreUnavailable
from bot.domain.events import ButtonPress, Event, IncomingMessage, Opened
from bot.ports import Conversation, PictureFiles
from tests.simulators.waiting import WITHIN_SECONDS
from tests.tokens import AN_ID


@dataclass
class PageCore:
    """Its `handle` is what `WebPlatform.run` is given."""

    pictures: PictureFiles
    credits: int = 100
    language: str = "en"
    is_locked: bool = False  # nothing can be made durable
    answer: OutgoingMessage | None = None  # to presses
    heard: list[Event] = field(default_factory=list)
    _heard_more: asyncio.Event = field(default_factory=asyncio.Event)

    async def until_messages(self, count: int) -> None:
        """Wait until so many messages were handed over."""
        async with asyncio.timeout(WITHIN_SECONDS):
            while len(self.messages) < count:
                await self._heard_more.wait()

    async def handle(self, event: Event, conversation: Conversation) -> OutgoingMessage | None:
        if self.is_locked and not isinstance(event, Opened):
            raise StoreUnavailable("the database is locked")
        self.heard.append(event)
        self._heard_more.set()
        self._heard_more = asyncio.Event()
        self.language = event.author.language
        if isinstance(event, Opened):
            welcome = self._say(Sentence("welcome", name="Plantain"), Sentence("help-imagine"))
            await conversation.edit((await conversation.post(welcome, key="welcome")).ref, welcome)
        return self.answer if isinstance(event, ButtonPress) else None

    @property
    def messages(self) -> list[IncomingMessage]:
        return [event for event in self.heard if isinstance(event, IncomingMessage)]

    @property
    def presses(self) -> list[ButtonPress]:
        return [event for event in self.heard if isinstance(event, ButtonPress)]

    def waiting(self, prompt: str, in_reply_to: MessageRef | None = None) -> OutgoingMessage:
        now = datetime.now(UTC)
        progress = Progress(phase=Phase.WAITING, since=now, expected_seconds=40)
        turn = Sentence("status-waiting", place=2, ready=Moment(now + timedelta(seconds=40)))
        actions = (Action(verb=Verb.CANCEL, target=AN_ID, label=Sentence("action-cancel")),)
        return self._status(prompt, turn, progress, in_reply_to, actions=actions)

    def painting(self, prompt: str, elapsed: int, in_reply_to: MessageRef | None = None) -> OutgoingMessage:
        began = datetime.now(UTC) - timedelta(seconds=elapsed)
        progress = Progress(phase=Phase.PAINTING, since=began, expected_seconds=20)
        state = Sentence("status-painting", began=Moment(began), minutes=0, seconds=20)
        return self._status(prompt, state, progress, in_reply_to, actions=())

    async def painted(
        self,
        prompt: str,
        in_reply_to: MessageRef | None = None,
        *,
        pixels: tuple[int, int] = (1376, 768),
        count: int = 1,
    ) -> OutgoingMessage:
        pictures = [await self.keep(draw(*pixels, hue=40 + 70 * number), prompt) for number in range(count)]
        width, height = str(pixels[0]), str(pixels[1])
        settings = Sentence(
            "result-settings", model="Nano Banana Pro", ratio="16:9", size="4K", width=width, height=height
        )
        return OutgoingMessage(
            lines=(Quoted(prompt), settings, Sentence("status-price", price=3, left=self.credits)),
            language=self.language,
            pictures=tuple(pictures),
            actions=(
                Action(verb=Verb.AGAIN, target=AN_ID, label=Sentence("action-again")),
                Action(verb=Verb.EDIT, target=AN_ID, label=Sentence("action-edit")),
            ),
            in_reply_to=in_reply_to,
            credits_left=self.credits,
        )

    async def keep(self, png: bytes, words: str, number: int = 1) -> OutgoingPicture:
        async with self.pictures.new_file() as file:
            await file.write(png)
            picture = await file.finish()
        return OutgoingPicture(
            number=number,
            original=picture,
            shown=picture,
            as_file=False,
            link=None,
            filename=f"plantain-1-{number}.png",
            description=Quoted(words),
        )

    def failed(self, prompt: str, in_reply_to: MessageRef | None = None) -> OutgoingMessage:
        action = Action(verb=Verb.RETRY, target=AN_ID, label=Sentence("action-retry"))
        lines = (Quoted(prompt), Sentence("fault-blocked"), Sentence("nothing-charged", left=self.credits))
        return OutgoingMessage(
            lines=lines,
            language=self.language,
            actions=(action,),
            in_reply_to=in_reply_to,
            credits_left=self.credits,
        )

    def _say(self, *lines: Sentence | Quoted) -> OutgoingMessage:
        return OutgoingMessage(lines=lines, language=self.language, credits_left=self.credits)

    def _status(
        self,
        prompt: str,
        state: Sentence,
        progress: Progress,
        in_reply_to: MessageRef | None,
        actions: tuple[Action, ...],
    ) -> OutgoingMessage:
        return OutgoingMessage(
            lines=(
                Quoted(prompt),
                Sentence("status-settings", model="Nano Banana Pro", ratio="16:9", size="4K"),
                state,
                Sentence("status-price", price=3, left=self.credits),
            ),
            language=self.language,
            actions=actions,
            progress=progress,
            in_reply_to=in_reply_to,
            credits_left=self.credits,
        )


def draw(width: int, height: int, *, hue: int = 40) -> bytes:
    """Draw a small landscape as PNG."""
    picture = Image.new("HSV", (width, height), (hue % 256, 60, 235))
    pen = ImageDraw.Draw(picture)
    pen.ellipse(
        (width * 0.6, height * 0.15, width * 0.75, height * 0.15 + width * 0.15), fill=((hue + 5) % 256, 120, 255)
    )
    pen.polygon([(0, height), (width * 0.35, height * 0.4), (width * 0.7, height)], fill=((hue + 60) % 256, 110, 120))
    pen.polygon(
        [(width * 0.3, height), (width * 0.75, height * 0.5), (width, height)], fill=((hue + 70) % 256, 120, 90)
    )
    file = io.BytesIO()
    picture.convert("RGB").save(file, "PNG")
    return file.getvalue()
