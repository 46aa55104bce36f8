"""A conversation on Discord. What is said takes the first of several ways that leads there.

An interaction's answer is filled in by its token. Where the bot is itself, pictures come as a message of the channel
instead, so that they can be answered and no token runs out; the answer then shrinks to a line. What only one person
may see, and what only a token reaches, goes to them directly when the token is over. If they take no messages, a server
gets a mention with a button that shows it to them alone. Pictures go to them directly too where a channel that took the
request does not take its outcome any more: they are made and paid for.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from typing import TypeVar

import discord
import structlog

from adapters.discord.downloads import download
from adapters.discord.faults import CannotReply, WordsRefused
from adapters.discord.kept import Kept
from adapters.discord.pictures import picture_of
from adapters.discord.places import Place, message_of, to_address, to_key, to_message_ref, to_private_key
from adapters.discord.wire import Wire
from adapters.discord.words import label
from adapters.discord.writing import MOST_LABEL, Button, Written, to_written
from bot.domain.chat import (
    Abilities,
    Address,
    ConversationKey,
    MessageRef,
    OutgoingMessage,
    PictureLimits,
    PictureRef,
    Posted,
    Sentence,
)
from bot.domain.errors import Forbidden, Gone, PlatformFault, Unavailable
from bot.ports import Clock, Texts

log = structlog.get_logger()

MOST_REQUEST_BYTES = 25 * 1024 * 1024
_ROOM_FOR_WORDS = 64 * 1024  # what of a request is no picture
_SHOWN = frozenset({"image/png", "image/jpeg", "image/webp", "image/gif"})

_SHRINKING_SECONDS = 5.0
"""How long the line in a picture's place may take: until then nobody knows that the picture has arrived."""

SHOW = "s:"
"""Before the key of what waits, in the custom_id of its button."""

Way = Callable[[], Awaitable[Posted]]
Said = TypeVar("Said")


@dataclass(frozen=True, slots=True, kw_only=True)
class Means:
    """What every conversation speaks with."""

    wire: Wire
    texts: Texts
    kept: Kept
    clock: Clock


