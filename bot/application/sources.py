"""Source pictures: copied from their platform into our files right after a request is accepted."""

from collections.abc import Callable, Mapping
from functools import partial

import structlog

from bot.application.persistence import FIRST_PAUSE_SECONDS, until_done
from bot.domain.chat import StoredPicture
from bot.domain.errors import PictureFault, PlatformFault, RateLimited, SourceUnavailable, Unavailable
from bot.domain.requests import JobFailure, RequestId
from bot.ports import ChatPlatform, Clock, PictureFiles, Store, WantedSource

log = structlog.get_logger()

TRIES = 4


class Sources:
    """Brings source pictures in, so that an edit no longer depends on its platform."""

    def __init__(self, store: Store, files: PictureFiles, platforms: Mapping[str, ChatPlatform], clock: Clock) -> None:
        self._store = store
        self._files = files
        self._platforms = platforms
        self._clock = clock

    async def bring_in(self, request: RequestId, changed: Callable[[], None]) -> None:
        """Fetch what a request still wants; one picture that cannot be had ends the request unpaid.

        `changed` is called when the request can be painted or has ended.
        """
        try:
            await until_done(partial(self._fetch_all, request), self._clock, what="fetch the pictures to edit")
        except PictureFault as fault:
            log.info("source-refused", request=request, fault=fault.code)
            refuse = partial(self._store.fail_queued, request, JobFailure(code=fault.code))
            await until_done(refuse, self._clock, what="release the credits")
        finally:
            changed()

    async def _fetch_all(self, request: RequestId) -> None:
        for wanted in await self._store.wanted_sources(request):
            picture = await self._fetch(wanted)
            await self._store.keep_source(request, wanted.number, picture)

    async def _fetch(self, wanted: WantedSource) -> StoredPicture:
        """Copy one picture. Raises `PictureFault`."""
        platform = self._platforms.get(wanted.platform)
        if platform is None:
            raise SourceUnavailable
        conversation = platform.conversation(wanted.address)
        for attempt in range(TRIES):
            try:
                async with self._files.new_file() as file:
                    async for piece in conversation.open_picture(wanted.ref):
                        await file.write(piece)
                    return await file.finish()
            except RateLimited as fault:
                await self._clock.sleep(fault.retry_after_seconds)
            except Unavailable:
                await self._clock.sleep(FIRST_PAUSE_SECONDS * 2**attempt)
            except PlatformFault as fault:
                raise SourceUnavailable from fault
        raise SourceUnavailable
