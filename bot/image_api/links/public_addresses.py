"""Decides which IP addresses belong to the public Internet.

The registries of special addresses are written out here, because `ipaddress.is_global` answers differently from one
patch release of Python to the next. https://www.iana.org/assignments/iana-ipv4-special-registry and
https://www.iana.org/assignments/iana-ipv6-special-registry
"""

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

_NOT_PUBLIC_4 = tuple(
    IPv4Network(network)
    for network in (
        "0.0.0.0/8",  # this host
        "10.0.0.0/8",  # private
        "100.64.0.0/10",  # behind a carrier's NAT; Alibaba's metadata at 100.100.100.200
        "127.0.0.0/8",  # loopback
        "168.63.129.16/32",  # Azure's platform, as every virtual machine there sees it
        "169.254.0.0/16",  # link-local; the clouds' metadata at 169.254.169.254
        "172.16.0.0/12",  # private
        "192.0.0.0/24",  # protocol assignments; Oracle's metadata at 192.0.0.192
        "192.0.2.0/24",  # documentation
        "192.88.99.0/24",  # relays of 6to4
        "192.168.0.0/16",  # private
        "198.18.0.0/15",  # benchmarks
        "198.51.100.0/24",  # documentation
        "203.0.113.0/24",  # documentation
        "224.0.0.0/4",  # multicast
        "240.0.0.0/4",  # reserved, and broadcast
    )
)

_UNICAST_6 = IPv6Network("2000::/3")
"""All allocated addresses. ::1, fc00::/7 (with Amazon's fd00:ec2::254), fe80::/10, ff00::/8 and others lie outside."""

_NOT_PUBLIC_6 = tuple(
    IPv6Network(network)
    for network in (
        "2001::/23",  # protocol assignments; among them Teredo, which tunnels to any IPv4 address
        "2001:db8::/32",  # documentation
        "2002::/16",  # 6to4, which tunnels to any IPv4 address and is deprecated (RFC 7526)
        "3fff::/20",  # documentation
    )
)

_NAT64 = IPv6Network("64:ff9b::/96")
"""A network without IPv4 writes IPv4 addresses in this range (RFC 6052), so those of public addresses are in use."""

_LAST_32_BITS = 0xFFFF_FFFF


def is_public(address: str) -> bool:
    """Whether an IP address, in the spelling of `getaddrinfo`, belongs to the public Internet. Raises `ValueError`."""
    found = ip_address(address)
    if isinstance(found, IPv4Address):
        return not any(found in network for network in _NOT_PUBLIC_4)
    inner = _embedded(found)
    if inner is not None:
        return is_public(str(inner))
    return found in _UNICAST_6 and not any(found in network for network in _NOT_PUBLIC_6)


def _embedded(address: IPv6Address) -> IPv4Address | None:
    """Return the IPv4 address that the system or a translator would really connect to."""
    if address in _NAT64:
        return IPv4Address(int(address) & _LAST_32_BITS)
    return address.ipv4_mapped
