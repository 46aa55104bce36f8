"""Keeps the bot's token and members' words out of the log records of the libraries."""

import logging

_TALKATIVE = ("aiohttp.client", "asyncio")
_LIBRARY = "telegram"


class _Without(logging.Filter):
    """Drops log records that contain a secret. URLs of the Bot API contain the token."""

    def __init__(self, secret: str) -> None:
        super().__init__()
        self._secret = secret

    def filter(self, record: logging.LogRecord) -> bool:
        return self._secret not in record.getMessage()


def quiet_loggers(token: str) -> None:
    """Keep the token, and the library's records about updates, out of every log."""
    for name in _TALKATIVE:
        logging.getLogger(name).addFilter(_Without(token))
    # The library also raises each fault that it logs, so we lose nothing. It logs unreadable updates as a whole.
    logging.getLogger(_LIBRARY).setLevel(logging.CRITICAL + 1)
