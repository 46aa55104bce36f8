"""Credits: the policy, and the grants, checks and blocks that follow from it."""

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from enum import StrEnum

from bot.domain.requests.requests import AccountId

MOST_REFUNDS_A_DAY = 5
"""The most pictures whose credits a member gets back on one day (UTC), although the owner has paid for them."""


class LedgerPhase(StrEnum):
    """The reason why a ledger row moved credits."""

    GRANT = "grant"
    EXPIRE = "expire"
    RESERVE = "reserve"
    SETTLE = "settle"
    RELEASE = "release"
    REFUND = "refund"  # of settled credits, if the chat or the bot kept a picture from its member


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """Credits that an account is given once, into a bucket of their own, until they expire."""

    bucket: str
    amount: int
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CreditPolicy:
    """The credits that members may spend. Without a `[credits]` section `daily` is 0: nothing is allowed."""

    daily: int

    def grant_for(self, now: datetime) -> Grant:
        """Return the grant of this day (UTC). Granting it twice has no effect: the day names the bucket."""
        today = day_of(now).date()
        midnight = datetime.combine(today + timedelta(days=1), time.min, tzinfo=UTC)
        return Grant(bucket=f"daily:{today.isoformat()}", amount=self.daily, expires_at=midnight)


def day_of(now: datetime) -> datetime:
    """Return the start of the day (UTC) for which credits are granted and limits are counted."""
    return datetime.combine(now.astimezone(UTC).date(), time.min, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Disagreement:
    """A contradiction between the ledger, the balances, the jobs and the owner's spending."""

    text: str  # shown to the owner
    account: AccountId | None  # the account whose credits are in question; None if it is the owner's money

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True, slots=True, kw_only=True)
class BlockChanges:
    """The accounts that a ledger check has blocked, and those that it has unblocked."""

    blocked: tuple[AccountId, ...]
    unblocked: tuple[AccountId, ...]
