"""The pictures that are wanted are found without reading what is long over."""

from datetime import timedelta
from functools import partial
from pathlib import Path

from benchmarks.store.history import write_history
from bot.storage.wanted_pictures import wanted_pictures
from tests.contract.stores import MORNING
from tests.unit.storage.steps import counted

KEEP = timedelta(days=2)


def test_six_times_the_history_takes_no_more_steps_for_each_picture_that_is_wanted(tmp_path: Path) -> None:
    """Before, every picture there ever was took its steps."""
    each = {}
    for rows in (2_500, 15_000):
        write_history(tmp_path / f"{rows}.db", ledger_rows=rows, waiting=0, now=MORNING)
        wanted, steps = counted(tmp_path / f"{rows}.db", partial(wanted_pictures, keep=KEEP, now=MORNING))
        assert 0 < len(wanted) <= 1_000
        each[rows] = steps / len(wanted)
    assert each[15_000] <= 1.5 * each[2_500], each