class DiscordConversation:
    """Implements `ports.Conversation`. With `whispers`, what is posted is for the presser of a button alone."""

    def __init__(self, place: Place, means: Means, *, whispers: bool = False) -> None:
        self._place = place
        self._wire = means.wire
        self._texts = means.texts
        self._kept = means.kept
        self._clock = means.clock
        self._whispers = whispers
        self._has_spoken = False

    @property
    def address(self) -> Address:
        """The place as text. It may hold a token."""
        return to_address(self._place)

    @property
    def key(self) -> ConversationKey:
        """The channel, or what its user alone sees there."""
        return self._place.key

    async def abilities(self) -> Abilities:
        """What may be done here, as the event said that began the conversation."""
        place = self._place
        return Abilities(
            may_post=place.may_send or place.original is not None,
            may_attach=place.may_attach,
            shown=PictureLimits(most_bytes=place.most_file_bytes, mimes=_SHOWN),
            file=PictureLimits(most_bytes=place.most_file_bytes),
            most_bytes_together=MOST_REQUEST_BYTES - _ROOM_FOR_WORDS,
        )

    async def post(self, message: OutgoingMessage, *, key: str) -> Posted:
        """Fill in the interaction's answer, or write to the channel; or what leads to the member at all."""
        self._has_spoken = True
        ways: list[Way] = [partial(self._whisper, message)] if self._whispers else []
        if self._place.original is not None:
            ways.append(partial(self._fill, message))
        return await self._first([*ways, *self._ways_beside_the_token(message, key)], message, beside=Gone)

    async def edit(self, ref: MessageRef, message: OutgoingMessage) -> Posted:
        """Change a message of ours. Pictures that answer a command take a message of their own in its place."""
        channel, number = message_of(ref)
        if number == 0 or number != self._place.original:
            change = partial(self._change, channel, number, message)
            if not message.pictures:
                return await change()
            return await self._first([change, partial(self._bring_directly, ref, message)], message)
        ways: list[Way]
        if self._place.is_private or not self._place.is_here:
            ways = [partial(self._fill, message), *self._ways_beside_the_token(message, ref)]
        else:
            ways = [partial(self._fill, message), partial(self._change, channel, number, message)]
            if message.pictures and self._place.guild and self._place.may_send and self._place.may_attach:
                ways.insert(0, partial(self._answer_apart, ref, message))
            if message.progress is None:
                ways.append(partial(self._write_directly, message, ref))
        return await self._first(ways, message)

    async def delete(self, ref: MessageRef) -> None:
        """Take a message of ours away."""
        channel, number = message_of(ref)
        reached = {self._place.original, self._place.pressed}
        by_token = number in reached and self._place.has_token(self._clock.now())
        with suppress(Gone):
            await (self._wire.delete_answer(self._place) if by_token else self._wire.delete(channel, number))

    async def open_picture(self, ref: PictureRef) -> AsyncIterator[bytes]:
        """The bytes of a picture, in pieces. A link that is over is asked for anew where we can look."""
        async for piece in download(picture_of(ref), self._wire):
            yield piece

    async def show_activity(self) -> None:
        """Show that we write, where the bot is itself; an interaction shows that it is thinking."""
        if self._place.original is None and self._place.may_send:
            await self._wire.show_typing(self._place.channel)

    async def stop_thinking(self) -> None:
        """Nothing is to be said to a command after all: take away that we think about it."""
        if self._place.original is not None and not self._has_spoken:
            with suppress(PlatformFault):
                await self._wire.delete_answer(self._place)

    # ways

    async def _first(
        self, ways: Sequence[Way], message: OutgoingMessage, *, beside: type[PlatformFault] = Forbidden
    ) -> Posted:
        """The first way that is not barred. An answer that cannot show any more how a request stands is no harm."""
        barred: PlatformFault = Forbidden("no way leads there")
        for way in ways:
            try:
                return await way()
            except (Forbidden, beside) as fault:
                log.debug("way-barred", way=getattr(way, "func", way).__name__, fault=type(fault).__name__)
                barred = fault
        if message.progress is not None and self._place.original is not None:
            raise Unavailable("the answer can't be changed any more, and the outcome will find its way") from barred
        raise Forbidden(*barred.args) from barred

    def _ways_beside_the_token(self, message: OutgoingMessage, key: str) -> list[Way]:
        place = self._place
        if place.is_here and not place.is_private:
            directly: list[Way] = [partial(self._write_directly, message, key)] if message.pictures else []
            return [partial(self._write, message, key), *directly]
        if message.progress is not None:
            return []
        ways: list[Way] = [partial(self._write_directly, message, key)]
        if place.may_send and place.guild:
            ways.append(partial(self._let_wait, message, key))
        return ways

    async def _fill(self, message: OutgoingMessage) -> Posted:
        if not self._place.has_token(self._clock.now()):
            raise Forbidden("the token is over")
        sent = await self._said(message, partial(self._wire.fill, self._place))
        conversation = self._key_of_user if sent.flags.ephemeral else self.key
        return Posted(ref=self._place.ref(sent.id), conversation=conversation)

    async def _whisper(self, message: OutgoingMessage) -> Posted:
        if not self._place.has_token(self._clock.now()):
            raise Forbidden("the token is over")
        number = await self._said(message, partial(self._wire.whisper, self._place))
        return Posted(ref=self._place.ref(number), conversation=self._key_of_user)

    async def _change(self, channel: int, number: int, message: OutgoingMessage) -> Posted:
        if number == 0:
            raise Gone("a message that nobody can change")
        await self._said(message, partial(self._wire.edit, channel, number))
        conversation = self.key if channel == self._place.channel else to_key(channel)
        return Posted(ref=to_message_ref(channel, number), conversation=conversation)

    async def _write(self, message: OutgoingMessage, key: str, *, by: int | None = None) -> Posted:
        """A message of the channel, in answer to the one that it is about."""
        channel, answered = message_of(message.in_reply_to or MessageRef(""))
        post = partial(self._wire.post, self._place.channel, nonce=self._place.nonce(key), guild=self._place.guild)
        may_answer = self._place.guild is None or self._place.may.read_message_history
        if channel == self._place.channel and may_answer:
            with suppress(CannotReply):
                return await self._posted(message, partial(post, answers=answered), by=by)
        return await self._posted(message, post, by=by)

    async def _answer_apart(self, ref: MessageRef, message: OutgoingMessage) -> Posted:
        """The pictures as a message of the channel, and a line where the answer to the command was."""
        posted = await self._write(message, ref, by=self._place.user)
        guild, (channel, number) = self._place.guild, message_of(posted.ref)
        ready = Sentence("discord-ready", link=f"https://discord.com/channels/{guild}/{channel}/{number}")
        shrunk = OutgoingMessage(lines=(ready,), language=message.language)
        try:
            async with asyncio.timeout(_SHRINKING_SECONDS):
                ways: list[Way] = [partial(self._fill, shrunk), partial(self._change, *message_of(ref), shrunk)]
                await self._first(ways, shrunk)
        except (PlatformFault, TimeoutError) as fault:  # the picture is there, and that is what counts
            log.info("answer-not-shrunk", fault=type(fault).__name__)
        return posted

    async def _write_directly(self, message: OutgoingMessage, key: str) -> Posted:
        channel = await self._wire.direct_channel(self._place.user)
        post = partial(self._wire.post, channel, nonce=self._place.nonce(f"{key}:direct"))
        return await self._posted(message, post, is_elsewhere=True)

    async def _bring_directly(self, ref: MessageRef, message: OutgoingMessage) -> Posted:
        """Pictures to their member; and nothing says any longer, where they may not stand, that they are being made."""
        posted = await self._write_directly(message, ref)
        try:
            async with asyncio.timeout(_SHRINKING_SECONDS):
                await self._wire.delete(*message_of(ref))
        except (PlatformFault, TimeoutError) as fault:
            log.info("status-not-removed", fault=type(fault).__name__)
        return posted

    async def _let_wait(self, message: OutgoingMessage, key: str) -> Posted:
        """Keep the message, and tell its member where everybody reads along that there is something to see."""
        kept_as = self._place.nonce(f"{key}:waiting")
        written = to_written(message, self._texts, is_spoiler=self._place.is_spoiler)
        await self._kept.keep_waiting(kept_as, self._place.channel, self._place.user, written)
        told = to_written(OutgoingMessage(lines=(Sentence("discord-waiting"),), language=message.language), self._texts)
        show = label(Sentence("discord-show"), self._texts, message.language, MOST_LABEL)
        button = Button(label=show, custom_id=SHOW + kept_as, is_first=True)
        mention = replace(told, content=f"<@{self._place.user}> {told.content}", buttons=(button,))
        user = self._place.user
        await self._wire.post(self._place.channel, mention, nonce=kept_as, guild=self._place.guild, pings=user)
        # Not the mention: answers to that are not about pictures, and what waits is shown to its user alone.
        return Posted(ref=MessageRef(f"waiting:{kept_as}"), conversation=self._key_of_user)

    @property
    def _key_of_user(self) -> ConversationKey:
        return to_private_key(self._place.channel, self._place.user)

    # words

    async def _posted(
        self,
        message: OutgoingMessage,
        post: Callable[[Written], Awaitable[discord.Message]],
        *,
        by: int | None = None,
        is_elsewhere: bool = False,
    ) -> Posted:
        sent = await self._said(message, post, by=by, is_elsewhere=is_elsewhere)
        return Posted(ref=to_message_ref(sent.channel.id, sent.id), conversation=to_key(sent.channel.id))

    async def _said(
        self,
        message: OutgoingMessage,
        say: Callable[[Written], Awaitable[Said]],
        *,
        by: int | None = None,
        is_elsewhere: bool = False,
    ) -> Said:
        """Say it, and where automatic moderation refuses that, once more without anybody's own words."""
        is_spoiler = self._place.is_spoiler or (is_elsewhere and self._place.is_age_restricted)
        write = partial(to_written, message, self._texts, by=by, is_spoiler=is_spoiler)
        try:
            return await say(write())
        except WordsRefused:
            return await say(write(has_words=False))
