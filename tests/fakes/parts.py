"""A working twin of the record of an outcome's parts."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from bot.domain.chat import MessageRef
from bot.domain.errors import Dropped, MaybeDelivered
from bot.ports import Send


class ProcessEnded(Exception):
    """The process was killed at this point."""


def _now() -> datetime:
    return datetime.now(UTC)


class MemoryParts:
    """Implements `ports.Parts` in memory. What it keeps outlives an adapter, as rows do."""

    def __init__(self, now: Callable[[], datetime] = _now) -> None:
        self.begun: dict[str, datetime] = {}
        self.taken: dict[str, Sequence[MessageRef]] = {}
        self.loses_next = False  # the process ends after the next part was taken, before that is written down
        self.is_ending = False  # the program is being stopped: nothing begins any more
        self._now = now

    def begun_at(self, part: str) -> datetime | None:
        return None if part in self.taken else self.begun.get(part)

    async def once(self, part: str, send: Send) -> Sequence[MessageRef]:
        if part in self.taken:
            return self.taken[part]
        if self.is_ending:
            raise Dropped("the program ends")
        was_begun = part in self.begun
        self.begun.setdefault(part, self._now())
        try:
            refs = tuple(await send())
        except MaybeDelivered:
            raise
        except Exception:
            if not was_begun:
                del self.begun[part]
            raise
        if self.loses_next:
            self.loses_next = False
            raise ProcessEnded
        self.taken[part] = refs
        return refs
