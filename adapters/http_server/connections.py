"""Limits the open connections, in total and for each address, and the time that a client may take to send.

A connection either waits for the head of a request or handles a request. Unknown clients get only short answers, so
they can only hold waiting connections. If there is no room for a new connection, the one that has waited longest is
closed. So connections without requests keep nobody out, whether they come from one address, from many, or through a
proxy. A connection that handles a request, such as an event stream, is never closed for another.
"""

import asyncio
import ipaddress
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import cast

from aiohttp import StreamReader, web

from adapters.http_server.limits import ConnectionLimits
from adapters.http_server.refusals import Reason, Refusals

_UNASKED_BYTES = 64 * 1024
"""The most bytes that may arrive after the body of the current request."""


class Connection(asyncio.Protocol):
    """One connection. It passes everything on to the HTTP library's protocol, and closes itself after a timeout."""

    def __init__(self, connections: "Connections", address: str, protocol: asyncio.Protocol) -> None:
        self.address = address
        self._connections = connections
        self._limits = connections.limits
        self.protocol = protocol
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.Transport | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._received = 0  # bytes since the last request ended, or since this one began
        self._most: float = float("inf")  # the most bytes that may arrive in this state
        self._body: StreamReader | None = None  # the body that is being received
        self._body_began = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Start waiting for the head of a request."""
        self._transport = cast("asyncio.Transport", transport)
        self._wait(self._limits.head_seconds)
        self.protocol.connection_made(transport)

    def connection_lost(self, exc: Exception | None) -> None:
        """Remove the connection from the open ones."""
        self._stop_timer()
        self._transport = None
        self._connections.forget(self)
        self.protocol.connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Pass bytes on. Close the connection if there are more than belong to the request."""
        self._received += len(data)
        if self._received > self._most:
            self.close(Reason.TOO_MUCH)
        else:
            self.protocol.data_received(data)

    def eof_received(self) -> bool | None:
        """Pass the end of input on."""
        return self.protocol.eof_received()

    def pause_writing(self) -> None:
        """Pass the call on."""
        self.protocol.pause_writing()

    def resume_writing(self) -> None:
        """Pass the call on."""
        self.protocol.resume_writing()

    def close(self, reason: Reason) -> None:
        """Close the connection at once, and count the reason."""
        if self._transport is not None:
            self._connections.refusals.count(reason)
            self._transport.abort()

    @contextmanager
    def request(self, request: web.BaseRequest) -> Iterator[None]:
        """Mark the connection as busy with a request during the `with` block, and limit the time for its body."""
        self._connections.is_busy(self)
        self._stop_timer()
        self._received = 0
        if request.can_read_body:
            self._most = float("inf") if request.content_length is None else request.content_length + _UNASKED_BYTES
            self._body, self._body_began = request.content, self._loop.time()
            self._timer = self._loop.call_later(self._limits.body_check_seconds, self._check_body)
        else:
            self._most = _UNASKED_BYTES
        try:
            yield
        finally:
            self._most, self._body = float("inf"), None
            self._stop_timer()
            if self._transport is not None:
                self._wait(self._limits.idle_seconds)

    def _wait(self, seconds: float) -> None:
        self._received = 0
        self._timer = self._loop.call_later(seconds, self._no_head)
        self._connections.waits(self)

    def _no_head(self) -> None:
        if self._received:
            self.close(Reason.TOO_SLOW)
        elif self._transport is not None:  # not counted: browsers and proxies keep unused connections
            self._transport.abort()

    def _check_body(self) -> None:
        if self._body is None or self._body.is_eof() or self._transport is None:
            return
        seconds = self._loop.time() - self._body_began
        least = (seconds - self._limits.body_grace_seconds) * self._limits.body_bytes_per_second
        is_slow = seconds > self._limits.body_seconds or self._received < least
        if is_slow and self._transport.is_reading():  # else the delay is ours: we have paused reading
            self.close(Reason.TOO_SLOW)
        else:
            self._timer = self._loop.call_later(self._limits.body_check_seconds, self._check_body)

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None


class Connections:
    """The open connections of one server."""

    def __init__(self, limits: ConnectionLimits, refusals: Refusals) -> None:
        self.limits = limits
        self.refusals = refusals
        self._open: dict[asyncio.Protocol, Connection] = {}  # by the library's protocol
        self._of_address: Counter[str] = Counter()  # the number of open connections
        self._waiting: dict[Connection, None] = {}  # in order: the longest wait first

    def __len__(self) -> int:
        return len(self._open)

    def admit(self, peer: str, make_protocol: Callable[[], asyncio.Protocol]) -> Connection | None:
        """Create a connection for a client at an IP address, making room if needed. Return None if there is no room."""
        address = address_group(peer)
        if self._of_address[address] >= self.limits.most_per_address and not self.make_room(address):
            return None
        if len(self._open) >= self.limits.most and not self.make_room():
            return None
        connection = Connection(self, address, make_protocol())
        self._open[connection.protocol] = connection
        self._of_address[address] += 1
        return connection

    def make_room(self, address: str | None = None) -> bool:
        """Close the connection (of an address) that has waited longest. Return False if none waits."""
        oldest = next((each for each in self._waiting if address in {None, each.address}), None)
        if oldest is None:
            return False
        self.forget(oldest)
        oldest.close(Reason.GAVE_WAY)
        return True

    def find(self, request: web.BaseRequest) -> Connection | None:
        """Return the connection of a request; None if it was just closed for a newer one."""
        return self._open.get(request.protocol)

    def waits(self, connection: Connection) -> None:
        """Note that a connection now waits for the head of a request."""
        if connection.protocol in self._open:
            self._waiting[connection] = None

    def is_busy(self, connection: Connection) -> None:
        """Note that a connection now handles a request."""
        self._waiting.pop(connection, None)

    def forget(self, connection: Connection) -> None:
        """Remove a connection that is closed."""
        self._waiting.pop(connection, None)
        if self._open.pop(connection.protocol, None) is None:
            return
        self._of_address[connection.address] -= 1
        if not self._of_address[connection.address]:
            del self._of_address[connection.address]


def address_group(peer: str) -> str:
    """Return the address that a limit counts: IPv4 as it is, IPv6 as its /64 network, all of which one client owns."""
    address = ipaddress.ip_address(peer.partition("%")[0])
    if isinstance(address, ipaddress.IPv4Address):
        return str(address)
    if address.ipv4_mapped is not None:
        return str(address.ipv4_mapped)
    return str(ipaddress.ip_network((address, 64), strict=False))
