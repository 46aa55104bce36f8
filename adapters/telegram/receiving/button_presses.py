"""Handles pressed buttons: calls the core, or asks the member for words, and answers the callback query once.

A callback query takes one answer, and only for a few seconds. So the adapter waits until the core has decided (one
transaction), but at most `HELD_SECONDS`. Then it answers without text, and sends the core's answer later as a droppable
message. Only the member who pressed sees the answer of a query. It does not count against the rate limit of the chat.
"""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial

from telegram import CallbackQuery
from telegram.error import TelegramError

from adapters.telegram.chat_ref import ChatRef
from adapters.telegram.conversation import TelegramConversation
from adapters.telegram.faults import attempt, is_query_over, to_fault
from adapters.telegram.receiving.asking import ask_for_words
from adapters.telegram.sending.message_sender import TelegramContext
from adapters.telegram.sending.rendering import plain
from adapters.telegram.translate import Me, to_button_press
from bot.domain.chat import VERBS_THAT_NEED_WORDS, OutgoingMessage, Sentence
from bot.domain.errors import Dropped
from bot.domain.events import ButtonPress
from bot.domain.recent import RecentDict
from bot.domain.tokens import read_token
from bot.ports import Handle, Post

HELD_SECONDS = 2.0
"""How long the answer to a query waits for the core's decision."""

ANSWER_CHARACTERS = 200
SHORT_CHARACTERS = 70
"""The longest answer that Telegram accepts, and the longest that can be read while the app shows it above the chat.
A longer answer is shown as an alert, which stays until the member closes it."""

ASKED_SECONDS = 60.0
"""If a member presses the same button again within this time, the question or message is not sent again."""

MOST_REMEMBERED = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class ButtonPresses:
    """Handles button presses. `now` returns the seconds of any clock."""

    me: Me
    context: TelegramContext
    handle: Handle
    now: Callable[[], float] = time.monotonic
    # Answered queries that Telegram may deliver again.
    _answered: RecentDict[str, None] = field(default_factory=lambda: RecentDict(MOST_REMEMBERED))
    # Who was asked for words, or sent a message, about what: when.
    _asked: RecentDict[tuple[str, str, str], float] = field(default_factory=lambda: RecentDict(MOST_REMEMBERED))
    _told: RecentDict[tuple[str, str, str], float] = field(default_factory=lambda: RecentDict(MOST_REMEMBERED))

    async def take(self, query: CallbackQuery, chat_ref: ChatRef) -> None:
        """Handle a press. When this returns, the press is durable.

        Raises `StoreUnavailable`; then Telegram delivers the press again.
        """
        press = to_button_press(query, self.me)
        if press is None:
            return
        token = read_token(press.token)
        if token is not None and token[0] in VERBS_THAT_NEED_WORDS:
            self._ask(query, press, chat_ref)
            return
        handling = asyncio.ensure_future(self.handle(press, TelegramConversation(chat_ref, self.context)))
        try:
            await self._hold(handling, press, query, chat_ref)
        finally:
            handling.cancel()

    async def _hold(
        self,
        handling: "asyncio.Future[OutgoingMessage | None]",
        press: ButtonPress,
        query: CallbackQuery,
        chat_ref: ChatRef,
    ) -> None:
        is_open = query.id not in self._answered
        if is_open:
            await asyncio.wait({handling}, timeout=HELD_SECONDS)
            is_open = handling.done()
            if not is_open:
                self._put(press, query, chat_ref, partial(self._stop_clock, query.id))
        try:
            said = await handling
        except Exception:
            if is_open:
                self._put(press, query, chat_ref, partial(self._stop_clock, query.id))
            self._answered[query.id] = None  # the query may be delivered again
            raise
        self._answered.pop(query.id, None)
        if is_open:
            self._put(press, query, chat_ref, partial(self._answer, press, query, chat_ref, said))
        elif said is not None:
            self._post(press, chat_ref, said)

    async def _answer(
        self, press: ButtonPress, query: CallbackQuery, chat_ref: ChatRef, said: OutgoingMessage | None
    ) -> None:
        """Answer a query. An answer that is not a short text is sent as a message."""
        words = plain(said, self.context.texts) if said is not None else ""
        if said is None or said.actions or said.pictures or len(words) > ANSWER_CHARACTERS:
            await self._stop_clock(query.id)
            if said is not None:
                self._post(press, chat_ref, said)
            return
        try:
            await self.context.bot.answer_callback_query(query.id, words, show_alert=len(words) > SHORT_CHARACTERS)
        except TelegramError as error:
            if not is_query_over(error):
                raise to_fault(error, is_repeatable=True) from error
            self._post(press, chat_ref, said)  # the button was pressed while the bot was offline

    def _post(self, press: ButtonPress, chat_ref: ChatRef, said: OutgoingMessage) -> None:
        """Queue a message with what the query cannot show. A member who presses the button again gets it only once."""
        pressed = (press.author.id, press.message, press.token)
        since = self._told.get(pressed)
        if since is not None and self.now() - since < ASKED_SECONDS:
            return
        self._told[pressed] = self.now()
        message = replace(said, is_droppable=True, audience=press.author)
        post = partial(TelegramConversation(chat_ref, self.context).post, message, key=f"{press.key}:answer")
        self.context.answers.put(chat_ref.key, press.author.id, post)

    def _ask(self, query: CallbackQuery, press: ButtonPress, chat_ref: ChatRef) -> None:
        """Ask for words, unless the same question was asked within `ASKED_SECONDS`."""
        asked = (press.author.id, press.message, press.token)
        since = self._asked.get(asked)
        if since is not None and self.now() - since < ASKED_SECONDS:
            self._say_how(query, press, chat_ref)
            return
        self._asked[asked] = self.now()
        self._put(press, query, chat_ref, partial(self._stop_clock, query.id))
        self.context.answers.put(chat_ref.key, press.author.id, partial(self._ask_now, query, press, chat_ref))

    async def _ask_now(self, query: CallbackQuery, press: ButtonPress, chat_ref: ChatRef) -> None:
        try:
            await ask_for_words(query, press, chat_ref, self.context, self.me)
        except Dropped:
            self._asked.pop((press.author.id, press.message, press.token), None)
            raise

    def _say_how(self, query: CallbackQuery, press: ButtonPress, chat_ref: ChatRef) -> None:
        said = OutgoingMessage(lines=(Sentence("ask-by-reply"),), language=press.author.language)
        self._put(press, query, chat_ref, partial(self._answer, press, query, chat_ref, said))

    def _put(self, press: ButtonPress, query: CallbackQuery, chat_ref: ChatRef, post: Post) -> None:
        """Queue the answer to a query, in a queue of its own. The press counts whether or not the answer arrives."""
        self.context.answers.put(f"{chat_ref.key}:{query.id}", press.author.id, post)

    async def _stop_clock(self, query_id: str) -> None:
        """Answer a query without text, so that the app stops showing progress on the button."""
        await attempt("answer-press", partial(self.context.bot.answer_callback_query, query_id))
