"""What the core asks of something that paints."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from bot.domain.chat import (
    StoredPicture,
)
from bot.domain.queue import Turn
from bot.domain.requests import MAX_ATTEMPTS, MadePicture, PictureLink, PictureWish, Try
from bot.ports.pictures import LocalFile, PictureSink


@dataclass(frozen=True, slots=True, kw_only=True)
class SourcePicture:
    """A picture that goes along with a request; `open_file` may be called any number of times."""

    picture: StoredPicture
    open_file: Callable[[], LocalFile]


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageRequest:
    """What an endpoint is asked for."""

    wish: PictureWish
    sources: tuple[SourcePicture, ...] = ()
    account: str = ""  # the same for every order of an account: shares of endpoints are dealt by it
    links: tuple[PictureLink, ...] = ()  # painted and paid already: only to be fetched
    attempts_left: int = MAX_ATTEMPTS  # requests that may be billed, at all endpoints together


class Journal(Protocol):
    """What is committed about an order while it is painted.

    What an async method raises passes through `paint`, and then nothing more is sent or fetched.
    """

    def waits(self, turn: Callable[[], Turn | None]) -> None:
        """The order may have to wait: `turn` says at any time for how long, and None when it does not wait."""

    async def request_sent(self, endpoint: str) -> None:
        """The first byte of a request that costs money is about to leave for this endpoint."""

    async def links_found(self, links: Sequence[PictureLink]) -> None:
        """The answer names its pictures by links, which are about to be fetched."""

    async def attempt_finished(self, attempt: Try) -> None:
        """A try at an endpoint has ended; after one that failed, another may begin."""


class ImageApi(Protocol):
    """Something that paints. The pictures are in the sink, synced, when `paint` returns."""

    async def paint(self, order: ImageRequest, sink: PictureSink, journal: Journal) -> tuple[MadePicture, ...]:
        """Paint one or more pictures. Raises `ImageFault`, and nothing else of its own but `NoRoom`.

        That is raised where the sink has no room for the pictures, before a request leaves. Each request that costs
        money is told to the journal right before it leaves. An order with links sends none: its pictures are fetched.
        Cancelled or failed, no file is left in the sink.
        """

    async def close(self) -> None:
        """Close every connection."""
