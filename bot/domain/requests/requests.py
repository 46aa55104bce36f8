"""A request and its jobs: values and states.

A request is one thing a member asked for; a job is one call of the image API; a result is one made picture; a delivery
is how the outcome reaches the chat.

    job        offered → queued | cancelled          delivery   due → sent
               queued → painting → painted                     due → uncertain | undeliverable
               queued → cancelled | failed
               painting → queued | failed

If the price must be confirmed first, all jobs of a request are offered, and nothing is reserved.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import NewType

from bot.domain.catalogue.picture_settings import PictureSettings
from bot.domain.chat import Address, ConversationKey, Member, MessageRef, PictureRef, PublicId, Quoted, StoredPicture
from bot.domain.storable_text import StorableTexts

AccountId = NewType("AccountId", int)
RequestId = NewType("RequestId", int)
JobId = NewType("JobId", int)
ResultId = NewType("ResultId", int)


class JobState(StrEnum):
    """The state of a job (one call of the image API)."""

    OFFERED = "offered"
    QUEUED = "queued"
    PAINTING = "painting"
    PAINTED = "painted"
    CANCELLED = "cancelled"
    FAILED = "failed"


MAX_ATTEMPTS = 2
"""The default limit of billable requests for one picture. Requests that were certainly not billed do not count."""

OPEN_STATES = frozenset({JobState.OFFERED, JobState.QUEUED, JobState.PAINTING})


class DeliveryState(StrEnum):
    """The delivery state of an outcome; all but `due` are final."""

    DUE = "due"
    SENT = "sent"
    UNCERTAIN = "uncertain"
    UNDELIVERABLE = "undeliverable"


class AfterCrash(StrEnum):
    """The setting for a job whose request was sent before the process died."""

    REPAINT = "repaint"
    REFUND = "refund"


@dataclass(frozen=True, slots=True, kw_only=True)
class PictureWish(StorableTexts):
    """The picture that a member asks for, with every default filled in."""

    prompt: str
    model: str
    settings: PictureSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownSource:
    """A source picture that we keep already."""

    sha256: str


Source = PictureRef | KnownSource
"""A picture to edit: still on the platform, or already kept by us."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Joining(StorableTexts):
    """The album of a request. Its further pictures join the request until it is painted."""

    album: str
    waits_for: timedelta  # how long painting waits for further pictures
    most_sources: int  # with more the request ends unpaid


@dataclass(frozen=True, slots=True, kw_only=True)
class NewRequest(StorableTexts):
    """A complete request for the store. Accepting it is one transaction."""

    event_key: str  # unique per platform: the same event twice is one request
    member: Member
    address: Address
    conversation: ConversationKey  # where it comes from and is shown
    community: str | None
    in_reply_to: MessageRef | None
    wish: PictureWish
    prompts: tuple[str, ...]  # one for each job, expanded from the wish's prompt
    sources: tuple[Source, ...]
    repeats: RequestId | None  # for Again and Try again: a member has only one open repeat of a request
    price: int  # credits, per job
    cost: Decimal  # the owner's currency, per attempt
    expected_seconds: int  # per job
    offered_for: timedelta | None = None  # how long the member may take to confirm the price; None: no confirmation
    joining: Joining | None = None
    claims: RequestId | None = None  # the request whose undelivered pictures this one buys

    @property
    def total_price(self) -> int:
        """Credits for all jobs together."""
        return self.price * len(self.prompts)


@dataclass(frozen=True, slots=True, kw_only=True)
class PictureLink(StorableTexts):
    """A temporary link to a picture that was painted and paid for. It is secret: the link alone gives the picture."""

    endpoint: str  # the endpoint whose response named it
    url: str = field(repr=False)
    words: Quoted | None = None  # the text the model gave with it


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimedJob:
    """A job that a worker has claimed. `attempt` identifies this claim in every later call.

    The wish has the job's prompt.
    """

    job: JobId
    request: RequestId
    attempt: int
    account: AccountId
    wish: PictureWish
    sources: tuple[StoredPicture, ...]
    links: tuple[PictureLink, ...] = ()  # painted before a crash: only download them
    sent_attempts: int = 0  # requests of earlier claims that may have been billed


@dataclass(frozen=True, slots=True, kw_only=True)
class Try:
    """An ended attempt at an endpoint."""

    endpoint: str
    model: str  # the model name that was sent to the endpoint
    seconds: float
    fault: str | None  # its code; None if a picture was painted
    is_billed: bool  # probably


@dataclass(frozen=True, slots=True, kw_only=True)
class EndpointFigures:
    """The performance of an endpoint with a model."""

    endpoint: str
    model: str
    tries: int
    painted: int
    faults: Mapping[str, int]  # by code
    median_seconds: float | None  # of the tries that painted
    slowest_seconds: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class JobFailure(StorableTexts):
    """Why a job failed, as stored: a code of the fault tree, and the model's words about it."""

    code: str
    words: Quoted | None = None
    retry_after_seconds: int | None = None  # the endpoint's retry-after


OFFER_EXPIRED = JobFailure(code="offer-expired")
"""The failure of a job whose price was not confirmed in time."""

CHAT_CLOSED = JobFailure(code="chat-closed")
"""The failure of a waiting job in a chat where we may not post any more."""

TOO_MANY_PICTURES = JobFailure(code="too-many-pictures")
"""The failure of a job whose album has more pictures than its model takes."""


INTERRUPTED = JobFailure(code="interrupted")
"""The failure of a job whose process was killed after its request was sent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MadePicture:
    """A picture that a job made; `words` is the text the model gave with it."""

    picture: StoredPicture
    words: Quoted | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptPart:
    """A part of an outcome that was begun. `refs` are its messages, None as long as they are unknown."""

    begun_at: datetime
    refs: tuple[MessageRef, ...] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingPictures:
    """Pictures of a request that could not be delivered to any chat. They are kept for their member."""

    request: RequestId
    public_id: PublicId
    member: Member
    prompt: str
    is_refunded: bool  # their credits were refunded, so they cost today's price


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownElsewhere(StorableTexts):
    """The conversation where a member wants to see their waiting pictures."""

    member: Member  # on the platform where they ask now
    address: Address
    conversation: ConversationKey
