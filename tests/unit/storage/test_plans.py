"""No statement that somebody waits for reads a whole table that grows: what SQLite plans for each is looked at."""

import json
import re
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import AsyncExitStack, closing, contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, event
from sqlalchemy.exc import OperationalError

from bot.domain.chat import Address, MessageRef, PictureRef
from bot.domain.credits import CreditPolicy, Disagreement
from bot.domain.errors import NotFound
from bot.domain.events import PictureSeen
from bot.domain.requests.requests import (
    AccountId,
    AfterCrash,
    DeliveryState,
    JobFailure,
    Joining,
    PictureLink,
    RequestId,
    ShownElsewhere,
)
from bot.domain.retention import RetentionGroup
from bot.domain.tokens import OldNumber
from bot.storage.store import SqlStore
from bot.storage.transcript import SqlTranscript
from tests.contract.stores import (
    ANNA,
    BERT,
    ELSEWHERE,
    GATEWAY,
    HERE,
    MORNING,
    REFUSED,
    accept,
    claimed,
    ended,
    leave,
    made,
    note,
    paint,
    picture,
    posted,
    request,
    use,
)
from tests.empty_database import open_database
from tests.fakes.clock import PassingClock

BACKGROUND = frozenset({"check_ledger"})
"""Nobody waits for these: they read on a connection of their own."""

OF_AN_ACCOUNT = re.compile(r"SEARCH (jobs|balances) USING .*\(account=\?\)")
IS_SHORT = re.compile(r".*(ix_balances_open|ix_jobs_account_claim) .*")
"""What is read of all rows that one account has ever had grows too; of these only the first few rows are read."""

IS_HARMLESS = re.compile(
    r"CONSTANT ROW|blocked_accounts"
    r"|anon_\d+|turn|\(subquery-\d+\)"  # what a subquery found
    r"|accounts USING (COVERING )?INDEX ix_accounts_last_claim_next_request"  # who has a turn, as far as the limit
    r"|deliveries USING (COVERING )?INDEX ix_deliveries_status"  # statuses that stand: their rows go with them
    r"|undelivered USING (COVERING )?INDEX ix_undelivered_paid"  # what waits and is paid is wanted, each row of it
)
"""What may be read from one end to the other."""


@dataclass
class Statements:
    """Every statement, with its parameters and by the method that it belongs to."""

    seen: dict[tuple[str, str], Any] = field(default_factory=dict)
    method: str = ""

    def hear(self, _connection: object, _cursor: object, statement: str, parameters: Any, *_: object) -> None:
        if self.method:
            first = parameters[0] if parameters and isinstance(parameters[0], tuple) else parameters  # of many
            self.seen.setdefault((self.method, statement), first)


class Recorded:
    """A store or transcript whose statements are noted, each with the method that was called."""

    def __init__(self, of: Any, statements: Statements) -> None:
        self._of = of
        self._statements = statements
        self.called: set[str] = set()

    def __getattr__(self, name: str) -> Callable[..., Any]:
        async def call(*arguments: Any, **options: Any) -> Any:
            self._statements.method = name
            self.called.add(name)
            try:
                return await getattr(self._of, name)(*arguments, **options)
            finally:
                self._statements.method = ""

        return call


@contextmanager
def heard(statements: Statements) -> Iterator[None]:
    event.listen(Engine, "before_cursor_execute", statements.hear)
    try:
        yield
    finally:
        event.remove(Engine, "before_cursor_execute", statements.hear)


