"""Acceptance of a request: completely, or not at all."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection, bindparam, exists, insert, select, update

from bot.domain.chat import Address, PictureRef, PublicId, StoredPicture
from bot.domain.credits import CreditPolicy
from bot.domain.requests.acceptance import Acceptance, Accepted
from bot.domain.requests.request_view import JobView, RequestView
from bot.domain.requests.requests import (
    OPEN_STATES,
    AccountId,
    DeliveryState,
    JobId,
    JobState,
    KnownSource,
    NewRequest,
    RequestId,
)
from bot.ports import WantedSource
from bot.storage.credits.accounts import ensure_account
from bot.storage.credits.blocked_accounts import refuse_blocked
from bot.storage.credits.ledger import check_affordable, reserve
from bot.storage.delivery.shown_in import show_in
from bot.storage.engines.prepared import prepared
from bot.storage.kept_pictures import keep_picture
from bot.storage.requests.kept_settings import to_kept
from bot.storage.requests.public_ids import new_public_id
from bot.storage.requests.turns import refresh
from bot.storage.schema import DeliveryKind, deliveries, events, jobs, messages, requests, sources

# Built once: SQLAlchemy takes about as long to build a statement as to execute it.
_EVENT = prepared(
    select(events.c.request).where(events.c.platform == bindparam("of_platform"), events.c.key == bindparam("of_key"))
)
_KEEP_EVENT = prepared(insert(events))
_WRITE_REQUEST = prepared(insert(requests).returning(requests.c.id))
_WRITE_DELIVERY = prepared(insert(deliveries))
_WRITE_JOBS = insert(jobs).returning(jobs.c.id, sort_by_parameter_order=True)
_IS_OURS = prepared(
    select(exists().where(messages.c.platform == bindparam("of_platform"), messages.c.ref == bindparam("of_ref")))
)


def accept(connection: Connection, new: NewRequest, policy: CreditPolicy, now: datetime) -> Acceptance:
    """Write a request, reserve the price of its jobs and queue them. Raises `CreditsExhausted` and `NotAllowed`.

    A request that must be confirmed is only offered: the account could pay now, but nothing is reserved.
    """
    known = _request_of_event(connection, new)
    if known is not None:
        return Acceptance(request=known, accepted=Accepted.SAME_EVENT)
    account = ensure_account(connection, new.member)
    repeat = _open_repeat(connection, account, new.repeats)
    if repeat is not None:
        _keep_event(connection, new, repeat, now)
        return Acceptance(request=repeat, accepted=Accepted.SAME_REPEAT)
    refuse_blocked(connection, account)
    public_id = new_public_id()
    request = _write_request(connection, new, public_id, account, now)
    show_in(connection, request, new.conversation)
    _keep_event(connection, new, request, now)
    state = JobState.QUEUED if new.offered_for is None else JobState.OFFERED
    written = _write_jobs(connection, request, account, new, state)
    if new.offered_for is None:
        refresh(connection, account)
        left = reserve(connection, account, written, new.price, policy, now)
    else:
        left = check_affordable(connection, account, new.total_price, policy, now)
    as_it_is = _to_view(new, request, public_id, account, written, state, left, now)
    as_it_is = replace(as_it_is, answers_requester=_answers_requester(connection, new))
    return Acceptance(request=request, accepted=Accepted.NEW, view=as_it_is)


def _to_view(
    new: NewRequest,
    request: RequestId,
    public_id: PublicId,
    account: AccountId,
    written: Sequence[JobId],
    state: JobState,
    left: int,
    now: datetime,
) -> RequestView:
    """Build the view that `views.view` would read now. A test compares the two."""
    return RequestView(
        id=request,
        public_id=public_id,
        member=replace(new.member, roles=frozenset()),
        account=account,
        address=new.address,
        in_reply_to=new.in_reply_to,
        wish=new.wish,
        sources=new.sources,
        repeats=new.repeats,
        price=new.price,
        cost=new.cost,
        expected_seconds=new.expected_seconds,
        jobs=tuple(
            JobView(id=job, number=number, prompt=prompt, state=state, claimed_at=None, left_at=None, failure=None)
            for number, (job, prompt) in enumerate(zip(written, new.prompts, strict=True), start=1)
        ),
        results=(),
        accepted_at=now,
        status_ref=None,
        delivery=DeliveryState.DUE,
        credits_left=left,
        offered_until=None if new.offered_for is None else now + new.offered_for,
        claims=new.claims,
    )


def _answers_requester(connection: Connection, new: NewRequest) -> bool:
    """Whether the request replies to a member's message, not to one of ours."""
    return new.in_reply_to is not None and not connection.scalar(
        _IS_OURS, {"of_platform": new.member.platform, "of_ref": new.in_reply_to}
    )


