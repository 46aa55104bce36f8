"""The rate that is learned from refusals: few are refused, none waits in vain, and no test waits."""

import math
from collections.abc import Callable
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.image_api.routing.rate_limit import (
    BURST,
    FIRST_PAUSE_SECONDS,
    FORGET_SECONDS,
    LONGEST_PAUSE_SECONDS,
    SILENCE_SECONDS,
    START_RATE,
    TRUSTED_PAUSES,
    Permit,
    RateLimit,
)
from tests.simulators.image_api.rate_limits import AtOnce, Everybody, FixedWindow, Limit, SlidingWindow, TokenBucket
from tests.unit.image_api.routing.limited_servers import NOON, run

SIXTY_A_MINUTE: dict[str, Callable[[], Limit]] = {
    "a fixed window": lambda: FixedWindow(60),
    "a fixed window, begun before": lambda: FixedWindow(60, begins_at=-37),
    "a sliding window": lambda: SlidingWindow(60),
    "a full bucket": lambda: TokenBucket(60, 1.0),
    "a bucket of forty": lambda: TokenBucket(40, 1.0),
    "a bucket of ten": lambda: TokenBucket(10, 1.0),
    "no burst at all": lambda: TokenBucket(1, 1.0),
}
ASKS: dict[str, Callable[[float], float | None]] = {
    "says when": lambda seconds: seconds,
    "says it in whole seconds": math.ceil,
    "says it too short": math.floor,
    "says nothing": lambda _: None,
}


@pytest.mark.parametrize("refusal_seconds", [0.01, 0.5])
@pytest.mark.parametrize("seconds", [0.5, 20.0])
@pytest.mark.parametrize("asks", ASKS)
@pytest.mark.parametrize("kind", SIXTY_A_MINUTE)
def test_of_seventy_at_once_few_are_refused_where_sixty_a_minute_are_taken(
    kind: str, asks: str, seconds: float, refusal_seconds: float
) -> None:
    story = run(SIXTY_A_MINUTE[kind](), 70, asks=ASKS[asks], seconds=seconds, refusal_seconds=refusal_seconds)
    assert len(story.accepted) == 70
    assert len(story.refused) <= 20
    assert max(story.accepted) <= 100


@pytest.mark.parametrize("asks", ASKS)
@pytest.mark.parametrize("burst", [1, 2, 90])
def test_where_three_a_minute_are_taken_few_are_refused_and_the_rate_is_used(burst: int, asks: str) -> None:
    story = run(TokenBucket(burst, 0.05), 100, asks=ASKS[asks], until=100_000.0)
    assert len(story.accepted) == 100
    assert len(story.refused) <= 50
    assert max(story.accepted) <= 1.1 * (100 - burst) / 0.05


def test_a_limit_that_is_met_all_the_time_is_not_forgotten() -> None:
    story = run(TokenBucket(30, 0.05), 200, asks=ASKS["says nothing"], until=100_000.0)
    later = [at for at in story.refused if at > FORGET_SECONDS]
    assert max(sum(abs(other - at) < 10 for other in later) for at in later) < BURST


@pytest.mark.parametrize("kind", SIXTY_A_MINUTE)
def test_where_hundreds_wait_the_rate_is_used_and_hardly_passed(kind: str) -> None:
    story = run(SIXTY_A_MINUTE[kind](), 400)
    assert max(story.accepted) <= 1.35 * 400
    assert len(story.refused) <= 0.12 * 400


def test_a_limit_on_requests_in_flight_is_lived_with() -> None:
    story = run(AtOnce(3, 20.0), 60, asks=ASKS["says nothing"], seconds=20.0)
    assert max(story.accepted) <= 1.5 * 60 / 3 * 20
    assert len(story.refused) <= 60


