"""Reads earlier entries of the conversation, one page at a time, the newest page first."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from adapters.web.translate import is_taken, to_page
from bot.ports import Said, Transcript

PAGE_ENTRIES = 50


@dataclass(frozen=True, slots=True)
class HistoryPage:
    """Some entries in order, and whether there are older ones."""

    entries: Sequence[Said]
    has_older: bool

    def to_json(self) -> dict[str, Any]:
        """Return the page as JSON for the browser."""
        return {"entries": [to_page(said) for said in self.entries], "hasOlder": self.has_older}


async def read_page(transcript: Transcript, conversation: str, before: int | None) -> HistoryPage:
    """Read the last entries before a position; None means the end of the conversation."""
    while True:
        entries = await transcript.read_before(conversation, before, limit=PAGE_ENTRIES + 1)
        has_older, entries = len(entries) > PAGE_ENTRIES, entries[-PAGE_ENTRIES:]
        shown = [said for said in entries if is_taken(said)]
        if shown or not has_older:
            return HistoryPage(shown, has_older)
        before = entries[0].position


async def read_entries(transcript: Transcript, conversation: str, keys: Iterable[str]) -> list[dict[str, Any]]:
    """Read single entries, which the browser quotes. Missing entries are left out."""
    found = [await transcript.find(conversation, key) for key in keys]
    return [to_page(said) for said in found if said is not None and said.body is not None and is_taken(said)]
