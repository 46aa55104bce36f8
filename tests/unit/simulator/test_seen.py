"""What the judges of people's view complain about, and what they leave alone."""

from dataclasses import replace

import pytest

from tests.simulators.seen import (
    Seen,
    Shown,
    State,
    doubled,
    gone_too_soon,
    left_behind,
    loud,
    reactions_left,
    unnoticed,
)

ADA, BOB = 7001, 7002
STATUS = State(at=1.0, text="Painting: began 2 s ago")
PICTURE = State(at=2.0, text="a red fox", pictures=("fox.png",))


def shown(*states: State, number: int = 1, **more: object) -> Shown:
    return Shown(**{"chat": -1, "number": number, "states": list(states), **more})  # type: ignore[arg-type]  # by name


def test_a_new_message_that_tells_its_member_is_noticed() -> None:
    told = Seen(messages=[shown(PICTURE, notified=frozenset({ADA}))])
    assert unnoticed(told) == unnoticed(told, member=ADA) == []
    assert len(unnoticed(told, member=BOB)) == 1


def test_pictures_that_come_by_an_edit_are_noticed_by_nobody() -> None:
    (complaint,) = unnoticed(Seen(messages=[shown(STATUS, PICTURE, notified=frozenset({ADA}))]))
    assert "by an edit" in complaint


def test_of_an_album_one_picture_that_tells_its_member_is_enough() -> None:
    album = [shown(PICTURE, album="1", notified=frozenset({ADA})), shown(PICTURE, number=2, album="1")]
    assert unnoticed(Seen(messages=album)) == []
    assert len(unnoticed(Seen(messages=album[1:]))) == 1


@pytest.mark.parametrize(("album", "times"), [("1", 0), (None, 1)])
def test_a_picture_comes_once_for_a_request(album: str | None, times: int) -> None:
    twice = [shown(PICTURE, number=number, answers=9, album=album) for number in (1, 2)]
    assert len(doubled(Seen(messages=twice))) == times
    twice[1].answers = 10
    assert doubled(Seen(messages=twice)) == []
    assert len(doubled(Seen(messages=twice), of=lambda _: "a red fox")) == times


def test_an_album_that_was_sent_again_is_doubled() -> None:
    again = [shown(PICTURE, number=number, answers=9, album=str(number // 2)) for number in range(4)]
    assert len(doubled(Seen(messages=again))) == 1


@pytest.mark.parametrize(
    "state",
    [
        STATUS,
        State(at=1.0, text="a red fox\nPainting: began"),
        State(at=1.0, text="?", buttons=("Cancel",)),
        State(at=1.0, is_loading=True),
    ],
)
def test_what_says_that_something_is_to_come_must_not_stay(state: State) -> None:
    status = shown(state)
    assert len(left_behind(Seen(messages=[status]))) == 1
    status.gone_at = 3.0
    assert left_behind(Seen(messages=[status])) == []
    assert left_behind(Seen(messages=[shown(state, State(at=2.0, text="Cancelled."))])) == []


def test_reactions_must_not_stay() -> None:
    assert len(reactions_left(Seen(messages=[], reactions=[(-1, 1, "👀")]))) == 1


def test_a_status_goes_when_its_outcome_stands() -> None:
    status, outcome = shown(STATUS, gone_at=3.0), shown(PICTURE, number=2)
    assert gone_too_soon(Seen(messages=[status, outcome])) == []
    outcome.states[0] = replace(PICTURE, at=4.0)
    assert len(gone_too_soon(Seen(messages=[status, outcome]))) == 1
    assert len(gone_too_soon(Seen(messages=[status]))) == 1


def test_nobody_else_is_told() -> None:
    message = shown(PICTURE, notified=frozenset({ADA, BOB}))
    assert loud(Seen(messages=[message]), others=[]) == []
    assert len(loud(Seen(messages=[message]), others=[BOB])) == 1


def test_a_picture_that_came_otherwise_than_asked_for_is_no_status() -> None:
    words = State(at=1.0, text="a red fox\nAsked for 1K; 64×36 pixels came.", buttons=("Edit 1", "Delete"))
    status = State(
        at=1.0, text="a red fox\nAsked for 2 seconds ago. It takes about 30 s and comes as a message of its own."
    )
    assert left_behind(Seen(messages=[shown(words)])) == []
    assert len(left_behind(Seen(messages=[shown(status)]))) == 1
