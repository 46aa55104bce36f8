"""Sends the parts of outcomes so that none stands there twice."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta

from adapters.discord.faults import NotToBeFound
from adapters.discord.reply_context import ReplyContext, message_of, to_key
from bot.domain.chat import MessageRef, Posted
from bot.domain.errors import MaybeDelivered, Unavailable
from bot.ports import Clock, Parts

NONCE_TIME = timedelta(minutes=2)
"""How long a nonce is relied on. Discord forgets it after some minutes; then the channel itself must be looked at."""

_CLOCKS_DIFFER = timedelta(minutes=1)
"""By how much Discord's clock may be behind ours."""

Way = Callable[[datetime | None], Awaitable[Posted]]
"""Sends a part. A time says that it may stand there since then: then it is looked for first."""


def sought_since(begun: datetime | None, now: datetime) -> datetime | None:
    """Since when to look for what was begun then; None where its nonce still keeps it from being two."""
    return begun - _CLOCKS_DIFFER if begun is not None and now - begun >= NONCE_TIME else None


async def sent_once(part: str, way: Way, parts: Parts, *, place: ReplyContext, clock: Clock) -> Posted:
    """Send a part, if that was not done already. Raises what the way raises.

    Where it may have arrived although its answer was lost, `Unavailable` is raised: to send it once more does not make
    it two. Only where that can't be known, `MaybeDelivered` is raised.
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
    return posted[-1] if posted else _kept(refs[0], place)


def _kept(ref: MessageRef, place: ReplyContext) -> Posted:
    """What became of a part that was sent before: it stands at its place, or in the user's chat with the bot."""
    channel, _ = message_of(ref)
    is_there = channel in {0, place.channel} and not place.is_direct
    return Posted(ref=ref, conversation=place.key if is_there else to_key(channel))
