"""A name is worth the addresses it leads to at the moment of connecting; its certificate is asked for by name."""

import ssl
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest

from bot.image_api.links.checked_network import Resolve, addresses_of
from bot.image_api.links.linked_pictures import MOST_TRIES, LinkedPictures
from tests.simulators.certificates import Authority
from tests.simulators.image_api.file_host import FileHost, Reply, redirect
from tests.unit.image_api.links.linked import Detour, GarblingRelay, Names, Pauses, broken, link
from tests.unit.image_api.orders import FOX, LARGE
from tests.unit.image_api.streaming.folder_sink import FolderSink

NAME = "files.example"
PUBLIC = "93.184.216.34"
PUBLIC_6 = "2606:4700:4700::1111"


@pytest.fixture
async def host() -> AsyncIterator[FileHost]:
    async with FileHost({"/fox.png": Reply(body=FOX)}) as host:
        yield host


def abroad(
    detour: Detour, resolve: Resolve, *, tls: ssl.SSLContext | None = None, allowed: Sequence[str] = ()
) -> LinkedPictures:
    return LinkedPictures(allowed_hosts=frozenset(allowed), resolve=resolve, network=detour, tls=tls, sleep=Pauses())


async def test_a_public_name_is_resolved_once_and_that_address_connected_to(host: FileHost, sink: FolderSink) -> None:
    names, detour = Names({NAME: [[PUBLIC], ["127.0.0.1"]]}), Detour(host.port)
    pictures = abroad(detour, names)
    (made,) = await pictures.fetch([link(f"http://{NAME.upper()}./fox.png")], sink)
    assert sink.content(made.picture) == FOX
    assert (names.asked, detour.connected) == ([NAME], [(PUBLIC, 80)])
    assert host.requests[0].headers["host"] == NAME
    await pictures.close()


async def test_a_name_that_leads_elsewhere_the_second_time_is_never_connected_to_there(
    host: FileHost, sink: FolderSink
) -> None:
    host.files["/fox.png"] = redirect(f"http://{NAME}/fox.png")
    names, detour = Names({NAME: [[PUBLIC], ["127.0.0.1"]]}), Detour(host.port)
    text = await broken(abroad(detour, names), sink, f"http://{NAME}/fox.png")
    assert text == f"{NAME} is not on the public Internet, and not among the allowed hosts"
    assert (names.asked, detour.connected) == ([NAME, NAME], [(PUBLIC, 80)])


@pytest.mark.parametrize(
    "addresses",
    [
        *(["127.0.0.1"], ["0.0.0.0"], ["169.254.169.254"], ["::ffff:10.0.0.1"], ["fe80::1%eth0"]),  # noqa: S104  # nothing listens there
        *([PUBLIC, "127.0.0.1"], [PUBLIC_6, "fd00:ec2::254"], [*([PUBLIC] * 8), "10.0.0.1"]),
    ],
)
async def test_one_address_that_is_not_public_condemns_a_name(
    host: FileHost, sink: FolderSink, addresses: list[str]
) -> None:
    detour = Detour(host.port)
    text = await broken(abroad(detour, Names({NAME: [addresses]})), sink, f"https://{NAME}/fox.png")
    assert text == f"{NAME} is not on the public Internet, and not among the allowed hosts"
    assert detour.connected == []


async def test_the_systems_own_name_for_itself(host: FileHost, sink: FolderSink) -> None:
    """With the system's own resolver and the real network."""
    text = await broken(LinkedPictures(sleep=Pauses()), sink, host.url("/fox.png", host="localhost"))
    assert text == "localhost is not on the public Internet, and not among the allowed hosts"
    assert host.requests == []
    pictures = LinkedPictures(allowed_hosts=frozenset({f"localhost:{host.port}"}))
    (made,) = await pictures.fetch([link(host.url("/fox.png", host="localhost"))], sink)
    assert sink.content(made.picture) == FOX
    await pictures.close()


