"""Views: requests and results as they are now."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import BindParameter, Connection, Row, and_, bindparam, exists, func, or_, select

from bot.domain.chat import Address, ConversationKey, Member, MessageRef, PictureRef, PublicId, Quoted
from bot.domain.credits import CreditPolicy, LedgerPhase
from bot.domain.errors import UnknownToken
from bot.domain.requests.request_view import JobView, RequestView, Result
from bot.domain.requests.requests import (
    AccountId,
    JobFailure,
    JobId,
    JobState,
    KnownSource,
    PictureWish,
    RequestId,
    ResultId,
    Source,
)
from bot.domain.tokens import TokenUse
from bot.storage.column_types import in_text
from bot.storage.credits.ledger import credits_left
from bot.storage.delivery.shown_in import may_use, names_request, names_result
from bot.storage.engines.prepared import prepared
from bot.storage.kept_pictures import PICTURE_COLUMNS, to_stored_picture
from bot.storage.requests.kept_settings import to_settings
from bot.storage.schema import (
    JOB_IS_OPEN,
    DeliveryKind,
    deliveries,
    delivery_parts,
    jobs,
    ledger,
    messages,
    pictures,
    requests,
    results,
    sources,
)

CAN_BE_CANCELLED = or_(
    jobs.c.state.in_((JobState.OFFERED, JobState.QUEUED)),
    and_(jobs.c.state == JobState.PAINTING, jobs.c.left_at.is_(None), jobs.c.links.is_(None)),
)
"""Jobs without a request under way and without a painted picture. A worker may have claimed them."""

_PROMPT = func.coalesce(jobs.c.prompt, requests.c.prompt).label("prompt")

_RESULTS = (
    select(
        results.c.id,
        results.c.public_id,
        results.c.request,
        results.c.number,
        results.c.words,
        _PROMPT,
        *PICTURE_COLUMNS,
    )
    .join(pictures, pictures.c.sha256 == results.c.sha256)
    .join(jobs, jobs.c.id == results.c.job)
    .join(requests, requests.c.id == results.c.request)
)

# Built once: SQLAlchemy takes longer to build a statement than to execute it, and for these many times as long.
_OF_REQUEST: BindParameter[Any] = bindparam("of_request")
_STATUS, _OUTCOME = deliveries.alias("status"), deliveries.alias("outcome")
_IS_OURS = exists().where(messages.c.platform == requests.c.platform, messages.c.ref == requests.c.in_reply_to)
_GIVEN_BACK = (
    select(func.coalesce(func.sum(ledger.c.available_delta), 0))
    .where(
        ledger.c.job.in_(select(jobs.c.id).where(jobs.c.request == _OF_REQUEST)),
        ledger.c.phase == in_text(LedgerPhase.REFUND),
    )
    .scalar_subquery()
)
_HAS_PARTS = exists().where(delivery_parts.c.request == requests.c.id, delivery_parts.c.round == _OUTCOME.c.round)
_REQUEST = prepared(
    select(
        requests,
        _STATUS.c.message_ref.label("status_ref"),
        _STATUS.c.state.label("status_state"),
        _OUTCOME.c.state.label("delivery"),
        _OUTCOME.c.message_ref.label("outcome_ref"),
        and_(requests.c.in_reply_to.is_not(None), ~_IS_OURS).label("answers_requester"),
        _GIVEN_BACK.label("given_back"),
        _HAS_PARTS.label("has_parts"),
        exists().where(sources.c.request == requests.c.id).label("has_sources"),
    )
    .select_from(requests)
    .join(_OUTCOME, and_(_OUTCOME.c.request == requests.c.id, _OUTCOME.c.kind == in_text(DeliveryKind.OUTCOME)))
    .outerjoin(_STATUS, and_(_STATUS.c.request == requests.c.id, _STATUS.c.kind == in_text(DeliveryKind.STATUS)))
    .where(requests.c.id == _OF_REQUEST)
)
_SOURCES_OF_REQUEST = prepared(
    select(sources.c.picture_ref, sources.c.sha256).where(sources.c.request == _OF_REQUEST).order_by(sources.c.number)
)
_JOBS_OF_REQUEST = prepared(
    select(
        jobs.c.id,
        jobs.c.number,
        _PROMPT,
        jobs.c.state,
        jobs.c.claimed_at,
        jobs.c.left_at,
        jobs.c.failure_code,
        jobs.c.failure_words,
        jobs.c.failure_retry_after_seconds,
    )
    .join(requests, requests.c.id == jobs.c.request)
    .where(jobs.c.request == _OF_REQUEST)
    .order_by(jobs.c.number)
)
_RESULTS_OF_REQUEST = prepared(_RESULTS.where(results.c.request == _OF_REQUEST).order_by(results.c.number))


def view(connection: Connection, request: RequestId, policy: CreditPolicy, now: datetime) -> RequestView:
    """Read a request with everything that belongs to it. Raises `UnknownToken`."""
    row = connection.execute(_REQUEST, {"of_request": request}).one_or_none()
    if row is None:
        raise UnknownToken
    its_jobs = _jobs(connection, request)
    return RequestView(
        id=request,
        public_id=PublicId(row.public_id),
        member=Member(platform=row.platform, id=row.member_id, name=row.member_name, language=row.language),
        account=AccountId(row.account),
        address=Address(row.address),
        in_reply_to=row.in_reply_to,
        wish=to_wish(row),
        sources=_sources(connection, request) if row.has_sources else (),
        repeats=row.repeats,
        price=row.price,
        cost=row.cost,
        expected_seconds=row.expected_seconds,
        jobs=its_jobs,
        results=_results(connection, request) if any(job.state is JobState.PAINTED for job in its_jobs) else (),
        accepted_at=row.accepted_at,
        status_ref=row.status_ref,
        outcome_ref=row.outcome_ref,
        is_status_lost=row.status_state is not None and row.status_ref is None,
        answers_requester=bool(row.answers_requester),
        delivery=row.delivery,
        credits_left=credits_left(connection, AccountId(row.account), policy, now),
        offered_until=row.offered_until,
        claims=row.claims,
        given_back=row.given_back,
        has_parts=row.has_parts,
    )


def to_wish(row: Row[*tuple[Any, ...]]) -> PictureWish:
    """Convert a row of `requests` to its wish."""
    return PictureWish(prompt=row.prompt, model=row.model, settings=to_settings(row.settings))


def to_result(row: Row[*tuple[Any, ...]]) -> Result:
    """Convert a row of `_RESULTS`."""
    return Result(
        id=ResultId(row.id),
        public_id=PublicId(row.public_id),
        number=row.number,
        prompt=row.prompt,
        picture=to_stored_picture(row),
        words=_quoted(row.words),
    )


def _quoted(words: str | None) -> Quoted | None:
    return None if words is None else Quoted(words)


def _sources(connection: Connection, request: RequestId) -> tuple[Source, ...]:
    rows = connection.execute(_SOURCES_OF_REQUEST, {"of_request": request})
    return tuple(PictureRef(row.picture_ref) if row.sha256 is None else KnownSource(sha256=row.sha256) for row in rows)


def _results(connection: Connection, request: RequestId) -> tuple[Result, ...]:
    return tuple(map(to_result, connection.execute(_RESULTS_OF_REQUEST, {"of_request": request})))


def _jobs(connection: Connection, request: RequestId) -> tuple[JobView, ...]:
    rows = connection.execute(_JOBS_OF_REQUEST, {"of_request": request})
    return tuple(
        JobView(
            id=JobId(row.id),
            number=row.number,
            prompt=row.prompt,
            state=row.state,
            claimed_at=row.claimed_at,
            left_at=row.left_at,
            failure=_failure(row),
        )
        for row in rows
    )


def _failure(row: Row[*tuple[Any, ...]]) -> JobFailure | None:
    if row.failure_code is None:
        return None
    return JobFailure(
        code=row.failure_code,
        words=_quoted(row.failure_words),
        retry_after_seconds=row.failure_retry_after_seconds,
    )


def request_of_token(connection: Connection, use: TokenUse) -> RequestId:
    """Return the request that a token names. Raises `UnknownToken`, also if it was not shown in that conversation."""
    found = connection.scalar(select(requests.c.id).where(names_request(use)))
    if found is None:
        raise UnknownToken
    return RequestId(found)


def result_of_token(connection: Connection, use: TokenUse) -> tuple[Result, RequestId]:
    """Return the made picture that a token names, and its request. Raises `UnknownToken` as `request_of_token` does."""
    row = connection.execute(_RESULTS.where(names_result(use))).one_or_none()
    if row is None:
        raise UnknownToken
    return to_result(row), RequestId(row.request)


def results_shown_in(
    connection: Connection, platform: str, conversation: ConversationKey, ref: MessageRef
) -> Sequence[Result]:
    """Return the results of the request that one of our messages belongs to, or the one that it shows."""
    query = (
        _RESULTS.join(messages, messages.c.request == results.c.request)
        .where(messages.c.platform == platform, messages.c.ref == ref, may_use(platform, conversation, ref))
        .where(func.coalesce(messages.c.number, results.c.number) == results.c.number)
        .order_by(results.c.number)
    )
    return [to_result(row) for row in connection.execute(query)]


def newest_waiting(connection: Connection, account: AccountId | None) -> RequestId | None:
    """Return the newest request of an account that can still be cancelled."""
    found = connection.scalar(
        select(func.max(jobs.c.request)).where(jobs.c.account == account, CAN_BE_CANCELLED, JOB_IS_OPEN)
    )
    return None if found is None else RequestId(found)
