"""Credits: the policy, the buckets they lie in, and what a request may take."""

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from enum import StrEnum

from bot.domain.requests import AccountId

MOST_REFUNDS_A_DAY = 5
"""Pictures that a member is given the credits of back on one day (UTC), though the owner has paid for them."""


class LedgerPhase(StrEnum):
    """Why a ledger row moved credits."""

    GRANT = "grant"
    EXPIRE = "expire"
    RESERVE = "reserve"
    SETTLE = "settle"
    RELEASE = "release"
    REFUND = "refund"  # of what was settled, where the chat or the bot kept a picture from its member


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """Credits that an account is given once, into a bucket of their own, until they expire."""

    bucket: str
    amount: int
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CreditPolicy:
    """What members may spend. Without a `[credits]` section `daily` is 0: nothing is allowed."""

    daily: int

    def grant_for(self, now: datetime) -> Grant:
        """The grant of this day (UTC). Granting it twice is the same as once: the bucket is named by the day."""
        today = day_of(now).date()
        midnight = datetime.combine(today + timedelta(days=1), time.min, tzinfo=UTC)
        return Grant(bucket=f"daily:{today.isoformat()}", amount=self.daily, expires_at=midnight)


def day_of(now: datetime) -> datetime:
    """When the day (UTC) began that credits are given for and limits count in."""
    return datetime.combine(now.astimezone(UTC).date(), time.min, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Disagreement:
    """Something that the ledger, the balances, the jobs or the owner's spending say differently."""

    text: str  # for the owner
    account: AccountId | None  # whose credits are in question; None where it is the owner's money

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True, slots=True, kw_only=True)
class BlockChanges:
    """The accounts that take no new request since a ledger check, and those that take them again."""

    blocked: tuple[AccountId, ...]
    unblocked: tuple[AccountId, ...]
