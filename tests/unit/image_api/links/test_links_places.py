"""A link is read in one way only, and nothing that could be read in another is followed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.errors import ConfigurationError
from bot.domain.image_faults import LinkBroken
from bot.image_api.links.safe_url import AllowedHosts, SafeUrl, to_safe_url
from tests.unit.image_api.streaming.spellings import UNHURRIED

SECRET = "/s3cr3t?signature=s3cr3t"


@pytest.mark.parametrize(
    ("link", "authority", "port"),
    [
        ("https://files.example/fox.png", "files.example", 443),
        ("HTTPS://FILES.example:443/fox.png", "files.example", 443),
        ("http://files.example./fox.png", "files.example", 80),
        ("http://files.example:8080/fox.png", "files.example:8080", 8080),
        ("http://files.example:/fox.png", "files.example", 80),
        ("http://my_bucket.files.example/fox.png", "my_bucket.files.example", 80),
        ("https://bücher.example/fox.png", "xn--bcher-kva.example", 443),
        ("https://BÜCHER.example。/fox.png", "xn--bcher-kva.example", 443),
        ("https://xn--bcher-kva.example/fox.png", "xn--bcher-kva.example", 443),
        ("http://93.184.216.34/fox.png", "93.184.216.34", 80),
        ("http://127.0.0.1./fox.png", "127.0.0.1", 80),
        ("http://127。0。0。1/fox.png", "127.0.0.1", 80),
        ("http://[2606:4700::0:1111]:8443/fox.png", "[2606:4700::1111]:8443", 8443),
        ("http://[::FFFF:127.0.0.1]/fox.png", "[::ffff:7f00:1]", 80),
        ("http://@files.example/fox.png", "files.example", 80),
    ],
)
def test_where_a_link_leads(link: str, authority: str, port: int) -> None:
    safe_url = to_safe_url(link)
    assert (safe_url.authority.replace("::ffff:127.0.0.1", "::ffff:7f00:1"), safe_url.port) == (authority, port)
    assert safe_url.target == b"/fox.png"


@pytest.mark.parametrize(
    "start",
    [
        *("", "fox", "//files.example", "file://", "file:///etc", "ftp://files.example", "gopher://127.0.0.1:6379"),
        *("data:image/png;base64,AAAA", "base64://AAAA", "javascript:alert(1)", "http:files.example", "http:///files"),
        *("http://", "http://?", "http://.", "http://..", "http://.files.example", "http://files..example"),
        *("http://2130706433", "http://127.1", "http://0x7f.1", "http://0x7f000001", "http://0177.0.0.1"),
        *("http://127.0.0.01", "http://1.2.3", "http://1.2.3.4.5", "http://256.1.1.1", "http://files.0x", "http://0"),
        *(
            "http://１２７.０.０.１",
            "http://①②⑦.⓪.⓪.①",
            "http://ⓛocalhost",
            "http://☃.example",
            "http://fi\u200bles.example",
        ),
        *("http://[fe80::1%25eth0]", "http://[fe80::1%eth0]", "http://[::1", "http://::1", "http://[127.0.0.1]"),
        *("http://[v1.fe]", "http://[localhost]", "http://[]", "http://[::1].example", "http://[::1]x"),
        *("http://user@files.example", "http://user:password@files.example", "http://files.example:80@127.0.0.1"),
        *("http://files.example\\@127.0.0.1", "http://127.0.0.1\\.files.example", "http://:@files.example"),
        *("http://files.example:0", "http://files.example:65536", "http://files.example:-1", "http://files.example:8x"),
        *("http://files.example:80:80", "http://files example", "http://%66iles.example", "http://files.example%2f"),
        *(
            "http://files.example%00",
            "http://files.example\x00",
            "http://files.example\r\nX-Header: 1",
            " http://files",
        ),
        *("http://" + "a" * 64 + ".example", "http://" + "a." * 127 + "aa", "http://\ud800.example"),
    ],
)
def test_what_is_no_link_or_a_disguise(start: str) -> None:
    with pytest.raises(LinkBroken) as caught:
        to_safe_url(f"{start}{SECRET}")
    for error in (caught.value, caught.value.__cause__, caught.value.__context__):
        assert "s3cr3t" not in f"{error}{error!r}"


TARGET = st.text("abcXYZ019-._~!$&'()*+,;=:@/?", max_size=60) | st.from_regex(
    r"(%[0-9A-Fa-f]{2}|[a-z/=&]){1,20}", fullmatch=True
)


@given(TARGET.map("/{}".format))
def test_path_and_query_stay_as_they_are(target: str) -> None:
    """Signatures are made over the very characters; only dots are resolved, as every client does."""
    if "/." not in target.partition("?")[0]:
        assert to_safe_url(f"https://files.example{target}#part").target.decode() == target


@UNHURRIED
@given(st.text(max_size=80) | st.text("htps:/@[]%.?#\\0x1aé。-_\u200d\t", max_size=40).map("http://{}".format))
def test_whatever_the_text_it_is_a_place_or_a_broken_link(text: str) -> None:
    try:
        safe_url = to_safe_url(text)
    except LinkBroken:
        return
    again = to_safe_url(f"{safe_url.scheme}://{safe_url.authority}{safe_url.target.decode()}")
    assert again == safe_url


@given(st.text(max_size=60))
def test_wherever_a_redirect_points_it_is_a_place_or_a_broken_link(location: str) -> None:
    first = to_safe_url("https://files.example/a/fox.png?x=1")
    try:
        onward = first.onward(location)
    except LinkBroken:
        return
    assert onward.scheme in {"http", "https"}
    assert isinstance(onward.target, bytes)


@pytest.mark.parametrize(
    ("location", "onward"),
    [
        ("/b.png?y=2", ("https", "files.example:8443", b"/b.png?y=2")),
        ("b.png", ("https", "files.example:8443", b"/a/b.png")),
        ("../b.png#c", ("https", "files.example:8443", b"/b.png")),
        ("?y=2", ("https", "files.example:8443", b"/a/fox.png?y=2")),
        ("//other.example/b.png", ("https", "other.example", b"/b.png")),
        ("http://other.example", ("http", "other.example", b"/")),
    ],
)
def test_a_redirect_is_read_from_where_it_was_given(location: str, onward: tuple[str, str, bytes]) -> None:
    safe_url = to_safe_url("https://files.example:8443/a/fox.png?x=1").onward(location)
    assert (safe_url.scheme, safe_url.authority, safe_url.target) == onward


def test_a_place_does_not_show_its_path() -> None:
    safe_url = to_safe_url(f"https://files.example{SECRET}")
    assert safe_url == SafeUrl(scheme="https", host="files.example", port=443, target=SECRET.encode())
    assert repr(safe_url) == "SafeUrl(scheme='https', host='files.example', port=443)"


@pytest.mark.parametrize(
    ("entry", "held", "not_held"),
    [
        ("files.lan", [("files.lan", 80), ("files.lan", 9000)], [("lan", 80), ("my.files.lan", 80), ("10.0.0.7", 80)]),
        ("Files.LAN.:9000", [("files.lan", 9000)], [("files.lan", 80)]),
        ("files.lan:80", [("files.lan", 80)], [("files.lan", 443)]),
        ("bücher.lan", [("xn--bcher-kva.lan", 80)], [("bücher.lan", 80)]),
        ("10.0.0.7", [("10.0.0.7", 22)], [("10.0.0.70", 22), ("::ffff:a00:7", 22)]),
        ("fd00::0:7", [("fd00::7", 80)], [("fd00::70", 80)]),
        ("[fd00::7]:9000", [("fd00::7", 9000)], [("fd00::7", 80)]),
        ("[fd00::7]", [("fd00::7", 80)], [("fd00::", 80)]),
    ],
)
def test_an_allowed_host_is_that_host_alone(
    entry: str, held: list[tuple[str, int]], not_held: list[tuple[str, int]]
) -> None:
    allowed = AllowedHosts([entry])
    assert all(allowed.hold(*safe_url) for safe_url in held)
    assert not any(allowed.hold(*safe_url) for safe_url in not_held)


@pytest.mark.parametrize(
    "entry",
    [
        *(
            "",
            "*",
            "*.lan",
            ".lan",
            "10.0.0.0/8",
            "127.1",
            "http://files.lan",
            "files.lan/a",
            "user@files.lan",
            "lan lan",
        ),
        *("files.lan?", "files.lan#a", "files.lan:0", "files.lan:65536", "files.lan:x", "[fd00::7", "fd00:::7"),
    ],
)
def test_what_is_no_host_is_a_fault_of_the_configuration(entry: str) -> None:
    with pytest.raises(ConfigurationError, match="allowed host"):
        AllowedHosts([entry])
