"""The event stream: what changed since the page last heard of us, then each change as it happens.

The format is that of server-sent events (https://html.spec.whatwg.org/multipage/server-sent-events.html). The id of
an event is the revision of its entry, so that a page that was away goes on where it stopped. One that is new, or was
away for too long, begins afresh with the last entries; until they are all there, events have no id. `afresh` and
`caught-up` tell the time of our clock, from which the page counts.
"""

import asyncio
import json
from collections import deque
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any

from adapters.web.history import read_page
from adapters.web.translate import is_taken, to_page
from adapters.web.wall_clock import now_milliseconds
from bot.ports import Said, Transcript

BATCH = 100
"""Entries read from the transcript at once. A page that missed so many begins afresh."""

HEARTBEAT_SECONDS = 15.0
"""A comment this often shows both ends that the connection lives."""

RECONNECT_AFTER_MILLISECONDS = 1_500


class Bell:
    """Wakes every open stream when the transcript has changed, and knows the last changes.

    So each of them is not read from the transcript again for each stream.
    """

    def __init__(self) -> None:
        self._next_ring = asyncio.Event()
        self._changes: deque[tuple[str, Said]] = deque(maxlen=BATCH)
        self.is_closed = False

    @property
    def next_ring(self) -> asyncio.Event:
        """What the next ring sets. Taken before reading the transcript, so that no change is slept through."""
        return self._next_ring

    def note(self, conversation: str, said: Said) -> None:
        """Remember a change that the transcript has kept."""
        self._changes.append((conversation, said))

    def changes(self, conversation: str, after: int) -> Sequence[Said]:
        """The changes after a revision, each entry as it was last; none where not all of them are known."""
        known = {said.revision: said for name, said in self._changes if name == conversation and said.revision > after}
        if set(known) != set(range(after + 1, after + 1 + len(known))):
            return ()
        newest = {known[revision].key: revision for revision in sorted(known)}
        return [known[revision] for revision in sorted(newest.values())]

    def ring(self) -> None:
        """The transcript has changed."""
        ring, self._next_ring = self._next_ring, asyncio.Event()
        ring.set()

    def open(self) -> None:
        """Let streams begin, also after a `close`."""
        self.is_closed = False

    def close(self) -> None:
        """End every stream."""
        self.is_closed = True
        self.ring()


async def event_stream(
    transcript: Transcript,
    conversation: str,
    bell: Bell,
    *,
    after: int,
    newest: int,
    credits_left: int | None,
    heartbeat_seconds: float = HEARTBEAT_SECONDS,
) -> AsyncIterator[bytes]:
    """The pieces of a stream, until the bell is closed.

    `after`: the revision that the page has, 0 for a new one; `newest`: a revision that `credits_left` is not older
    than. `caught-up` comes once, when the page has what it needs to go on. An entry that changed many times meanwhile
    comes once, as it is now.
    """
    yield f"retry: {RECONNECT_AFTER_MILLISECONDS}\n\n".encode()
    if await _begins_afresh(transcript, conversation, after=after, newest=newest):
        page = await read_page(transcript, conversation, None)
        about = {"hasOlder": page.has_older, "creditsLeft": credits_left, "revision": newest}
        yield _event("afresh", about | _time())
        for said in page.entries:
            yield to_event(said, has_id=False)
        after = newest
    is_caught_up = False
    while not bell.is_closed:
        ring = bell.next_ring
        batch = bell.changes(conversation, after) if is_caught_up else ()
        batch = batch or await transcript.read_after(conversation, after, limit=BATCH)
        for said in batch:
            after = said.revision
            if is_taken(said):
                yield to_event(said)
        if len(batch) == BATCH:
            continue
        if not is_caught_up:
            is_caught_up = True
            yield _event("caught-up", _time(), revision=after)
        if not await _is_set_within(heartbeat_seconds, ring):
            yield b": still here\n\n"


async def _begins_afresh(transcript: Transcript, conversation: str, *, after: int, newest: int) -> bool:
    """Whether a page is new, missed too much, or knows a conversation that we do not have (any more)."""
    if after == 0 or after > newest:
        return True
    return len(await transcript.read_after(conversation, after, limit=BATCH)) == BATCH


def to_event(said: Said, *, has_id: bool = True) -> bytes:
    """An entry as an event: `entry` with all of it, or `gone` with its key."""
    kind = "gone" if said.body is None else "entry"
    return _event(kind, to_page(said), revision=said.revision if has_id else None)


def _event(kind: str, data: Mapping[str, Any], *, revision: int | None = None) -> bytes:
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    head = "" if revision is None else f"id: {revision}\n"
    return f"{head}event: {kind}\ndata: {text}\n\n".encode()


def _time() -> dict[str, int]:
    return {"serverMilliseconds": now_milliseconds()}


async def _is_set_within(seconds: float, event: asyncio.Event) -> bool:
    try:
        async with asyncio.timeout(seconds):
            return await event.wait()
    except TimeoutError:
        return False
