"""The doors of the house: what the core asks of a chat, of an image API, of the store, and nothing more.

Every method says what it raises. Where nothing is said, a fault is a defect and may end the process: everything
that was accepted is in the store and goes on at the next start.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Protocol

from bot.domain.chat import (
    Abilities,
    Address,
    Event,
    Member,
    MessageRef,
    OutgoingMessage,
    PictureRef,
    PictureSeen,
    Posted,
    Quoted,
    Sentence,
    StoredPicture,
)
from bot.domain.commands import MenuCommand
from bot.domain.presentation import Encoding
from bot.domain.requests import (
    Acceptance,
    AccountId,
    AfterCrash,
    ClaimedJob,
    DeliveryState,
    EndpointFigures,
    JobFailure,
    JobId,
    MadePicture,
    NewRequest,
    PictureLink,
    PictureWish,
    Queue,
    RequestId,
    RequestView,
    Result,
    ResultId,
    Try,
)

# ---------------------------------------------------------------------------------------------- chat


class Conversation(Protocol):
    """One place in a chat where we can speak. Live or rebuilt from its address, it is the same.

    Every method but `address` raises a `PlatformFault`, and nothing else, when the platform does not take it.
    """

    @property
    def address(self) -> Address:
        """Where this is; `ChatPlatform.conversation` makes the conversation again from it."""

    async def abilities(self) -> Abilities:
        """What can be shown here."""

    async def post(self, message: OutgoingMessage, *, key: str) -> Posted:
        """Say something. The same key twice is one message, and it shows what was said last.

        A platform that cannot tell posts again. A message lost between being posted and being remembered is found
        again by its key: so a restart neither doubles it nor leaves it as it was.
        """

    async def edit(self, ref: MessageRef, message: OutgoingMessage) -> Posted:
        """Replace what a message of ours says. Raises `Gone` if it is not there; an equal message is no fault.

        Where the platform cannot make one message out of the other, another takes its place, and is what is returned.
        """

    async def delete(self, ref: MessageRef) -> None:
        """Take a message of ours away; one that is gone already is no fault."""

    def open_picture(self, ref: PictureRef) -> AsyncIterator[bytes]:
        """The bytes of a picture somebody sent, in pieces."""

    async def show_activity(self) -> None:
        """Show for a few seconds that something is being done, where the platform can."""


Handle = Callable[[Event, Conversation], Awaitable[None]]
"""What a platform calls for each event. It returns as soon as the event is durable, and raises nothing."""


class ChatPlatform(Protocol):
    """A chat platform."""

    async def run(self, handle: Handle) -> None:
        """Connect, translate each event and hand it over, until cancelled; then close cleanly."""

    def conversation(self, address: Address) -> Conversation:
        """The conversation at an address that one of ours gave."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """An entry of a conversation we keep ourselves. `revision` grows with every change to any entry."""

    key: str
    position: int
    revision: int
    body: Mapping[str, Any] | None  # JSON, as the adapter wrote it; None if it was taken away


class Transcript(Protocol):
    """What was said in conversations that no platform keeps for us."""

    async def append(self, conversation: str, key: str, body: Mapping[str, Any]) -> Said:
        """Add an entry; a key that is there already is left as it is, and given back."""

    async def replace(self, conversation: str, key: str, body: Mapping[str, Any] | None) -> Said | None:
        """Change an entry, or take it away (None). None if there is no such entry."""

    async def find(self, conversation: str, key: str) -> Said | None:
        """An entry as it is now; its body is None if it was taken away. None if there is no such entry."""

    async def read_after(self, conversation: str, revision: int, *, limit: int) -> Sequence[Said]:
        """At most `limit` entries changed since a revision, as they are now, in the order of their revisions."""


class Texts(Protocol):
    """The message catalogues."""

    def say(self, sentence: Sentence, language: str) -> Sequence[str | Quoted]:
        """A sentence in the nearest language we have: our own words as str, somebody's words as `Quoted`."""


# ------------------------------------------------------------------------------------------ pictures


class PictureWriter(Protocol):
    """A picture file while it arrives. Left without `finish`, it leaves nothing behind."""

    async def write(self, data: bytes) -> None:
        """Add bytes; never waits for the disk on the event loop. Raises `PictureTooLarge`."""

    async def finish(self) -> StoredPicture:
        """Check that it is a whole picture, sync it, give it its name. Raises `PictureFault`."""


