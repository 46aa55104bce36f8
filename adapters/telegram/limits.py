"""Telegram's limits, and the messages that count against them."""

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """So many messages within so many seconds; `spare` of them may be messages that can be left out."""

    most: int
    spare: int
    seconds: float
    longest_flight: float = math.inf  # a request that has no answer yet counts as one that has left after so long


@dataclass(frozen=True, slots=True, kw_only=True)
class Bucket:
    """A token bucket: so many messages at once, then one after each so many seconds.

    `doubt_seconds`: most of the time within which Telegram may have counted a message, where more is not known.
    """

    burst: int
    seconds_each: float
    doubt_seconds: float


# Telegram's own figures are 1 a second in a chat, "short bursts" beside it, 20 a minute in a group and 30 a second in
# all (https://core.telegram.org/bots/faq); the times are a bit longer, for clocks differ.
IN_CHAT = Bucket(burst=3, seconds_each=1.01, doubt_seconds=0.4)
IN_GROUP = Window(most=20, spare=12, seconds=60.1)
IN_ALL = Window(most=28, spare=20, seconds=1.03, longest_flight=3.0)  # a large file holds up no other chat


@dataclass(slots=True, eq=False)
class Turn:
    """A message that may leave. It is held until it leaves, and used up a while after its answer came."""

    began_at: float | None = None
    left_at: float | None = None

    def ends(self, window: Window, now: float) -> float:
        """When it no longer counts; of one that is held or under way at the earliest."""
        if self.left_at is not None:
            return self.left_at + window.seconds
        return (now if self.began_at is None else min(now, self.began_at + window.longest_flight)) + window.seconds

    def counted_at(self, now: float, doubt_seconds: float) -> float:
        """About when Telegram counted it: so many seconds later at the most."""
        latest = (now if self.left_at is None else self.left_at) - doubt_seconds
        return latest if self.began_at is None else max(self.began_at, latest)


@dataclass(slots=True)
class Level:
    """How many tokens a bucket holds at a moment."""

    tokens: float = float(IN_CHAT.burst)
    at: float = -math.inf

    def take(self, at: float) -> None:
        """Take one out. An album that is larger than the bucket empties it."""
        self.tokens, self.at = max(0.0, self.held(at) - 1), max(at, self.at)

    def held(self, at: float) -> float:
        """How many tokens it holds later."""
        if at <= self.at:
            return self.tokens
        return min(float(IN_CHAT.burst), self.tokens + (at - self.at) / IN_CHAT.seconds_each)


def used(window: Window, turns: Iterable[Turn], now: float) -> int:
    """How many turns count in a window now."""
    return sum(turn.ends(window, now) > now for turn in turns)


def free_at(window: Window, turns: Iterable[Turn], count: int, now: float) -> float:
    """When so many more fit into a window; an album larger than the window needs all of it."""
    ends = sorted(end for turn in turns if (end := turn.ends(window, now)) > now)
    too_many = len(ends) + min(count, window.most) - window.most
    return ends[too_many - 1] if too_many > 0 else now


def free_in_bucket(level: Level, turns: Iterable[Turn], count: int, now: float) -> float:
    """When the bucket of a chat will hold enough for so many more.

    Either messages are counted as late as they can have been; or their time is in doubt, and a part of a token is left
    for that. By the first alone, each message would have to wait for the answer to the one before it.
    """
    turns, needed = list(turns), min(count, IN_CHAT.burst)
    missing = needed - held_after(level, turns, now).tokens
    if needed < IN_CHAT.burst:
        doubt = IN_CHAT.doubt_seconds
        missing = min(missing, needed + doubt / IN_CHAT.seconds_each - held_after(level, turns, now, doubt).tokens)
    return now + max(0.0, missing) * IN_CHAT.seconds_each


def held_after(level: Level, turns: Iterable[Turn], now: float, doubt_seconds: float = 0.0) -> Level:
    """What a bucket holds now, after messages that have left or are on their way."""
    level = replace(level)
    for at in sorted(turn.counted_at(now, doubt_seconds) for turn in turns):
        level.take(at)
    return Level(tokens=level.held(now), at=now)
