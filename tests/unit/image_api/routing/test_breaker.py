"""The circuit breaker: when a rest begins, how long it is, and what ends it. No test waits."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.image_faults import (
    BlockedBySafety,
    ConnectionLost,
    EndpointBusy,
    EndpointUnreachable,
    FundsUsedUp,
    ImageFault,
    KeyRejected,
    ModelUnavailable,
    NoPictureMade,
    OrganizationUnverified,
    PromptRefused,
    TookTooLong,
    UnreadableAnswer,
)
from bot.image_api.routing.circuit_breaker import FAULTS_IN_A_ROW, Breaker
from tests.unit.image_api.routing.scripted import fault_of

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
COUNTED: Sequence[type[ImageFault]] = (
    EndpointUnreachable,
    EndpointBusy,
    ConnectionLost,
    TookTooLong,
    UnreadableAnswer,
)
ABOUT_THE_PROMPT: Sequence[type[ImageFault] | None] = (
    PromptRefused,
    BlockedBySafety,
    NoPictureMade,
    ModelUnavailable,
    None,
)


class Health:
    """A breaker and a clock."""

    def __init__(self) -> None:
        self.breaker = Breaker()
        self.now = NOON

    def after(self, seconds: float) -> "Health":
        self.now += timedelta(seconds=seconds)
        return self

    @property
    def rest(self) -> float | None:
        rest = self.breaker.rest(self.now)
        return rest.seconds if rest else None

    def ask(self, kind: type[ImageFault] | None, *, retry_after_seconds: float | None = None) -> float | None:
        """Make a try that ends so. Return the rest that begins with it."""
        assert self.rest is None
        is_trial = self.breaker.begin()
        fault = fault_of(kind, retry_after_seconds=retry_after_seconds) if kind else None
        rest = self.breaker.judge(fault, self.now, is_trial=is_trial)
        self.breaker.end_trial()
        return rest.seconds if rest else None

    def fail(self, times: int = FAULTS_IN_A_ROW) -> float | None:
        return [self.ask(EndpointUnreachable) for _ in range(times)][-1]


@pytest.mark.parametrize("kind", COUNTED)
def test_faults_in_a_row_begin_a_rest(kind: type[ImageFault]) -> None:
    health = Health()
    rests = [health.ask(kind) for _ in range(FAULTS_IN_A_ROW)]
    assert rests == [None] * (FAULTS_IN_A_ROW - 1) + [30.0]
    assert health.rest == 30.0
    assert health.after(29.5).rest == 0.5
    assert health.after(0.5).rest is None


@pytest.mark.parametrize("kind", ABOUT_THE_PROMPT)
def test_whatever_else_an_endpoint_answers_breaks_the_row(kind: type[ImageFault] | None) -> None:
    health = Health()
    for _ in range(3):
        health.fail(FAULTS_IN_A_ROW - 1)
        assert health.ask(kind) is None
    assert health.rest is None


def test_one_trial_decides_and_each_that_fails_doubles_the_rest() -> None:
    health = Health()
    rests = [health.fail()]
    for _ in range(6):
        health.after(rests[-1] or 0)
        rests.append(health.ask(EndpointUnreachable))
    assert rests == [30, 60, 120, 240, 480, 600, 600]
    health.after(600)
    assert health.ask(None) is None
    assert [health.fail(), health.rest] == [30, 30]


def test_while_the_trial_is_under_way_nobody_else_asks() -> None:
    health = Health()
    health.fail()
    health.after(30)
    assert health.breaker.begin()
    assert health.after(100).rest == 30
    health.breaker.end_trial()
    assert health.rest is None


def test_a_trial_that_was_cancelled_leaves_the_trial_to_the_next() -> None:
    health = Health()
    health.fail()
    health.after(30)
    assert health.breaker.begin()
    health.breaker.end_trial()
    assert health.breaker.begin()
    assert health.breaker.judge(None, health.now, is_trial=True) is None
    health.breaker.end_trial()
    assert not health.breaker.begin()


@pytest.mark.parametrize("kind", [None, EndpointUnreachable, KeyRejected])
def test_what_began_before_the_rest_changes_nothing(kind: type[ImageFault] | None) -> None:
    health = Health()
    health.fail()
    fault = fault_of(kind) if kind else None
    assert health.breaker.judge(fault, health.now, is_trial=False) is None
    assert health.rest == 30
    assert health.after(30).breaker.begin()
    assert health.breaker.judge(fault, health.now, is_trial=False) is None
    assert health.rest == 30


@pytest.mark.parametrize("kind", [KeyRejected, FundsUsedUp, OrganizationUnverified])
def test_what_only_the_owner_can_mend_begins_a_rest_at_once(kind: type[ImageFault]) -> None:
    health = Health()
    assert health.ask(kind) == 300
    assert health.after(300).ask(kind) == 300


@pytest.mark.parametrize(("asked", "rest"), [(30, None), (31, 31), (240.5, 240.5), (86_400, 600)])
def test_a_long_wait_that_the_endpoint_asks_for_is_a_rest(asked: float, rest: float | None) -> None:
    assert Health().ask(EndpointBusy, retry_after_seconds=asked) == rest


def test_only_a_busy_endpoint_says_how_long_it_rests() -> None:
    assert Health().ask(ConnectionLost, retry_after_seconds=200) is None
    assert Health().ask(FundsUsedUp, retry_after_seconds=14.65) == 300


def test_a_clock_that_is_set_back_ends_the_rest() -> None:
    health = Health()
    health.fail()
    assert health.after(-3600).rest is None


@given(
    st.lists(
        st.tuples(
            st.sampled_from([*COUNTED, *ABOUT_THE_PROMPT, KeyRejected, FundsUsedUp]),
            st.sampled_from([None, 0.0, 5.0, 100.0, 1e6]),
            st.floats(min_value=0, max_value=700),
        ),
        max_size=60,
    )
)
def test_no_rest_is_longer_than_ten_minutes_and_each_is_over_in_time(
    tries: list[tuple[type[ImageFault] | None, float | None, float]],
) -> None:
    health = Health()
    for kind, retry_after_seconds, seconds in tries:
        rest = health.rest
        if rest is None:
            rest = health.ask(kind, retry_after_seconds=retry_after_seconds)
        assert rest is None or 0 < rest <= 600
        health.after(seconds)
        assert (health.rest is None) == (rest is None or seconds >= rest)
