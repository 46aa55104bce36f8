"""What the libraries on the way to Telegram may log: nothing that holds the token, and no member's words."""

import logging

_TALKATIVE = ("aiohttp.client", "asyncio")
_LIBRARY = "telegram"


class _Without(logging.Filter):
    """Drops what holds a secret: addresses of the Bot API do."""

    def __init__(self, secret: str) -> None:
        super().__init__()
        self._secret = secret

    def filter(self, record: logging.LogRecord) -> bool:
        return self._secret not in record.getMessage()


def quiet_loggers(token: str) -> None:
    """Keep the token, and what the library says of updates, out of every log."""
    for name in _TALKATIVE:
        logging.getLogger(name).addFilter(_Without(token))
    # The library tells each fault as an error that we get, and writes down whole updates that it cannot read.
    logging.getLogger(_LIBRARY).setLevel(logging.CRITICAL + 1)
