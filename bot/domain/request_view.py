"""A request with its jobs and results, as the store has them now."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from bot.domain.chat import Address, Member, MessageRef, PublicId, Quoted, StoredPicture
from bot.domain.requests import (
    OPEN_STATES,
    AccountId,
    DeliveryState,
    JobFailure,
    JobId,
    JobState,
    PictureWish,
    RequestId,
    ResultId,
    Source,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """A made picture with its number within the request.

    The first picture of a job has the job's number, so that numbers follow the prompts whatever comes first; further
    ones have numbers above all jobs'.
    """

    id: ResultId
    public_id: PublicId
    number: int
    prompt: str  # the job's
    picture: StoredPicture
    words: Quoted | None


@dataclass(frozen=True, slots=True, kw_only=True)
class JobView:
    """A job as the store has it now."""

    id: JobId
    number: int
    prompt: str
    state: JobState
    claimed_at: datetime | None
    left_at: datetime | None  # when the request that is under way left; None if none is
    failure: JobFailure | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestView:
    """A request as the store has it now, with all that delivery needs."""

    id: RequestId
    public_id: PublicId
    member: Member
    account: AccountId
    address: Address
    in_reply_to: MessageRef | None
    wish: PictureWish
    sources: tuple[Source, ...]
    repeats: RequestId | None
    price: int  # credits, per job
    cost: Decimal
    expected_seconds: int
    jobs: tuple[JobView, ...]
    results: tuple[Result, ...]
    accepted_at: datetime
    status_ref: MessageRef | None
    delivery: DeliveryState
    credits_left: int
    outcome_ref: MessageRef | None = None
    is_status_lost: bool = False  # one was begun, and nobody knows whether it was posted, or where
    answers_owner: bool = False  # `in_reply_to` is what the member said, and no message of ours
    offered_until: datetime | None = None  # when an offer that is not confirmed is over
    claims: RequestId | None = None  # whose pictures it buys, that were painted and could not be delivered
    given_back: int = 0  # credits, of what was charged
    has_parts: bool = False  # some part of the outcome was begun, since it last became due

    @property
    def is_offered(self) -> bool:
        """Whether the member is still to confirm the price."""
        return any(job.state is JobState.OFFERED for job in self.jobs)

    @property
    def is_open(self) -> bool:
        """Whether some job may still change."""
        return any(job.state in OPEN_STATES for job in self.jobs)

    @property
    def total_price(self) -> int:
        """Credits for all jobs together."""
        return self.price * len(self.jobs)

    @property
    def charged(self) -> int:
        """Credits for the jobs that came to a picture; the others were released, and some may have been given back."""
        return self.price * sum(job.state is JobState.PAINTED for job in self.jobs) - self.given_back