async def test_an_allowed_name_may_lead_to_any_address_and_port(host: FileHost, sink: FolderSink) -> None:
    names, detour = Names({"files.lan": [["10.0.0.7"]]}), Detour(host.port)
    pictures = abroad(detour, names, allowed=["files.lan"])
    assert await pictures.fetch([link("http://files.lan:81/fox.png")], sink)
    assert detour.connected == [("10.0.0.7", 81)]
    await pictures.close()


async def test_an_allowed_name_does_not_allow_its_address(host: FileHost, sink: FolderSink) -> None:
    detour = Detour(host.port)
    pictures = abroad(detour, Names({"files.lan": [["10.0.0.7"]]}), allowed=["files.lan"])
    text = await broken(pictures, sink, "http://10.0.0.7/fox.png")
    assert text == "10.0.0.7 is not on the public Internet, and not among the allowed hosts"
    assert detour.connected == []


async def test_an_address_is_not_looked_up(host: FileHost, sink: FolderSink) -> None:
    names, detour = Names({}), Detour(host.port)
    pictures = abroad(detour, names)
    await pictures.fetch([link(f"http://{PUBLIC}/fox.png"), link(f"http://[{PUBLIC_6}]:8080/fox.png")], sink)
    assert (names.asked, set(detour.connected)) == ([], {(PUBLIC, 80), (PUBLIC_6, 8080)})
    assert {request.headers["host"] for request in host.requests} == {PUBLIC, f"[{PUBLIC_6}]:8080"}
    await pictures.close()


async def test_no_connection_is_kept_from_one_picture_to_the_next(host: FileHost, sink: FolderSink) -> None:
    names, detour = Names({NAME: [[PUBLIC], [PUBLIC_6]]}), Detour(host.port)
    pictures = abroad(detour, names)
    for _ in range(2):
        await pictures.fetch([link(f"http://{NAME}/fox.png")], sink)
    assert [address for address, _ in detour.connected] == [PUBLIC, PUBLIC_6]
    await pictures.close()


async def test_the_next_address_is_tried_if_one_cannot_be_reached(host: FileHost, sink: FolderSink) -> None:
    detour = Detour(host.port, unreachable={PUBLIC_6})
    pictures = abroad(detour, Names({NAME: [[PUBLIC_6, PUBLIC]]}))
    assert await pictures.fetch([link(f"http://{NAME}/fox.png")], sink)
    assert [address for address, _ in detour.connected] == [PUBLIC_6, PUBLIC]
    await pictures.close()


async def test_not_endlessly_many_addresses_are_tried(host: FileHost, sink: FolderSink) -> None:
    addresses = [f"93.184.216.{number}" for number in range(100)]
    detour = Detour(host.port, unreachable=addresses)
    text = await broken(abroad(detour, Names({NAME: [addresses]})), sink, f"http://{NAME}/fox.png")
    assert text == f"{NAME} cannot be reached, {MOST_TRIES} times"
    assert len(detour.connected) == 4 * MOST_TRIES


@pytest.mark.parametrize("names", [Names({}), Names({NAME: [[]]})])
async def test_a_name_without_an_address_may_have_one_soon(host: FileHost, sink: FolderSink, names: Names) -> None:
    text = await broken(abroad(Detour(host.port), names), sink, f"http://{NAME}/fox.png")
    assert text == f"{NAME} has no address, {MOST_TRIES} times"
    assert names.asked == [NAME] * MOST_TRIES


@pytest.mark.parametrize("port", [1, 22, 25, 79, 81, 445, 1023])
async def test_a_port_where_other_services_listen(host: FileHost, sink: FolderSink, port: int) -> None:
    names, detour = Names({NAME: [[PUBLIC]]}), Detour(host.port)
    text = await broken(abroad(detour, names), sink, f"http://{NAME}:{port}/fox.png")
    assert text == f"{NAME} is named with port {port}, where no pictures are served"
    assert (names.asked, detour.connected) == ([], [])


