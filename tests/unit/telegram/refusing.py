"""What Telegram does not do, and how it says so."""

from collections.abc import Awaitable
from typing import Any

import pytest
from telegram.error import BadRequest


async def refused(sending: Awaitable[Any], words: str) -> None:
    with pytest.raises(BadRequest) as caught:
        await sending
    assert words.casefold() in str(caught.value).casefold()
