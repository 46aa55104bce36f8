"""Text from outside can be kept by every database, whoever hands it over."""

from collections.abc import Iterator
from dataclasses import is_dataclass
from typing import Any, get_args, get_type_hints

from hypothesis import given
from hypothesis import strategies as st

from bot.domain.catalogue.picture_settings import Ratio
from bot.domain.chat import ConversationKey, Member, MessageRef, PictureRef, Posted, Quoted, StoredPicture
from bot.domain.events import CommandCall, Event, RepliedMessage
from bot.domain.requests.requests import JobFailure, KnownSource, MadePicture, NewRequest, PictureLink
from bot.domain.storable_text import REPLACEMENT, StorableTexts, storable, storable_value

ANY_TEXT = st.text(st.characters(categories=["Cs", "Cc", "L", "So"]), max_size=40)
OF_OUR_OWN = (Ratio, StoredPicture, KnownSource)
"""Values whose texts nobody else writes."""


@given(ANY_TEXT)
def test_any_text_becomes_one_that_can_be_kept_and_stays_so(text: str) -> None:
    kept = storable(text)
    kept.encode()
    assert "\0" not in kept
    assert storable(kept) == kept


@given(st.text())
def test_what_can_be_kept_is_not_touched(text: str) -> None:
    expected = text.replace("\0", REPLACEMENT)
    assert storable(text) == expected


@given(st.text(max_size=10), st.characters(min_codepoint=0x10000), st.text(max_size=10))
def test_halves_that_belong_together_are_joined(before: str, whole: str, after: str) -> None:
    units = whole.encode("utf-16-le")
    halves = "".join(units[at : at + 2].decode("utf-16-le", "surrogatepass") for at in (0, 2))
    assert storable(before + halves + after) == storable(before + whole + after)


def test_lone_halves_and_nul_are_replaced() -> None:
    assert storable("a\ud83d b\0 \ude00c \ude00\ud83d") == "a� b� �c ��"


def test_nested_texts_are_made_storable() -> None:
    body = {"a\0": ["\ud83d", {"b": ("\ud83d\ude00", 1, None, True)}], "c": frozenset({"\0"})}
    assert storable_value(body) == {"a�": ["�", {"b": ("😀", 1, None, True)}], "c": frozenset({"�"})}


def values_within(kind: Any, seen: set[Any]) -> Iterator[Any]:
    """Yield the dataclasses that a type is made of."""
    if kind in seen:
        return
    seen.add(kind)
    if is_dataclass(kind):
        yield kind
        for hint in get_type_hints(kind).values():
            yield from values_within(hint, seen)
    for argument in get_args(kind):
        yield from values_within(argument, seen)


def test_no_value_that_comes_from_outside_can_forget_it() -> None:
    seen: set[Any] = set()
    roots = (Event, NewRequest, MadePicture, JobFailure, PictureLink, Posted)
    values = [value for root in roots for value in values_within(root, seen) if value not in OF_OUR_OWN]
    holding_texts = [
        value
        for value in values
        if any("str" in str(hint) or "Ref" in str(hint) for hint in get_type_hints(value).values())
    ]
    assert [each.__name__ for each in holding_texts if not issubclass(each, StorableTexts)] == []
    assert {Quoted, Member, CommandCall, RepliedMessage, NewRequest, PictureLink} <= set(holding_texts)


def test_values_are_storable_however_they_are_made() -> None:
    member = Member(platform="chat", id="1\0", name="\ud83d\ude00\ud83d", language="e\0n", roles=frozenset({"\0"}))
    assert (member.id, member.name, member.language, member.roles) == ("1�", "😀�", "e�n", frozenset({"�"}))
    assert Quoted("\ud83d").words == "�"
    call = CommandCall(name="edit", argument="\0", options={"ar": "\ud83d"})
    assert (call.argument, call.options) == ("�", {"ar": "�"})
    replied = RepliedMessage(ref=MessageRef("\0"), pictures=(PictureRef("\ud83d"),))
    assert (replied.ref, replied.pictures) == ("�", ("�",))
    posted = Posted(ref=MessageRef("1"), conversation=ConversationKey("here"), pictures=((MessageRef("\0"), 2),))
    assert posted.pictures == (("�", 2),)
