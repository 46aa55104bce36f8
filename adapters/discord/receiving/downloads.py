"""Downloads members' pictures from Discord's CDN."""

from collections.abc import AsyncIterator
from http import HTTPStatus

import aiohttp

from adapters.discord.faults import told
from adapters.discord.pictures import PictureOfMessage, attachments_of
from adapters.discord.sending.discord_rest import DiscordRest
from bot.domain.errors import Forbidden, Gone, RateLimited, Unavailable

_PIECE_BYTES = 64 * 1024
_LIMITS = aiohttp.ClientTimeout(total=600, sock_connect=30, sock_read=60)
_OVER = frozenset({HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND, HTTPStatus.GONE})
_BUSY_SECONDS = 5.0


class _LinkOver(Exception):
    """The link is expired or invalid."""


async def download(picture: PictureOfMessage, rest: DiscordRest) -> AsyncIterator[bytes]:
    """Download a picture in chunks. If its link has expired, use a fresh link.

    Raises `Gone` if the picture no longer exists, `Unavailable` and `RateLimited`. It is never in memory as a whole.
    """
    try:
        async for piece in _fetched(picture.url):
            yield piece
    except _LinkOver:
        try:
            async for piece in _fetched(await _fresh_link(picture, rest)):
                yield piece
        except _LinkOver as fault:
            raise Gone("a picture that Discord has not any more") from fault


async def _fetched(url: str) -> AsyncIterator[bytes]:
    with told():
        async with aiohttp.ClientSession(timeout=_LIMITS) as session, session.get(url) as answer:
            if answer.status in _OVER:
                raise _LinkOver
            if answer.status == HTTPStatus.TOO_MANY_REQUESTS:
                raise RateLimited(_BUSY_SECONDS)
            if answer.status != HTTPStatus.OK:
                raise Unavailable(f"{answer.status} for a picture")
            async for piece in answer.content.iter_chunked(_PIECE_BYTES):
                yield piece


async def _fresh_link(picture: PictureOfMessage, rest: DiscordRest) -> str:
    """Fetch the picture's message again and return the link that it has now."""
    if picture.message == 0:
        raise Gone("a picture of no message")
    try:
        message = await rest.find(picture.channel, picture.message)
    except Forbidden as fault:
        raise Gone("a picture of a message that we may not see") from fault
    for attachment in attachments_of(message):
        if attachment.id == picture.attachment:
            return attachment.url
    raise Gone("the message has lost the picture")
