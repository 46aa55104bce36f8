"""Text that every database can keep and every wire can carry: no lone half of a surrogate pair, and no NUL.

JSON can hold both: the escape for U+D83D is the first half of an emoji, cut off where an event of a stream ended. UTF-8
cannot carry such a half, so neither a file nor SQLite takes it; PostgreSQL refuses NUL as well.
"""

import re
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from typing import Any

REPLACEMENT = "\N{REPLACEMENT CHARACTER}"
"""What stands for a character that cannot be kept, as Unicode recommends."""

_UNSTORABLE = re.compile("[\0\ud800-\udfff]")


def storable(text: str) -> str:
    """Make a text storable: join halves that belong together, and replace lone halves and NUL."""
    if _UNSTORABLE.search(text) is None:
        return text
    joined = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return joined.replace("\0", REPLACEMENT)


def storable_value(value: Any) -> Any:
    """Make every text of a value storable: the value itself, or what lists, sets and mappings hold."""
    if isinstance(value, str):
        # What is fine already stays what it is: a member of an enumeration, for instance.
        return value if _UNSTORABLE.search(value) is None else storable(value)
    if isinstance(value, tuple | list | frozenset):
        return type(value)(map(storable_value, value))
    if isinstance(value, Mapping):
        return {storable_value(key): storable_value(each) for key, each in value.items()}
    return value


class StorableTexts:
    """A frozen dataclass whose texts are storable, whoever makes it: the base class of all that comes from outside.

    So no adapter can forget it. Values within a value have seen to their own texts already.
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
