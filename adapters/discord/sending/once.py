"""Sends each part of an outcome exactly once, also after lost answers and restarts."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta

from adapters.discord.faults import NotToBeFound
from adapters.discord.reply_context import ReplyContext, message_of, to_key
from bot.domain.chat import MessageRef, Posted
from bot.domain.errors import MaybeDelivered, Unavailable
from bot.ports import Clock, Parts

NONCE_TIME = timedelta(minutes=2)
"""How long we rely on a nonce. Discord forgets it after some minutes; then we must search the channel."""

_CLOCKS_DIFFER = timedelta(minutes=1)
"""How much Discord's clock may be behind ours."""

Way = Callable[[datetime | None], Awaitable[Posted]]
"""Sends a part. If a time is given, the part may have been posted since then, and is looked for first."""


def sought_since(begun: datetime | None, now: datetime) -> datetime | None:
    """Return since when to look for a part that was begun earlier; None while its nonce prevents a duplicate."""
    return begun - _CLOCKS_DIFFER if begun is not None and now - begun >= NONCE_TIME else None


async def sent_once(part: str, way: Way, parts: Parts, *, reply_context: ReplyContext, clock: Clock) -> Posted:
    """Send a part, unless it was sent already. Raises what the way raises, with one exception.

    If the part may have arrived although the answer was lost, raises `Unavailable` instead of `MaybeDelivered`: a retry
    makes no duplicate. `MaybeDelivered` is raised only if nobody can find out whether it arrived (`NotToBeFound`).
    """
    posted: list[Posted] = []

    async def send() -> Sequence[MessageRef]:
        posted.append(await way(sought_since(parts.begun_at(part), clock.now())))
        return [posted[-1].ref]

    try:
        refs = await parts.once(part, send)
    except NotToBeFound:
        raise
    except MaybeDelivered as fault:
        raise Unavailable("it may have arrived, and is found if it has") from fault
    return posted[-1] if posted else _kept(refs[0], reply_context)


def _kept(ref: MessageRef, reply_context: ReplyContext) -> Posted:
    """Return the `Posted` of a part that was sent before, in this channel or in direct messages."""
    channel, _ = message_of(ref)
    is_there = channel in {0, reply_context.channel} and not reply_context.is_direct
    return Posted(ref=ref, conversation=reply_context.key if is_there else to_key(channel))
