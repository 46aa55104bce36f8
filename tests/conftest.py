"""What every test may rely on, however the test run itself was started."""

import signal
from datetime import UTC, datetime

import pytest
import structlog

from tests.kinds import MEANINGS, ROOT, kind_of
from tests.specs import NAMES, origin

# A shell script that puts the tests into the background has them ignore SIGINT, and so would every process that they
# start: whatever is stopped by Ctrl+C would then never end.
signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_report_header() -> list[str]:
    """Tell how old the facts are that the simulators judge by."""
    today = datetime.now(tz=UTC).date()
    origins = [origin(name) for name in NAMES]
    return [f"judged by {one.source}: {one.version}, {(today - one.dated).days} days old" for one in origins]


def pytest_configure(config: pytest.Config) -> None:
    """Have exceptions logged plainly, and register a mark for each kind of test."""
    # The library's own way would draw every exception that is logged in colours, which takes longer than the tests.
    plain = structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback)
    structlog.configure(processors=[structlog.contextvars.merge_contextvars, structlog.processors.add_log_level, plain])
    for kind, meaning in MEANINGS.items():
        config.addinivalue_line("markers", f"{kind}: {meaning}; given by the folder that the test stands in")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark each test with its kind."""
    for item in items:
        item.add_marker(str(kind_of(item.path.relative_to(ROOT).as_posix())))
