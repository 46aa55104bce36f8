"""The updates that wait for the bot, and what has become of each: kept until it is confirmed, as Telegram does."""

from collections.abc import Iterable
from copy import deepcopy
from dataclasses import dataclass
from itertools import count
from typing import Any

from tests.simulators.telegram import judge as telegram_judge
from tests.simulators.waiting import Bell

Json = dict[str, Any]

FIRST_ID = 730_145_001
NOT_BY_DEFAULT = frozenset({"chat_member", "message_reaction", "message_reaction_count"})


@dataclass(slots=True)
class _Waiting:
    update: Json
    is_replayed: bool = False  # handed out once more, whatever offset has been confirmed


class UpdateQueue:
    """Updates in order. `allowed` is what the bot asked for last; None: what Telegram sends by default."""

    def __init__(self, bell: Bell, violations: list[str]) -> None:
        self.allowed: list[str] | None = None
        self.made: list[Json] = []  # every update there ever was
        self.handed_out: list[int] = []  # the number of each that was fetched or delivered, as often as it was
        self._bell = bell
        self._violations = violations
        self._waiting: list[_Waiting] = []
        self._ids = count(FIRST_ID)

    @property
    def pending(self) -> list[Json]:
        return [one.update for one in self._waiting]

    def push(self, kind: str, payload: Json) -> int | None:
        """Have an update of this kind wait for the bot; None if it did not ask for such."""
        if kind in NOT_BY_DEFAULT if not self.allowed else kind not in self.allowed:
            return None
        update = deepcopy({"update_id": next(self._ids), kind: payload})
        self._violations += telegram_judge.violations_of_update(update)
        return self._put(update)

    def poison(self) -> int:
        """Have an update wait that no library can read: a message without chat or date."""
        return self._put({"update_id": next(self._ids), "message": {"message_id": 1}})

    def replay(self, update_id: int) -> None:
        """Hand out an update once more, though it was confirmed: the next one who asks gets it first."""
        (update,) = (update for update in self.made if update["update_id"] == update_id)
        self._waiting.insert(0, _Waiting(update, is_replayed=True))
        self._bell.ring()

    def confirm(self, offset: int) -> None:
        """Forget what lies before the offset; a negative one keeps so many of the newest."""
        if offset < 0:
            self._waiting = self._waiting[offset:]
        else:
            self._waiting = [one for one in self._waiting if one.is_replayed or one.update["update_id"] >= offset]

    def take(self, limit: int) -> list[Json]:
        """Return the next updates, which stay until they are confirmed."""
        taken = self._waiting[:limit]
        for one in taken:
            one.is_replayed = False
        self._note(one.update for one in taken)
        return [one.update for one in taken]

    def done(self, update: Json) -> None:
        """Remove an update that a webhook took."""
        self._waiting = [one for one in self._waiting if one.update is not update]
        self._note([update])

    def clear(self) -> None:
        self._waiting = []

    def _put(self, update: Json) -> int:
        self.made.append(update)
        self._waiting.append(_Waiting(update))
        self._bell.ring()
        return int(update["update_id"])

    def _note(self, updates: Iterable[Json]) -> None:
        self.handed_out += [update["update_id"] for update in updates]
        self._bell.ring()
