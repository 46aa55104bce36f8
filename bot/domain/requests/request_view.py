"""A request with its jobs and results, as the store has them now."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from bot.domain.chat import Address, Member, MessageRef, PublicId, Quoted, StoredPicture
from bot.domain.requests.requests import (
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

    The first picture of a job has the job's number, so numbers follow the prompts whichever is painted first. Further
    pictures get numbers above those of all jobs.
    """

    id: ResultId
    public_id: PublicId
    number: int
    prompt: str  # of its job
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
    left_at: datetime | None  # when the current request to the endpoint was sent; None if none is under way
    failure: JobFailure | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestView:
    """A request as the store has it now, with everything that delivery needs."""

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
    is_status_lost: bool = False  # a status was begun, and it is unknown whether or where it was posted
    answers_requester: bool = False  # `in_reply_to` is the member's message, not one of ours
    offered_until: datetime | None = None  # when an unconfirmed offer expires
    claims: RequestId | None = None  # the request whose undelivered pictures this one buys
    given_back: int = 0  # refunded credits
    has_parts: bool = False  # some part of the outcome was begun since it last became due

    @property
    def is_offered(self) -> bool:
        """Whether the member still has to confirm the price."""
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
        """Credits of the painted jobs, minus refunds. The credits of all other jobs were released."""
        return self.price * sum(job.state is JobState.PAINTED for job in self.jobs) - self.given_back
