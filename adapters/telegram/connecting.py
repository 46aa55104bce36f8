"""Creates the library's `Bot` object, and keeps the token and members' words out of the libraries' logs."""

import logging
import os

from telegram import Bot
from telegram.request import BaseRequest

from adapters.telegram.settings import TelegramSettings

_TALKATIVE = ("aiohttp.client", "asyncio")
_LIBRARY = "telegram"


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


def quiet_loggers(token: str) -> None:
    """Keep the token, and the library's records about updates, out of every log."""
    for name in _TALKATIVE:
        logging.getLogger(name).addFilter(_Without(token))
    # The library also raises each fault that it logs, so we lose nothing. It logs unreadable updates as a whole.
    logging.getLogger(_LIBRARY).setLevel(logging.CRITICAL + 1)


class _Without(logging.Filter):
    """Drops log records that contain a secret. URLs of the Bot API contain the token."""

    def __init__(self, secret: str) -> None:
        super().__init__()
        self._secret = secret

    def filter(self, record: logging.LogRecord) -> bool:
        return self._secret not in record.getMessage()
