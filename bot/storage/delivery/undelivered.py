"""Pictures that could not be delivered to any chat: they are kept for their member until they are shown."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Integer, bindparam, delete, exists, func, insert, select, update
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from bot.domain.chat import ConversationKey, Member, PublicId
from bot.domain.credits import CreditPolicy
from bot.domain.requests.requests import AccountId, DeliveryState, RequestId, ShownElsewhere, WaitingPictures
from bot.storage.column_types import in_text
from bot.storage.credits.refunds import give_back
from bot.storage.delivery.deliveries import delivered
from bot.storage.delivery.shown_in import show_in
from bot.storage.engines.prepared import prepared
from bot.storage.requests.public_ids import new_public_id
from bot.storage.schema import (
    DeliveryKind,
    deliveries,
    delivery_parts,
    jobs,
    requests,
    results,
    shown_in,
    undelivered,
)

_WAITING = select(
    requests.c.id,
    requests.c.public_id,
    requests.c.platform,
    requests.c.member_id,
    requests.c.member_name,
    requests.c.language,
    requests.c.prompt,
    undelivered.c.is_refunded,
).join(undelivered, undelivered.c.request == requests.c.id)
_UNTOLD = (
    _WAITING.where(~undelivered.c.is_told)
    .order_by(undelivered.c.request.desc())
    .limit(bindparam("most", type_=Integer))
)
_UNTOLD_OF = prepared(_UNTOLD.where(undelivered.c.account == bindparam("of_account")))
_WAS_THERE = exists().where(
    shown_in.c.request == requests.c.id, shown_in.c.conversation == bindparam("of_conversation")
)
_UNTOLD_IN = prepared(_UNTOLD.where(undelivered.c.platform == bindparam("of_platform"), _WAS_THERE))


def end(connection: Connection, request: RequestId, policy: CreditPolicy, now: datetime, *, is_ours: bool) -> bool:
    """End a due delivery as undeliverable, and keep its pictures for their member; False if it was not due.

    The credits are refunded if the chat or the bot is at fault (`is_ours`), nothing of the outcome may have arrived,
    and the account is within its daily refund limit.
    """
    if not delivered(connection, request, DeliveryState.UNDELIVERABLE, None):
        return False
    if not connection.scalar(select(exists().where(results.c.request == request))):
        return True
    may_have_arrived = connection.scalar(select(exists().where(delivery_parts.c.request == request)))
    is_refunded = is_ours and not may_have_arrived and give_back(connection, request, policy, now) > 0
    owner = connection.execute(select(requests.c.account, requests.c.platform).where(requests.c.id == request)).one()
    row = {"account": owner.account, "platform": owner.platform, "is_refunded": is_refunded, "is_told": False}
    connection.execute(sqlite_insert(undelivered).values(request=request, **row).on_conflict_do_nothing())
    return True


def waiting(connection: Connection, target: PublicId) -> WaitingPictures | None:
    """Return the waiting pictures of the request with this public id; None if there are none."""
    row = connection.execute(_WAITING.where(requests.c.public_id == target)).one_or_none()
    return None if row is None else _to_waiting(row)


def untold_of(connection: Connection, account: AccountId | None, most: int) -> Sequence[WaitingPictures]:
    """Return the pictures that an account was not told of, newest first."""
    rows = connection.execute(_UNTOLD_OF, {"of_account": account, "most": most})
    return [_to_waiting(row) for row in rows]


def untold_in(
    connection: Connection, platform: str, conversation: ConversationKey, most: int
) -> Sequence[WaitingPictures]:
    """Return the pictures requested in a conversation whose members were not told of them, newest first."""
    there = {"of_platform": platform, "of_conversation": conversation, "most": most}
    return [_to_waiting(row) for row in connection.execute(_UNTOLD_IN, there)]


def told(connection: Connection, of: Sequence[RequestId]) -> None:
    """Record that the members know of their waiting pictures."""
    connection.execute(update(undelivered).where(undelivered.c.request.in_(of)).values(is_told=True))


def show(connection: Connection, request: RequestId, there: ShownElsewhere) -> bool:
    """Move paid waiting pictures to where their member wants them and make them due.

    False if they do not wait (any more).
    """
    waited = delete(undelivered).where(undelivered.c.request == request, ~undelivered.c.is_refunded)
    if connection.execute(waited).rowcount == 0:
        return False
    platform = there.member.platform
    moves = select(requests.c.id).where(requests.c.id == request, requests.c.platform != platform).exists()
    connection.execute(delete(shown_in).where(shown_in.c.request == request, moves))
    connection.execute(
        update(requests)
        .where(requests.c.id == request)
        .values(
            platform=platform,
            member_id=there.member.id,
            member_name=there.member.name,
            language=there.member.language,
            address=there.address.text,
            in_reply_to=None,
        )
    )
    show_in(connection, request, there.conversation)
    connection.execute(
        update(deliveries)
        .where(deliveries.c.request == request, deliveries.c.kind == in_text(DeliveryKind.OUTCOME))
        .values(state=DeliveryState.DUE, round=deliveries.c.round + 1)
    )
    return True


def take_over(connection: Connection, buyer: RequestId, claimed: RequestId) -> bool:
    """Copy the refunded pictures of one request to the jobs of the request that buys them.

    False if they do not wait.
    """
    waited = delete(undelivered).where(undelivered.c.request == claimed, undelivered.c.is_refunded)
    if connection.execute(waited).rowcount == 0:
        return False
    theirs = connection.execute(
        select(results.c.job, results.c.number, results.c.sha256, results.c.words)
        .where(results.c.request == claimed)
        .order_by(results.c.number)
    ).all()
    bought = connection.execute(select(jobs.c.id, jobs.c.number).where(jobs.c.request == buyer).order_by(jobs.c.number))
    job_of = dict(zip(dict.fromkeys(row.job for row in theirs), bought, strict=True))
    further = connection.scalar(select(func.max(jobs.c.number)).where(jobs.c.request == buyer)) or 0
    seen: set[int] = set()
    for row in theirs:
        job, number = job_of[row.job]
        if row.job in seen:
            number = further = further + 1
        seen.add(row.job)
        copy = {"request": buyer, "number": number, "job": job, "sha256": row.sha256, "words": row.words}
        connection.execute(insert(results).values(public_id=new_public_id(), **copy))
    return True


def _to_waiting(row: Any) -> WaitingPictures:
    return WaitingPictures(
        request=RequestId(row.id),
        public_id=PublicId(row.public_id),
        member=Member(platform=row.platform, id=row.member_id, name=row.member_name, language=row.language),
        prompt=row.prompt,
        is_refunded=row.is_refunded,
    )
