"""Ways to write the same bytes as base64 in JSON, and to cut a text into chunks."""

import base64
import json
import re
from itertools import pairwise
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

PREFIXES = ("", "data:image/png;base64,", "data:;base64,", "DATA:image/jpeg;charset=utf-8;base64,", "base64://")

UNHURRIED = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
"""On a busy machine drawing an example may take long; what is tested does not."""


def decoded(text: str) -> bytes | None:
    """Return the bytes that a string is base64 of, by Python's own decoder; None if it is none."""
    text = re.sub(r"[ \t\r\n]", "", text).replace("-", "+").replace("_", "/")
    text = re.sub(r"^(?:data:[^,]{0,100};base64,|base64://)", "", text, flags=re.IGNORECASE)
    digits = text.rstrip("=")
    if len(text) - len(digits) > -len(digits) % 4 or not re.fullmatch(r"[A-Za-z0-9+/]*", digits):
        return None
    try:
        return base64.b64decode(digits + "=" * (-len(digits) % 4), validate=True)
    except ValueError:
        return None


def chunked(text: bytes, borders: list[int]) -> list[bytes]:
    """Return the text cut at these places, empty chunks included."""
    places = [0, *sorted(min(border, len(text)) for border in borders), len(text)]
    return [text[start:end] for start, end in pairwise(places)]


def cuts(longest: int) -> st.SearchStrategy[list[int]]:
    return st.lists(st.integers(0, longest), max_size=40)


@st.composite
def spelled(draw: st.DrawFn, bodies: st.SearchStrategy[bytes]) -> tuple[bytes, bytes]:
    """Draw some bytes, and the characters between the quotes of a JSON string that stand for them."""
    data = draw(bodies)
    text = base64.b64encode(data).decode()
    if draw(st.booleans()):
        text = text.translate(str.maketrans("+/", "-_"))
    if draw(st.booleans()):
        text = text.rstrip("=")
    width = draw(st.sampled_from([0, 1, 4, 76]))
    if width:
        text = draw(st.sampled_from(["\n", "\r\n", " ", "\t"])).join(
            text[start : start + width] for start in range(0, len(text), width)
        )
    text = draw(st.sampled_from(PREFIXES)) + text
    escape = draw(st.sampled_from([_plain, _slashes, _some_unicode, _all_unicode]))
    return data, escape(text).encode()


def _plain(text: str) -> str:
    return json.dumps(text)[1:-1]


def _slashes(text: str) -> str:
    return _plain(text).replace("/", r"\/")


def _some_unicode(text: str) -> str:
    return _plain(text).replace("+", r"\u002b").replace("A", r"\u0041")


def _all_unicode(text: str) -> str:
    return "".join(f"\\u{ord(letter):04X}" for letter in text)


JSON: st.SearchStrategy[Any] = st.recursive(
    st.sampled_from(
        [None, True, 0, -1.5e30, "", "a", 'a "fox" \\', "\u72d0\u72f8\n", "\\\\", "{[,:]}", "QUJD", "QUJDRA"]
    )
    | st.text(max_size=4),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["inlineData", "data", "inline_data", 'te"xt', ""]), inner, max_size=3)
    ),
    max_leaves=6,
)
"""Any JSON, with the names of an answer among its keys."""
