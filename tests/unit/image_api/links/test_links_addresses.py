"""An address is public only if it lies in nobody's own network, however it is wrapped."""

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.image_api.links.public_addresses import is_public

PUBLIC = [
    "1.1.1.1",
    "93.184.216.34",
    "100.63.255.255",
    "100.128.0.0",
    "172.15.255.255",
    "172.32.0.0",
    "223.255.255.255",
]
PUBLIC += ["2606:4700:4700::1111", "2001:200::1", "2a00:1450:4001:82a::200e", "64:ff9b::1.1.1.1", "::ffff:1.1.1.1"]

OURS = ["0.0.0.0", "10.0.0.1", "100.64.0.1", "100.100.100.200", "127.0.0.1", "127.255.255.254", "168.63.129.16"]  # noqa: S104  # nothing listens there
OURS += ["169.254.169.254", "172.16.0.1", "172.31.255.255", "192.0.0.192", "192.0.2.1", "192.88.99.1", "192.168.1.1"]
OURS += ["198.18.0.1", "198.51.100.7", "203.0.113.9", "224.0.0.1", "239.255.255.250", "240.0.0.1", "255.255.255.255"]
OURS += ["::", "::1", "::127.0.0.1", "::ffff:127.0.0.1", "::ffff:0:127.0.0.1", "::ffff:169.254.169.254"]
OURS += ["64:ff9b::10.0.0.1", "64:ff9b::a9fe:a9fe", "64:ff9b:1::1.1.1.1", "100::1", "fc00::1", "fd00:ec2::254"]
OURS += ["fd20:ce::254", "fe80::1", "fe80::1%eth0", "fec0::1", "ff02::1", "2001::1", "2001:db8::1", "3fff::1"]
OURS += ["2002:7f00:1::", "2002:a9fe:a9fe::1", "2002:0101:0101::", "2001:0:7f00:1::80ff:fffe", "5f00::1", "4000::1"]


@pytest.mark.parametrize("address", PUBLIC)
def test_of_the_internet(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize("address", OURS)
def test_of_some_network(address: str) -> None:
    assert not is_public(address)


NETWORKS: list[IPv4Network | IPv6Network] = [
    *map(IPv4Network, ("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12")),
    *map(IPv4Network, ("192.168.0.0/16", "198.18.0.0/15", "224.0.0.0/4", "240.0.0.0/4")),
    *map(
        IPv6Network, ("::/64", "100::/64", "fc00::/7", "fe80::/10", "fec0::/10", "ff00::/8", "2001::/32", "2002::/16")
    ),
]


def within(network: IPv4Network | IPv6Network) -> st.SearchStrategy[str]:
    first, last = int(network[0]), int(network[-1])
    kind = IPv4Address if network.version == 4 else IPv6Address
    return st.integers(first, last).map(lambda number: str(kind(number)))


@given(st.sampled_from(NETWORKS).flatmap(within))
def test_nothing_within_a_special_network_is_public(address: str) -> None:
    assert not is_public(address)


@given(st.ip_addresses())
def test_what_python_knows_as_special_is_not_public(address: IPv4Address | IPv6Address) -> None:
    wrapped = isinstance(address, IPv6Address) and (address.ipv4_mapped or address in IPv6Network("64:ff9b::/96"))
    special = not address.is_global or address.is_multicast or address.is_reserved
    assert wrapped or not (special and is_public(str(address)))


@given(st.ip_addresses(v=4), st.sampled_from(["::ffff:", "64:ff9b::"]))
def test_an_ipv4_address_within_an_ipv6_address_counts_as_itself(address: IPv4Address, wrapping: str) -> None:
    assert is_public(f"{wrapping}{address}") == is_public(str(address))


@given(st.ip_addresses(v=4))
def test_tunnels_are_never_public(address: IPv4Address) -> None:
    six_to_four = IPv6Address((0x2002 << 112) | (int(address) << 80) | 1)
    teredo = IPv6Address((0x20010000 << 96) | (int(address) ^ 0xFFFF_FFFF))
    assert not is_public(str(six_to_four))
    assert not is_public(str(teredo))


@given(st.ip_addresses())
def test_the_spelling_of_an_address_does_not_matter(address: IPv4Address | IPv6Address) -> None:
    assert is_public(address.exploded.upper()) == is_public(str(ip_address(address.compressed)))


@pytest.mark.parametrize("text", ["", "localhost", "127.1", "0x7f.0.0.1", "2130706433", "[::1]", "1.1.1.1:80"])
def test_what_is_no_address_is_not_judged(text: str) -> None:
    with pytest.raises(ValueError, match="address"):
        is_public(text)
