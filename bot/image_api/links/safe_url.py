"""Parses a link strictly, so that no later code can interpret it differently."""

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
"""Browsers and libc read such a host as an IPv4 address, however odd its spelling: 127.1, 0x7f.1, 2130706433."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SafeUrl:
    """The checked URL of a file. Whoever has its target can download the file, so `repr` hides the target."""

    scheme: str  # http or https
    host: str  # an ASCII name without a dot at its end, or an IP address as `ipaddress` writes it
    port: int
    target: bytes = field(repr=False)  # path and query

    @property
    def authority(self) -> str:
        """Host and port in the form of the Host header."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _PORTS[self.scheme] else f"{host}:{self.port}"

    def onward(self, location: str) -> "SafeUrl":
        """Resolve a redirect from this URL. Raises `LinkBroken`."""
        try:
            url = httpx.URL(f"{self.scheme}://{self.authority}{self.target.decode('ascii')}").join(location)
        except (httpx.InvalidURL, ValueError):
            url = None
        if url is None:  # raised outside the `except` block, because the error quotes the URL
            raise LinkBroken(f"{self.host} redirects to what is no address")
        return _to_safe_url(url)


def to_safe_url(link: str) -> SafeUrl:
    """Parse a link. Raises `LinkBroken` if it is not http(s) or is written to be misread."""
    try:
        url = httpx.URL(link)
    except (httpx.InvalidURL, ValueError):
        url = None
    if url is None:
        raise LinkBroken("the answer's link is no address")
    return _to_safe_url(url)


def _to_safe_url(url: httpx.URL) -> SafeUrl:
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
    """Return the host of a URL in its one normal spelling; None if it has none or the spelling is odd."""
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
    """The hosts that the owner trusts.

    Links to them may use private addresses and any port, and a redirect from https to them may use http. An entry is a
    host's exact name or IP address, for all its ports (`files.lan`, `10.0.0.7`, `fd00::7`) or for one
    (`files.lan:9000`, `[fd00::7]:9000`). A name does not allow the addresses that it resolves to, nor the other way
    round. Raises `ConfigurationError` for an invalid entry.
    """

    def __init__(self, entries: Iterable[str]) -> None:
        self._hosts = frozenset(_to_host_and_port(entry) for entry in entries)

    def hold(self, host: str, port: int) -> bool:
        """Whether this host, in its normal spelling, is allowed at this port."""
        return not self._hosts.isdisjoint({(host, None), (host, port)})


def _to_host_and_port(entry: str) -> tuple[str, int | None]:
    bracketed = f"[{entry}]" if entry.count(":") > 1 and not entry.startswith("[") else entry
    try:
        url = httpx.URL(f"host://{bracketed}")  # a scheme without a default port
    except (httpx.InvalidURL, ValueError) as error:
        raise ConfigurationError(f"allowed host {entry!r}: {error}") from error
    host = _to_host(url)
    is_all = url.raw_path in {b"", b"/"} and not url.userinfo and not url.fragment
    if host is None or not is_all or (url.port is not None and not 0 < url.port <= _MOST_PORT):
        raise ConfigurationError(f"allowed host {entry!r}: write a host's name or address, perhaps with a port")
    return host, url.port
