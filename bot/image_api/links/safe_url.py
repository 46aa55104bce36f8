"""Where a link leads: read strictly, so that nobody further on reads it otherwise."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv6Address

import httpx

from bot.domain.errors import ConfigurationError
from bot.domain.image_faults import LinkBroken

_PORTS = {"http": 80, "https": 443}
_MOST_PORT = 65535
_LONGEST_NAME = 253

_NAME = re.compile(r"[a-z0-9_-]{1,63}(?:\.[a-z0-9_-]{1,63})*")
_ENDS_IN_A_NUMBER = re.compile(r"(?:.*\.)?(?:[0-9]+|0x[0-9a-f]*)")
"""Such a host is an IPv4 address to browsers and libc, however odd its spelling: 127.1, 0x7f.1, 2130706433."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SafeUrl:
    """A file on a host. Whoever has its target has the file, so it never shows itself."""

    scheme: str  # http or https
    host: str  # a name in ASCII without a dot at its end, or an IP address as `ipaddress` writes it
    port: int
    target: bytes = field(repr=False)  # path and query

    @property
    def authority(self) -> str:
        """Host and port as the Host header gives them."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _PORTS[self.scheme] else f"{host}:{self.port}"

    def onward(self, location: str) -> "SafeUrl":
        """The place that a redirect from here names. Raises `LinkBroken`."""
        try:
            url = httpx.URL(f"{self.scheme}://{self.authority}{self.target.decode('ascii')}").join(location)
        except (httpx.InvalidURL, ValueError):
            url = None
        if url is None:  # raised out here, because the error quotes the address
            raise LinkBroken(f"{self.host} redirects to what is no address")
        return _to_place(url)


def to_place(link: str) -> SafeUrl:
    """Where a link leads. Raises `LinkBroken` if it is none of http(s), or an attempt to be misread."""
    try:
        url = httpx.URL(link)
    except (httpx.InvalidURL, ValueError):
        url = None
    if url is None:
        raise LinkBroken("the answer's link is no address")
    return _to_place(url)


def _to_place(url: httpx.URL) -> SafeUrl:
    if url.scheme not in _PORTS:
        raise LinkBroken("the answer's link is none of http or https")
    host = _to_host(url)
    if host is None:
        raise LinkBroken("the answer's link names no host, or one in an odd spelling")
    if url.userinfo:
        raise LinkBroken(f"the answer's link to {host} names a user")
    port = _PORTS[url.scheme] if url.port is None else url.port
    if not 0 < port <= _MOST_PORT:
        raise LinkBroken(f"the answer's link to {host} has an impossible port")
    return SafeUrl(scheme=url.scheme, host=host, port=port, target=url.raw_path)


def _to_host(url: httpx.URL) -> str | None:
    """The host of an address in its one spelling; None if it has none, or is spelled in any odd way."""
    host = url.raw_host.decode("ascii").removesuffix(".")
    try:
        if ":" in host:
            return None if "%" in host else str(IPv6Address(host))
        if _ENDS_IN_A_NUMBER.fullmatch(host):
            return str(IPv4Address(host))
    except ValueError:
        return None
    return host if len(host) <= _LONGEST_NAME and _NAME.fullmatch(host) else None


class AllowedHosts:
    """The hosts that the owner trusts: links to them may lead anywhere, to any port, and there in the clear.

    An entry is a host's exact name or IP address, and stands for all its ports (`files.lan`, `10.0.0.7`,
    `fd00::7`) or for one (`files.lan:9000`, `[fd00::7]:9000`). Names do not stand for the addresses they lead
    to, nor the other way round. Raises `ConfigurationError` for what is no such entry.
    """

    def __init__(self, entries: Iterable[str]) -> None:
        self._hosts = frozenset(_to_host_and_port(entry) for entry in entries)

    def hold(self, host: str, port: int) -> bool:
        """Whether this host, in its one spelling, is allowed at this port."""
        return not self._hosts.isdisjoint({(host, None), (host, port)})


def _to_host_and_port(entry: str) -> tuple[str, int | None]:
    bracketed = f"[{entry}]" if entry.count(":") > 1 and not entry.startswith("[") else entry
    try:
        url = httpx.URL(f"host://{bracketed}")  # a scheme without a port of its own
    except (httpx.InvalidURL, ValueError) as error:
        raise ConfigurationError(f"allowed host {entry!r}: {error}") from error
    host = _to_host(url)
    is_all = url.raw_path in {b"", b"/"} and not url.userinfo and not url.fragment
    if host is None or not is_all or (url.port is not None and not 0 < url.port <= _MOST_PORT):
        raise ConfigurationError(f"allowed host {entry!r}: write a host's name or address, perhaps with a port")
    return host, url.port
