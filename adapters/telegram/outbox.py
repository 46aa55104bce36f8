"""What of a message has left already, so that a delivery that is tried again sends only what is missing."""

from collections.abc import Awaitable, Callable, Hashable

from bot.domain.chat import MessageRef

MOST_MESSAGES = 1_000
"""Messages that are remembered; the oldest are forgotten. After a restart everything is sent again."""

Refs = tuple[MessageRef, ...]


class Outbox:
    """Remembers the parts of messages that are being delivered, for as long as the process lives."""

    def __init__(self) -> None:
        self._sent: dict[Hashable, dict[Hashable, Refs]] = {}

    async def once(self, message: Hashable, part: Hashable, send: Callable[[], Awaitable[Refs]]) -> Refs:
        """Send a part of a message, unless it has left; the messages of the chat that it became."""
        sent = self._sent.get(message, {})
        if part not in sent:
            refs = await send()
            sent = self._sent.setdefault(message, {})
            sent[part] = refs
            if len(self._sent) > MOST_MESSAGES:
                del self._sent[next(iter(self._sent))]
        return sent[part]

    def forget(self, message: Hashable) -> None:
        """A message was delivered whole, or says something else now: if it is sent once more, all of it is."""
        self._sent.pop(message, None)
