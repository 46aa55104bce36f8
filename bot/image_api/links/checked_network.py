"""A network backend that connects only to public addresses, or to hosts that the owner allows.

The check is made where the connection is made: a name is resolved once, its addresses are checked, and the connection
goes to one of these same addresses. So nobody can change the address between the check and its use (DNS rebinding), and
no redirect gets around the check.
"""

import asyncio
import socket
from collections.abc import Awaitable, Callable, Iterable, Sequence
from ipaddress import ip_address

import httpcore

from bot.domain.image_faults import LinkBroken
from bot.image_api.links.public_addresses import is_public
from bot.image_api.links.safe_url import AllowedHosts

Resolve = Callable[[str, int], Awaitable[Sequence[str]]]
"""Returns the addresses of a host and port, the best first. Raises `OSError`."""

_MOST_ADDRESSES = 4
"""At most so many addresses of a name are tried."""

_WEB_PORTS = frozenset({80, 443})
_LOWEST_FREE_PORT = 1024
"""Lower ports belong to other services, such as mail, that an HTTP request might trigger."""


class Hitch(Exception):
    """A temporary fault of a download, worth a retry. Its text is for the owner and names only the link's host."""


async def addresses_of(host: str, port: int) -> Sequence[str]:
    """Resolve a name with the system's resolver. Raises `OSError`."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return tuple(dict.fromkeys(str(address[0]) for *_, address in found))


class CheckedNetwork(httpcore.AsyncNetworkBackend):
    """Checks addresses before connecting; `network` then connects, to IP addresses only.

    See https://www.encode.io/httpcore/network-backends/.
    """

    def __init__(self, allowed: AllowedHosts, *, resolve: Resolve, network: httpcore.AsyncNetworkBackend) -> None:
        self._allowed = allowed
        self._resolve = resolve
        self._network = network

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109  # the signature is httpcore's
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Connect to the first address of a host that accepts.

        Raises `LinkBroken` if connecting to the host is not allowed, `Hitch` if its name has no address now, and
        httpcore's errors of connecting.
        """
        fault: Exception = Hitch(f"{host} has no address")
        for address in await self._checked_addresses(host, port):
            try:
                return await self._network.connect_tcp(
                    address, port, timeout=timeout, local_address=local_address, socket_options=socket_options
                )
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                fault = error
        raise fault

    async def _checked_addresses(self, host: str, port: int) -> Sequence[str]:
        is_allowed = self._allowed.hold(host, port)
        if not is_allowed and port not in _WEB_PORTS and port < _LOWEST_FREE_PORT:
            raise LinkBroken(f"{host} is named with port {port}, where no pictures are served")
        addresses = [host] if _is_address(host) else await self._resolved(host, port)
        # One address that is not public rejects them all: an honest name does not resolve to both private and public
        # addresses.
        if not is_allowed and not all(map(is_public, addresses)):
            raise LinkBroken(f"{host} is not on the public Internet, and not among the allowed hosts")
        return addresses[:_MOST_ADDRESSES]

    async def _resolved(self, host: str, port: int) -> Sequence[str]:
        try:
            return await self._resolve(host, port)
        except OSError as error:
            raise Hitch(f"{host} has no address") from error


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True
