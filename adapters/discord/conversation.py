"""A conversation on Discord. What is said takes the first of several ways that leads there.

A command's answer is filled in by its token; it tells how a request stands. The outcome comes as a message of the
channel, so that it is noticed, can be answered, and no token runs out. Only where the bot can post nothing itself the
answer becomes the outcome. What only one person may see, and what only a token reaches, goes to them directly when the
token is over. If they take no messages, a server gets a mention with a button that shows it to them alone.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import suppress
from datetime import datetime
from functools import partial

import structlog

from adapters.discord.downloads import download
from adapters.discord.message_sender import DiscordContext, MessageSender
from adapters.discord.once import sent_once, sought_since
from adapters.discord.pictures import picture_of
from adapters.discord.reply_context import ReplyContext, message_of, time_of, to_address
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
_ROOM_FOR_WORDS = 64 * 1024  # what of a request is no picture
_SHOWN = frozenset({"image/png", "image/jpeg", "image/webp", "image/gif"})

EYES = "👀"

Way = Callable[[], Awaitable[Posted]]


class DiscordConversation:
    """Implements `ports.Conversation`. With `whispers`, what is posted is for the presser of a button alone."""

    def __init__(self, place: ReplyContext, context: DiscordContext, *, whispers: bool = False) -> None:
        self._place = place
        self._rest = context.rest
        self._clock = context.clock
        self._sender = MessageSender(place, context)
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
            changes_until=place.changes_until,
            reachable_until=place.reachable_until,
            answers_in_private=not place.is_shared,
            finds_posted=place.original is not None or place.may_read_history,
            shown=PictureLimits(most_bytes=place.most_file_bytes, mimes=_SHOWN),
            file=PictureLimits(most_bytes=place.most_file_bytes),
            most_bytes_together=MOST_REQUEST_BYTES - _ROOM_FOR_WORDS,
        )

    async def post(self, message: OutgoingMessage, *, key: str) -> Posted:
        """Fill in the interaction's answer, or write to the channel; or what leads to the member at all."""
        self._has_spoken = True
        ways: list[Way] = [partial(self._sender.whisper, message)] if self._whispers else []
        if self._place.original is not None:
            ways.append(partial(self._sender.fill, message))
        return await self._first([*ways, *self._ways_beside_the_token(message, key)], message, beside=Gone)

    async def deliver(
        self, outcome: OutgoingMessage, *, key: str, parts: Parts, status: MessageRef | None = None
    ) -> Posted:
        """Write to the channel; only where the bot can't do that itself, the answer to the command is filled in.

        Where a post may have arrived although its answer was lost, `Unavailable` is raised: once more is not twice,
        since it is found by its nonce, or in the channel itself.
        """
        self._has_spoken = True
        place, sender = self._place, self._sender
        directly = partial(self._sent, "direct", partial(sender.write_directly, outcome, key), parts)
        if place.is_direct:
            return await directly()
        if place.is_here and not place.is_private:
            return await self._first(self._ways_in_channel(outcome, key, parts, status), outcome, beside=Gone)
        ways: list[Way] = [*self._ways_to_fill(outcome, parts), directly]
        if place.may_send and place.guild:
            ways.append(partial(self._sent, "waiting", partial(sender.let_wait, outcome, key), parts))
        return await self._first(ways, outcome, beside=Gone)

    async def edit(self, ref: MessageRef, message: OutgoingMessage) -> Posted:
        """Change a message of ours, by the token that reaches it or by the bot itself."""
        channel, number = message_of(ref)
        change = partial(self._sender.change, channel, number, message)
        if message.progress is None:
            self._rest.budget.over(channel, number)
        if number == 0 or number != self._place.original:
            if message.is_droppable and not self._rest.budget.has_room_for_edit(channel):
                raise Dropped("the channel takes no more edits at the moment")
            return await change()
        ways: list[Way] = [partial(self._sender.fill, message)]
        if self._place.may_change:
            ways.append(change)
        return await self._first(ways, message)

    async def delete(self, ref: MessageRef) -> None:
        """Take a message of ours away, by the token that reaches it or by the bot itself."""
        channel, number = message_of(ref)
        if number == 0:
            return
        is_reached = number in {self._place.original, self._place.pressed}
        with suppress(Gone):
            if is_reached and self._place.has_token(self._clock.now()):
                try:
                    await self._rest.delete_answer(self._place)
                except Forbidden as fault:
                    log.debug("token-refused", fault=type(fault).__name__)
                else:
                    return
            await self._rest.delete(channel, number)

    async def open_picture(self, ref: PictureRef) -> AsyncIterator[bytes]:
        """The bytes of a picture, in pieces. A link that is over is asked for anew where we can look."""
        async for piece in download(picture_of(ref), self._rest):
            yield piece

    async def show_activity(self) -> None:
        """Show that we write, where the bot is itself; an interaction shows that it is thinking."""
        if self._place.original is None and self._place.may_send and not self._place.is_direct:
            await self._rest.show_typing(self._place.channel)

    async def acknowledge(self, ref: MessageRef | None) -> None:
        """Put 👀 to what the member wrote, where the bot may; otherwise show that we write."""
        place = self._place
        is_what_was_written = ref is not None and message_of(ref) == (place.channel, place.event)
        if is_what_was_written and place.may_react:
            with suppress(Forbidden, Gone):
                await self._rest.react(place.channel, place.event, EYES)
                return
        await self.show_activity()

    async def take_back_acknowledgement(self, ref: MessageRef | None) -> None:
        """Take 👀 off what the member wrote."""
        place = self._place
        if ref is not None and message_of(ref) == (place.channel, place.event) and place.may_react:
            with suppress(Forbidden, Gone):
                await self._rest.take_reaction_back(place.channel, place.event, EYES)

    async def tell(self, message: OutgoingMessage) -> None:
        """Answer whoever pressed, so that nobody else sees it; where that can't be, nothing is said."""
        self._has_spoken = True
        if self._place.original is not None and self._place.is_private:
            await self._sender.fill(message)
            return
        if self._place.original is not None:  # what is said next by the token would take its place for all to see
            await self.delete(self._place.ref(self._place.original))
        await self._sender.whisper(message)

    async def stop_thinking(self) -> None:
        """Nothing is to be said to a command after all: take away that we think about it."""
        if self._place.original is not None and not self._has_spoken:
            with suppress(PlatformFault):
                await self._rest.delete_answer(self._place)

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
        raise barred if isinstance(barred, Forbidden) else Forbidden(*barred.args) from barred

    def _ways_in_channel(
        self, outcome: OutgoingMessage, key: str, parts: Parts, status: MessageRef | None
    ) -> list[Way]:
        place, ways = self._place, list[Way]()
        if place.may_send and (place.may_attach or not outcome.pictures):
            ways.append(partial(self._write_outcome, outcome, key, parts, status))
        ways += self._ways_to_fill(outcome, parts)
        if status is not None:
            ways.append(partial(self._changed, "status", status, outcome, parts))
        return ways

    def _ways_to_fill(self, outcome: OutgoingMessage, parts: Parts) -> list[Way]:
        if self._place.original is None:
            return []
        return [partial(self._sent, "answer", lambda _: self._sender.fill(outcome), parts)]

    def _ways_beside_the_token(self, message: OutgoingMessage, key: str) -> list[Way]:
        place = self._place
        if place.is_here and not place.is_private and not place.is_direct:
            return [partial(self._write, message, key)]
        if message.progress is not None:
            return []
        ways: list[Way] = [partial(self._sender.write_directly, message, key)]
        if place.may_send and place.guild:
            ways.append(partial(self._sender.let_wait, message, key))
        return ways

    async def _write(self, message: OutgoingMessage, key: str) -> Posted:
        """A message of the channel; what may be left out only where results will not need the room."""
        budget, channel = self._rest.budget, self._place.channel
        if message.progress is not None:
            budget.expect(channel, key)
        if message.is_droppable and not budget.has_room_for_post(channel):
            raise Dropped("the channel takes no more messages at the moment")
        can_be_found = message.actions or message.progress is not None
        begun = time_of(self._place.event) if can_be_found else None  # this may not be the first time
        posted = await self._sender.write(message, key, sought_since(begun, self._clock.now()))
        if message.progress is not None:
            budget.told_by(channel, key, message_of(posted.ref)[1])
        return posted

    async def _write_outcome(
        self, outcome: OutgoingMessage, key: str, parts: Parts, status: MessageRef | None
    ) -> Posted:
        """The outcome in the channel. A command's answer that nobody remembers goes away; the core deletes the rest."""
        self._rest.budget.came(self._place.channel, key)
        posted = await self._sent("message", partial(self._sender.write, outcome, key), parts)
        original = self._place.original
        if original is not None and status != self._place.ref(original):
            with suppress(PlatformFault):
                await self.delete(self._place.ref(original))
        return posted

    async def _changed(self, part: str, ref: MessageRef, outcome: OutgoingMessage, parts: Parts) -> Posted:
        channel, number = message_of(ref)
        return await self._sent(part, lambda _: self._sender.change(channel, number, outcome), parts)

    async def _sent(self, part: str, way: Callable[[datetime | None], Awaitable[Posted]], parts: Parts) -> Posted:
        return await sent_once(part, way, parts, place=self._place, clock=self._clock)
