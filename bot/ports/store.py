"""What the core asks of the store: each method is one transaction."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from bot.domain.acceptance import Acceptance
from bot.domain.chat import Address, ConversationKey, Member, MessageRef, PictureRef, Posted, PublicId, StoredPicture
from bot.domain.credits import BlockChanges, Disagreement
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


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedSource:
    """A source picture of an accepted request that is still on its platform."""

    request: RequestId
    number: int
    ref: PictureRef
    platform: str
    address: Address


class Store(Protocol):
    """Requests, jobs, the ledger and deliveries. Each method is one transaction.

    A move (claim, mark, painted, failed, …) names the state and attempt it expects; where it finds another it
    changes nothing and returns False or None.
    """

    # acceptance
    async def accept(self, request: NewRequest) -> Acceptance:
        """Reserve the price of every job and queue them all, or nothing. Raises `CreditsExhausted` and `NotAllowed`.

        A request that is to be confirmed first is offered: nothing is reserved, and it ends by itself.
        """

    async def confirm(self, request: RequestId) -> bool:
        """Accept an offer: reserve the price of its jobs and queue them. False if it is not open (any more).

        Pictures that are painted already (`claims`) are paid and due at once; False if they wait no more.
        Raises `CreditsExhausted` and `NotAllowed`, and the offer stays.
        """

    async def expire_offer(self, request: RequestId) -> bool:
        """Cancel the jobs of an offer whose time is over; False if there is none."""

    async def see_picture(self, seen: PictureSeen) -> RequestId | None:
        """Remember a picture of an album for some weeks. The request of its album that it joins, if there is one.

        With more pictures than its model takes, the request ends and its credits are released.
        """

    async def album(self, platform: str, name: str) -> Sequence[PictureRef]:
        """The pictures that were seen of an album, in their order."""

    async def wanted_sources(self, request: RequestId | None = None) -> Sequence[WantedSource]:
        """Sources to fetch, of one request or of all; a job is not claimed before its sources are in."""

    async def keep_source(self, request: RequestId, number: int, picture: StoredPicture) -> None:
        """A source is in PictureFiles now."""

    async def fail_queued(self, request: RequestId, failure: JobFailure) -> bool:
        """End all jobs of a request that wait, and release their credits."""

    async def cancel(self, request: RequestId) -> bool:
        """Cancel what is offered or waits of a request and release its credits; False if nothing was any more.

        A job that is painting waits as long as no request of it is under way: `mark_leaving` will be False.
        """

    # painting
    async def claim(self) -> ClaimedJob | None:
        """Take the next job in the order of `domain.requests.turns`, reserving its cost in the owner's currency."""

    async def mark_leaving(self, job: JobId, attempt: int, endpoint: str) -> bool:
        """A request leaves now: from here on it may have been billed.

        The cost of the first is reserved since the claim; another, after a try that failed, reserves it anew.
        """

    async def keep_links(self, job: JobId, attempt: int, links: Sequence[PictureLink]) -> bool:
        """The job is painted and paid, and its pictures lie at these links: after a crash they are only fetched."""

    async def note_try(self, job: JobId, attempt: int, ended: Try) -> bool:
        """A try at an endpoint has ended; one that failed settles or releases the cost it had reserved."""

    async def painted(
        self, job: JobId, attempt: int, pictures: Sequence[MadePicture], tried: Try | None = None
    ) -> bool:
        """The pictures are on disk: keep them as results and settle the credits.

        `tried` is the try that they came of, if it was not noted yet.
        """

    async def failed(self, job: JobId, attempt: int, failure: JobFailure, *, is_billed: bool) -> bool:
        """No picture came: release the credits, and keep whether the owner was probably billed."""

    async def put_back(self, job: JobId, attempt: int) -> bool:
        """Painting stopped with no request under way: queue the job again, as if it had not been claimed.

        A job whose pictures were only being fetched goes back too, with its links. False if something is under way.
        """

    async def recover(self, *, after_crash: AfterCrash, max_attempts: int) -> int:
        """At start: every painting job was left by a dead process. Returns how many there were."""

    async def queue(self, most: int = MOST_PLACES) -> Queue:
        """What is being painted, and the first `most` of what waits with all its sources, in the order of `turns`."""

    # delivery
    async def view(self, request: RequestId) -> RequestView:
        """A request as it is now. Raises `NotFound`."""

    async def undelivered(self, *, only_ended: bool = False) -> Sequence[RequestId]:
        """Requests whose outcome has no final delivery state yet, or whose status still stands, oldest first.

        `only_ended`: of those, the requests that nothing is open of any more.
        """

    async def begin_status(self, request: RequestId) -> bool:
        """The status of a request leaves now; False if one has left before, or may have."""

    async def status_over(self, request: RequestId) -> None:
        """The status of a request stands no more, or never left."""

    async def parts(self, request: RequestId) -> Mapping[str, KeptPart]:
        """The parts of an outcome that were begun, since it last became due."""

    async def begin_part(self, request: RequestId, part: str) -> None:
        """A part of an outcome leaves now; one that may have left before keeps the time of its first try."""

    async def part_not_begun(self, request: RequestId, part: str) -> None:
        """A part has surely not left."""

    async def part_taken(self, request: RequestId, part: str, refs: Sequence[MessageRef]) -> None:
        """The platform has taken a part, and these are the messages that it became."""

    async def status_posted(self, request: RequestId, posted: Posted) -> None:
        """Remember the status message of a request; where it stands the request may be used."""

    async def delivered(self, request: RequestId, state: DeliveryState, posted: Posted | None) -> bool:
        """The outcome reached a final state.

        What was posted is remembered, with the pictures that it shows; where it stands the request may be used.
        """

    async def redeliver(self, request: RequestId) -> bool:
        """Make an outcome due again that is uncertain, or undeliverable and paid; False if it is neither."""

    # what no chat took
    async def end_undelivered(self, request: RequestId, *, is_ours: bool) -> bool:
        """An outcome is undeliverable: keep its pictures for their member. False if it was not due.

        Where the chat or the bot is at fault (`is_ours`) and nothing of it may have arrived, what was charged goes back
        to the buckets it came from, as far as `MOST_REFUNDS_A_DAY` lets it; then its pictures are not paid any more.
        """

    async def give_back(self, request: RequestId, *, kept: Sequence[ResultId]) -> int:
        """Give back what the jobs cost of which no result is kept; the credits. 0 where that is too much for a day."""

    async def waiting(self, target: PublicId) -> WaitingPictures | None:
        """The pictures that wait of the request of this public id; None if none do."""

    async def untold_of(self, member: Member, *, most: int) -> Sequence[WaitingPictures]:
        """What waits for a member who was not told of it, the newest first; each platform of theirs counts."""

    async def untold_in(self, platform: str, conversation: ConversationKey, *, most: int) -> Sequence[WaitingPictures]:
        """What waits that was asked for in a conversation and whose member was not told of it, the newest first."""

    async def told(self, requests: Sequence[RequestId]) -> None:
        """The members of these requests know now that their pictures wait."""

    async def remember_file(self, request: RequestId, posted: Posted, number: int) -> None:
        """A message shows one picture of a request once more, as a file: it can be answered, and goes with the rest."""

    async def show_elsewhere(self, request: RequestId, there: ShownElsewhere) -> bool:
        """Make paid pictures that wait due in another place, which the request belongs to from now on.

        False if they do not wait (any more), or their credits went back: those are had by an offer that `claims` them.
        """

    # what members ask
    async def newest_waiting(self, member: Member) -> RequestId | None:
        """The member's newest request of which something is offered or queued; None if there is none."""

    async def request_of_token(self, use: TokenUse) -> RequestId:
        """The request that a token names, if it was shown in the conversation where the token is used.

        A request is shown in the conversation that it is accepted from, and in each where something of it is posted.
        Raises `NotFound`, the same for one that was not shown there and for one that there is not.
        """

    async def result_of_token(self, use: TokenUse) -> tuple[Result, RequestId]:
        """The made picture that a token names, and its request. Raises `NotFound` as `request_of_token` does."""

    async def messages_of(self, request: RequestId) -> Sequence[MessageRef]:
        """Every message of ours that shows something of a request, oldest first."""

    async def results_shown_in(self, platform: str, conversation: ConversationKey, ref: MessageRef) -> Sequence[Result]:
        """The results that a message of ours shows, one or all of a request.

        None if it is not ours, or if its request was not shown in the conversation where the message is answered.
        """

    async def account(self, member: Member) -> AccountId:
        """The account of a member, made at first sight."""

    async def credits_left(self, member: Member) -> int:
        """What a member can spend now."""

    async def wanted_pictures(self, keep: timedelta) -> Mapping[str, datetime | None]:
        """Until when each picture is wanted: by a request for `keep` from its acceptance. None: it is needed now.

        A picture that is not among them is wanted by nothing any more.
        """

    async def forget(self, what: RetentionGroup, before: datetime, *, most: int) -> int:
        """Delete at most `most` of what is older than told; how many there were."""

    async def forget_requests(self, before: datetime, *, after: RequestId, most: int) -> tuple[int, RequestId | None]:
        """Look at the `most` requests after one, and delete those that are older than told, with all about them.

        Kept are those that are open, not delivered, or named by an event that is kept, those that made a picture that a
        younger one has to do with, and the ledger of all. Returns how many were deleted, and where to go on; None at
        the end.
        """

    async def endpoint_figures(self, since: datetime) -> Sequence[EndpointFigures]:
        """How every endpoint did with every model it was tried with since then."""

    async def check_books(self) -> Sequence[Disagreement]:
        """Find every disagreement of the ledger, balances and jobs at one moment. Nobody has to wait meanwhile."""

    async def block_accounts(self, found: Sequence[Disagreement]) -> BlockChanges:
        """Let exactly the accounts that a check found in disagreement take no new request (`NotAllowed`)."""
