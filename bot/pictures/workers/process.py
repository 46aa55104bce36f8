"""A worker process, as seen by the bot."""

import json
import subprocess
import sys
import threading
from collections.abc import Sequence
from contextlib import suppress
from typing import IO

from bot.pictures.workers.answers import Answer, BrokenAnswer, read_answer
from bot.pictures.workers.confinement import Files
from bot.pictures.workers.work import REQUEST_LENGTH

_FIRST_LINES = """
import json, sys
from pathlib import Path
given = json.loads(sys.stdin.buffer.readline())
sys.path[:] = given["modules"]
from bot.pictures.workers.confinement import Files
from bot.pictures.workers.main import main
files = given["files"]
main(files and Files(**{name: [Path(path) for path in paths] for name, paths in files.items()}))
"""
"""The first code of the process. It finds modules where the bot finds them, and reads nothing from its environment."""


class WorkerEnded(Exception):
    """The process ended without an answer: it exceeded its limits, crashed, or was killed."""


class WorkerProcess:
    """A process of this Python with an empty environment and two pipes. Creating the object starts it.

    Create it in the main thread: the kernel ends a worker together with the thread that started it.
    """

    def __init__(self, files: Files | None) -> None:
        """Start the process. It may open only `files`, or any file if that is None. Raises `OSError`."""
        self._files = files
        self._one_at_a_time = threading.Lock()
        self.idle_since = 0.0  # by the event loop's clock
        self._process = subprocess.Popen(  # noqa: S603  # this very Python, and a text of ours
            [sys.executable, "-I", "-c", _FIRST_LINES],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={},
        )

    @property
    def has_ended(self) -> bool:
        """Whether the process has ended, for any reason."""
        return self._process.poll() is not None

    def wait_until_ready(self) -> Sequence[str]:
        """Wait until the process has prepared itself. Returns what the system does not let it give up.

        Blocking, a tenth of a second. Raises `WorkerEnded`.
        """
        given = {"modules": sys.path, "files": self._files and _as_json(self._files)}
        missing = self._talk(json.dumps(given).encode() + b"\n").value
        return [str(what) for what in missing] if isinstance(missing, list) else []

    def do(self, request: bytes) -> Answer:
        """Run a pickled `WorkRequest`. Blocking; `kill` ends the wait. Raises `WorkerEnded`."""
        return self._talk(REQUEST_LENGTH.pack(len(request)) + request)

    def kill(self) -> None:
        """Kill the process. A thread that waits for its answer gets `WorkerEnded`."""
        self._process.kill()

    def end(self) -> None:
        """Kill the process and release its pipes and its process entry. Blocking, some milliseconds."""
        self.kill()
        with self._one_at_a_time:
            for pipe in self._pipes():
                with suppress(OSError):  # of a request that it did not read
                    pipe.close()
            self._process.wait()

    def _talk(self, said: bytes) -> Answer:
        requests, answers = self._pipes()
        with self._one_at_a_time:
            try:
                requests.write(said)
                requests.flush()
                return read_answer(answers)
            except (OSError, ValueError, BrokenAnswer) as fault:  # ValueError: the pipe is closed
                raise WorkerEnded(str(fault)) from fault

    def _pipes(self) -> tuple[IO[bytes], IO[bytes]]:
        requests, answers = self._process.stdin, self._process.stdout
        if requests is None or answers is None:
            raise RuntimeError("a worker process without pipes")
        return requests, answers


def _as_json(files: Files) -> dict[str, list[str]]:
    """Convert to JSON, with absolute paths, because the process may have another working folder."""
    return {
        "readable": [str(path.absolute()) for path in files.readable],
        "folders": [str(path.absolute()) for path in files.folders],
    }
