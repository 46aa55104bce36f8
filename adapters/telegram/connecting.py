"""Creates the library's `Bot` object."""

import os

from telegram import Bot
from telegram.request import BaseRequest

from adapters.telegram.settings import TelegramSettings


def make_bot(settings: TelegramSettings, request: BaseRequest) -> Bot:
    """Create a bot that sends everything over one request object. Nothing is connected yet."""
    # Without it, the library logs a warning at each `RetryAfter`. We can read both forms (`faults.seconds_of`).
    os.environ.setdefault("PTB_TIMEDELTA", "1")
    return Bot(
        settings.token.get_secret_value(),
        base_url=settings.base_url,
        base_file_url=settings.base_file_url,
        request=request,
        get_updates_request=request,
    )
