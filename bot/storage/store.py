"""The Store on SQLite. Each method is one transaction; what it does is in the modules beside this one."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from bot.domain.acceptance import Acceptance
from bot.domain.chat import ConversationKey, Member, MessageRef, PictureRef, Posted, PublicId, StoredPicture
from bot.domain.credits import BlockChanges, CreditPolicy, Disagreement
from bot.domain.events import PictureSeen
from bot.domain.queue import MOST_PLACES, Queue
from bot.domain.request_view import RequestView, Result
from bot.domain.requests import (
    AccountId,
    AfterCrash,
    ClaimedJob,
    DeliveryState,
    EndpointFigures,
    JobFailure,
    JobId,
    KeptPart,
    MadePicture,
    NewRequest,
    PictureLink,
    RequestId,
    ResultId,
    ShownElsewhere,
    Try,
    WaitingPictures,
)
from bot.domain.retention import RetentionGroup
from bot.domain.tokens import TokenUse
from bot.ports import Clock, WantedSource
from bot.storage import figures, retention, wanted_pictures
from bot.storage.credits import accounts, blocked_accounts, ledger, refunds
from bot.storage.credits import ledger_check as books
from bot.storage.engines.database import Database
from bot.storage.requests import (
    acceptance,
    albums,
    deliveries,
    delivery_parts,
    offers,
    painting,
    queue,
    recovery,
    tries,
    undelivered,
    views,
)


class SqlStore:
    """Requests, jobs, the ledger and deliveries in a database. Every effect is written at one moment of the clock.

    A caller that is cancelled may find its effect written all the same; asking for it again is safe.
    """

    def __init__(self, database: Database, policy: CreditPolicy, clock: Clock) -> None:
        self._database = database
        self._policy = policy
        self._now = clock.now

    async def accept(self, request: NewRequest) -> Acceptance:
        """See `Store`; an event that was answered with an open repeat stands for that repeat ever after."""
        return await self._database.transact(
            lambda connection: acceptance.accept(connection, request, self._policy, self._now())
        )

    async def confirm(self, request: RequestId) -> bool:
        """See `Store`."""
        return await self._database.transact(
            lambda connection: offers.confirm(connection, request, self._policy, self._now())
        )

    async def expire_offer(self, request: RequestId) -> bool:
        """See `Store`."""
        return await self._database.transact(lambda connection: offers.expire(connection, request, self._now()))

    async def see_picture(self, seen: PictureSeen) -> RequestId | None:
        """See `Store`."""
        return await self._database.transact(lambda connection: albums.see_picture(connection, seen, self._now()))

    async def album(self, platform: str, name: str) -> Sequence[PictureRef]:
        """See `Store`."""
        return await self._database.transact(lambda connection: albums.album(connection, platform, name))

    async def wanted_sources(self, request: RequestId | None = None) -> Sequence[WantedSource]:
        """See `Store`."""
        return await self._database.transact(lambda connection: acceptance.wanted_sources(connection, request))

    async def keep_source(self, request: RequestId, number: int, picture: StoredPicture) -> None:
        """See `Store`."""
        await self._database.transact(
            lambda connection: acceptance.keep_source(connection, request, number, picture, self._now())
        )

    async def fail_queued(self, request: RequestId, failure: JobFailure) -> bool:
        """See `Store`."""
        return await self._database.transact(
            lambda connection: painting.fail_queued(connection, request, failure, self._now())
        )

    async def cancel(self, request: RequestId) -> bool:
        """See `Store`."""
        return await self._database.transact(lambda connection: painting.cancel(connection, request, self._now()))

    async def claim(self) -> ClaimedJob | None:
        """See `Store`."""
        return await self._database.transact(lambda connection: painting.claim(connection, self._now()))

    async def mark_leaving(self, job: JobId, attempt: int, endpoint: str) -> bool:
        """See `Store`; marking a request that has left again is True and changes nothing."""
        return await self._database.transact(
            lambda connection: tries.mark_leaving(connection, job, attempt, endpoint, self._now())
        )

    async def keep_links(self, job: JobId, attempt: int, links: Sequence[PictureLink]) -> bool:
        """See `Store`."""
        return await self._database.transact(lambda connection: painting.keep_links(connection, job, attempt, links))

    async def note_try(self, job: JobId, attempt: int, ended: Try) -> bool:
        """See `Store`; noting the same try again is True and changes nothing."""
        return await self._database.transact(
            lambda connection: tries.note_try(connection, job, attempt, ended, self._now())
        )

    async def painted(
        self, job: JobId, attempt: int, pictures: Sequence[MadePicture], tried: Try | None = None
    ) -> bool:
        """See `Store`."""
        return await self._database.transact(
            lambda connection: painting.painted(connection, job, attempt, pictures, tried, self._now())
        )

    async def failed(self, job: JobId, attempt: int, failure: JobFailure, *, is_billed: bool) -> bool:
        """See `Store`."""
        return await self._database.transact(
            lambda connection: painting.failed(connection, job, attempt, failure, self._now(), is_billed=is_billed)
        )

    async def put_back(self, job: JobId, attempt: int) -> bool:
        """See `Store`; False too if a request has left whose answer has not named its pictures."""
        return await self._database.transact(lambda connection: painting.put_back(connection, job, attempt))

    async def recover(self, *, after_crash: AfterCrash, max_attempts: int) -> int:
        """See `Store`."""
        return await self._database.transact(
            lambda connection: recovery.recover(
                connection, self._now(), after_crash=after_crash, max_attempts=max_attempts
            )
        )

    async def queue(self, most: int = MOST_PLACES) -> Queue:
        """See `Store`."""
        return await self._database.transact(lambda connection: queue.queue(connection, most))

    async def view(self, request: RequestId) -> RequestView:
        """See `Store`."""
        return await self._database.transact(
            lambda connection: views.view(connection, request, self._policy, self._now())
        )

    async def undelivered(self, *, only_ended: bool = False) -> Sequence[RequestId]:
        """See `Store`."""
        return await self._database.transact(
            lambda connection: deliveries.undelivered(connection, only_ended=only_ended)
        )

    async def begin_status(self, request: RequestId) -> bool:
        """See `Store`."""
        return await self._database.transact(lambda connection: deliveries.begin_status(connection, request))

    async def status_over(self, request: RequestId) -> None:
        """See `Store`."""
        await self._database.transact(lambda connection: deliveries.status_over(connection, request))

    async def parts(self, request: RequestId) -> Mapping[str, KeptPart]:
        """See `Store`."""
        return await self._database.transact(lambda connection: delivery_parts.parts(connection, request))

    async def begin_part(self, request: RequestId, part: str) -> None:
        """See `Store`."""
        await self._database.transact(
            lambda connection: delivery_parts.begin_part(connection, request, part, self._now())
        )

    async def part_not_begun(self, request: RequestId, part: str) -> None:
        """See `Store`."""
        await self._database.transact(lambda connection: delivery_parts.part_not_begun(connection, request, part))

    async def part_taken(self, request: RequestId, part: str, refs: Sequence[MessageRef]) -> None:
        """See `Store`."""
        await self._database.transact(lambda connection: delivery_parts.part_taken(connection, request, part, refs))

    async def status_posted(self, request: RequestId, posted: Posted) -> None:
        """See `Store`."""
        await self._database.transact(lambda connection: deliveries.status_posted(connection, request, posted))

    async def delivered(self, request: RequestId, state: DeliveryState, posted: Posted | None) -> bool:
        """See `Store`; False too while a job of the request is open."""
        return await self._database.transact(
            lambda connection: deliveries.delivered(connection, request, state, posted)
        )

    async def redeliver(self, request: RequestId) -> bool:
        """See `Store`."""
        return await self._database.transact(lambda connection: deliveries.redeliver(connection, request))

    async def end_undelivered(self, request: RequestId, *, is_ours: bool) -> bool:
        """See `Store`; False too while a job of the request is open."""
        return await self._database.transact(
            lambda connection: undelivered.end(connection, request, self._policy, self._now(), is_ours=is_ours)
        )

    async def give_back(self, request: RequestId, *, kept: Sequence[ResultId]) -> int:
        """See `Store`."""
        return await self._database.transact(
            lambda connection: refunds.give_back(connection, request, self._policy, self._now(), kept=kept)
        )

    async def waiting(self, target: PublicId) -> WaitingPictures | None:
        """See `Store`."""
        return await self._database.transact(lambda connection: undelivered.waiting(connection, target))

    async def untold_of(self, member: Member, *, most: int) -> Sequence[WaitingPictures]:
        """See `Store`."""
        return await self._database.transact(
            lambda connection: undelivered.untold_of(connection, accounts.find_account(connection, member), most)
        )

    async def untold_in(self, platform: str, conversation: ConversationKey, *, most: int) -> Sequence[WaitingPictures]:
        """See `Store`."""
        return await self._database.transact(
            lambda connection: undelivered.untold_in(connection, platform, conversation, most)
        )

    async def told(self, requests: Sequence[RequestId]) -> None:
        """See `Store`."""
        await self._database.transact(lambda connection: undelivered.told(connection, requests))

    async def remember_file(self, request: RequestId, posted: Posted, number: int) -> None:
        """See `Store`."""
        await self._database.transact(lambda connection: deliveries.remember(connection, request, posted.ref, number))

    async def show_elsewhere(self, request: RequestId, there: ShownElsewhere) -> bool:
        """See `Store`."""
        return await self._database.transact(lambda connection: undelivered.show(connection, request, there))

    async def newest_waiting(self, member: Member) -> RequestId | None:
        """See `Store`."""
        return await self._database.transact(
            lambda connection: views.newest_waiting(connection, accounts.find_account(connection, member))
        )

    async def request_of_token(self, use: TokenUse) -> RequestId:
        """See `Store`."""
        return await self._database.transact(lambda connection: views.request_of_token(connection, use))

    async def result_of_token(self, use: TokenUse) -> tuple[Result, RequestId]:
        """See `Store`."""
        return await self._database.transact(lambda connection: views.result_of_token(connection, use))

    async def messages_of(self, request: RequestId) -> Sequence[MessageRef]:
        """See `Store`."""
        return await self._database.transact(lambda connection: deliveries.messages_of(connection, request))

    async def results_shown_in(self, platform: str, conversation: ConversationKey, ref: MessageRef) -> Sequence[Result]:
        """See `Store`."""
        return await self._database.transact(
            lambda connection: views.results_shown_in(connection, platform, conversation, ref)
        )

    async def account(self, member: Member) -> AccountId:
        """See `Store`."""
        return await self._database.transact(lambda connection: accounts.ensure_account(connection, member))

    async def credits_left(self, member: Member) -> int:
        """See `Store`; asking changes nothing."""
        return await self._database.transact(
            lambda connection: ledger.credits_left(
                connection, accounts.find_account(connection, member), self._policy, self._now()
            )
        )

    async def wanted_pictures(self, keep: timedelta) -> Mapping[str, datetime | None]:
        """See `Store`."""
        return await self._database.read(
            lambda connection: wanted_pictures.wanted_pictures(connection, keep, self._now())
        )

    async def forget(self, what: RetentionGroup, before: datetime, *, most: int) -> int:
        """See `Store`."""
        return await self._database.transact(lambda connection: retention.forget(connection, what, before, most))

    async def forget_requests(self, before: datetime, *, after: RequestId, most: int) -> tuple[int, RequestId | None]:
        """See `Store`."""
        return await self._database.transact(
            lambda connection: retention.forget_requests(connection, before, after=after, most=most)
        )

    async def endpoint_figures(self, since: datetime) -> Sequence[EndpointFigures]:
        """See `Store`."""
        return await self._database.read(lambda connection: figures.endpoint_figures(connection, since))

    async def check_books(self) -> Sequence[Disagreement]:
        """See `Store`."""
        return await self._database.read(books.check_books)

    async def block_accounts(self, found: Sequence[Disagreement]) -> BlockChanges:
        """See `Store`."""
        return await self._database.transact(
            lambda connection: blocked_accounts.block_accounts(connection, found, self._now())
        )
