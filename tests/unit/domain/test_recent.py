"""What is remembered for a while never grows without end."""

from bot.domain.recent import RecentDict


def test_the_entry_that_was_stored_longest_ago_goes_first() -> None:
    seen = RecentDict[str, int](2)
    seen["fox"] = 1
    seen["hare"] = 2
    seen["fox"] = 3
    seen["owl"] = 4
    assert dict(seen) == {"fox": 3, "owl": 4}


def test_reading_an_entry_does_not_keep_it() -> None:
    seen = RecentDict[str, int](1)
    seen["fox"] = 1
    assert seen["fox"] == 1
    seen["hare"] = 2
    assert "fox" not in seen
