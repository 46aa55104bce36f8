"""A working twin of the transcript, for tests that need no disk."""

from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import replace
from typing import Any

from bot.domain.storable_text import storable, storable_value
from bot.ports import Change, Said


class MemoryTranscript:
    """The `Transcript` port in a dictionary."""

    def __init__(self) -> None:
        self._entries: dict[tuple[str, str], Said] = {}
        self._revision = 0

    async def append(self, conversation: str, key: str, body: Mapping[str, Any]) -> Said:
        key, body = storable(key), storable_value(body)
        if (conversation, key) in self._entries:
            return self._entries[conversation, key]
        position = 1 + sum(1 for name, _ in self._entries if name == conversation)
        return self._keep(conversation, Said(key=key, position=position, revision=0, body=deepcopy(body)))

    async def replace(self, conversation: str, key: str, body: Mapping[str, Any] | None) -> Said | None:
        said = self._entries.get((conversation, storable(key)))
        if said is None:
            return None
        return self._keep(conversation, replace(said, body=deepcopy(storable_value(body))))

    async def change(self, conversation: str, key: str, change: Change) -> Said | None:
        said = self._entries.get((conversation, storable(key)))
        if said is None or said.body is None:
            return None
        body = storable_value(change(said.body))
        return said if body == said.body else await self.replace(conversation, key, body)

    async def find(self, conversation: str, key: str) -> Said | None:
        return self._entries.get((conversation, storable(key)))

    async def read_after(self, conversation: str, revision: int, *, limit: int) -> Sequence[Said]:
        changed = [
            said for (name, _), said in self._entries.items() if name == conversation and said.revision > revision
        ]
        return sorted(changed, key=lambda said: said.revision)[:limit]

    async def read_before(self, conversation: str, position: int | None, *, limit: int) -> Sequence[Said]:
        before = [
            said
            for (name, _), said in self._entries.items()
            if name == conversation and said.body is not None and (position is None or said.position < position)
        ]
        return sorted(before, key=lambda said: said.position)[-limit:]

    async def newest_revision(self, conversation: str) -> int:
        return max((said.revision for (name, _), said in self._entries.items() if name == conversation), default=0)

    def _keep(self, conversation: str, said: Said) -> Said:
        self._revision += 1
        kept = replace(said, revision=self._revision)
        self._entries[conversation, kept.key] = kept
        return kept
