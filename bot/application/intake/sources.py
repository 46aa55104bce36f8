"""Source pictures: finds those that a message is about, and copies them to our files once a request is accepted."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

import structlog

from bot.application.persistence import FIRST_PAUSE_SECONDS, until_done
from bot.domain.chat import ConversationKey, Sentence, StoredPicture
from bot.domain.errors import (
    AddressUnreadable,
    CommandFault,
    NotFound,
    PictureFault,
    PictureTooLarge,
    PlatformFault,
    RateLimited,
    SourceUnavailable,
    TooLarge,
    Unavailable,
)
from bot.domain.events import CommandCall, IncomingMessage, RepliedMessage
from bot.domain.image_faults import Defect, meaning_of
from bot.domain.prompt.commands import check_text, take_numbers
from bot.domain.requests.requests import JobFailure, KnownSource, RequestId, Source
from bot.ports import ChatPlatform, Clock, PictureFiles, Store, WantedSource

log = structlog.get_logger()

TRIES = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceSelection:
    """The pictures that a message is about, and its command without the numbers that select them."""

    sources: tuple[Source, ...]
    call: CommandCall
    notes: tuple[Sentence, ...] = ()  # what the member should know about them


class Sources:
    """Selects source pictures and fetches them, so that an edit no longer depends on its platform."""

    def __init__(self, store: Store, files: PictureFiles, platforms: Mapping[str, ChatPlatform], clock: Clock) -> None:
        self._store = store
        self._files = files
        self._platforms = platforms
        self._clock = clock

    async def of(self, message: IncomingMessage, call: CommandCall, where: ConversationKey) -> "SourceSelection":
        """Select the pictures that a message is about: first those it replies to, then its own.

        If it replies to several, numbers before the words select some: `#2 make it night`. Raises `MemberFault` for a
        number that does not exist, for a picture that is no longer kept, and for a text that is too long.
        """
        check_text(call.argument)
        platform, notes = message.author.platform, tuple[Sentence, ...]()
        answered = {} if message.replied_to is None else await self._answered(platform, message.replied_to, where)
        if answered:
            numbers, words = take_numbers(call.argument)
            unknown = next((number for number in numbers if number not in answered), None)
            if unknown is not None:
                there = ", ".join(f"#{number}" for number in answered)
                raise CommandFault(Sentence("picture-number-unknown", number=unknown, numbers=there))
            call = replace(call, argument=words)
            answered = {number: answered[number] for number in numbers or answered}
            await self.check_kept(tuple(answered.values()))
            if len(answered) == 1 and message.replied_to and message.replied_to.album:
                notes = (Sentence("album-partly-seen"),)
        own = [] if message.album is None else await self._store.album(platform, message.album)
        pictures = dict.fromkeys((*answered.values(), *own, *message.pictures))
        return SourceSelection(sources=tuple(pictures), call=call, notes=notes)

    async def _answered(
        self, platform: str, replied_to: RepliedMessage, where: ConversationKey
    ) -> Mapping[int, Source]:
        """Return the pictures that a message replies to, by number.

        If the other message is ours, these are our originals, not the platform's copies.
        """
        shown = await self._store.results_shown_in(platform, where, replied_to.ref)
        if shown:
            return {result.number: KnownSource(sha256=result.picture.sha256) for result in shown}
        seen = [] if replied_to.album is None else await self._store.album(platform, replied_to.album)
        return dict(enumerate(seen or replied_to.pictures, start=1))

    async def check_kept(self, sources: Sequence[Source]) -> None:
        """Check that the pictures we should have exist, and keep them until the request is accepted.

        Raises `NotFound`.
        """
        for source in sources:
            if isinstance(source, KnownSource) and not await self._files.renew(source.sha256):
                raise NotFound(Sentence("picture-not-kept"))

    async def bring_in(self, request: RequestId, changed: Callable[[], None]) -> None:
        """Fetch a request's missing source pictures. If one cannot be fetched, the request fails and costs nothing.

        Calls `changed` when the request can be painted or has ended.
        """
        try:
            await until_done(partial(self._fetch_all, request), self._clock, what="fetch the pictures to edit")
        except PictureFault as fault:
            log.info("source-refused", request=request, fault=meaning_of(fault).code)
            await self._refuse(request, fault)
        except Exception:
            log.exception("source-not-fetched", request=request)
            await self._refuse(request, Defect())
        finally:
            changed()

    async def _refuse(self, request: RequestId, fault: PictureFault | Defect) -> None:
        refuse = partial(self._store.fail_queued, request, JobFailure(code=meaning_of(fault).code))
        await until_done(refuse, self._clock, what="release the credits")

    async def _fetch_all(self, request: RequestId) -> None:
        for wanted in await self._store.wanted_sources(request):
            picture = await self._fetch(wanted)
            await self._store.keep_source(request, wanted.number, picture)

    async def _fetch(self, wanted: WantedSource) -> StoredPicture:
        """Copy one picture from its platform to our files, with retries. Raises `PictureFault`."""
        platform = self._platforms.get(wanted.platform)
        if platform is None:
            raise SourceUnavailable
        try:
            conversation = platform.conversation(wanted.address)
        except AddressUnreadable as fault:
            raise SourceUnavailable from fault
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
            except TooLarge as fault:
                raise PictureTooLarge from fault
            except PlatformFault as fault:
                raise SourceUnavailable from fault
        raise SourceUnavailable
