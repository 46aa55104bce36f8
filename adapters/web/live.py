"""The event stream: every entry changed since the page last heard of us, then each change as it happens.

The format is that of server-sent events (https://html.spec.whatwg.org/multipage/server-sent-events.html). The id of
an event is the revision of its entry, so that a page that was away goes on where it stopped.
"""

import asyncio
import json
from collections.abc import AsyncIterator

from adapters.web.translate import to_page
from bot.ports import Said, Transcript

BATCH = 100
"""Entries read from the transcript at once."""

HEARTBEAT_SECONDS = 15.0
"""A comment this often shows both ends that the connection lives."""

RECONNECT_AFTER_MILLISECONDS = 1_500


class Bell:
    """Wakes every open stream when the transcript has changed."""

    def __init__(self) -> None:
        self._next_ring = asyncio.Event()
        self.is_closed = False

    @property
    def next_ring(self) -> asyncio.Event:
        """What the next ring sets. Taken before reading the transcript, so that no change is slept through."""
        return self._next_ring

    def ring(self) -> None:
        """The transcript has changed."""
        ring, self._next_ring = self._next_ring, asyncio.Event()
        ring.set()

    def close(self) -> None:
        """End every stream."""
        self.is_closed = True
        self.ring()


async def event_stream(
    transcript: Transcript, conversation: str, bell: Bell, *, after: int, heartbeat_seconds: float = HEARTBEAT_SECONDS
) -> AsyncIterator[bytes]:
    """The pieces of a stream, until the bell is closed.

    `caught-up` comes once, when the page has everything that was said before it asked. An entry that changed many
    times meanwhile comes once, as it is now.
    """
    yield f"retry: {RECONNECT_AFTER_MILLISECONDS}\n\n".encode()
    is_caught_up = False
    while not bell.is_closed:
        ring = bell.next_ring
        batch = await transcript.read_after(conversation, after, limit=BATCH)
        for said in batch:
            yield to_event(said)
            after = said.revision
        if len(batch) == BATCH:
            continue
        if not is_caught_up:
            is_caught_up = True
            yield b"event: caught-up\ndata: {}\n\n"
        if not await _is_set_within(heartbeat_seconds, ring):
            yield b": still here\n\n"


def to_event(said: Said) -> bytes:
    """An entry as an event: `entry` with all of it, or `gone` with its key."""
    kind = "gone" if said.body is None else "entry"
    data = json.dumps(to_page(said), ensure_ascii=False, separators=(",", ":"))
    return f"id: {said.revision}\nevent: {kind}\ndata: {data}\n\n".encode()


async def _is_set_within(seconds: float, event: asyncio.Event) -> bool:
    try:
        async with asyncio.timeout(seconds):
            return await event.wait()
    except TimeoutError:
        return False
