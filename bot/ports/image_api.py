"""The port of an image API."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from bot.domain.chat import (
    StoredPicture,
)
from bot.domain.requests.queue import Turn
from bot.domain.requests.requests import MAX_ATTEMPTS, MadePicture, PictureLink, PictureWish, Try
from bot.ports.pictures import LocalFile, PictureSink


@dataclass(frozen=True, slots=True, kw_only=True)
class SourcePicture:
    """A source picture of a request. `open_file` may be called any number of times."""

    picture: StoredPicture
    open_file: Callable[[], LocalFile]


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageRequest:
    """A picture request from the core to an image API."""

    wish: PictureWish
    sources: tuple[SourcePicture, ...] = ()
    account: str = ""  # equal for all requests of an account; decides which endpoint shares it falls in
    links: tuple[PictureLink, ...] = ()  # painted and paid already: only download them
    attempts_left: int = MAX_ATTEMPTS  # billable requests left, over all endpoints together


class Journal(Protocol):
    """Callbacks with which `paint` records progress in the store.

    If an async method raises, the exception passes through `paint`, and nothing more is sent or downloaded.
    """

    def waits(self, turn: Callable[[], Turn | None]) -> None:
        """Tell that the request may have to wait. `turn` returns its current turn, or None while it does not wait."""

    async def request_sent(self, endpoint: str) -> None:
        """Record that a billable request is about to leave for this endpoint. Called before its first byte is sent."""

    async def links_found(self, links: Sequence[PictureLink]) -> None:
        """Record the links that an answer names its pictures by. Called before they are downloaded."""

    async def attempt_finished(self, attempt: Try) -> None:
        """Record that an attempt at an endpoint has ended. After a failed one, another may begin."""


class ImageApi(Protocol):
    """An image API. When `paint` returns, the pictures are in the sink and synced to disk."""

    async def paint(self, order: ImageRequest, sink: PictureSink, journal: Journal) -> tuple[MadePicture, ...]:
        """Paint one or more pictures. Raises `ImageFault`, and nothing else of its own but `NoRoom`.

        `NoRoom` is raised before any request is sent, if the sink has no room for the pictures. Each billable request
        is reported to the journal right before it is sent. If the order has links, no request is sent: its pictures are
        only downloaded. If `paint` is cancelled or fails, it leaves no file in the sink.
        """

    async def close(self) -> None:
        """Close every connection."""
