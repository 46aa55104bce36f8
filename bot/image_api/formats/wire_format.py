"""What the two formats of image APIs have in common: what an endpoint must know of the one it speaks."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from bot.domain.requests import PictureWish
from bot.image_api.formats.request_body import RequestBody
from bot.image_api.streaming.body_stream import ArrivedPicture, Body
from bot.image_api.streaming.json_strings import Rule
from bot.pictures.references import Reference


@dataclass(frozen=True, slots=True)
class Link:
    """The address of a picture, as an answer gives it: not looked at yet. Whoever has it has the picture."""

    url: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Chosen:
    """A picture of an answer that is a result, with the model's words about it."""

    picture: ArrivedPicture | Link
    words: str | None


class WireFormat(Protocol):
    """How a request is written, and what an answer means."""

    def path(self, model: str) -> str:
        """Where a request for this model is posted, below the base URL."""

    def to_request_body(self, wish: PictureWish, references: Sequence[Reference]) -> RequestBody:
        """What is posted."""

    @property
    def rule(self) -> Rule:
        """Which strings of an answer are pictures."""

    def choose(self, body: Body) -> tuple[Chosen, ...]:
        """The pictures of an answer that are results. Raises an `ImageFault` if there are none."""
