"""A request and its jobs: values and states.

A request is one thing a member asked for; a job is one call of the image API; a result is one made picture; a
delivery is how the outcome reaches the chat.

    job        offered → queued | cancelled          delivery   due → sent
               queued → painting → painted                     due → uncertain | undeliverable
               queued → cancelled | failed
               painting → queued | failed

A request is offered, with nothing reserved, where its price has to be confirmed first: then all its jobs are.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import NewType

from bot.domain.chat import Address, ConversationKey, Member, MessageRef, PictureRef, PublicId, Quoted, StoredPicture
from bot.domain.models import Ratio
from bot.domain.storable_text import StorableTexts

AccountId = NewType("AccountId", int)
RequestId = NewType("RequestId", int)
JobId = NewType("JobId", int)
ResultId = NewType("ResultId", int)


class JobState(StrEnum):
    """Where one call of the image API stands."""

    OFFERED = "offered"
    QUEUED = "queued"
    PAINTING = "painting"
    PAINTED = "painted"
    CANCELLED = "cancelled"
    FAILED = "failed"


MAX_ATTEMPTS = 2
"""How often a picture is asked for at most, unless told otherwise. What was surely not billed does not count."""

OPEN_STATES = frozenset({JobState.OFFERED, JobState.QUEUED, JobState.PAINTING})


class DeliveryState(StrEnum):
    """Where the outcome of a request stands; all but `due` are final."""

    DUE = "due"
    SENT = "sent"
    UNCERTAIN = "uncertain"
    UNDELIVERABLE = "undeliverable"


class AfterCrash(StrEnum):
    """What becomes of a job whose request had left when the process died."""

    REPAINT = "repaint"
    REFUND = "refund"


@dataclass(frozen=True, slots=True, kw_only=True)
class PictureWish(StorableTexts):
    """What a member wants painted, with every default filled in."""

    prompt: str
    model: str
    ratio: Ratio | None
    size: str | None  # None for a model without sizes


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownSource:
    """A source picture that we keep already."""

    sha256: str


Source = PictureRef | KnownSource
"""A picture to edit: still on the platform, or already ours."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Joining(StorableTexts):
    """The album that a request came of: its further pictures join the request until it is painted."""

    album: str
    waits_for: timedelta  # before anything is painted
    most_sources: int  # with more the request ends unpaid


@dataclass(frozen=True, slots=True, kw_only=True)
class NewRequest(StorableTexts):
    """A request as it is handed to the store, complete: accepting it is one transaction."""

    event_key: str  # unique per platform: the same event twice is one request
    member: Member
    address: Address
    conversation: ConversationKey  # that it comes from, and that it is shown in
    community: str | None
    in_reply_to: MessageRef | None
    wish: PictureWish
    prompts: tuple[str, ...]  # of each job: what the wish's prompt stands for
    sources: tuple[Source, ...]
    repeats: RequestId | None  # Again and Try again: while the same member's repeat is open there is only one
    price: int  # credits, per job
    cost: Decimal  # the owner's currency, per attempt
    expected_seconds: int  # per job
    offered_for: timedelta | None = None  # how long the member may take to confirm the price; None: accepted at once
    joining: Joining | None = None
    claims: RequestId | None = None  # whose pictures it buys, that were painted and could not be delivered

    @property
    def total_price(self) -> int:
        """Credits for all jobs together."""
        return self.price * len(self.prompts)


@dataclass(frozen=True, slots=True, kw_only=True)
class PictureLink(StorableTexts):
    """Where a picture that was painted and paid for lies, for a while; whoever has the link has the picture."""

    endpoint: str  # whose answer named it
    url: str = field(repr=False)
    words: Quoted | None = None  # the text the model gave with it


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimedJob:
    """A job that a worker holds; `attempt` names this claim in every move that follows. Its wish has its own prompt."""

    job: JobId
    request: RequestId
    attempt: int
    account: AccountId
    wish: PictureWish
    sources: tuple[StoredPicture, ...]
    links: tuple[PictureLink, ...] = ()  # painted before a crash: only to be fetched
    sent_attempts: int = 0  # requests of earlier claims that may have been billed


@dataclass(frozen=True, slots=True, kw_only=True)
class Try:
    """One try at an endpoint, when it has ended."""

    endpoint: str
    model: str  # as the endpoint was asked for it
    seconds: float
    fault: str | None  # its code; None if it painted
    is_billed: bool  # probably


@dataclass(frozen=True, slots=True, kw_only=True)
class EndpointFigures:
    """How an endpoint did with a model."""

    endpoint: str
    model: str
    tries: int
    painted: int
    faults: Mapping[str, int]  # by code
    median_seconds: float | None  # of the tries that painted
    slowest_seconds: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class JobFailure(StorableTexts):
    """Why a job failed, as it is kept: a code of the fault tree, and the model's words about it."""

    code: str
    words: Quoted | None = None
    retry_after_seconds: int | None = None  # when the endpoint said to come back


OFFER_EXPIRED = JobFailure(code="offer-expired")
"""Why a job was cancelled whose price nobody confirmed in time."""

CHAT_CLOSED = JobFailure(code="chat-closed")
"""Why a job was ended that waited, where we may not speak any more."""

TOO_MANY_PICTURES = JobFailure(code="too-many-pictures")
"""Why a job was ended whose album turned out to have more pictures than its model takes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MadePicture:
    """A picture that a job made; `words` is the text the model gave with it."""

    picture: StoredPicture
    words: Quoted | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptPart:
    """A part of an outcome that was begun; `refs` is what it became, None as long as nobody knows."""

    begun_at: datetime
    refs: tuple[MessageRef, ...] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingPictures:
    """The pictures of a request that no chat took. They are kept for their member."""

    request: RequestId
    public_id: PublicId
    member: Member
    prompt: str
    is_refunded: bool  # their credits went back, so that they are had at today's price


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownElsewhere(StorableTexts):
    """Where a member wants to see pictures that wait for them."""

    member: Member  # as the platform knows them that they ask on
    address: Address
    conversation: ConversationKey
