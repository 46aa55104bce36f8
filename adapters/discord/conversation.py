"""A conversation on Discord. For each message, several ways of sending are tried until one works.

The answer to a command is edited with the interaction token, and shows the request's status. The outcome is posted as a
channel message: so it is noticed, members can reply to it, and no token expires. Only if the bot cannot post there, the
answer is edited into the outcome. A private outcome, or one that needs the token, is sent as a direct message once the
token has expired. If the member accepts no direct messages, the bot mentions them in the server, with a button that
shows the outcome to them alone.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import suppress
from datetime import datetime
from functools import partial

import structlog

from adapters.discord.pictures import picture_of
from adapters.discord.receiving.downloads import download
from adapters.discord.reply_context import ReplyContext, message_of, time_of, to_address
from adapters.discord.sending.message_sender import DiscordContext, MessageSender
from adapters.discord.sending.once import sent_once, sought_since
from bot.domain.chat import (
    Abilities,
    Address,
    ConversationKey,
    MessageRef,
    OutgoingMessage,
    PictureLimits,
    PictureRef,
    Posted,
)
from bot.domain.errors import Dropped, Forbidden, Gone, PlatformFault, Unavailable
from bot.ports import Parts

log = structlog.get_logger()

MOST_REQUEST_BYTES = 25 * 1024 * 1024
_ROOM_FOR_WORDS = 64 * 1024  # bytes of a request that are not pictures
_SHOWN = frozenset({"image/png", "image/jpeg", "image/webp", "image/gif"})

EYES = "👀"

Way = Callable[[], Awaitable[Posted]]


class DiscordConversation:
    """Implements `ports.Conversation`. `whispers`: posts are ephemeral, only for the member who pressed a button."""

    def __init__(self, reply_context: ReplyContext, context: DiscordContext, *, whispers: bool = False) -> None:
        self._reply_context = reply_context
        self._rest = context.rest
        self._clock = context.clock
        self._answers = context.answers
        self._sender = MessageSender(reply_context, context)
        self._whispers = whispers
        self._has_spoken = False

    @property
    def address(self) -> Address:
        """The reply context as text. It may contain a token."""
        return to_address(self._reply_context)

    @property
    def key(self) -> ConversationKey:
        """The channel, or for private answers the channel and the user."""
        return self._reply_context.key

    async def abilities(self) -> Abilities:
        """Return what the bot may do here, according to the event that began the conversation."""
        reply_context = self._reply_context
        return Abilities(
            may_post=reply_context.may_send or reply_context.original is not None,
            may_attach=reply_context.may_attach,
            changes_until=reply_context.changes_until,
            reachable_until=reply_context.reachable_until,
            answers_in_private=not reply_context.is_shared,
            finds_posted=reply_context.original is not None or reply_context.may_read_history,
            shown=PictureLimits(most_bytes=reply_context.most_file_bytes, mimes=_SHOWN),
            file=PictureLimits(most_bytes=reply_context.most_file_bytes),
            most_bytes_together=MOST_REQUEST_BYTES - _ROOM_FOR_WORDS,
        )

    async def post(self, message: OutgoingMessage, *, key: str) -> Posted:
        """Edit the interaction's answer, or else post to the channel, or else use any way that reaches the member.

        If the answer shows a message with another key already, the answer is left as it is. Pictures are not whispered:
        everybody in the chat may have them, and reply to them.
        """
        self._has_spoken = True
        is_whispered = self._whispers and not message.pictures
        ways: list[Way] = [partial(self._sender.whisper, message)] if is_whispered else []
        if self._reply_context.original is not None:
            ways.append(partial(self._sender.fill_if_free, message, key))
            if self._reply_context.is_private and message.progress is None and not message.pictures:
                ways.append(partial(self._sender.whisper, message))
        return await self._first([*ways, *self._ways_beside_the_token(message, key)], message, beside=Gone)

    async def deliver(
        self, outcome: OutgoingMessage, *, key: str, parts: Parts, status: MessageRef | None = None
    ) -> Posted:
        """Post to the channel. Only if the bot cannot post there, edit the answer to the command instead.

        Raises `Unavailable` if a post may have arrived although its answer was lost. A retry does not post twice: the
        post is found by its nonce, or in the channel.
        """
        self._has_spoken = True
        reply_context, sender = self._reply_context, self._sender
        directly = partial(self._sent, "direct", partial(sender.write_directly, outcome, key), parts)
        if reply_context.is_direct:
            return await directly()
        if reply_context.is_here and not reply_context.is_private:
            return await self._first(self._ways_in_channel(outcome, key, parts, status), outcome, beside=Gone)
        ways: list[Way] = [*self._ways_to_fill(outcome, key, parts), directly]
        if reply_context.may_send and reply_context.guild:
            ways.append(partial(self._sent, "waiting", partial(sender.let_wait, outcome, key), parts))
        return await self._first(ways, outcome, beside=Gone)

    async def edit(self, ref: MessageRef, message: OutgoingMessage) -> Posted:
        """Edit a message of ours, with the token if it can reach the message, or else as the bot."""
        channel, number = message_of(ref)
        change = partial(self._sender.change, channel, number, message)
        if message.progress is None:
            self._rest.budget.over(channel, number)
        if number == 0 or number != self._reply_context.original:
            if message.is_droppable and not self._rest.budget.has_room_for_edit(channel):
                raise Dropped("the channel takes no more edits at the moment")
            return await change()
        ways: list[Way] = [partial(self._sender.change_answer, message)]
        if self._reply_context.may_change:
            ways.append(change)
        return await self._first(ways, message)

    async def delete(self, ref: MessageRef) -> None:
        """Delete a message of ours, with the token if it can reach the message, or else as the bot."""
        channel, number = message_of(ref)
        if number == 0:
            return
        is_reached = number in {self._reply_context.original, self._reply_context.pressed}
        with suppress(Gone):
            if is_reached and self._reply_context.has_token(self._clock.now()):
                try:
                    await self._rest.delete_answer(self._reply_context)
                except Forbidden as fault:
                    log.debug("token-refused", fault=type(fault).__name__)
                else:
                    return
            await self._rest.delete(channel, number)

    async def open_picture(self, ref: PictureRef) -> AsyncIterator[bytes]:
        """Download a picture in chunks. If its link has expired, get a fresh one, if the bot can read the message."""
        async for piece in download(picture_of(ref), self._rest):
            yield piece

    async def show_activity(self) -> None:
        """Show the typing indicator if the bot is in the channel. An interaction already shows "thinking"."""
        if self._reply_context.original is None and self._reply_context.may_send and not self._reply_context.is_direct:
            await self._rest.show_typing(self._reply_context.channel)

    async def acknowledge(self, ref: MessageRef | None) -> None:
        """React with 👀 to the member's message if allowed. Otherwise show the typing indicator."""
        reply_context = self._reply_context
        is_what_was_written = ref is not None and message_of(ref) == (reply_context.channel, reply_context.event)
        if is_what_was_written and reply_context.may_react:
            with suppress(Forbidden, Gone):
                await self._rest.react(reply_context.channel, reply_context.event, EYES)
                return
        await self.show_activity()

    async def take_back_acknowledgement(self, ref: MessageRef | None) -> None:
        """Remove the 👀 reaction from the member's message."""
        reply_context = self._reply_context
        if (
            ref is not None
            and message_of(ref) == (reply_context.channel, reply_context.event)
            and reply_context.may_react
        ):
            with suppress(Forbidden, Gone):
                await self._rest.take_reaction_back(reply_context.channel, reply_context.event, EYES)

    async def tell(self, message: OutgoingMessage) -> None:
        """Answer the member who pressed a button, visible to nobody else. Raises `Forbidden` without a token."""
        self._has_spoken = True
        if self._reply_context.original is not None and self._reply_context.is_private:
            await self._sender.fill(message, "told")
            return
        if self._reply_context.original is not None:  # else the next message would replace it, for all to see
            await self.delete(self._reply_context.ref(self._reply_context.original))
        await self._sender.whisper(message)

    async def stop_thinking(self) -> None:
        """Delete the "thinking" answer of a command to which nothing was said."""
        if self._reply_context.original is not None and not self._has_spoken:
            with suppress(PlatformFault):
                await self._rest.delete_answer(self._reply_context)

    # ways to send a message, tried in order by `_first`

    async def _first(
        self, ways: Sequence[Way], message: OutgoingMessage, *, beside: type[PlatformFault] = Forbidden
    ) -> Posted:
        """Try the ways in order, and return the result of the first that works.

        Raises `Forbidden` if none works, but `Unavailable` for a status of an interaction: the outcome can still come.
        """
        barred: PlatformFault = Forbidden("no way leads there")
        for way in ways:
            try:
                return await way()
            except (Forbidden, beside) as fault:
                log.debug("way-barred", way=getattr(way, "func", way).__name__, fault=type(fault).__name__)
                barred = fault
        if message.progress is not None and self._reply_context.original is not None:
            raise Unavailable("the answer can't be changed any more, and the outcome will find its way") from barred
        raise barred if isinstance(barred, Forbidden) else Forbidden(*barred.args) from barred

    def _ways_in_channel(
        self, outcome: OutgoingMessage, key: str, parts: Parts, status: MessageRef | None
    ) -> list[Way]:
        reply_context, ways = self._reply_context, list[Way]()
        if reply_context.may_send and (reply_context.may_attach or not outcome.pictures):
            ways.append(partial(self._write_outcome, outcome, key, parts, status))
        ways += self._ways_to_fill(outcome, key, parts)
        if status is not None:
            ways.append(partial(self._changed, "status", status, outcome, parts))
        return ways

    def _ways_to_fill(self, outcome: OutgoingMessage, key: str, parts: Parts) -> list[Way]:
        if self._reply_context.original is None:
            return []
        return [partial(self._sent, "answer", lambda _: self._sender.fill(outcome, key), parts)]

    def _ways_beside_the_token(self, message: OutgoingMessage, key: str) -> list[Way]:
        reply_context = self._reply_context
        if reply_context.is_here and not reply_context.is_private and not reply_context.is_direct:
            return [partial(self._write, message, key)]
        if message.progress is not None:
            return []
        ways: list[Way] = [partial(self._sender.write_directly, message, key)]
        if reply_context.may_send and reply_context.guild:
            ways.append(partial(self._sender.let_wait, message, key))
        return ways

    async def _write(self, message: OutgoingMessage, key: str) -> Posted:
        """Post a channel message. Raises `Dropped` for a droppable one if results need the rest of the rate limit."""
        budget, channel = self._rest.budget, self._reply_context.channel
        if message.progress is not None:
            budget.expect(channel, key)
        if message.is_droppable and not budget.has_room_for_post(channel):
            raise Dropped("the channel takes no more messages at the moment")
        can_be_found = message.actions or message.progress is not None
        begun = time_of(self._reply_context.event) if can_be_found else None  # it may be a retry
        posted = await self._sender.write(message, key, sought_since(begun, self._clock.now()))
        if message.progress is not None:
            budget.told_by(channel, key, message_of(posted.ref)[1])
        return posted

    async def _write_outcome(
        self, outcome: OutgoingMessage, key: str, parts: Parts, status: MessageRef | None
    ) -> Posted:
        """Post the outcome to the channel. Then delete the command's answer, unless it shows something else.

        The core deletes the status.
        """
        self._rest.budget.came(self._reply_context.channel, key)
        posted = await self._sent("message", partial(self._sender.write, outcome, key), parts)
        original = self._reply_context.original
        if original is not None and status != self._reply_context.ref(original) and self._answers.is_of(original, key):
            with suppress(PlatformFault):
                await self.delete(self._reply_context.ref(original))
        return posted

    async def _changed(self, part: str, ref: MessageRef, outcome: OutgoingMessage, parts: Parts) -> Posted:
        channel, number = message_of(ref)
        return await self._sent(part, lambda _: self._sender.change(channel, number, outcome), parts)

    async def _sent(self, part: str, way: Callable[[datetime | None], Awaitable[Posted]], parts: Parts) -> Posted:
        return await sent_once(part, way, parts, reply_context=self._reply_context, clock=self._clock)
