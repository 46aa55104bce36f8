"""The ways to send a message on Discord. The conversation decides which one to use."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import TypeVar

import discord

from adapters.discord.faults import AnswerTaken, CannotReply, NotToBeFound, WordsRefused
from adapters.discord.pending_store import PendingStore
from adapters.discord.reply_context import ReplyContext, message_of, to_key, to_message_ref, to_private_key
from adapters.discord.sending.discord_rest import DiscordRest, Envelope
from adapters.discord.sending.recognizing import is_outcome, is_status, says
from adapters.discord.sending.shown_answers import ShownAnswers
from adapters.discord.sending.writing import MOST_LABEL, Button, Written, to_written
from adapters.discord.words import label
from bot.domain.chat import ConversationKey, MessageRef, OutgoingMessage, Posted, Sentence
from bot.domain.errors import Forbidden, Gone
from bot.ports import Clock, Texts

SHOW = "s:"
"""The prefix of the custom_id of a Show button. The key of the waiting message follows."""

Said = TypeVar("Said")


@dataclass(frozen=True, slots=True, kw_only=True)
class DiscordContext:
    """The objects that all conversations share."""

    rest: DiscordRest
    texts: Texts
    kept: PendingStore
    answers: ShownAnswers
    clock: Clock


class MessageSender:
    """Sends messages in one reply context. Every method raises a `PlatformFault` if its way does not work there."""

    def __init__(self, reply_context: ReplyContext, context: DiscordContext) -> None:
        self._reply_context = reply_context
        self._rest = context.rest
        self._texts = context.texts
        self._kept = context.kept
        self._answers = context.answers
        self._clock = context.clock

    @property
    def key_of_user(self) -> ConversationKey:
        """The conversation key for messages that only the user sees in this channel."""
        return to_private_key(self._reply_context.channel, self._reply_context.user)

    async def fill_if_free(self, message: OutgoingMessage, key: str) -> Posted:
        """Edit the answer to the interaction. Raises `AnswerTaken` if it shows a message with another key."""
        self._need_token()
        if not await self._is_free(message, key):
            raise AnswerTaken("the answer shows another message")
        return await self.fill(message, key)

    async def _is_free(self, message: OutgoingMessage, key: str) -> bool:
        answer = self._reply_context.original or 0
        is_free = self._answers.is_free(answer, key)
        if is_free is not None:
            return is_free
        there = await self._rest.find_answer(self._reply_context)  # an earlier process may have filled it
        form = self._written(message)
        return there.flags.loading or is_status(there, form, None) or is_outcome(there, form)

    async def fill(self, message: OutgoingMessage, key: str) -> Posted:
        """Edit the answer to the interaction into a message with this key, whatever it shows."""
        posted = await self.change_answer(message)
        self._answers.shows(message_of(posted.ref)[1], key)
        return posted

    async def change_answer(self, message: OutgoingMessage) -> Posted:
        """Edit the message that the answer to the interaction shows."""
        self._need_token()
        # Discord itself shows who used a command. So only an answer to something else names its requester.
        by = _requester_of(message) if self._reply_context.is_shared and message.in_reply_to else None
        sent = await self._said(message, partial(self._rest.fill, self._reply_context), by=by)
        conversation = self.key_of_user if sent.flags.ephemeral else self._reply_context.key
        return Posted(ref=self._reply_context.ref(sent.id), conversation=conversation)

    async def whisper(self, message: OutgoingMessage) -> Posted:
        """Send an ephemeral message to the user with the interaction's token."""
        self._need_token()
        number = await self._said(message, partial(self._rest.whisper, self._reply_context))
        return Posted(ref=self._reply_context.ref(number), conversation=self.key_of_user)

    async def change(self, channel: int, number: int, message: OutgoingMessage) -> Posted:
        """Edit a message of ours as the bot, without a token."""
        if number == 0:
            raise Gone("a message that nobody can change")
        by = _requester_of(message) if self._reply_context.is_shared and not message.answers_requester else None
        await self._said(message, partial(self._rest.edit, channel, number), by=by)
        conversation = self._reply_context.key if channel == self._reply_context.channel else to_key(channel)
        return Posted(ref=to_message_ref(channel, number), conversation=conversation)

    async def write(self, message: OutgoingMessage, key: str, sought_since: datetime | None = None) -> Posted:
        """Post a channel message as a reply to the message that it is about. Else name the requester.

        `sought_since`: an earlier try may have posted it since this time. If it is found, it is not posted again.
        """
        channel, answered = message_of(message.in_reply_to or MessageRef(""))
        if sought_since and (found := await self._found(message, self._reply_context.channel, sought_since)):
            return found
        envelope = Envelope(nonce=self._reply_context.nonce(key), guild=self._reply_context.guild)
        if channel == self._reply_context.channel and self._reply_context.may_read_history:
            answering = replace(envelope, answers=answered, pings_author=message.notifies and message.answers_requester)
            try:
                return await self._post(message, answering, names_requester=not message.answers_requester)
            except CannotReply:
                pass  # the message to reply to is gone, or we may not read it any more
        return await self._post(message, envelope, names_requester=True)

    async def write_directly(self, message: OutgoingMessage, key: str, sought_since: datetime | None = None) -> Posted:
        """Post a direct message to the user."""
        channel = await self._rest.direct_channel(self._reply_context.user)
        if sought_since and (found := await self._found(message, channel, sought_since)):
            return found
        envelope = Envelope(nonce=self._reply_context.nonce(f"{key}:direct"))
        post = partial(self._rest.post, channel, envelope=envelope)
        return _posted(await self._said(message, post, is_elsewhere=True))

    async def let_wait(self, message: OutgoingMessage, key: str, sought_since: datetime | None = None) -> Posted:
        """Store the message, and mention its member in the channel, with a button that shows the message to them."""
        kept_as = self._reply_context.nonce(f"{key}:waiting")
        written = self._written(message)
        await self._kept.keep_waiting(kept_as, self._reply_context.channel, self._reply_context.user, written)
        # The reference does not name the mention: replies to that are not about pictures, and only the user sees the
        # message.
        waiting = Posted(ref=MessageRef(f"waiting:{kept_as}"), conversation=self.key_of_user)
        mention = self._mention(kept_as, message.language)
        channel = self._reply_context.channel
        if sought_since and await self._rest.find_ours(
            channel, lambda each: is_outcome(each, mention), after=sought_since
        ):
            return waiting
        envelope = Envelope(nonce=kept_as, guild=self._reply_context.guild, pings=self._reply_context.user)
        await self._rest.post(channel, mention, envelope)
        return waiting

    def _mention(self, kept_as: str, language: str) -> Written:
        """Build the mention: it says that a message waits, and has a button that shows it only to the user."""
        told = to_written(OutgoingMessage(lines=(Sentence("discord-waiting"),), language=language), self._texts)
        show = label(Sentence("discord-show"), self._texts, language, MOST_LABEL)
        button = Button(label=show, custom_id=SHOW + kept_as, is_first=True)
        return replace(told, content=f"<@{self._reply_context.user}> {told.content}", buttons=(button,))

    def _need_token(self) -> None:
        if not self._reply_context.has_token(self._clock.now()):
            raise Forbidden("the token is over")

    async def _post(self, message: OutgoingMessage, envelope: Envelope, *, names_requester: bool) -> Posted:
        by = _requester_of(message) if names_requester and self._reply_context.is_shared else None
        envelope = replace(envelope, pings=by if message.notifies else None)
        return _posted(
            await self._said(message, partial(self._rest.post, self._reply_context.channel, envelope=envelope), by=by)
        )

    async def _found(self, message: OutgoingMessage, channel: int, since: datetime) -> Posted | None:
        """Look for a message that an earlier try posted. If it is found, edit it to the present text.

        Raises `NotToBeFound` if we may not read the channel's history.
        """
        if channel == self._reply_context.channel and not self._reply_context.may_read_history:
            raise NotToBeFound("it may stand there, and we may not look")
        forms = [self._written(message, by=by) for by in (None, _requester_of(message))]
        there, answered = message_of(message.in_reply_to or MessageRef(""))
        answers = answered if there == channel else None

        def is_it(each: discord.Message) -> bool:
            if message.progress is not None:
                return is_status(each, forms[0], answers)
            return any(is_outcome(each, form) for form in forms)

        found = await self._rest.find_ours(channel, is_it, after=since)
        if found is None:
            return None
        if not message.pictures and not any(says(found, form) for form in forms):
            await self.change(channel, found.id, message)
        return _posted(found)

    def _written(
        self,
        message: OutgoingMessage,
        *,
        by: int | None = None,
        is_elsewhere: bool = False,
        has_words: bool = True,
    ) -> Written:
        is_spoiler = self._reply_context.is_spoiler or (is_elsewhere and self._reply_context.is_age_restricted)
        return to_written(message, self._texts, by=by, is_spoiler=is_spoiler, has_words=has_words)

    async def _said(
        self,
        message: OutgoingMessage,
        say: Callable[[Written], Awaitable[Said]],
        *,
        by: int | None = None,
        is_elsewhere: bool = False,
    ) -> Said:
        """Send a message. If automatic moderation refuses it, send it again without any member's words."""
        write = partial(self._written, message, by=by, is_elsewhere=is_elsewhere)
        try:
            return await say(write())
        except WordsRefused:
            return await say(write(has_words=False))


def _requester_of(message: OutgoingMessage) -> int | None:
    """Return the ID of the user whom a message should name, or None."""
    requester = message.requester
    return int(requester.id) if requester is not None and requester.id.isdecimal() else None


def _posted(sent: discord.Message) -> Posted:
    return Posted(ref=to_message_ref(sent.channel.id, sent.id), conversation=to_key(sent.channel.id))
