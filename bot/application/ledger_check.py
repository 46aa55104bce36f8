"""The ledger check. It runs after each start and once a day, while the bot serves everybody."""

from collections.abc import Sequence

import structlog

from bot.domain.credits import Disagreement
from bot.ports import Clock, Store

log = structlog.get_logger()

FIRST_AFTER_SECONDS = 5.0
"""The delay of the first check: a start has other work to do. Accounts that were blocked before stay blocked."""

EVERY_SECONDS = 24 * 60 * 60.0

MOST_LINES = 100
"""The most log lines that one check writes about disagreements."""


class LedgerCheck:
    """Logs every disagreement for the owner, and blocks its account: the account can make no new request.

    A later check unblocks an account that agrees again, for example after the owner has corrected it.
    """

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def run(self) -> None:
        """Check soon after the start and then once a day, until cancelled. A failed check is retried the next day."""
        await self._clock.sleep(FIRST_AFTER_SECONDS)
        while True:
            await self.check()
            await self._clock.sleep(EVERY_SECONDS)

    async def check(self) -> None:
        """Check once: block accounts that disagree, unblock those that agree again, and log both."""
        try:
            found = await self._store.check_ledger()
            changes = await self._store.block_accounts(found)
        except Exception:
            log.exception("ledger-not-checked")
            return
        _tell(found)
        for account in changes.blocked:
            log.error("account-blocked", account=account, why="its credits disagree; see ledger-disagrees")
        for account in changes.unblocked:
            log.warning("account-unblocked", account=account)


def _tell(found: Sequence[Disagreement]) -> None:
    for each in found[:MOST_LINES]:
        log.error("ledger-disagrees", fault=each.text)
    if len(found) > MOST_LINES:
        log.error("ledger-disagrees", more=len(found) - MOST_LINES)
