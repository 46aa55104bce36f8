"""Accounts that take no new request, because their credits do not agree with the ledger."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, bindparam, delete, insert, select

from bot.domain.credits import BlockChanges, Disagreement
from bot.domain.errors import AccountBlocked
from bot.domain.requests.requests import AccountId
from bot.storage.engines.prepared import prepared
from bot.storage.schema import blocked_accounts

_MOST_REASONS = 10
"""Maximum reasons stored for one account. The log has them all."""

# Built once: SQLAlchemy takes about as long to build a statement as to execute it.
_BLOCKED = prepared(select(blocked_accounts.c.since).where(blocked_accounts.c.account == bindparam("of_account")))


def refuse_blocked(connection: Connection, account: AccountId) -> None:
    """Raise `AccountBlocked` if the account takes no new request."""
    if connection.scalar(_BLOCKED, {"of_account": account}) is not None:
        raise AccountBlocked


def block_accounts(connection: Connection, found: Sequence[Disagreement], now: datetime) -> BlockChanges:
    """Block the accounts that a ledger check found in disagreement, and unblock all others."""
    reasons: dict[AccountId, list[str]] = {}
    for each in found:
        if each.account is not None:
            reasons.setdefault(each.account, []).append(each.text)
    before = {AccountId(account) for account in connection.scalars(select(blocked_accounts.c.account))}
    new, agreeing = sorted(reasons.keys() - before), sorted(before - reasons.keys())
    rows = [{"account": account, "why": "; ".join(reasons[account][:_MOST_REASONS]), "since": now} for account in new]
    if rows:
        connection.execute(insert(blocked_accounts), rows)
    for account in agreeing:
        connection.execute(delete(blocked_accounts).where(blocked_accounts.c.account == account))
    return BlockChanges(blocked=tuple(new), unblocked=tuple(agreeing))
