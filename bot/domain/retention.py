"""How long what is written down is kept. What is open or due, and the ledger, are kept in any case."""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum


class RetentionGroup(StrEnum):
    """What is kept for a while on its own; everything else goes with its request."""

    EVENTS = "events"  # the keys by which an event that comes twice is known
    ALBUMS = "albums"  # the pictures that were seen of albums
    ENTRIES = "entries"  # of the conversations we keep ourselves, and what an adapter has to remember
    WAITING = "waiting"  # paid pictures that no chat took; after this they are as old as their request


@dataclass(frozen=True, slots=True, kw_only=True)
class Retention:
    """How long everything is kept."""

    pictures: timedelta  # with their requests, results and messages; from the last request that a picture belongs to
    events: timedelta
    albums: timedelta
    entries: timedelta  # since they were changed last
    waiting: timedelta  # since they were asked for

    def of(self, what: RetentionGroup) -> timedelta:
        """How long this is kept."""
        return {
            RetentionGroup.EVENTS: self.events,
            RetentionGroup.ALBUMS: self.albums,
            RetentionGroup.ENTRIES: self.entries,
            RetentionGroup.WAITING: self.waiting,
        }[what]
