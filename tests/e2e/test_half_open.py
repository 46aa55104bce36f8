"""The program against a stranger who opens a thousand connections and asks nothing."""

import resource
from collections.abc import Iterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from tests.e2e.page.web_bot import web_site
from tests.raw_http import connected, get

CONNECTIONS = 1020
USUAL_OPEN_FILES = 1024


@pytest.fixture
def files_for_both() -> Iterator[int]:
    """Give the program, which inherits it, the usual limit of open files, and this process enough of them."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard < 2 * USUAL_OPEN_FILES:
        pytest.skip(f"only {hard} files may be opened here")
    resource.setrlimit(resource.RLIMIT_NOFILE, (USUAL_OPEN_FILES, hard))
    yield hard
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


async def test_a_thousand_half_open_connections_keep_nobody_out(tmp_path: Path, files_for_both: int) -> None:
    async with web_site(tmp_path) as site, site.running() as bot, AsyncExitStack() as stack:
        resource.setrlimit(resource.RLIMIT_NOFILE, (files_for_both, files_for_both))
        lines_before = len(bot.output)
        for _ in range(CONNECTIONS):
            _, writer = await stack.enter_async_context(connected(bot.origin))
            writer.write(b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n")

        for source in ("127.0.0.1", "127.0.0.2"):  # the stranger's own address, and another
            for path in ("/", "/page/main.js"):
                answer = await get(bot.origin, path, source=source)
                assert answer.startswith(b"HTTP/1.1 " + (b"401" if path == "/" else b"200"))

        told = bot.output[lines_before:]
        assert len(told) <= 2, f"{len(told)} lines, the last of them {told[-1]}"
        assert all("connections-refused" in line for line in told)
