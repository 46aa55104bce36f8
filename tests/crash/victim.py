"""`plantain` in a process that kills itself at a chosen call of the system, as a power cut would.

PLANTAIN_KILL says which: `KIND:MOMENT:NUMBER`, for instance `database:after:17`, after the seventeenth statement.
A `part` is what is written of the parts of an outcome, so about each of its messages: just before one leaves, and when
it was taken.
The program itself is untouched: the interpreter reports each call of a function written in C, and this counts them.
PLANTAIN_CALLS names a file to which the counts are written at an orderly end.
"""

import json
import os
import signal
import sys
import threading
from collections import Counter
from pathlib import Path
from types import FrameType
from typing import Any

KINDS = {
    "database": {("Cursor", "execute"), ("Connection", "commit"), ("Connection", "rollback")},
    "socket": {("socket", "send"), ("socket", "sendmsg"), ("socket", "sendto")},
    "file": {
        *(("posix", name) for name in ("fsync", "fdatasync", "replace", "rename", "unlink", "remove", "link")),
        *(("posix", name) for name in ("posix_fallocate", "truncate", "ftruncate", "mkdir")),
        *((owner, "write") for owner in ("FileIO", "BufferedWriter", "BufferedRandom")),
    },
}
"""What is counted: the calls after which a disk, the database or a peer may know more than before."""

_WRITES_PARTS = tuple(
    [f"{verb} delivery_parts" for verb in ("INSERT INTO", "UPDATE", "DELETE FROM")] + ["UPDATE deliveries SET state"]
)
"""The beginnings of the statements that write parts; the end of a delivery writes its last part."""

_KIND_OF = {call: kind for kind, calls in KINDS.items() for call in calls}
_MOMENTS = {"c_call": "before", "c_return": "after"}


class Killer:
    """Counts the calls of each kind, in all threads together, and kills the process at one of them."""

    def __init__(self, plan: str) -> None:
        self.counts: Counter[str] = Counter()
        self._plan = plan
        self._writing: set[int] = set()  # threads in whose transaction a part of an outcome was written

    def watch(self, frame: FrameType, event: str, called: Any) -> None:
        """Count the calls that can be killed. It is a hook for `sys.setprofile`."""
        moment = _MOMENTS.get(event)
        if moment is None:
            return
        owner = getattr(called, "__self__", None)
        name = getattr(owner, "__name__", None) or type(owner).__name__
        kind = _KIND_OF.get((name, called.__name__))
        if kind is None:
            return
        if kind == "database" and self._is_of_parts(frame, called.__name__, moment):
            self._count(f"part:{moment}")
        self._count(f"{kind}:{moment}")

    def _is_of_parts(self, frame: FrameType, name: str, moment: str) -> bool:
        """Whether a call writes down what of an outcome leaves or has left, or ends the transaction that does."""
        thread = threading.get_ident()
        if name != "execute":
            is_of_parts = thread in self._writing
            if moment == "after":
                self._writing.discard(thread)
            return is_of_parts
        statement = str(frame.f_locals.get("statement", ""))
        is_of_parts = statement.startswith(_WRITES_PARTS)
        if is_of_parts:
            self._writing.add(thread)
        return is_of_parts

    def _count(self, key: str) -> None:
        self.counts[key] += 1
        if f"{key}:{self.counts[key]}" == self._plan:
            os.kill(os.getpid(), signal.SIGKILL)


def main() -> None:
    """Run the command line of `plantain` under a plan."""
    from bot.cli import main as run_plantain  # imported here: what is imported is not counted

    killer = Killer(os.environ.get("PLANTAIN_KILL", ""))
    threading.setprofile(killer.watch)
    sys.setprofile(killer.watch)
    try:
        run_plantain()
    finally:
        sys.setprofile(None)
        if counts := os.environ.get("PLANTAIN_CALLS"):
            Path(counts).write_text(json.dumps(killer.counts))


if __name__ == "__main__":
    main()
