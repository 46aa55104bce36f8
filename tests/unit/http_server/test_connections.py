"""Who is served when there are more connections than room, and how long a client may take."""

import asyncio
import os
import resource
import socket
from collections.abc import Iterator
from contextlib import AsyncExitStack, contextmanager
from typing import Any

import pytest
from structlog.testing import capture_logs

from adapters.http_server.connections import address_group
from adapters.http_server.limits import ConnectionLimits
from tests.raw_http import Streams, ask, connected, get, is_closed
from tests.unit.http_server.served import Served, served

HALF_A_HEAD = b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n"
ELSEWHERE = "127.0.0.2"


async def hold(stack: AsyncExitStack, server: Served, count: int, said: bytes, *, source: str) -> list[Streams]:
    """Open connections that say something and nothing more."""
    held = [await stack.enter_async_context(connected(server.origin, source=source)) for _ in range(count)]
    for _, writer in held:
        writer.write(said)
    return held


async def streams(stack: AsyncExitStack, server: Served, count: int, *, source: str) -> list[Streams]:
    """Open connections whose answers do not end."""
    held = await hold(stack, server, count, b"GET /stream HTTP/1.1\r\nHost: x\r\n\r\n", source=source)
    await server.until_streams(count)
    return held


@pytest.mark.parametrize("source", ["127.0.0.1", ELSEWHERE])
@pytest.mark.parametrize("said", [b"", HALF_A_HEAD])
async def test_connections_that_ask_nothing_give_way(source: str, said: bytes) -> None:
    async with served(most=10, most_per_address=5) as server, AsyncExitStack() as stack:
        held = await hold(stack, server, 40, said, source="127.0.0.1")
        assert (await get(server.origin, "/", source=source)).endswith(b"served")
        await is_closed(held[0][0])


async def test_who_waits_from_many_addresses_gives_way() -> None:
    async with served(most=10, most_per_address=5) as server, AsyncExitStack() as stack:
        for last in range(10, 40):
            await hold(stack, server, 1, HALF_A_HEAD, source=f"127.0.0.{last}")
        assert (await get(server.origin, "/")).endswith(b"served")


async def test_a_connection_with_a_request_under_way_never_gives_way() -> None:
    with capture_logs() as logs:
        async with served(most=10, most_per_address=3) as server, AsyncExitStack() as stack:
            held = await streams(stack, server, 3, source="127.0.0.1")
            assert await get(server.origin, "/") == b""
            assert (await get(server.origin, "/", source=ELSEWHERE)).endswith(b"served")
            server.may_end.set()
            for reader, _ in held:
                assert b"begun" in await asyncio.wait_for(reader.readuntil(b"\r\n0\r\n\r\n"), 30)
    assert [line.get("no_room") for line in logs] == [1]


async def test_all_connections_of_a_proxy_are_one_address_which_may_have_them_all() -> None:
    async with served(most=10, most_per_address=10) as server, AsyncExitStack() as stack:
        await streams(stack, server, 9, source="127.0.0.1")
        for _ in range(20):
            assert (await get(server.origin, "/")).endswith(b"served")


async def test_a_connection_that_was_answered_may_ask_again_and_gives_way_too() -> None:
    asked = b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
    async with served(most=2) as server, AsyncExitStack() as stack:
        held = await hold(stack, server, 2, asked, source="127.0.0.1")
        for reader, writer in held:
            await reader.readuntil(b"served")
            writer.write(asked)
            await reader.readuntil(b"served")
        assert (await get(server.origin, "/")).endswith(b"served")
        await is_closed(held[0][0])


@pytest.mark.parametrize("said", [b"", HALF_A_HEAD])
async def test_a_head_that_does_not_come_is_not_waited_for(said: bytes) -> None:
    with capture_logs() as logs:
        async with served(head_seconds=0.5) as server, AsyncExitStack() as stack:
            [(reader, _)] = await hold(stack, server, 1, said, source="127.0.0.1")
            await is_closed(reader)
    # A browser opens connections that it may need: that is no news.
    assert [line.get("too_slow") for line in logs] == ([1] if said else [])


