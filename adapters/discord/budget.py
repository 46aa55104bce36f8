"""What is left of a channel's rate limit. What may be left out takes only what results will not need.

Discord takes some five messages and five edits in five seconds in a channel, whoever they are for. The library waits
when they are used up; so a status that is sent now makes a picture wait that is ready in a moment.
"""

from collections import deque
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bot.ports import Clock

WINDOW = timedelta(seconds=5)
MOST_IN_WINDOW = 5
MOST_KEPT_FREE = 4
"""For results that are still to come, however many there are: the others come later."""

EXPECTED_FOR = timedelta(minutes=10)
"""After that a result is not counted on any more: it takes very long, or will never come."""

_MOST_CHANNELS = 1_000
"""Above this, channels are forgotten in which nothing happens."""


@dataclass(slots=True)
class _Use:
    """What was sent to a channel within the window, and the keys of results that are still to come."""

    posts: deque[datetime] = field(default_factory=deque)
    edits: deque[datetime] = field(default_factory=deque)
    expected: dict[str, datetime] = field(default_factory=dict)
    statuses: dict[int, str] = field(default_factory=dict)  # the messages that tell of these, and their keys

    @property
    def is_idle(self) -> bool:
        return not (self.posts or self.edits or self.expected)

    def forget_old(self, now: datetime) -> None:
        for sent in (self.posts, self.edits):
            while sent and now - sent[0] >= WINDOW:
                sent.popleft()
        for key in [key for key, since in self.expected.items() if now - since >= EXPECTED_FOR]:
            self.forget(key)

    def forget(self, key: str) -> None:
        del self.expected[key]
        self.statuses = {number: of for number, of in self.statuses.items() if of != key}


class Budget:
    """Counts what is sent, and which results are still to come, for each channel."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._uses: dict[int, _Use] = {}

    def note_post(self, channel: int) -> None:
        """Count a message that is sent to a channel."""
        self._of(channel).posts.append(self._clock.now())

    def note_edit(self, channel: int) -> None:
        """Count a change of a message of a channel."""
        self._of(channel).edits.append(self._clock.now())

    def expect(self, channel: int, key: str) -> None:
        """Keep something free for a result whose key will begin with this one."""
        self._of(channel).expected.setdefault(key, self._clock.now())

    def told_by(self, channel: int, key: str, message: int) -> None:
        """Remember the status of a result that is still to come."""
        use = self._of(channel)
        if key in use.expected:
            use.statuses[message] = key

    def over(self, channel: int, message: int) -> None:
        """Keep nothing free any more for the result that a status told of: it says that none will come."""
        use = self._of(channel)
        if key := use.statuses.get(message):
            use.forget(key)

    def came(self, channel: int, key: str) -> None:
        """Keep nothing free any more for a result: it is being sent."""
        use = self._of(channel)
        for begun in [each for each in use.expected if key.startswith(each)]:
            use.forget(begun)

    def has_room_for_post(self, channel: int) -> bool:
        """Whether a message that may be left out takes nothing from results."""
        use = self._of(channel)
        return len(use.posts) + min(len(use.expected), MOST_KEPT_FREE) < MOST_IN_WINDOW

    def has_room_for_edit(self, channel: int) -> bool:
        """Whether an edit would leave at once."""
        return len(self._of(channel).edits) < MOST_IN_WINDOW

    def _of(self, channel: int) -> _Use:
        now = self._clock.now()
        if len(self._uses) > _MOST_CHANNELS:
            for use in self._uses.values():
                use.forget_old(now)
            self._uses = {number: use for number, use in self._uses.items() if not use.is_idle}
        use = self._uses.setdefault(channel, _Use())
        use.forget_old(now)
        return use
