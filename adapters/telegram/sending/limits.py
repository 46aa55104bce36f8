"""Telegram's rate limits, and the calculations on them."""

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """A sliding window: at most `most` messages within `seconds`. Droppable messages may use only `spare` of them."""

    most: int
    spare: int
    seconds: float
    longest_flight: float = math.inf  # a request without an answer counts as sent after so many seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class Bucket:
    """A token bucket: `burst` messages at once, then one for each `seconds_each`.

    `doubt_seconds`: how long before its answer Telegram may have counted a message. It covers most cases.
    """

    burst: int
    seconds_each: float
    doubt_seconds: float


# Telegram documents 1 message a second in a chat with "short bursts" above it, 20 a minute in a group, and 30 a second
# over all chats (https://core.telegram.org/bots/faq). Our times are a little longer, because clocks differ.
IN_CHAT = Bucket(burst=3, seconds_each=1.01, doubt_seconds=0.4)
IN_GROUP = Window(most=20, spare=12, seconds=60.1)
IN_ALL = Window(most=28, spare=20, seconds=1.03, longest_flight=3.0)  # so a large upload does not delay other chats


@dataclass(slots=True, eq=False)
class Permit:
    """Permission to send one message. It counts against a limit until some time after the answer arrived.

    `began_at`: the request was sent; `left_at`: its answer arrived.
    """

    began_at: float | None = None
    left_at: float | None = None

    def ends(self, window: Window, now: float) -> float:
        """Return when the permit stops counting in a window. Before the answer, that is the earliest possible time."""
        if self.left_at is not None:
            return self.left_at + window.seconds
        return (now if self.began_at is None else min(now, self.began_at + window.longest_flight)) + window.seconds

    def counted_at(self, now: float, doubt_seconds: float) -> float:
        """Return about when Telegram counted the message. Telegram counted it at most `doubt_seconds` later."""
        latest = (now if self.left_at is None else self.left_at) - doubt_seconds
        return latest if self.began_at is None else max(self.began_at, latest)


@dataclass(slots=True)
class Level:
    """The number of tokens in a bucket at one time."""

    tokens: float = float(IN_CHAT.burst)
    at: float = -math.inf

    def take(self, at: float) -> None:
        """Take one token. An album that is larger than the bucket empties it."""
        self.tokens, self.at = max(0.0, self.held(at) - 1), max(at, self.at)

    def held(self, at: float) -> float:
        """Return the number of tokens at a later time."""
        if at <= self.at:
            return self.tokens
        return min(float(IN_CHAT.burst), self.tokens + (at - self.at) / IN_CHAT.seconds_each)


def used(window: Window, permits: Iterable[Permit], now: float) -> int:
    """Count the permits that are in a window now."""
    return sum(permit.ends(window, now) > now for permit in permits)


def free_at(window: Window, permits: Iterable[Permit], count: int, now: float) -> float:
    """Return when `count` more messages fit into a window. An album larger than the window needs all of it."""
    ends = sorted(end for permit in permits if (end := permit.ends(window, now)) > now)
    too_many = len(ends) + min(count, window.most) - window.most
    return ends[too_many - 1] if too_many > 0 else now


def free_in_bucket(level: Level, permits: Iterable[Permit], count: int, now: float) -> float:
    """Return when the bucket of a chat will hold enough tokens for `count` more messages.

    There are two estimates, and the earlier time wins. The first assumes that Telegram counted each message as late as
    possible. The second assumes an earlier time, and keeps a part of a token in reserve for the doubt. With the first
    alone, each message would have to wait for the answer to the one before it.
    """
    permits, needed = list(permits), min(count, IN_CHAT.burst)
    missing = needed - held_after(level, permits, now).tokens
    if needed < IN_CHAT.burst:
        doubt = IN_CHAT.doubt_seconds
        missing = min(missing, needed + doubt / IN_CHAT.seconds_each - held_after(level, permits, now, doubt).tokens)
    return now + max(0.0, missing) * IN_CHAT.seconds_each


def held_after(level: Level, permits: Iterable[Permit], now: float, doubt_seconds: float = 0.0) -> Level:
    """Return the level of a bucket now, after messages that were sent or are being sent."""
    level = replace(level)
    for at in sorted(permit.counted_at(now, doubt_seconds) for permit in permits):
        level.take(at)
    return Level(tokens=level.held(now), at=now)