async def test_an_idle_connection_is_closed() -> None:
    async with served(idle_seconds=0.05) as server, connected(server.origin) as (reader, writer):
        writer.write(b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
        assert (await asyncio.wait_for(reader.read(), 30)).endswith(b"served")


@pytest.mark.parametrize("limits", [{"body_grace_seconds": 0.0}, {"body_seconds": 0.0}])
async def test_a_body_that_drips_is_not_waited_for(limits: dict[str, Any]) -> None:
    with capture_logs() as logs:
        async with served(body_check_seconds=0.05, **limits) as server, connected(server.origin) as (reader, writer):
            writer.write(b"POST /body HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 1000\r\n\r\nx")
            await is_closed(reader)
    assert server.bodies == []
    assert [line.get("too_slow") for line in logs] == [1]  # and no traceback


async def test_a_client_that_leaves_within_its_body_is_no_fault(caplog: pytest.LogCaptureFixture) -> None:
    async with served() as server:
        async with connected(server.origin) as (_, writer):
            writer.write(b"POST /body HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 1000\r\n\r\nx")
            await writer.drain()
        assert (await get(server.origin, "/")).endswith(b"served")
    assert caplog.text == ""


async def test_a_client_that_leaves_as_a_stream_begins_is_no_fault(caplog: pytest.LogCaptureFixture) -> None:
    async with served() as server:
        async with connected(server.origin) as (reader, writer):
            writer.write(b"GET /gone HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
            await is_closed(reader)
        assert (await get(server.origin, "/")).endswith(b"served")
    assert caplog.text == ""


async def test_requests_behind_one_that_does_not_end_are_not_collected() -> None:
    filler = b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX: %b\r\n\r\n" % (b"x" * 8000)
    with capture_logs() as logs:
        async with served() as server, AsyncExitStack() as stack:
            [(reader, writer)] = await streams(stack, server, 1, source="127.0.0.1")
            for _ in range(20):
                writer.write(filler)
            await is_closed(reader)
    assert [line.get("too_much") for line in logs] == [1]


async def test_a_whole_body_is_taken_however_long_its_handler_works() -> None:
    request = b"POST /works HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nConnection: close\r\n\r\nabc"
    async with served(body_check_seconds=0.01, body_seconds=0.0, body_grace_seconds=0.0) as server:
        assert (await ask(server.origin, request, ends=False)).endswith(b"worked")


@contextmanager
def open_files(limit: int) -> Iterator[None]:
    """Set the process's limit of open files meanwhile."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (limit, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


async def test_where_no_file_is_left_others_give_way_and_the_log_stays_small(caplog: pytest.LogCaptureFixture) -> None:
    loop = asyncio.get_running_loop()
    with capture_logs() as logs:
        async with served() as server, AsyncExitStack() as stack:
            held = await hold(stack, server, 5, HALF_A_HEAD, source="127.0.0.1")
            await get(server.origin, "/")  # the server has accepted those before
            with socket.socket() as client:
                client.settimeout(0)
                next_file = os.dup(0)
                os.close(next_file)
                with open_files(next_file):
                    port = int(server.origin.rpartition(":")[2])
                    await loop.sock_connect(client, ("127.0.0.1", port))
                    await loop.sock_sendall(client, b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
                    answer = await asyncio.wait_for(loop.sock_recv(client, 65_536), 30)
            await is_closed(held[0][0])
    assert answer.endswith(b"served")
    assert [line.get("no_room") for line in logs] == [1, None]
    assert caplog.text == ""


def test_the_limits_leave_files_for_the_rest_of_the_process() -> None:
    with open_files(256):
        assert ConnectionLimits(most=1000, most_per_address=50).within_open_files().most == 64
        assert ConnectionLimits(most=10, most_per_address=50).within_open_files().most == 10


@pytest.mark.parametrize(
    ("peer", "group"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("::1", "::/64"),
    ],
)
def test_an_address_is_counted_as_one_client(peer: str, group: str) -> None:
    assert address_group(peer) == group
