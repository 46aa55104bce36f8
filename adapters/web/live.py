"""The event stream: first the changes that the page has missed, then each change as it happens.

The format is that of server-sent events (https://html.spec.whatwg.org/multipage/server-sent-events.html). The id of an
event is the revision of its entry, so that a page that was disconnected continues where it stopped. A page that is new,
or was disconnected for too long, starts again with the last entries. Until it has all of them, events have no id. The
events `afresh` and `caught-up` contain the server's time, from which the page counts.
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
"""The most entries to read from the transcript at once. A page that missed so many starts again."""

HEARTBEAT_SECONDS = 15.0
"""How often a comment is sent, so that both sides see that the connection works."""

RECONNECT_AFTER_MILLISECONDS = 1_500


class Bell:
    """Wakes every open stream when the transcript has changed, and caches the last changes.

    With the cache, a change is not read from the transcript again by those who know of it, such as each stream.
    """

    def __init__(self) -> None:
        self._next_ring = asyncio.Event()
        self._changes: deque[tuple[str, Said]] = deque(maxlen=BATCH)
        self.is_closed = False

    @property
    def next_ring(self) -> asyncio.Event:
        """The event that the next ring sets. Get it before reading the transcript, so that no change is missed."""
        return self._next_ring

    def note(self, conversation: str, said: Said) -> None:
        """Cache a change that is stored in the transcript."""
        self._changes.append((conversation, said))

    def changes(self, conversation: str, after: int) -> Sequence[Said]:
        """Return the cached changes after a revision, only the latest of each entry; none if the cache has a gap."""
        known = {said.revision: said for name, said in self._changes if name == conversation and said.revision > after}
        if set(known) != set(range(after + 1, after + 1 + len(known))):
            return ()
        newest = {known[revision].key: revision for revision in sorted(known)}
        return [known[revision] for revision in sorted(newest.values())]

    def newest(self, conversation: str, key: str) -> Said | None:
        """Return an entry as of its last change; None if that change is not cached."""
        changes = (said for name, said in self._changes if said.key == key and name == conversation)
        return max(changes, key=lambda said: said.revision, default=None)

    def ring(self) -> None:
        """Wake every stream, because the transcript has changed."""
        ring, self._next_ring = self._next_ring, asyncio.Event()
        ring.set()

    def open(self) -> None:
        """Allow streams, also after a `close`."""
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
    """Yield the bytes of a stream until the bell is closed.

    `after`: the revision that the page has; 0 for a new page. `newest`: a revision; `credits_left` is not older than
    it. The event `caught-up` is sent once, when the page has all earlier entries. An entry that changed many times in
    between is sent once, in its present state.
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
    """Whether a page is new, missed too much, or has a revision of a conversation that we do not have (any more)."""
    if after == 0 or after > newest:
        return True
    return len(await transcript.read_after(conversation, after, limit=BATCH)) == BATCH


def to_event(said: Said, *, has_id: bool = True) -> bytes:
    """Convert an entry to an event: `entry` with its content, or `gone` with only its key."""
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
