"""The parts of an outcome as rows. A part is marked before it is sent, and committed when the platform has taken it.

The last part is committed by the end of its delivery, which follows at once: that is one transaction for two.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from functools import partial

from bot.application.persistence import until_done
from bot.domain.chat import MessageRef
from bot.domain.errors import Dropped, MaybeDelivered
from bot.domain.requests.requests import KeptPart, RequestId
from bot.ports import Clock, Send, Store


class KeptParts:
    """Implements `ports.Parts` for one outcome. If it goes to another chat, its part names get the prefix `within`."""

    def __init__(
        self,
        store: Store,
        request: RequestId,
        kept: Mapping[str, KeptPart],
        clock: Clock,
        *,
        may_begin: Callable[[], bool],
        within: str = "",
    ) -> None:
        self._store = store
        self._request = request
        self._kept = dict(kept)
        self._clock = clock
        self._may_begin = may_begin
        self._within = within
        self._unwritten: str | None = None  # the part that was taken last, until it is committed

    def elsewhere(self, name: str) -> "KeptParts":
        """Make the parts of the same outcome for another chat."""
        return KeptParts(
            self._store, self._request, self._kept, self._clock, may_begin=self._may_begin, within=f"{name}:"
        )

    def begun_at(self, part: str) -> datetime | None:
        """Return when a part was begun of which we do not know whether it was sent; else None."""
        kept = self._kept.get(self._within + part)
        return kept.begun_at if kept and kept.refs is None else None

    async def once(self, part: str, send: Send) -> Sequence[MessageRef]:
        """Send a part unless it was taken before. A part that may have been sent is sent again.

        The adapter has to handle the possible duplicate.
        """
        name = self._within + part
        kept = self._kept.get(name)
        if kept is not None and kept.refs is not None:
            return kept.refs
        if not self._kept and not self._may_begin():
            raise Dropped("the program ends")
        await self.write_taken()
        await self._write("begin a part", partial(self._store.begin_part, self._request, name))
        begun_at = kept.begun_at if kept else self._clock.now()
        try:
            refs = tuple(await send())
        except MaybeDelivered:
            self._kept[name] = KeptPart(begun_at=begun_at, refs=None)
            raise
        except Exception:
            if kept is None:
                await self._write("take a part back", partial(self._store.part_not_begun, self._request, name))
            raise
        self._kept[name] = KeptPart(begun_at=begun_at, refs=refs)
        self._unwritten = name
        return refs

    async def write_taken(self) -> None:
        """Commit the part that was taken last. Called if its delivery goes on, or fails."""
        name, self._unwritten = self._unwritten, None
        if name is not None:
            refs = self._kept[name].refs or ()
            await self._write("remember a part", partial(self._store.part_taken, self._request, name, refs))

    async def _write(self, what: str, action: Callable[[], Awaitable[None]]) -> None:
        await until_done(action, self._clock, what=what)
