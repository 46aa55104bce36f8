"""The real clock."""

import asyncio
from datetime import UTC, datetime


class SystemClock:
    """Implements the `Clock` port."""

    def now(self) -> datetime:
        """The time in UTC."""
        return datetime.now(UTC)

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        await asyncio.sleep(seconds)
