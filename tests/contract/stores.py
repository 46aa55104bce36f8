"""Every implementation of the Store, and what the tests of all of them share."""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal
from hashlib import sha256
from pathlib import Path
from typing import Any

from bot.domain.catalogue.picture_settings import PictureSettings, Ratio
from bot.domain.chat import Address, ConversationKey, Member, MessageRef, Posted, PublicId, Quoted, StoredPicture
from bot.domain.credits import CreditPolicy
from bot.domain.requests.acceptance import Accepted
from bot.domain.requests.requests import ClaimedJob, JobFailure, MadePicture, NewRequest, PictureWish, RequestId, Try
from bot.domain.tokens import OldNumber, TokenUse
from bot.ports import Store
from bot.storage.store import SqlStore
from tests.empty_database import open_database
from tests.fakes.clock import PassingClock

MORNING = datetime(2026, 3, 5, 9, 0, tzinfo=UTC)
ANNA = Member(platform="web", id="anna", name="Anna", language="en")
BERT = Member(platform="web", id="bert", name="Bert", language="zh-CN")
HERE, ELSEWHERE = ConversationKey("here"), ConversationKey("elsewhere")
REFUSED = JobFailure(code="refused", words=Quoted("not *this*"))


@asynccontextmanager
async def open_sql_store(folder: Path, policy: CreditPolicy, clock: PassingClock) -> AsyncIterator[Store]:
    database = await open_database(folder / "store.db")
    try:
        yield SqlStore(database, policy, clock)
    finally:
        await database.close()


OpenStore = Callable[[Path, CreditPolicy, PassingClock], AbstractAsyncContextManager[Store]]

STORES: Mapping[str, OpenStore] = {"sql": open_sql_store}


@dataclass
class ReopenableStore:
    """A store in a folder of its own, which a test can close and open again as a new process would."""

    opener: OpenStore
    folder: Path
    clock: PassingClock
    store: Store

    def reopened(self, daily: int = 10) -> AbstractAsyncContextManager[Store]:
        return self.opener(self.folder, CreditPolicy(daily=daily), self.clock)


async def open_store(opener: OpenStore, folder: Path, daily: int = 10) -> AsyncIterator[ReopenableStore]:
    """Open a store; at the end its ledger must balance, whatever the test did with it."""
    clock = PassingClock(MORNING)
    async with opener(folder, CreditPolicy(daily=daily), clock) as store:
        yield ReopenableStore(opener=opener, folder=folder, clock=clock, store=store)
        assert await store.check_ledger() == []


WISH = PictureWish(
    prompt="a red fox\nin “snow”", model="nano-banana-2", settings=PictureSettings(ratio=Ratio(16, 9), size="4K")
)

A_REQUEST = NewRequest(
    event_key="event",
    member=ANNA,
    address=Address("tab:1"),
    conversation=HERE,
    community=None,
    in_reply_to=None,
    wish=WISH,
    sources=(),
    repeats=None,
    prompts=(WISH.prompt,),
    price=3,
    cost=Decimal("0.134"),
    expected_seconds=20,
)


def request(event_key: str, *, jobs: int = 1, **changes: Any) -> NewRequest:
    """Make a request of so many jobs, all of the same prompt unless `prompts` are among the changes."""
    return replace(A_REQUEST, **{"event_key": event_key, "prompts": (WISH.prompt,) * jobs, **changes})


async def accept(store: Store, event_key: str, **changes: Any) -> RequestId:
    acceptance = await store.accept(request(event_key, **changes))
    assert acceptance.accepted is Accepted.NEW
    return acceptance.request


async def claimed(store: Store) -> ClaimedJob:
    job = await store.claim()
    assert job is not None
    return job


def picture(name: str) -> StoredPicture:
    return StoredPicture(
        sha256=sha256(name.encode()).hexdigest(), mime="image/png", width=5504, height=3072, size_bytes=31_000_000
    )


def made(name: str, words: str | None = None) -> MadePicture:
    return MadePicture(picture=picture(name), words=None if words is None else Quoted(words))


GATEWAY = "gateway"
BACKUP = "backup"


async def leave(store: Store, job: ClaimedJob, endpoint: str = GATEWAY) -> None:
    assert await store.mark_request_sent(job.job, job.attempt, endpoint, None)


def ended(
    fault: str | None = None, *, endpoint: str = GATEWAY, is_billed: bool | None = None, seconds: float = 8.0
) -> Try:
    """Make a try at an endpoint that has ended. A failed try was not billed, unless `is_billed` says so."""
    return Try(
        endpoint=endpoint,
        model=WISH.model,
        seconds=seconds,
        fault=fault,
        is_billed=fault is None if is_billed is None else is_billed,
    )


async def note(store: Store, job: ClaimedJob, attempt: Try) -> None:
    assert await store.note_try(job.job, job.attempt, attempt)


async def paint(store: Store, job: ClaimedJob, *names: str) -> None:
    await leave(store, job)
    assert await store.painted(job.job, job.attempt, [made(name) for name in names])


def ref(text: str) -> MessageRef:
    return MessageRef(text)


def posted(text: str, *pictures: tuple[str, int], conversation: ConversationKey = HERE) -> Posted:
    shown = tuple((ref(of), number) for of, number in pictures)
    return Posted(ref=ref(text), conversation=conversation, pictures=shown)


def use(
    target: PublicId | OldNumber,
    *,
    platform: str = "web",
    conversation: ConversationKey = HERE,
    message: str = "pressed",
) -> TokenUse:
    """Make the use of a button's token in a conversation, on a message there."""
    return TokenUse(target=target, platform=platform, conversation=conversation, message=ref(message))