def test_where_nothing_is_refused_all_leave_within_seconds() -> None:
    story = run(TokenBucket(1_000, 1.0), 70, seconds=20.0)
    assert story.refused == []
    assert [at for at in story.accepted if at == 0] == [0] * BURST
    assert max(story.accepted) == pytest.approx((70 - BURST) / START_RATE, abs=0.1)


@pytest.mark.parametrize("count", [1, 4, 8, 24])
def test_who_refuses_everybody_for_a_while_is_asked_by_one_at_a_time(count: int) -> None:
    story = run(Everybody(2.5, 1.0), count, refusal_seconds=0.01)
    assert len(story.accepted) == count
    assert len(story.refused) <= min(count, BURST) + 3
    assert max(story.accepted) <= 12


# The pause and the probe


def refused(limit: RateLimit, at: float, asked_seconds: float | None = None) -> float | None:
    """Let a request leave at a second and be refused at once. Return the pause."""
    moment = NOON + timedelta(seconds=at)
    assert limit.seconds_until_free(moment) == 0
    return limit.refuse(limit.leave(moment), moment, asked_seconds)


def test_a_pause_is_as_long_as_the_endpoint_asks_for_until_that_was_wrong_too_often() -> None:
    limit, now = RateLimit(), 0.0
    pauses = []
    for _ in range(16):
        pauses.append(refused(limit, now, 1.0))
        now += pauses[-1] or 0.0
    assert pauses[: TRUSTED_PAUSES + 1] == [1.0] * (TRUSTED_PAUSES + 1)
    assert pauses[TRUSTED_PAUSES + 1 : TRUSTED_PAUSES + 4] == [2.0, 4.0, 8.0]
    assert pauses[-1] == LONGEST_PAUSE_SECONDS


def test_where_no_time_is_named_the_pauses_double() -> None:
    limit, now, pauses = RateLimit(), 0.0, []
    for _ in range(12):
        pauses.append(refused(limit, now))
        now += pauses[-1] or 0.0
    assert pauses[:4] == [FIRST_PAUSE_SECONDS * 2**n for n in range(4)]
    assert pauses[-1] == LONGEST_PAUSE_SECONDS


def long_paused() -> tuple[RateLimit, float]:
    """Return a limit whose endpoint refused everything until the pauses became long, and when the last one is over."""
    limit, now = RateLimit(), 0.0
    for _ in range(7):
        now += refused(limit, now) or 0.0
    return limit, now


def test_after_a_quiet_time_as_long_as_the_pause_the_pauses_begin_anew() -> None:
    for asked, pause in ((None, FIRST_PAUSE_SECONDS), (3.0, 3.0)):
        limit, now = long_paused()
        assert refused(limit, now + 64, asked) == pause
        limit, now = long_paused()
        assert refused(limit, now + 63, None) == 128


def test_an_endpoint_that_says_at_once_is_taken_at_its_word_once() -> None:
    limit, now = long_paused()
    pauses = []
    for _ in range(7):
        pauses.append(refused(limit, now, 0.0) or 0.0)
        now += pauses[-1]
    assert pauses == [0.125, 0.25, 0.5, 1.0, 2.0, 4.0, 8.0]


def test_a_request_that_is_accepted_ends_the_long_pauses() -> None:
    limit, now = long_paused()
    moment = NOON + timedelta(seconds=now)
    limit.accept(limit.leave(moment), moment + timedelta(seconds=0.1))
    assert refused(limit, now + 2.2) == FIRST_PAUSE_SECONDS


def test_refusals_of_what_left_together_are_one_pause_and_the_longest_time_counts() -> None:
    limit = RateLimit()
    together = [limit.leave(NOON) for _ in range(4)]
    assert [limit.refuse(each, NOON, seconds) for each, seconds in zip(together, (5, 2, None, 9), strict=True)] == [
        5,
        None,
        None,
        None,
    ]
    assert limit.pause_seconds(NOON) == 9


