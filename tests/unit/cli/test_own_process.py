"""The program's own process among others."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
CLOSE = """
import ctypes
from bot.cli.own_process import close_to_other_processes
close_to_other_processes()
print(ctypes.CDLL(None).prctl(3, 0, 0, 0, 0))  # PR_GET_DUMPABLE
"""


@pytest.mark.skipif(sys.platform != "linux", reason="it is Linux's")
def test_others_cannot_look_into_the_process() -> None:
    assert subprocess.check_output([sys.executable, "-c", CLOSE], cwd=ROOT, text=True) == "0\n"
