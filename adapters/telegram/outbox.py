"""What of a message has left already, so that a delivery that is tried again sends only what is missing."""

from collections.abc import Awaitable, Callable, Hashable

from bot.domain.chat import MessageRef

MOST_PARTS = 2_000
"""Parts that are remembered; the oldest are forgotten. After a restart everything is sent again."""

Refs = tuple[MessageRef, ...]


class Outbox:
    """Remembers the parts of messages by key, for as long as the process lives."""

    def __init__(self) -> None:
        self._sent: dict[Hashable, Refs] = {}

    async def once(self, part: Hashable, send: Callable[[], Awaitable[Refs]]) -> Refs:
        """Send a part, unless it has left; the messages that it became."""
        if part not in self._sent:
            self._sent[part] = await send()
            if len(self._sent) > MOST_PARTS:
                del self._sent[next(iter(self._sent))]
        return self._sent[part]
