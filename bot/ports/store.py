"""The port of the store. Each method is one transaction."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Protocol

from bot.domain.chat import Address, ConversationKey, Member, MessageRef, PictureRef, Posted, PublicId, StoredPicture
from bot.domain.credits import BlockChanges, Disagreement
from bot.domain.events import PictureSeen
from bot.domain.requests.acceptance import Acceptance
from bot.domain.requests.queue import MOST_PLACES, Queue
from bot.domain.requests.request_view import RequestView, Result
from bot.domain.requests.requests import (
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


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedSource:
    """A source picture of an accepted request that has not been downloaded from its platform yet."""

    request: RequestId
    number: int
    ref: PictureRef
    platform: str
    address: Address


class Store(Protocol):
    """Requests, jobs, the ledger and deliveries. Each method is one transaction.

    A state change (claim, mark, painted, failed, …) names the state and attempt it expects. If it finds another, it
    changes nothing and returns False or None.
    """

    # acceptance
    async def accept(self, request: NewRequest) -> Acceptance:
        """Reserve the price of every job and queue them all, or nothing. Raises `CreditsExhausted` and `NotAllowed`.

        A request that must be confirmed first becomes an offer: nothing is reserved, and it expires by itself.
        """

    async def confirm(self, request: RequestId) -> bool:
        """Accept an offer: reserve the price of its jobs and queue them. False if it is not open (any more).

        If its pictures are painted already (`claims`), charge them and make them due at once; False if they wait no
        more. Raises `CreditsExhausted` and `NotAllowed`; then the offer stays open.
        """

    async def expire_offer(self, request: RequestId) -> bool:
        """Cancel the jobs of an offer that has expired; False if there is none."""

    async def see_picture(self, seen: PictureSeen) -> RequestId | None:
        """Remember a picture of an album for some weeks.

        Returns the request of its album that it joins, if there is one. If the request now has more pictures than its
        model takes, it ends and its credits are released.
        """

    async def album(self, platform: str, name: str) -> Sequence[PictureRef]:
        """Return the pictures that were seen of an album, in their order."""

    async def wanted_sources(self, request: RequestId | None = None) -> Sequence[WantedSource]:
        """Return the sources to download, of one request or of all. A job is not claimed before its sources are in."""

    async def keep_source(self, request: RequestId, number: int, picture: StoredPicture) -> None:
        """Record that a source is in PictureFiles now."""

    async def fail_queued(self, request: RequestId, failure: JobFailure) -> bool:
        """Fail all queued jobs of a request and release their credits."""

    async def cancel(self, request: RequestId) -> bool:
        """Cancel the offered and queued jobs of a request and release their credits. False if there were none.

        A painting job counts as queued until it has a request under way: `mark_request_sent` will then return False.
        """

    # painting
    async def claim(self) -> ClaimedJob | None:
        """Claim the next job in the order of `domain.queue.turns`. Reserves its cost in the owner's currency."""

    async def mark_request_sent(self, job: JobId, attempt: int, endpoint: str, cost: Decimal | None) -> bool:
        """Record that a request is about to be sent. From here on it may have been billed.

        The claim reserved the cost of the first request. A further one, after a failed attempt, reserves it again.
        `cost` is what this endpoint charges; None: what the request was accepted with.
        """

    async def keep_links(self, job: JobId, attempt: int, links: Sequence[PictureLink]) -> bool:
        """Record that the job is painted and paid, and its picture links. After a crash they are only downloaded."""

    async def note_try(self, job: JobId, attempt: int, ended: Try) -> bool:
        """Record an ended attempt at an endpoint. A failed one settles or releases the cost that it reserved."""

    async def painted(
        self, job: JobId, attempt: int, pictures: Sequence[MadePicture], tried: Try | None = None
    ) -> bool:
        """Record pictures that are on disk as results, and settle the credits.

        `tried` is the attempt that made them, if it was not recorded yet.
        """

    async def failed(self, job: JobId, attempt: int, failure: JobFailure, *, is_billed: bool) -> bool:
        """Record that no picture was made: release the credits, and keep whether the owner was probably billed."""

    async def put_back(self, job: JobId, attempt: int) -> bool:
        """Requeue a job that stopped with no request under way, as if it had not been claimed.

        A job whose pictures were only being downloaded is requeued with its links. False if a request is under way.
        """

    async def recover(self, *, after_crash: AfterCrash, max_attempts: int) -> int:
        """Recover at start: every painting job was left by a dead process. Returns how many there were."""

    async def queue(self, most: int = MOST_PLACES) -> Queue:
        """Return the painting jobs and the first `most` queued jobs in the order of `turns`.

        Queued jobs that wait for a source are left out.
        """

    # delivery
    async def view(self, request: RequestId) -> RequestView:
        """Return a request as it is now. Raises `NotFound`."""

    async def undelivered(self, *, only_ended: bool = False) -> Sequence[RequestId]:
        """Return requests without a final delivery state, or whose status message still exists, oldest first.

        `only_ended`: only those of them that have no open job.
        """

    async def begin_status(self, request: RequestId) -> bool:
        """Record that the status message is about to be sent; False if one was sent before, or may have been."""

    async def status_over(self, request: RequestId) -> None:
        """Record that the status message of a request is gone, or was never sent."""

    async def parts(self, request: RequestId) -> Mapping[str, KeptPart]:
        """Return the parts of an outcome that were begun since it last became due."""

    async def begin_part(self, request: RequestId, part: str) -> None:
        """Record that a part of an outcome is about to be sent.

        A part begun before keeps the time of its first attempt.
        """

    async def part_not_begun(self, request: RequestId, part: str) -> None:
        """Record that a part was certainly not sent."""

    async def part_taken(self, request: RequestId, part: str, refs: Sequence[MessageRef]) -> None:
        """Record that the platform has accepted a part, and the messages that it became."""

    async def status_posted(self, request: RequestId, posted: Posted) -> None:
        """Remember the status message of a request. The request may be used in the conversation of that message."""

    async def delivered(self, request: RequestId, state: DeliveryState, posted: Posted | None) -> bool:
        """Record the final delivery state of an outcome.

        What was posted is remembered, with the pictures that it shows. The request may be used in the conversation
        where it was posted.
        """

    async def redeliver(self, request: RequestId) -> bool:
        """Make an outcome due again if it is uncertain, or undeliverable and paid; False if it is neither."""

    # pictures that no chat accepted
    async def end_undelivered(self, request: RequestId, *, is_ours: bool) -> bool:
        """Mark an outcome as undeliverable and keep its pictures for their member. False if it was not due.

        If the chat or the bot is at fault (`is_ours`) and nothing of the outcome may have arrived, the charge is
        refunded to the buckets it came from, up to `MOST_REFUNDS_A_DAY`. Refunded pictures count as unpaid.
        """

    async def give_back(self, request: RequestId, *, kept: Sequence[ResultId]) -> int:
        """Refund the jobs of which no result is in `kept`.

        Returns the credits; 0 if the daily refund limit is exceeded.
        """

    async def waiting(self, target: PublicId) -> WaitingPictures | None:
        """Return the waiting pictures of the request with this public id; None if there are none."""

    async def untold_of(self, member: Member, *, most: int) -> Sequence[WaitingPictures]:
        """Return the pictures a member was not told of, newest first, over all platforms of that member."""

    async def untold_in(self, platform: str, conversation: ConversationKey, *, most: int) -> Sequence[WaitingPictures]:
        """Return pictures requested in a conversation whose member was not told of them, newest first."""

    async def told(self, requests: Sequence[RequestId]) -> None:
        """Record that the members of these requests know that their pictures wait."""

    async def remember_file(self, request: RequestId, posted: Posted, number: int) -> None:
        """Record a message that shows one picture of a request again, as a file.

        It can be replied to, and is deleted with the others.
        """

    async def show_elsewhere(self, request: RequestId, there: ShownElsewhere) -> bool:
        """Move paid pictures that wait to another conversation and make them due.

        The request belongs there from now on. False if they do not wait (any more), or their credits were refunded.
        Refunded pictures are bought by an offer that `claims` them.
        """

    # what members ask
    async def newest_waiting(self, member: Member) -> RequestId | None:
        """Return the member's newest request that has an offered or queued job; None if there is none."""

    async def request_of_token(self, use: TokenUse) -> RequestId:
        """Return the request that a token names, if it was shown in the conversation where the token is used.

        A request is shown in the conversation that it is accepted from, and in each where something of it is posted.
        Raises `NotFound`, the same for a request not shown there and for one that does not exist.
        """

    async def result_of_token(self, use: TokenUse) -> tuple[Result, RequestId]:
        """Return the made picture that a token names, and its request. Raises `NotFound` as `request_of_token` does."""

    async def messages_of(self, request: RequestId) -> Sequence[MessageRef]:
        """Return all our messages that show something of a request, oldest first."""

    async def results_shown_in(self, platform: str, conversation: ConversationKey, ref: MessageRef) -> Sequence[Result]:
        """Return the results that one of our messages shows, one or all of a request.

        Empty if the message is not ours, or if its request was not shown in the conversation of the reply.
        """

    async def account(self, member: Member) -> AccountId:
        """Return the account of a member, created on first use."""

    async def credits_left(self, member: Member) -> int:
        """Return the credits that a member can spend now."""

    async def wanted_pictures(self, keep: timedelta) -> Mapping[str, datetime | None]:
        """Return until when each picture is needed: `keep` after its request was accepted. None: it is needed now.

        A picture that is not listed is not needed any more.
        """

    async def forget(self, what: RetentionGroup, before: datetime, *, most: int) -> int:
        """Delete at most `most` rows older than `before`. Returns how many were deleted."""

    async def forget_requests(self, before: datetime, *, after: RequestId, most: int) -> tuple[int, RequestId | None]:
        """Look at the next `most` requests after an id, and delete those older than `before` with all their data.

        These stay: requests that are open, not delivered, or named by an event that is kept; requests that made a
        picture which a younger request uses; and the whole ledger. Returns how many were deleted, and the id to
        continue after; None at the end.
        """

    async def endpoint_figures(self, since: datetime) -> Sequence[EndpointFigures]:
        """Return how every endpoint performed with every model that it was tried with since then."""

    async def check_ledger(self) -> Sequence[Disagreement]:
        """Find every disagreement of the ledger, balances and jobs at one moment. It blocks nobody."""

    async def block_accounts(self, found: Sequence[Disagreement]) -> BlockChanges:
        """Block exactly the accounts that a check found in disagreement: they take no new request (`NotAllowed`)."""
