"""What was said before: a page of the conversation at a time, the newest first."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from adapters.web.translate import is_taken, to_page
from bot.ports import Said, Transcript

PAGE_ENTRIES = 50


@dataclass(frozen=True, slots=True)
class HistoryPage:
    """Some entries in their order, and whether there are older ones."""

    entries: Sequence[Said]
    has_older: bool

    def to_json(self) -> dict[str, Any]:
        """The page as the browser receives it."""
        return {"entries": [to_page(said) for said in self.entries], "hasOlder": self.has_older}


async def read_page(transcript: Transcript, conversation: str, before: int | None) -> HistoryPage:
    """The last entries before a position, or of all (None)."""
    while True:
        entries = await transcript.read_before(conversation, before, limit=PAGE_ENTRIES + 1)
        has_older, entries = len(entries) > PAGE_ENTRIES, entries[-PAGE_ENTRIES:]
        shown = [said for said in entries if is_taken(said)]
        if shown or not has_older:
            return HistoryPage(shown, has_older)
        before = entries[0].position


async def read_entries(transcript: Transcript, conversation: str, keys: Iterable[str]) -> list[dict[str, Any]]:
    """Single entries as the browser receives them, to quote them; those that are not there are left out."""
    found = [await transcript.find(conversation, key) for key in keys]
    return [to_page(said) for said in found if said is not None and said.body is not None and is_taken(said)]
