"""Retention: the time that data is kept. Open and due requests, and the ledger, are kept in any case."""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum


class RetentionGroup(StrEnum):
    """Data with a retention of its own; everything else is deleted with its request."""

    EVENTS = "events"  # the keys that detect an event delivered twice
    ALBUMS = "albums"  # the pictures seen of albums
    ENTRIES = "entries"  # of conversations that we keep ourselves, and adapters' own records
    WAITING = "waiting"  # paid pictures that could not be delivered; after this, the retention of their request applies


@dataclass(frozen=True, slots=True, kw_only=True)
class Retention:
    """The retention of each kind of data."""

    pictures: timedelta  # with requests, results and messages; from the last request that uses a picture
    events: timedelta
    albums: timedelta
    entries: timedelta  # since their last change
    waiting: timedelta  # since they were requested

    def of(self, what: RetentionGroup) -> timedelta:
        """Return the retention of a group."""
        return {
            RetentionGroup.EVENTS: self.events,
            RetentionGroup.ALBUMS: self.albums,
            RetentionGroup.ENTRIES: self.entries,
            RetentionGroup.WAITING: self.waiting,
        }[what]
