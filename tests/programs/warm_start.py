"""A process that has imported the program, and forks for each run of it: imports are most of what a start costs.

What is forked is the program as it is, in a process of its own with its own arguments and variables, whose parent only
waits for it. `test_command_line` and others start it from nothing.

A request is one message: a JSON list of module, arguments and variables, with two descriptors: what the program writes
to, and what its process number and its exit status are told to, a line each.
"""

import gc
import importlib
import json
import os
import runpy
import signal
import socket
import sys
from collections.abc import Mapping, Sequence

MODULES = (
    "bot.cli.serving",
    "bot.cli.day_costs",
    "adapters.web.chat_platform",
    "adapters.telegram.chat_platform",
    "adapters.discord.chat_platform",
)
MOST_BYTES = 64 * 1024


def serve(requests: socket.socket) -> tuple[str, Sequence[str]]:
    """Start what is asked for until nobody can ask any more. Returns only in a new process: what to run in it."""
    while True:
        message, descriptors, _, _ = socket.recv_fds(requests, MOST_BYTES, 2)
        if not message:
            sys.exit()
        if os.fork() == 0:
            requests.close()
            return _begin(message, *descriptors)
        for descriptor in descriptors:
            os.close(descriptor)


def _begin(message: bytes, output: int, told: int) -> tuple[str, Sequence[str]]:
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    if process := os.fork():
        os.close(output)
        os.write(told, b"%d\n" % process)
        _, status = os.waitpid(process, 0)
        os.write(told, b"%d\n" % os.waitstatus_to_exitcode(status))
        os._exit(0)
    os.close(told)
    for standard in (1, 2):
        os.dup2(output, standard)
    os.close(output)
    module, arguments, variables = json.loads(message)
    _take_variables(variables)
    return module, arguments


def _take_variables(variables: Mapping[str, str]) -> None:
    os.environ.clear()
    os.environ.update(variables)


def main() -> None:
    """Import, then serve the socket whose descriptor is the only argument."""
    for module in MODULES:
        importlib.import_module(module)
    gc.freeze()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for who waits for the programs
    module, arguments = serve(socket.socket(fileno=int(sys.argv[1])))
    sys.argv[1:] = arguments
    runpy.run_module(module, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
