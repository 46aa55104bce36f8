"""A dict that remembers only what was stored last, so that it never grows without end."""

from typing import TypeVar

_Key = TypeVar("_Key")
_Value = TypeVar("_Value")


class RecentDict(dict[_Key, _Value]):
    """A dict of at most `most` entries. Storing one more removes the entry that was stored longest ago.

    Storing a key again makes its entry the newest. Reading an entry does not.
    """

    def __init__(self, most: int) -> None:
        super().__init__()
        self._most = most

    def __setitem__(self, key: _Key, value: _Value) -> None:
        """Store an entry as the newest."""
        self.pop(key, None)
        super().__setitem__(key, value)
        if len(self) > self._most:
            del self[next(iter(self))]
