"""Converts the library's errors to the core's faults. No other module reads them."""

from collections.abc import Awaitable, Callable
from datetime import timedelta

import structlog
from aiohttp import ClientConnectorError, ClientHttpProxyError, ConnectionTimeoutError, InvalidURL
from telegram.error import BadRequest, ChatMigrated, NetworkError, RetryAfter, TelegramError
from telegram.error import Forbidden as LibraryForbidden

from bot.domain.errors import (
    ClosedByMember,
    Forbidden,
    Gone,
    MaybeDelivered,
    PlatformFault,
    RateLimited,
    TooLarge,
    Unavailable,
)

log = structlog.get_logger()

NOT_SENT = (ConnectionTimeoutError, ClientConnectorError, ClientHttpProxyError, InvalidURL)
"""Errors of the HTTP client that happen before the first byte is sent to Telegram."""

# Words of Telegram's error descriptions, in lower case: the library changes the first words of a description.
_NOT_MODIFIED = ("message is not modified",)
_GONE = (
    *("message to edit not found", "message can't be edited", "message_id_invalid", "message to delete not found"),
    *(
        "message to react not found",
        "message identifier is not specified",
        "file_id not specified",
        "wrong file_id",
        "invalid file_id",
        "wrong file identifier",
    ),
    "file is temporarily unavailable",
)
_OTHER_KIND = ("no text in the message to edit", "no caption in the message to edit")
_NO_PHOTO = (
    *("photo_invalid_dimensions", "image_process_failed", "photo_save_file_invalid", "photo_invalid"),
    *("too big for a photo", "photo_ext_invalid", "photo_content_type_invalid"),
)
_TOO_LARGE = ("request entity too large", "file is too big", "file too large", "is too big")
_FORBIDDEN = (
    *(
        "chat_write_forbidden",
        "topic_closed",
        "topic_deleted",
        "not enough rights",
        "have no rights",
        "need administrator",
    ),
    *("chat not found", "chat_restricted", "_forbidden", "peer_id_invalid"),
    *("channel_private", "group chat was deactivated", "can't be deleted", "bot was kicked"),
)
_CLOSED_BY_MEMBER = (
    "blocked by the user",
    "user_is_blocked",
    "user is deactivated",
    "user_deactivated",
    "user not found",
)
"""The member has blocked the bot or deleted their account. If the bot was kicked or left, the words are others."""

_QUERY_OVER = ("query is too old", "query id is invalid", "query_id_invalid")


class BrokenLine(Exception):
    """A request got no answer. The text is only the name of the HTTP client's error.

    The error itself is not kept: its own text may hold the URL, and so the token, which tracebacks would show.
    """

    def __init__(self, error: Exception) -> None:
        super().__init__(type(error).__name__)
        self.is_sent = not isinstance(error, NOT_SENT)


class PhotoRefused(TooLarge):
    """Telegram does not accept this picture as a photo. It may accept it as a file."""


class PhotosForbidden(Forbidden):
    """The chat does not allow photos (any more). It may allow files."""


async def attempt(step: str, call: Callable[[], Awaitable[object]]) -> None:
    """Run an optional step. An error of any kind is logged and ignored."""
    try:
        await call()
    except Exception as fault:  # noqa: BLE001 - for an unreadable answer the library may raise anything
        log.warning("telegram-step-passed-over", step=step, fault=reason_of(fault))


def to_fault(error: TelegramError, *, is_repeatable: bool) -> PlatformFault:
    """Convert an error to a fault. `is_repeatable`: the call is idempotent, as an edit is."""
    match error:
        case RetryAfter():
            fault: PlatformFault = RateLimited(seconds_of(error))
        case ChatMigrated():
            fault = Gone(error.message)
        case LibraryForbidden():
            fault = _to_closed(error.message)
        case BadRequest():
            fault = _to_refusal(error.message)
        case NetworkError() if not _has(error.message.casefold(), _TOO_LARGE):
            fault = to_broken_line(error.__cause__, is_repeatable=is_repeatable)
        case NetworkError():
            fault = TooLarge(error.message)
        case _:
            fault = Unavailable(type(error).__name__)
    return fault


def to_broken_line(cause: BaseException | None, *, is_repeatable: bool) -> PlatformFault:
    """Return the fault for a request without an answer, or with an answer from a proxy."""
    name = _name_of(cause) if cause else "an answer from a server in between"
    is_unsent = isinstance(cause, RuntimeError)  # the client is closed
    if isinstance(cause, BrokenLine):
        is_unsent = not cause.is_sent
    return Unavailable(name) if is_repeatable or is_unsent else MaybeDelivered(name)


def reason_of(error: Exception) -> str:
    """Name the cause of an error, or else the error. Their texts may contain secrets."""
    return _name_of(error.__cause__ or error)


def _name_of(error: BaseException) -> str:
    return str(error) if isinstance(error, BrokenLine) else type(error).__name__


def seconds_of(error: RetryAfter) -> float:
    """Return the seconds that Telegram asks the bot to wait. The library gives a `timedelta` or a number."""
    wait = error.retry_after
    return wait.total_seconds() if isinstance(wait, timedelta) else float(wait)


def is_not_modified(error: TelegramError) -> bool:
    """Whether an edit would have changed nothing. The message then already shows what it should."""
    return _has(error.message.casefold(), _NOT_MODIFIED)


def is_thread_gone(error: TelegramError) -> bool:
    """Whether the topic no longer exists."""
    return "message thread not found" in error.message.casefold()


def is_reply_gone(error: TelegramError) -> bool:
    """Whether the message to reply to no longer exists, or is in another chat or topic."""
    words = error.message.casefold()
    return "replied not found" in words or "reply message not found" in words or "message to reply not found" in words


def is_topic_closed(error: TelegramError) -> bool:
    """Whether only administrators may write in the topic."""
    return "topic_closed" in error.message.casefold()


def is_of_another_kind(error: TelegramError) -> bool:
    """Whether the edit failed because the message has a caption instead of a text, or a text instead of a caption."""
    return _has(error.message.casefold(), _OTHER_KIND)


def is_query_over(error: TelegramError) -> bool:
    """Whether the callback query was answered already, or is too old to answer."""
    return _has(error.message.casefold(), _QUERY_OVER)


def is_entity_unknown(error: TelegramError) -> bool:
    """Whether the Bot API server is too old to know a kind of message entity that we use."""
    words = error.message.casefold()
    return "parse messageentity" in words or "unsupported type specified" in words


def _to_closed(message: str) -> Forbidden:
    return ClosedByMember(message) if _has(message.casefold(), _CLOSED_BY_MEMBER) else Forbidden(message)


def _to_refusal(message: str) -> PlatformFault:
    words = message.casefold()
    if _has(words, _NO_PHOTO):
        return PhotoRefused(message)
    if _has(words, _TOO_LARGE):
        return TooLarge(message)
    if _has(words, _GONE):
        return Gone(message)
    if "to send photos" in words:
        return PhotosForbidden(message)
    if _has(words, _FORBIDDEN + _CLOSED_BY_MEMBER):
        return _to_closed(message)
    # Most likely our own bug. The result is not given up because of it: delivery is retried. The log has the reason.
    log.error("telegram-refused", words=message)
    return Unavailable(message)


def _has(words: str, known: tuple[str, ...]) -> bool:
    return any(each in words for each in known)