async def test_the_systems_resolver_gives_each_address_once() -> None:
    assert await addresses_of("127.0.0.1", 80) == ("127.0.0.1",)
    assert "127.0.0.1" in await addresses_of("localhost", 80)


# Encryption


async def test_the_certificate_is_that_of_the_name_though_an_address_is_connected_to(
    sink: FolderSink, tmp_path: Path
) -> None:
    authority = Authority(tmp_path)
    async with FileHost({"/fox.png": Reply(body=FOX)}, tls=authority.serving(NAME)) as host:
        detour = Detour(host.port)
        pictures = abroad(detour, Names({NAME: [[PUBLIC]]}), tls=authority.trusting())
        (made,) = await pictures.fetch([link(f"https://{NAME}/fox.png")], sink)
        await pictures.close()
    assert sink.content(made.picture) == FOX
    assert detour.connected == [(PUBLIC, 443)]


@pytest.mark.parametrize("name", ["other.example", "www.files.example"])
async def test_a_certificate_for_another_name_is_not_believed(sink: FolderSink, tmp_path: Path, name: str) -> None:
    authority = Authority(tmp_path)
    async with FileHost({"/fox.png": Reply(body=FOX)}, tls=authority.serving(NAME)) as host:
        detour = Detour(host.port)
        pictures = abroad(detour, Names({name: [[PUBLIC]]}), tls=authority.trusting())
        text = await broken(pictures, sink, f"https://{name}/fox.png")
    assert text == f"{name} shows no certificate that is valid for it"
    assert (host.requests, len(detour.connected)) == ([], 1)


async def test_encryption_that_breaks_in_the_middle_is_asked_again(sink: FolderSink, tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    async with (
        FileHost({"/large.png": Reply(body=LARGE)}, tls=authority.serving(NAME)) as host,
        GarblingRelay(host.port, after=50_000) as relay,
    ):
        pictures = abroad(Detour(relay.port), Names({NAME: [[PUBLIC]]}), tls=authority.trusting())
        text = await broken(pictures, sink, f"https://{NAME}/large.png")
    assert text == f"{NAME} broke off, or does not speak HTTP, {MOST_TRIES} times"
    assert len(host.requests) == MOST_TRIES


async def test_an_authority_that_nobody_knows_is_not_believed(sink: FolderSink, tmp_path: Path) -> None:
    async with FileHost({"/fox.png": Reply(body=FOX)}, tls=Authority(tmp_path).serving(NAME)) as host:
        pictures = abroad(Detour(host.port), Names({NAME: [[PUBLIC]]}))
        text = await broken(pictures, sink, f"https://{NAME}/fox.png")
    assert (text, host.requests) == (f"{NAME} shows no certificate that is valid for it", [])


async def test_no_encryption_where_it_was_promised(host: FileHost, sink: FolderSink) -> None:
    pictures = abroad(Detour(host.port), Names({NAME: [[PUBLIC]]}))
    text = await broken(pictures, sink, f"https://{NAME}/fox.png")
    assert (text, host.requests) == (f"{NAME} cannot be reached, {MOST_TRIES} times", [])


@pytest.mark.parametrize("is_allowed", [False, True])
async def test_a_redirect_away_from_encryption(
    host: FileHost, sink: FolderSink, tmp_path: Path, *, is_allowed: bool
) -> None:
    authority = Authority(tmp_path)
    first = redirect(host.url("/fox.png", host="plain.example"))
    async with FileHost({"/first": first}, tls=authority.serving("localhost")) as safe:
        pictures = LinkedPictures(
            allowed_hosts=frozenset({"localhost", *(["plain.example"] if is_allowed else [])}),
            resolve=Names({"localhost": [["127.0.0.1"]], "plain.example": [["127.0.0.1"]]}),
            tls=authority.trusting(),
        )
        url = safe.url("/first", host="localhost")
        if is_allowed:
            assert await pictures.fetch([link(url)], sink)
        else:
            text = await broken(pictures, sink, url)
            assert text == "localhost redirects to plain.example without encryption"
        await pictures.close()
    assert len(host.requests) == is_allowed
