"""The real clock."""

import asyncio
from datetime import UTC, datetime


class SystemClock:
    """Implements the `Clock` port with the system's time and asyncio's sleep."""

    def now(self) -> datetime:
        """Return the present time in UTC."""
        return datetime.now(UTC)

    async def sleep(self, seconds: float) -> None:
        """Wait for so many seconds."""
        await asyncio.sleep(seconds)