def _request_of_event(connection: Connection, new: NewRequest) -> RequestId | None:
    found = connection.scalar(_EVENT, {"of_platform": new.member.platform, "of_key": new.event_key})
    return None if found is None else RequestId(found)


def _open_repeat(connection: Connection, account: AccountId, repeated: RequestId | None) -> RequestId | None:
    if repeated is None:
        return None
    found = connection.scalar(
        select(requests.c.id)
        .join(jobs, jobs.c.request == requests.c.id)
        .where(requests.c.repeats == repeated, requests.c.account == account, jobs.c.state.in_(OPEN_STATES))
        .limit(1)
    )
    return None if found is None else RequestId(found)


def _keep_event(connection: Connection, new: NewRequest, request: RequestId, now: datetime) -> None:
    row = {"platform": new.member.platform, "key": new.event_key, "request": request, "at": now}
    connection.execute(_KEEP_EVENT, row)


def _write_request(
    connection: Connection, new: NewRequest, public_id: PublicId, account: AccountId, now: datetime
) -> RequestId:
    row = {
        "public_id": public_id,
        "account": account,
        "platform": new.member.platform,
        "member_id": new.member.id,
        "member_name": new.member.name,
        "language": new.member.language,
        "address": new.address.text,
        "community": new.community,
        "in_reply_to": new.in_reply_to,
        "prompt": new.wish.prompt,
        "model": new.wish.model,
        "settings": to_kept(new.wish.settings),
        "repeats": new.repeats,
        "price": new.price,
        "cost": new.cost,
        "expected_seconds": new.expected_seconds,
        "accepted_at": now,
        "offered_until": None if new.offered_for is None else now + new.offered_for,
        "album": new.joining.album if new.joining else None,
        "claim_after": now + new.joining.waits_for if new.joining else None,
        "claims": new.claims,
        "most_sources": new.joining.most_sources if new.joining else None,
    }
    request = RequestId(connection.execute(_WRITE_REQUEST, row).scalar_one())
    _write_sources(connection, request, new)
    connection.execute(_WRITE_DELIVERY, {"request": request, "kind": DeliveryKind.OUTCOME, "state": DeliveryState.DUE})
    return request


def _write_sources(connection: Connection, request: RequestId, new: NewRequest) -> None:
    rows = [
        {
            "request": request,
            "number": number,
            "picture_ref": None if isinstance(source, KnownSource) else source,
            "sha256": source.sha256 if isinstance(source, KnownSource) else None,
        }
        for number, source in enumerate(new.sources, start=1)
    ]
    if rows:
        connection.execute(insert(sources), rows)


def _write_jobs(
    connection: Connection, request: RequestId, account: AccountId, new: NewRequest, state: JobState
) -> Sequence[JobId]:
    rows = [
        {
            "request": request,
            "number": number,
            "account": account,
            "prompt": None if prompt == new.wish.prompt else prompt,
            "state": state,
        }
        for number, prompt in enumerate(new.prompts, start=1)
    ]
    queued = connection.scalars(_WRITE_JOBS, rows)
    return [JobId(job) for job in queued]


def wanted_sources(connection: Connection, request: RequestId | None) -> Sequence[WantedSource]:
    """Return the sources that queued jobs wait for."""
    waits = select(jobs.c.id).where(jobs.c.request == requests.c.id, jobs.c.state == JobState.QUEUED).exists()
    query = (
        select(sources.c.request, sources.c.number, sources.c.picture_ref, requests.c.platform, requests.c.address)
        .join(requests, requests.c.id == sources.c.request)
        .where(sources.c.sha256.is_(None), waits)
        .order_by(sources.c.request, sources.c.number)
    )
    if request is not None:
        query = query.where(sources.c.request == request)
    return [
        WantedSource(
            request=RequestId(row.request),
            number=row.number,
            ref=PictureRef(row.picture_ref),
            platform=row.platform,
            address=Address(row.address),
        )
        for row in connection.execute(query)
    ]


def keep_source(connection: Connection, request: RequestId, number: int, picture: StoredPicture, now: datetime) -> None:
    """Record that a source is in PictureFiles. A source that is in already stays unchanged."""
    keep_picture(connection, picture, now)
    connection.execute(
        update(sources)
        .where(sources.c.request == request, sources.c.number == number, sources.c.sha256.is_(None))
        .values(sha256=picture.sha256)
    )
    account = connection.scalar(select(requests.c.account).where(requests.c.id == request))
    if account is not None:
        refresh(connection, AccountId(account))
