"""Converts what discord.py raises to the core's faults. No other module does that."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus

import aiohttp
import discord

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

_SECONDS = re.compile(r"[0-9]{1,9}(?:\.[0-9]{1,9})?")

_BAD_FORM, _ITS_REFERENCE = 50035, "In message_reference:"
"""Discord's code for an invalid body, and how the library's text begins if the message to reply to is invalid."""

UNKNOWN_INTERACTION = 10062
ALREADY_ACKNOWLEDGED = 40060

_BAN_SECONDS = 600.0
"""How long we send nothing after a ban by Cloudflare that gives no time."""


class TokenOver(Forbidden):
    """The interaction's token is invalid or has expired."""


class WordsRefused(Forbidden):
    """Automatic moderation (AutoMod) blocked the text. Without the member's words, it may allow the message."""


class AnswerTaken(Gone):
    """The answer to the interaction shows another message of ours."""


class CannotReply(Forbidden):
    """We cannot reply to the message: we may not read the channel's history, or the message is gone."""


class NotToBeFound(MaybeDelivered):
    """A message that was sent earlier may have arrived, and we cannot look for it."""


class Banned(RateLimited):
    """Cloudflare answers instead of Discord. Every further request makes the ban worse."""


_BY_CODE: dict[int, type[PlatformFault]] = {
    10003: Forbidden,  # unknown channel
    10008: Gone,  # unknown message
    10015: TokenOver,  # unknown webhook: the interaction was never acknowledged
    UNKNOWN_INTERACTION: TokenOver,
    20009: Forbidden,  # explicit content that the recipient does not accept
    40005: TooLarge,
    50001: Forbidden,  # missing access
    50007: ClosedByMember,  # the user accepts no messages from us
    50013: Forbidden,  # missing permissions
    50027: TokenOver,
    50045: TooLarge,
    50278: Forbidden,  # no common server: the user left, or the bot was removed
    160002: CannotReply,
    200000: WordsRefused,
    240000: WordsRefused,  # the filter of harmful links
}

_BY_STATUS: dict[int, type[PlatformFault]] = {
    HTTPStatus.UNAUTHORIZED: TokenOver,
    HTTPStatus.NOT_FOUND: Gone,
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: TooLarge,
}


@contextmanager
def told(*, is_repeatable: bool = True, is_by_token: bool = False) -> Iterator[None]:
    """Convert what the library raises in the `with` block to a fault.

    `is_repeatable`: the request is idempotent, such as an edit or a post with its nonce. If the answer is lost, such a
    request raises `Unavailable`, any other `MaybeDelivered`. `is_by_token`: the request is made with an interaction's
    token, which may have expired.
    """
    try:
        yield
    except FileNotFoundError:
        raise  # a picture file of ours was deleted: the core handles that
    except (TimeoutError, discord.DiscordException, aiohttp.ClientError, OSError) as error:
        raise fault_of(error, is_repeatable=is_repeatable, is_by_token=is_by_token) from error
    except RuntimeError as error:  # aiohttp raises it while the client is being replaced
        if "Session is closed" not in str(error):
            raise
        raise Unavailable("the connection is being made anew") from error


def fault_of(error: Exception, *, is_repeatable: bool, is_by_token: bool = False) -> PlatformFault:
    """Convert an error to a fault."""
    if isinstance(error, discord.RateLimited):
        return RateLimited(error.retry_after)
    if isinstance(error, discord.HTTPException):
        if error.status == HTTPStatus.UNAUTHORIZED and not is_by_token:
            return Unavailable("the bot's own token is not taken")  # this also ends the connection, and then the run
        return _fault_of_answer(error, is_repeatable=is_repeatable)
    if isinstance(error, aiohttp.ClientConnectorError):
        return Unavailable("no connection")
    return _lost(f"the answer was lost: {type(error).__name__}", is_repeatable=is_repeatable)


def _fault_of_answer(error: discord.HTTPException, *, is_repeatable: bool) -> PlatformFault:
    said = f"{error.status} {error.code}"
    if error.status == HTTPStatus.TOO_MANY_REQUESTS:
        return _limit(error)
    if error.code == _BAD_FORM and _ITS_REFERENCE in error.text:
        return CannotReply(said)
    if known := _BY_CODE.get(error.code) or _BY_STATUS.get(error.status):
        return known(said)
    if error.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return _lost(said, is_repeatable=is_repeatable)
    return Forbidden(said)  # a retry would be refused again


def _limit(error: discord.HTTPException) -> PlatformFault:
    headers = error.response.headers
    written = headers.get("Retry-After", "")
    seconds = float(written) if _SECONDS.fullmatch(written) else _BAN_SECONDS
    return RateLimited(seconds) if headers.get("Via") else Banned(seconds)


def _lost(said: str, *, is_repeatable: bool) -> PlatformFault:
    return Unavailable(said) if is_repeatable else MaybeDelivered(said)