class PictureSink(Protocol):
    """Where pictures go as they arrive."""

    def new_file(self) -> AbstractAsyncContextManager[PictureWriter]:
        """Begin a file."""


LocalFile = AbstractAsyncContextManager[Path]
"""A picture as a file of this machine, to be read and not changed; it is there until left.

Entering raises `FileNotFoundError` if there is no such picture, and `OSError`.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sweep:
    """What a sweep of the pictures came to."""

    taken: int  # files
    taken_bytes: int
    kept_bytes: int
    is_full: bool  # more is kept than may be, for all of it is wanted


class PictureFiles(PictureSink, Protocol):
    """The pictures we keep, by the SHA-256 of their bytes. The same bytes are kept once, and never change."""

    def read(self, sha256: str) -> AsyncIterator[bytes]:
        """The bytes of a picture in pieces, never the whole in memory. Raises `FileNotFoundError`."""

    def local_file(self, sha256: str) -> LocalFile:
        """A picture as a file of this machine, for what works on files; a store elsewhere fetches it first."""

    async def encoded(self, picture: StoredPicture, encoding: Encoding) -> StoredPicture:
        """Write a picture anew as the encoding has it, and keep that too; the original stays as it is.

        It never has more bytes or pixels than the encoding says, has the same shape, is upright, and carries no
        metadata. Raises `PictureFault` if the picture cannot be decoded or made to fit, and `FileNotFoundError`.
        """

    async def renew(self, sha256: str) -> bool:
        """Keep a picture as if it had come just now; False if it is not kept any more."""

    async def sweep(self, wanted: Mapping[str, datetime | None], now: datetime) -> Sweep:
        """Take away what nothing wants any more, and of the rest the oldest while there is more than may be kept.

        `wanted` says until when each picture is wanted; None: as long as it is named, and whatever the room.
        A picture that came or was renewed within the last hour stays.
        """

    @property
    def is_overfull(self) -> bool:
        """Whether more is kept than may be."""


class PictureLinks(Protocol):
    """Links to originals, for whoever has them, for a while."""

    @property
    def host(self) -> str:
        """The host that the links lead to, in lower case."""

    def link_to(self, picture: StoredPicture, filename: str) -> str:
        """An address that the picture can be had at, `/originals/SHA256/FILENAME` with a query; it is a secret."""

    def opens(self, sha256: str, filename: str, query: Mapping[str, str]) -> bool:
        """Whether an address that was asked for is one of ours, and not over yet."""


# ----------------------------------------------------------------------------------------- image API


@dataclass(frozen=True, slots=True, kw_only=True)
class SourcePicture:
    """A picture that goes along with a request; `open_file` may be called any number of times."""

    picture: StoredPicture
    open_file: Callable[[], LocalFile]


@dataclass(frozen=True, slots=True, kw_only=True)
class PaintOrder:
    """What an endpoint is asked for."""

    wish: PictureWish
    sources: tuple[SourcePicture, ...] = ()
    account: str = ""  # the same for every order of an account: shares of endpoints are dealt by it
    links: tuple[PictureLink, ...] = ()  # painted and paid already: only to be fetched


class Journal(Protocol):
    """What is committed about an order while it is painted.

    What a method raises passes through `paint`, and then nothing more is sent or fetched.
    """

    async def leaving(self, endpoint: str) -> None:
        """The first byte of a request that costs money is about to leave for this endpoint."""

    async def found(self, links: Sequence[PictureLink]) -> None:
        """The answer names its pictures by links, which are about to be fetched."""

    async def tried(self, attempt: Try) -> None:
        """A try at an endpoint has ended; after one that failed, another may begin."""


class ImageApi(Protocol):
    """Something that paints. The pictures are in the sink, synced, when `paint` returns."""

    async def paint(self, order: PaintOrder, sink: PictureSink, journal: Journal) -> tuple[MadePicture, ...]:
        """Paint one or more pictures. Raises `ImageFault`, and nothing else of its own.

        Each request that costs money is told to the journal right before it leaves. An order with links sends
        none: its pictures are fetched. Cancelled or failed, no file is left in the sink.
        """

    async def close(self) -> None:
        """Close every connection."""


# --------------------------------------------------------------------------------------------- store


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
        """Reserve the price of every job and queue them all, or nothing. Raises `CreditsExhausted`.

        A request that is to be confirmed first is offered: nothing is reserved, and it ends by itself.
        """

    async def confirm(self, request: RequestId) -> bool:
        """Accept an offer: reserve the price of its jobs and queue them. False if it is not open (any more).

        Raises `CreditsExhausted`, and the offer stays.
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
        """End all queued jobs of a request and release their credits."""

    async def cancel(self, request: RequestId) -> bool:
        """Cancel what is offered or queued of a request and release its credits; False if nothing was any more."""

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

    async def painted(self, job: JobId, attempt: int, pictures: Sequence[MadePicture]) -> bool:
        """The pictures are on disk: keep them as results and settle the credits."""

    async def failed(self, job: JobId, attempt: int, failure: JobFailure, *, is_billed: bool) -> bool:
        """No picture came: release the credits, and keep whether the owner was probably billed."""

    async def put_back(self, job: JobId, attempt: int) -> bool:
        """Painting stopped with no request under way: queue the job again, as if it had not been claimed.

        A job whose pictures were only being fetched goes back too, with its links. False if something is under way.
        """

    async def recover(self, *, after_crash: AfterCrash, max_attempts: int) -> int:
        """At start: every painting job was left by a dead process. Returns how many there were."""

    async def queue(self) -> Queue:
        """Everything that waits or is being painted."""

    # delivery
    async def view(self, request: RequestId) -> RequestView:
        """A request as it is now. Raises `NotFound`."""

    async def undelivered(self) -> Sequence[RequestId]:
        """Requests whose outcome has not reached a final delivery state, oldest first."""

    async def status_posted(self, request: RequestId, ref: MessageRef) -> None:
        """Remember the status message of a request."""

    async def delivered(self, request: RequestId, state: DeliveryState, posted: Posted | None) -> bool:
        """The outcome reached a final state; what was posted is remembered, with the pictures that it shows."""

    async def redeliver(self, request: RequestId) -> bool:
        """Make an outcome due again that is uncertain or undeliverable; False if it is neither."""

    # what members ask
    async def newest_waiting(self, member: Member) -> RequestId | None:
        """The member's newest request of which something is offered or queued; None if there is none."""

    async def result(self, result: ResultId) -> tuple[Result, RequestId]:
        """A made picture and its request. Raises `NotFound`."""

    async def messages_of(self, request: RequestId) -> Sequence[MessageRef]:
        """Every message of ours that shows something of a request, oldest first."""

    async def results_shown_in(self, platform: str, ref: MessageRef) -> Sequence[Result]:
        """The results that a message of ours shows, one or all of a request; none if it is not ours."""

    async def account(self, member: Member) -> AccountId:
        """The account of a member, made at first sight."""

    async def credits_left(self, member: Member) -> int:
        """What a member can spend now."""

    async def wanted_pictures(self, keep: timedelta) -> Mapping[str, datetime | None]:
        """Until when each picture is wanted: by a request for `keep` from its acceptance. None: it is needed now."""

    async def endpoint_figures(self, since: datetime) -> Sequence[EndpointFigures]:
        """How every endpoint did with every model it was tried with since then."""

    async def check_books(self) -> Sequence[str]:
        """Every disagreement between the ledger, the balances and the jobs, in words; empty when all is well."""


# ------------------------------------------------------------------------------------------- the rest


class Clock(Protocol):
    """Time, so that a test can hold it in its hand."""

    def now(self) -> datetime:
        """The time, with its zone (UTC)."""

    async def sleep(self, seconds: float) -> None:
        """Wait."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlatformServices:
    """What an adapter is given beside its settings."""

    texts: Texts
    menu: Sequence[MenuCommand]
    language: str  # for pages and menus that nobody's language is known for
    bot_name: str
    transcript: Transcript
    pictures: PictureFiles
    links: PictureLinks | None  # None where the Internet does not reach us
    load_secret: Callable[
        [str], str
    ]  # one of ours by its name, made at first sight; touches the disk: call it in a thread
    announce: Callable[[str], None]  # shows the owner a link to open; it holds a secret, so no log may have it