async def live_through_everything(store: Any, clock: PassingClock) -> None:
    """Call every method of the store, where its statements find something to do."""
    first = await accept(store, "e1", jobs=3, price=1, sources=(PictureRef("upload:1"),))
    await store.wanted_sources()
    await store.wanted_sources(first)
    await store.keep_source(first, 1, picture("source"))
    await store.queue()
    await store.view(first)
    await store.newest_waiting(ANNA)
    await store.accept(request("e1"))
    await store.accept(request("e2", repeats=first))
    await store.accept(request("e3", repeats=first))
    await store.begin_status(first)
    await store.status_posted(first, posted("status"))
    job = await claimed(store)
    await leave(store, job)
    assert await store.painted(job.job, job.attempt, [made("fox"), made("owl")], ended())
    job = await claimed(store)
    await leave(store, job)
    await note(store, job, ended("busy", is_billed=False))
    await leave(store, job)
    await store.keep_links(job.job, job.attempt, [PictureLink(endpoint=GATEWAY, url="https://files.example/a.png")])
    await store.put_back(job.job, job.attempt)
    job = await claimed(store)
    await store.failed(job.job, job.attempt, REFUSED, is_billed=True)
    await leave(store, await claimed(store))
    await store.recover(after_crash=AfterCrash.REPAINT, max_attempts=3)
    await store.fail_queued(first, JobFailure(code="chat-closed"))
    await store.undelivered()
    await store.begin_part(first, "album")
    await store.begin_part(first, "words")
    await store.part_taken(first, "album", [MessageRef("m2")])
    await store.part_not_begun(first, "words")
    await store.parts(first)
    await store.delivered(first, DeliveryState.UNCERTAIN, posted("m1", ("m2", 1)))
    await store.redeliver(first)
    await store.status_over(first)
    await store.messages_of(first)
    await use_tokens(store, first)
    await offer_and_look_after(store, clock)
    await wait_for_a_chat(store)


async def use_tokens(store: Any, first: RequestId) -> None:
    """Find what tokens and answered messages name."""
    view = await store.view(first)
    for target in (view.public_id, OldNumber(first)):
        with suppress(NotFound):  # numbers name nothing here: the request has a public id
            await store.request_of_token(use(target))
    for target in (view.results[0].public_id, OldNumber(1)):
        with suppress(NotFound):
            await store.result_of_token(use(target))
    await store.results_shown_in("web", HERE, MessageRef("m1"))


async def offer_and_look_after(store: Any, clock: PassingClock) -> None:
    """Call what is left after `live_through_everything`: offers, albums, upkeep."""
    offered = await accept(store, "e4", member=BERT, offered_for=timedelta(minutes=1))
    await store.confirm(offered)
    await store.cancel(offered)
    await store.delivered(offered, DeliveryState.SENT, None)
    over = await accept(store, "e5", member=BERT, offered_for=timedelta(minutes=1))
    clock.time += timedelta(hours=30)
    await store.expire_offer(over)
    joining = Joining(album="a", waits_for=timedelta(seconds=2), most_sources=2)
    await accept(store, "e6", member=replace(ANNA, name="Anna B."), joining=joining)
    for number in range(3):
        ref = PictureRef(f"album:{number}")
        await store.see_picture(PictureSeen(key=ref, author=ANNA, album="a", order=number, picture=ref))
    await store.album("web", "a")
    await store.account(BERT)
    await store.credits_left(BERT)
    await store.wanted_pictures(timedelta(days=90))
    await store.endpoint_figures(clock.now() - timedelta(days=7))
    await store.check_ledger()
    await store.block_accounts([Disagreement(account=AccountId(2), text="made up")])
    await store.block_accounts([])
    yesterday = clock.now() - timedelta(hours=29)
    for kept in RetentionGroup:
        await store.forget(kept, yesterday, most=10)
    assert (await store.forget_requests(yesterday, after=RequestId(0), most=10)) == (1, None)


