"""Tracks how much of each channel's rate limit is left. Droppable messages take only what results will not need.

Discord accepts about five messages and five edits in five seconds in a channel, whoever they are for. When they are
used up, the library waits. So a status that is sent now delays a picture that is ready a moment later.
"""

from collections import deque
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bot.ports import Clock

WINDOW = timedelta(seconds=5)
MOST_IN_WINDOW = 5
MOST_KEPT_FREE = 4
"""The most posts reserved for expected results, however many are expected: the others come later."""

EXPECTED_FOR = timedelta(minutes=10)
"""How long a post is reserved for a result. After that it takes very long, or will never come."""

_MOST_CHANNELS = 1_000
"""Above this number, idle channels are forgotten."""


@dataclass(slots=True)
class _Use:
    """The posts and edits in a channel within the window, and the keys of expected results."""

    posts: deque[datetime] = field(default_factory=deque)
    edits: deque[datetime] = field(default_factory=deque)
    expected: dict[str, datetime] = field(default_factory=dict)
    statuses: dict[int, str] = field(default_factory=dict)  # status messages of expected results: key by message ID

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
    """Counts posts, edits and expected results for each channel."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._uses: dict[int, _Use] = {}

    def note_post(self, channel: int) -> None:
        """Count a message that is posted to a channel."""
        self._of(channel).posts.append(self._clock.now())

    def note_edit(self, channel: int) -> None:
        """Count an edit of a message in a channel."""
        self._of(channel).edits.append(self._clock.now())

    def expect(self, channel: int, key: str) -> None:
        """Reserve a post for a result whose key will begin with this key."""
        self._of(channel).expected.setdefault(key, self._clock.now())

    def told_by(self, channel: int, key: str, message: int) -> None:
        """Remember the status message of an expected result."""
        use = self._of(channel)
        if key in use.expected:
            use.statuses[message] = key

    def over(self, channel: int, message: int) -> None:
        """Release the post reserved for the result of this status: the status now says that none will come."""
        use = self._of(channel)
        if key := use.statuses.get(message):
            use.forget(key)

    def came(self, channel: int, key: str) -> None:
        """Release the post reserved for a result: it is being sent now."""
        use = self._of(channel)
        for begun in [each for each in use.expected if key.startswith(each)]:
            use.forget(begun)

    def has_room_for_post(self, channel: int) -> bool:
        """Whether a droppable message would leave enough posts for expected results."""
        use = self._of(channel)
        return len(use.posts) + min(len(use.expected), MOST_KEPT_FREE) < MOST_IN_WINDOW

    def has_room_for_edit(self, channel: int) -> bool:
        """Whether an edit would be sent at once, without waiting for the rate limit."""
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