def test_after_a_pause_one_probe_leaves_and_nobody_else_until_it_is_accepted_or_long_silent() -> None:
    limit = RateLimit()
    refused(limit, 0, 10)
    later = NOON + timedelta(seconds=10)
    assert limit.seconds_until_free(later) == 0
    probe = limit.leave(later)
    assert limit.seconds_until_free(later) == SILENCE_SECONDS
    limit.accept(probe, later + timedelta(seconds=0.5))
    assert limit.seconds_until_free(later + timedelta(seconds=0.5)) < SILENCE_SECONDS
    assert limit.seconds_until_free(later + timedelta(seconds=SILENCE_SECONDS)) == 0


def test_a_rate_that_was_measured_in_a_burst_is_not_told_before_it_is_found_again() -> None:
    limit = RateLimit()
    for number in range(30):
        moment = NOON + timedelta(seconds=number / 10)
        limit.accept(limit.leave(moment), moment)
    refused(limit, 3, 1)
    for second in (4, 5, 6, 7):
        moment = NOON + timedelta(seconds=second)
        limit.accept(limit.leave(moment), moment)
    assert 4 <= limit.seconds_until_turn(7, NOON + timedelta(seconds=7)) <= 7
    much_later = NOON + timedelta(seconds=30)
    assert limit.seconds_until_turn(7, much_later) <= 1.5


def test_a_probe_that_is_cancelled_leaves_the_probe_to_the_next() -> None:
    limit = RateLimit()
    refused(limit, 0, 10)
    later = NOON + timedelta(seconds=10)
    limit.drop(limit.leave(later))
    assert limit.seconds_until_free(later) == 0
    limit.leave(later)
    assert limit.seconds_until_free(later) > 0


def test_long_after_the_last_refusal_nothing_is_known_any_more() -> None:
    limit = RateLimit()
    refused(limit, 0, 1)
    limit.seconds_until_free(NOON + timedelta(seconds=1))
    later = NOON + timedelta(seconds=2 + FORGET_SECONDS)
    assert limit.is_known
    limit.seconds_until_free(later)
    assert not limit.is_known


def test_a_clock_that_is_set_back_ends_the_pause() -> None:
    limit = RateLimit()
    refused(limit, 0, 30)
    assert limit.seconds_until_free(NOON - timedelta(hours=1)) == 0


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["leave", "accept", "refuse", "drop"]),
        st.sampled_from([None, 0.0, 1.0, 50.0, 1e9]),
        st.floats(min_value=-5, max_value=400),
    ),
    max_size=80,
)


@given(STEPS)
def test_whatever_happens_a_request_may_leave_within_the_longest_pause(
    steps: list[tuple[str, float | None, float]],
) -> None:
    limit, now, left = RateLimit(), NOON, list[Permit]()
    for step, asked_seconds, seconds in steps:
        now += timedelta(seconds=seconds)
        free_in = limit.seconds_until_free(now)
        assert 0 <= free_in <= LONGEST_PAUSE_SECONDS
        if step == "leave":
            now += timedelta(seconds=free_in + 0.001)
            assert limit.seconds_until_free(now) == 0
            left.append(limit.leave(now))
        elif left and step == "accept":
            limit.accept(left.pop(), now)
        elif left and step == "drop":
            limit.drop(left.pop())
        elif left:
            pause = limit.refuse(left.pop(0), now, asked_seconds)
            assert pause is None or 0 < pause <= LONGEST_PAUSE_SECONDS


@given(st.integers(1, 100), st.floats(0.05, 20), st.sampled_from([0.5, 20.0]), st.sampled_from(sorted(ASKS)))
def test_whatever_the_limit_everybody_gets_a_picture_and_few_are_refused(
    burst: int, per_second: float, seconds: float, asks: str
) -> None:
    story = run(TokenBucket(burst, per_second), 100, asks=ASKS[asks], seconds=seconds, until=100_000.0)
    assert len(story.accepted) == 100
    assert len(story.refused) <= 60
