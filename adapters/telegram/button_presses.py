"""What becomes of a pressed button: a use case of the core, or a question for words; and its one answer.

A query takes one answer, and only for a few seconds. So it is held until the core has decided, which is a transaction,
but not for long; then it is answered without words, and what is left to say is a message that may be left out. An
answer of a query is seen by whoever pressed alone, and takes no turn of the chat.
"""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TypeVar

from telegram import CallbackQuery
from telegram.error import TelegramError

from adapters.telegram.asking import ask_for_words
from adapters.telegram.chat_ref import ChatRef
from adapters.telegram.conversation import TelegramConversation
from adapters.telegram.faults import attempt, is_query_over, to_fault
from adapters.telegram.message_sender import TelegramContext
from adapters.telegram.rendering import plain
from adapters.telegram.translate import Me, to_button_press
from bot.domain.chat import VERBS_THAT_NEED_WORDS, OutgoingMessage, Sentence
from bot.domain.errors import Dropped
from bot.domain.events import ButtonPress
from bot.domain.tokens import read_token
from bot.ports import Handle, Post

Key = TypeVar("Key")
Value = TypeVar("Value")

HELD_SECONDS = 2.0
"""How long a query is held while the core decides."""

ANSWER_CHARACTERS = 200
SHORT_CHARACTERS = 70
"""What Telegram takes; and what can be read while it is shown above the chat. More is shown until it is closed."""

ASKED_SECONDS = 60.0
"""Who presses the same button again within that time finds the question, or what there was to say, still there."""

MOST_REMEMBERED = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class ButtonPresses:
    """Takes presses. `now` is in seconds of any clock."""

    me: Me
    context: TelegramContext
    handle: Handle
    now: Callable[[], float] = time.monotonic
    _answered: dict[str, None] = field(default_factory=dict)  # queries whose answer is used up, and that come again
    _asked: dict[tuple[str, str, str], float] = field(default_factory=dict)  # who was asked for words, about what
    _told: dict[tuple[str, str, str], float] = field(default_factory=dict)  # who was told something in a message

    async def take(self, query: CallbackQuery, place: ChatRef) -> None:
        """Do what a press asks for; when this returns it is durable. Raises `StoreUnavailable`: then it comes again."""
        press = to_button_press(query, self.me)
        if press is None:
            return
        token = read_token(press.token)
        if token is not None and token[0] in VERBS_THAT_NEED_WORDS:
            self._ask(query, press, place)
            return
        handling = asyncio.ensure_future(self.handle(press, TelegramConversation(place, self.context)))
        try:
            await self._hold(handling, press, query, place)
        finally:
            handling.cancel()

    async def _hold(
        self,
        handling: "asyncio.Future[OutgoingMessage | None]",
        press: ButtonPress,
        query: CallbackQuery,
        place: ChatRef,
    ) -> None:
        is_open = query.id not in self._answered
        if is_open:
            await asyncio.wait({handling}, timeout=HELD_SECONDS)
            is_open = handling.done()
            if not is_open:
                self._put(press, query, place, partial(self._stop_clock, query.id))
        try:
            said = await handling
        except Exception:
            if is_open:
                self._put(press, query, place, partial(self._stop_clock, query.id))
            _remember(self._answered, query.id, None)  # it may come again
            raise
        self._answered.pop(query.id, None)
        if is_open:
            self._put(press, query, place, partial(self._answer, press, query, place, said))
        elif said is not None:
            self._post(press, place, said)

    async def _answer(
        self, press: ButtonPress, query: CallbackQuery, place: ChatRef, said: OutgoingMessage | None
    ) -> None:
        """Answer a query. What is no short text is a message."""
        words = plain(said, self.context.texts) if said is not None else ""
        if said is None or said.actions or said.pictures or len(words) > ANSWER_CHARACTERS:
            await self._stop_clock(query.id)
            if said is not None:
                self._post(press, place, said)
            return
        try:
            await self.context.bot.answer_callback_query(query.id, words, show_alert=len(words) > SHORT_CHARACTERS)
        except TelegramError as error:
            if not is_query_over(error):
                raise to_fault(error, is_repeatable=True) from error
            self._post(press, place, said)  # it was pressed while nobody listened

    def _post(self, press: ButtonPress, place: ChatRef, said: OutgoingMessage) -> None:
        """Say as a message what a query cannot say any more; once, to whoever presses the same again and again."""
        pressed = (press.author.id, press.message, press.token)
        since = self._told.get(pressed)
        if since is not None and self.now() - since < ASKED_SECONDS:
            return
        _remember(self._told, pressed, self.now())
        message = replace(said, is_droppable=True, audience=press.author)
        post = partial(TelegramConversation(place, self.context).post, message, key=f"{press.key}:answer")
        self.context.answers.put(place.key, press.author.id, post)

    def _ask(self, query: CallbackQuery, press: ButtonPress, place: ChatRef) -> None:
        """Ask for words, unless the same was asked just now."""
        asked = (press.author.id, press.message, press.token)
        since = self._asked.get(asked)
        if since is not None and self.now() - since < ASKED_SECONDS:
            self._say_how(query, press, place)
            return
        _remember(self._asked, asked, self.now())
        self._put(press, query, place, partial(self._stop_clock, query.id))
        self.context.answers.put(place.key, press.author.id, partial(self._ask_now, query, press, place))

    async def _ask_now(self, query: CallbackQuery, press: ButtonPress, place: ChatRef) -> None:
        try:
            await ask_for_words(query, press, place, self.context, self.me)
        except Dropped:
            self._asked.pop((press.author.id, press.message, press.token), None)
            raise

    def _say_how(self, query: CallbackQuery, press: ButtonPress, place: ChatRef) -> None:
        said = OutgoingMessage(lines=(Sentence("ask-by-reply"),), language=press.author.language)
        self._put(press, query, place, partial(self._answer, press, query, place, said))

    def _put(self, press: ButtonPress, query: CallbackQuery, place: ChatRef, post: Post) -> None:
        """Have a query answered, in no order with anything: the press counts whether or not that arrives."""
        self.context.answers.put(f"{place.key}:{query.id}", press.author.id, post)

    async def _stop_clock(self, query_id: str) -> None:
        """Have the clock on a button disappear."""
        await attempt("answer-press", partial(self.context.bot.answer_callback_query, query_id))


def _remember(known: dict[Key, Value], key: Key, value: Value) -> None:
    """Keep something in mind as the newest; the oldest is forgotten."""
    known.pop(key, None)
    known[key] = value
    if len(known) > MOST_REMEMBERED:
        del known[next(iter(known))]
