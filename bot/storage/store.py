"""The store on SQLite. Each method is one transaction; the modules beside this one do the work."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal

from bot.domain.chat import ConversationKey, Member, MessageRef, PictureRef, StoredPicture
from bot.domain.credits import BlockChanges, Disagreement
from bot.domain.events import PictureSeen
from bot.domain.requests.acceptance import Acceptance
from bot.domain.requests.queue import MOST_PLACES, Queue
from bot.domain.requests.request_view import RequestView, Result
from bot.domain.requests.requests import (
    AccountId,
    AfterCrash,
    ClaimedJob,
    EndpointFigures,
    JobFailure,
    JobId,
    MadePicture,
    NewRequest,
    PictureLink,
    RequestId,
    Try,
)
from bot.domain.retention import RetentionGroup
from bot.domain.tokens import TokenUse
from bot.ports import WantedSource
from bot.storage import figures, retention, wanted_pictures
from bot.storage.credits import accounts, blocked_accounts, ledger, ledger_check
from bot.storage.delivery.store import SqlDeliveries
from bot.storage.requests import acceptance, albums, offers, painting, queue, recovery, tries, views


class SqlStore(SqlDeliveries):
    """Requests, jobs, the ledger and deliveries in a database. One transaction writes with one time of the clock.

    The moves of a painting job are urgent: a slot that waits for one paints nothing. If a caller is cancelled, its
    effect may be written all the same; calling again is safe.
    """

    async def accept(self, request: NewRequest) -> Acceptance:
        """Accept or offer a request. An event answered with an open repeat refers to that repeat for ever."""
        return await self._database.transact(
            lambda connection: acceptance.accept(connection, request, self._policy, self._now())
        )

    async def confirm(self, request: RequestId) -> bool:
        """Accept an offer."""
        return await self._database.transact(
            lambda connection: offers.confirm(connection, request, self._policy, self._now())
        )

    async def expire_offer(self, request: RequestId) -> bool:
        """Cancel an offer that has expired."""
        return await self._database.transact(lambda connection: offers.expire(connection, request, self._now()))

    async def see_picture(self, seen: PictureSeen) -> RequestId | None:
        """Remember a picture of an album, and add it to the album's request."""
        return await self._database.transact(lambda connection: albums.see_picture(connection, seen, self._now()))

    async def album(self, platform: str, name: str) -> Sequence[PictureRef]:
        """Return the pictures that were seen of an album."""
        return await self._database.transact(lambda connection: albums.album(connection, platform, name))

    async def wanted_sources(self, request: RequestId | None = None) -> Sequence[WantedSource]:
        """Return the sources to download."""
        return await self._database.transact(lambda connection: acceptance.wanted_sources(connection, request))

    async def keep_source(self, request: RequestId, number: int, picture: StoredPicture) -> None:
        """Record that a source is in PictureFiles."""
        await self._database.transact(
            lambda connection: acceptance.keep_source(connection, request, number, picture, self._now())
        )

    async def fail_queued(self, request: RequestId, failure: JobFailure) -> bool:
        """Fail all queued jobs of a request."""
        return await self._database.transact(
            lambda connection: painting.fail_queued(connection, request, failure, self._now())
        )

    async def cancel(self, request: RequestId) -> bool:
        """Cancel the offered and queued jobs of a request."""
        return await self._database.transact(lambda connection: painting.cancel(connection, request, self._now()))

    async def claim(self) -> ClaimedJob | None:
        """Claim the next job."""
        return await self._database.transact(lambda connection: painting.claim(connection, self._now()), is_urgent=True)

    async def mark_request_sent(self, job: JobId, attempt: int, endpoint: str, cost: Decimal | None) -> bool:
        """Record that a request is about to be sent. Marking it again is True and changes nothing."""
        return await self._database.transact(
            lambda connection: tries.mark_request_sent(connection, job, attempt, endpoint, cost, self._now()),
            is_urgent=True,
        )

    async def keep_links(self, job: JobId, attempt: int, links: Sequence[PictureLink]) -> bool:
        """Record the picture links of a job."""
        return await self._database.transact(
            lambda connection: painting.keep_links(connection, job, attempt, links), is_urgent=True
        )

    async def note_try(self, job: JobId, attempt: int, ended: Try) -> bool:
        """Record an ended try. Recording the same try again is True and changes nothing."""
        return await self._database.transact(
            lambda connection: tries.note_try(connection, job, attempt, ended, self._now()), is_urgent=True
        )

    async def painted(
        self, job: JobId, attempt: int, pictures: Sequence[MadePicture], tried: Try | None = None
    ) -> bool:
        """Record made pictures and settle the credits."""
        return await self._database.transact(
            lambda connection: painting.painted(connection, job, attempt, pictures, tried, self._now()), is_urgent=True
        )

    async def failed(self, job: JobId, attempt: int, failure: JobFailure, *, is_billed: bool) -> bool:
        """Record a failed job and release its credits."""
        return await self._database.transact(
            lambda connection: painting.failed(connection, job, attempt, failure, self._now(), is_billed=is_billed),
            is_urgent=True,
        )

    async def put_back(self, job: JobId, attempt: int) -> bool:
        """Requeue a job. False too if a request was sent whose response has not named its pictures."""
        return await self._database.transact(
            lambda connection: painting.put_back(connection, job, attempt), is_urgent=True
        )

    async def recover(self, *, after_crash: AfterCrash, max_attempts: int) -> int:
        """Requeue or fail all jobs that a dead process left."""
        return await self._database.transact(
            lambda connection: recovery.recover(
                connection, self._now(), after_crash=after_crash, max_attempts=max_attempts
            )
        )

    async def queue(self, most: int = MOST_PLACES) -> Queue:
        """Return the painting jobs and the first waiting jobs."""
        return await self._database.transact(lambda connection: queue.queue(connection, most))

    async def view(self, request: RequestId) -> RequestView:
        """Return a request as it is now."""
        return await self._database.transact(
            lambda connection: views.view(connection, request, self._policy, self._now())
        )

    async def newest_waiting(self, member: Member) -> RequestId | None:
        """Return the member's newest request that can be cancelled."""
        return await self._database.transact(
            lambda connection: views.newest_waiting(connection, accounts.find_account(connection, member))
        )

    async def request_of_token(self, use: TokenUse) -> RequestId:
        """Return the request that a token names."""
        return await self._database.transact(lambda connection: views.request_of_token(connection, use))

    async def result_of_token(self, use: TokenUse) -> tuple[Result, RequestId]:
        """Return the made picture that a token names, and its request."""
        return await self._database.transact(lambda connection: views.result_of_token(connection, use))

    async def results_shown_in(self, platform: str, conversation: ConversationKey, ref: MessageRef) -> Sequence[Result]:
        """Return the results that one of our messages shows."""
        return await self._database.transact(
            lambda connection: views.results_shown_in(connection, platform, conversation, ref)
        )

    async def account(self, member: Member) -> AccountId:
        """Return the account of a member, created on first use."""
        return await self._database.transact(lambda connection: accounts.ensure_account(connection, member))

    async def credits_left(self, member: Member) -> int:
        """Return the credits that a member can spend now. It only reads, and creates no account."""
        return await self._database.transact(
            lambda connection: ledger.credits_left(
                connection, accounts.find_account(connection, member), self._policy, self._now()
            )
        )

    async def wanted_pictures(self, keep: timedelta) -> Mapping[str, datetime | None]:
        """Return until when each picture is needed. It reads on a second connection."""
        return await self._database.read(
            lambda connection: wanted_pictures.wanted_pictures(connection, keep, self._now())
        )

    async def forget(self, what: RetentionGroup, before: datetime, *, most: int) -> int:
        """Delete old rows of one retention group."""
        return await self._database.transact(lambda connection: retention.forget(connection, what, before, most))

    async def forget_requests(self, before: datetime, *, after: RequestId, most: int) -> tuple[int, RequestId | None]:
        """Delete old requests with all their data."""
        return await self._database.transact(
            lambda connection: retention.forget_requests(connection, before, after=after, most=most)
        )

    async def endpoint_figures(self, since: datetime) -> Sequence[EndpointFigures]:
        """Return the performance figures of the endpoints. It reads on a second connection."""
        return await self._database.read(lambda connection: figures.endpoint_figures(connection, since))

    async def check_ledger(self) -> Sequence[Disagreement]:
        """Run the ledger check. It reads on a second connection."""
        return await self._database.read(ledger_check.check_ledger)

    async def block_accounts(self, found: Sequence[Disagreement]) -> BlockChanges:
        """Block the accounts that a check found in disagreement, and unblock all others."""
        return await self._database.transact(
            lambda connection: blocked_accounts.block_accounts(connection, found, self._now())
        )
