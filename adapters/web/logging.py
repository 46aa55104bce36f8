"""What the server's library may log: never what a browser sent."""

import logging

from aiohttp.http_exceptions import HttpProcessingError

NAME = "adapters.web.server"


class _WithoutBytesReceived(logging.Filter):
    """Cuts the traceback of a request that could not be read: it quotes the line, and a cookie or key with it."""

    def filter(self, record: logging.LogRecord) -> bool:
        error = record.exc_info[1] if record.exc_info else None
        if isinstance(error, HttpProcessingError):
            record.exc_info = None
            record.msg, record.args = "a request could not be read (%s)", (type(error).__name__,)
        return True


def quiet_logger() -> logging.Logger:
    """The logger of the HTTP server."""
    logger = logging.getLogger(NAME)
    if not any(isinstance(each, _WithoutBytesReceived) for each in logger.filters):
        logger.addFilter(_WithoutBytesReceived())
    return logger
