"""Text that every database can store and every protocol can carry: no lone surrogate, and no NUL.

JSON can hold both. The escape for U+D83D is the first half of an emoji, cut off where an event of a stream ended. UTF-8
cannot encode such a half, so neither a file nor SQLite takes it; PostgreSQL refuses NUL as well.
"""

import re
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from typing import Any

REPLACEMENT = "\N{REPLACEMENT CHARACTER}"
"""The replacement for a character that cannot be stored, as Unicode recommends."""

_UNSTORABLE = re.compile("[\0\ud800-\udfff]")


def storable(text: str) -> str:
    """Make a text storable: join matching surrogates, and replace lone ones and NUL."""
    if _UNSTORABLE.search(text) is None:
        return text
    joined = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return joined.replace("\0", REPLACEMENT)


def storable_value(value: Any) -> Any:
    """Make every text in a value storable: the value itself, or the contents of lists, sets and mappings."""
    if isinstance(value, str):
        # Return a clean text unchanged: it may be a member of an enumeration, for instance.
        return value if _UNSTORABLE.search(value) is None else storable(value)
    if isinstance(value, tuple | list | frozenset):
        return type(value)(map(storable_value, value))
    if isinstance(value, Mapping):
        return {storable_value(key): storable_value(each) for key, each in value.items()}
    return value


class StorableTexts:
    """The base class of frozen dataclasses with data from outside. It makes their texts storable.

    So no adapter can forget it. Nested values have cleaned their own texts already.
    """

    __slots__ = ()

    def __post_init__(self) -> None:
        if not is_dataclass(self):
            raise TypeError("only a dataclass has texts to look at")
        for field in fields(self):
            value = getattr(self, field.name)
            kept = storable_value(value)
            if kept is not value:
                object.__setattr__(self, field.name, kept)
