"""Listens and accepts every connection itself, so that no number of connections can exhaust the process."""

import asyncio
import errno
import os
import socket
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from functools import partial

from aiohttp import web

from adapters.http_server.answering import answering
from adapters.http_server.connections import Connection, Connections
from adapters.http_server.limits import ConnectionLimits
from adapters.http_server.refusals import Reason, Refusals, library_logger
from bot.domain.errors import CannotListen

_BACKLOG = 1024
_OUT_OF_FILES_PAUSE_SECONDS = 0.1
_UNREAD_MILLISECONDS = 60_000
"""If a client acknowledges none of our data for this time, it is gone or attacks us: TCP closes the connection."""

_ADDRESS_MISSING = {errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT}  # as for "localhost" if IPv6 is disabled

_MOST_HEADERS = 64  # each of at most 8 KiB


@asynccontextmanager
async def http_server(
    application: web.Application,
    host: str,
    port: int,
    limits: ConnectionLimits,
    *,
    purpose: str,
    closing_seconds: float,
) -> AsyncIterator[tuple[str, int]]:
    """Serve an application during the `async with` block. The value is the address (host and port) in use.

    At the end, current requests have `closing_seconds` to finish. Raises `CannotListen`, whose message begins with
    `purpose`, such as "the page cannot be served".
    """
    listen = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    refusals = Refusals(listen)
    connections = Connections(limits.within_open_files(), refusals)
    runner = web.AppRunner(
        application,
        access_log=None,  # a path can hold a secret
        logger=library_logger(refusals),
        shutdown_timeout=closing_seconds,
        lingering_time=limits.lingering_seconds,
        auto_decompress=False,
        max_headers=_MOST_HEADERS,
    )
    await runner.setup()
    try:
        try:
            listeners = await _listen(host, port)
        except OSError as fault:
            reason = os.strerror(fault.errno) if fault.errno and fault.errno > 0 else fault.strerror
            raise CannotListen(f"{purpose} at {listen}: {reason}; choose another address") from fault
        async with _accepting(listeners, connections, runner) as address:
            yield address
    finally:
        await runner.cleanup()
        refusals.close()


@asynccontextmanager
async def _accepting(
    listeners: Sequence[socket.socket], connections: Connections, runner: web.AppRunner
) -> AsyncIterator[tuple[str, int]]:
    """Accept connections during the `async with` block. The value is the address of the first listener."""
    assert runner.server is not None  # noqa: S101 - it is set up
    runner.server.request_handler = answering(runner.server.request_handler, connections)
    accepting = [asyncio.create_task(_accept(each, connections, runner.server)) for each in listeners]
    try:
        host, port, *_ = listeners[0].getsockname()
        yield host, port
    finally:
        for task in accepting:
            task.cancel()
        await asyncio.gather(*accepting, return_exceptions=True)
        for listener in listeners:
            listener.close()


async def _listen(host: str, port: int) -> Sequence[socket.socket]:
    """Open a socket for each address of a host that this machine has. Raises `OSError` if there is none."""
    loop = asyncio.get_running_loop()
    infos = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    listeners: list[socket.socket] = []
    fault: OSError | None = None
    for family, address in dict.fromkeys((info[0], info[4]) for info in infos):
        try:
            listeners.append(socket.create_server(address, family=family, backlog=_BACKLOG))
        except OSError as error:
            fault = error
    if fault is not None and (not listeners or fault.errno not in _ADDRESS_MISSING):
        for listener in listeners:
            listener.close()
        raise fault
    for listener in listeners:
        listener.settimeout(0)
    return listeners


async def _accept(listener: socket.socket, connections: Connections, server: web.Server) -> None:
    """Accept connections until cancelled.

    They are accepted one at a time. asyncio's own server first accepts as many as have arrived before it handles any.
    When the process has no file descriptor left, it logs each try.
    """
    loop = asyncio.get_running_loop()
    while True:
        try:
            accepted, peer = await loop.sock_accept(listener)
        except OSError:  # no file descriptor or memory is left, or the client has disconnected
            connections.refusals.count(Reason.NO_ROOM)
            connections.make_room()
            await asyncio.sleep(_OUT_OF_FILES_PAUSE_SECONDS)
            continue
        connection = connections.admit(peer[0], server)
        if connection is None:
            connections.refusals.count(Reason.NO_ROOM)
            accepted.close()
            await asyncio.sleep(0)  # let other tasks run between any two connections
            continue
        try:
            if hasattr(socket, "TCP_USER_TIMEOUT"):  # Linux
                accepted.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, _UNREAD_MILLISECONDS)
            await loop.connect_accepted_socket(partial(_itself, connection), accepted)
        except OSError:  # the client has disconnected
            accepted.close()
            connections.forget(connection)


def _itself(connection: Connection) -> Connection:
    return connection
