"""The ledger check: after each start and once a day, while everybody is served."""

from collections.abc import Sequence

import structlog

from bot.domain.credits import Disagreement
from bot.ports import Clock, Store

log = structlog.get_logger()

FIRST_AFTER_SECONDS = 5.0
"""The start has work enough; accounts that were blocked before are blocked meanwhile."""

EVERY_SECONDS = 24 * 60 * 60.0

MOST_LINES = 100
"""Of the log, for the disagreements of one check."""


class LedgerCheck:
    """Tells the owner of every disagreement, and lets the account that it is about take no new request.

    A later check that finds the account in agreement, as after the owner has set it right, lets it take them again.
    """

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def run(self) -> None:
        """Check soon and then once a day until cancelled. What cannot be checked is checked the next day."""
        await self._clock.sleep(FIRST_AFTER_SECONDS)
        while True:
            await self.check()
            await self._clock.sleep(EVERY_SECONDS)

    async def check(self) -> None:
        """Check once."""
        try:
            found = await self._store.check_books()
            changes = await self._store.block_accounts(found)
        except Exception:
            log.exception("ledger-not-checked")
            return
        _tell(found)
        for account in changes.blocked:
            log.error("account-blocked", account=account, why="its credits disagree; see books-do-not-agree")
        for account in changes.unblocked:
            log.warning("account-unblocked", account=account)


def _tell(found: Sequence[Disagreement]) -> None:
    for each in found[:MOST_LINES]:
        log.error("books-do-not-agree", fault=each.text)
    if len(found) > MOST_LINES:
        log.error("books-do-not-agree", more=len(found) - MOST_LINES)
