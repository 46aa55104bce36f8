"""The port for the wire formats of image APIs."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from bot.domain.catalogue.models import ImageModel
from bot.domain.requests.requests import PictureWish
from bot.image_api.formats.wire_request import WireRequest
from bot.image_api.streaming.body_stream import ArrivedPicture, Body
from bot.image_api.streaming.treatment import Rule
from bot.pictures.references import Reference


@dataclass(frozen=True, slots=True)
class Link:
    """The URL of a picture, as an answer gives it, not checked yet. Whoever has it can download the picture."""

    url: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Chosen:
    """A result picture of an answer, with the model's words about it."""

    picture: ArrivedPicture | Link
    words: str | None


class WireFormat(Protocol):
    """Writes requests and parses answers."""

    def to_request(self, wish: PictureWish, model: ImageModel, references: Sequence[Reference]) -> WireRequest:
        """Write the request for a picture of this model, with the source pictures."""

    @property
    def rule(self) -> Rule:
        """The rule that decides which strings of an answer are pictures."""

    def choose(self, body: Body) -> tuple[Chosen, ...]:
        """Choose the result pictures of an answer. Raises an `ImageFault` if there are none."""