async def wait_for_a_chat(store: Any) -> None:
    """Call what is left of what no chat takes: it is given back and bought, and shown elsewhere."""
    paid, given_back = [await accept(store, f"waits{number}", member=BERT, price=1) for number in range(2)]
    while (job := await store.claim()) is not None:
        await paint(store, job, f"waits {job.job}")
    await store.end_undelivered(paid, is_ours=False)
    await store.end_undelivered(given_back, is_ours=True)
    await store.give_back(given_back, kept=[])
    assert len(await store.untold_of(BERT, most=5)) == 2
    assert len(await store.untold_in("web", HERE, most=5)) == 2
    await store.told([paid, given_back])
    assert await store.waiting((await store.view(paid)).public_id)
    offer = await accept(store, "buys", member=BERT, price=1, offered_for=timedelta(minutes=1), claims=given_back)
    assert await store.confirm(offer)
    there = ShownElsewhere(member=replace(BERT, platform="chat"), address=Address("there"), conversation=ELSEWHERE)
    assert await store.show_elsewhere(paid, there)
    await store.remember_file(paid, posted("file"), 1)


async def converse(transcript: Any) -> None:
    for _ in range(2):
        await transcript.append("page", "k1", {"text": "a"})
    await transcript.replace("page", "k1", {"text": "b"})
    await transcript.change("page", "k1", lambda _: {"text": "c"})
    await transcript.find("page", "k1")
    await transcript.read_after("page", 0, limit=10)
    await transcript.read_before("page", None, limit=10)
    await transcript.read_before("page", 1, limit=10)
    await transcript.newest_revision("page")


def public_methods(of: type) -> set[str]:
    return {name for name in dir(of) if callable(getattr(of, name)) and not name.startswith("_")}


def scans(path: Path, statement: str, parameters: Any) -> list[str]:
    """Return the steps of a statement in which SQLite would read a whole table, or all rows of an account."""
    with closing(sqlite3.connect(path)) as database:
        plan = database.execute(f"EXPLAIN QUERY PLAN {statement}", parameters).fetchall()
    steps = [detail for *_, detail in plan]
    read_whole = [step for step in steps if step.startswith("SCAN ")]
    of_an_account = [step for step in steps if OF_AN_ACCOUNT.fullmatch(step) and not IS_SHORT.fullmatch(step)]
    return [step for step in read_whole if not IS_HARMLESS.fullmatch(step.removeprefix("SCAN "))] + of_an_account


def planned_again(connection: Connection) -> list[str]:
    """Return the statements of this connection that SQLite planned again because of their values."""
    try:
        rows = connection.exec_driver_sql("SELECT sql, reprep FROM sqlite_stmt").all()
    except OperationalError:
        pytest.skip("this build of SQLite has no table sqlite_stmt, which counts that")
    assert len(rows) > 60
    return [row.sql for row in rows if row.reprep]


async def test_no_value_makes_sqlite_plan_a_statement_again(tmp_path: Path) -> None:
    async with AsyncExitStack() as stack:
        database = await open_database(tmp_path / "store.db")
        stack.push_async_callback(database.close)
        clock = PassingClock(MORNING)
        await live_through_everything(SqlStore(database, CreditPolicy(daily=100), clock), clock)
        await converse(SqlTranscript(database, clock))
        assert not await database.transact(planned_again)


async def test_what_somebody_waits_for_reads_no_table_whole(tmp_path: Path) -> None:
    path, clock, statements = tmp_path / "store.db", PassingClock(MORNING), Statements()
    async with AsyncExitStack() as stack:
        database = await open_database(path)
        stack.push_async_callback(database.close)
        store = Recorded(SqlStore(database, CreditPolicy(daily=100), clock), statements)
        transcript = Recorded(SqlTranscript(database, clock), statements)
        with heard(statements):
            await live_through_everything(store, clock)
            await converse(transcript)
    assert store.called == public_methods(SqlStore)
    assert transcript.called == public_methods(SqlTranscript)
    judged = {key: value for key, value in statements.seen.items() if not key[1].startswith(("BEGIN", "PRAGMA"))}
    found = [
        f"{method}: {step} in {' '.join(statement.split())}"
        for (method, statement), parameters in judged.items()
        if method not in BACKGROUND
        for step in scans(path, statement, parameters)
    ]
    assert len(judged) > 60
    assert not found, json.dumps(found, indent=1)
