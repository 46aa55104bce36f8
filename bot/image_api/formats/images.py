"""OpenAI's format for pictures: https://platform.openai.com/docs/api-reference/images.

A picture without sources is asked for in JSON. Source pictures are sent as files of a form, to another path. The format
has one field for ratio and size, the pixels, which the catalogue knows for each model.
"""

import secrets
from collections.abc import Iterator, Mapping, Sequence

from bot.domain.catalogue.models import ImageModel
from bot.domain.requests.requests import PictureWish
from bot.image_api.formats.chat_answer import chat_strings, choose
from bot.image_api.formats.wire_format import Chosen
from bot.image_api.formats.wire_request import Part, WireRequest, dumps
from bot.image_api.streaming.body_stream import Body
from bot.image_api.streaming.treatment import Rule
from bot.pictures.references import Reference


class ImagesFormat:
    """Implements `WireFormat` with `POST {base_url}/v1/images/generations` and `…/edits`."""

    rule: Rule = staticmethod(chat_strings)

    def __init__(self, quality: str) -> None:
        """Construct it. `quality`: how carefully the endpoint paints, which decides what a picture costs."""
        self._quality = quality

    def to_request(self, wish: PictureWish, model: ImageModel, references: Sequence[Reference]) -> WireRequest:
        """Write the request: JSON, or a form if pictures go along."""
        fields = {"model": model.name, "prompt": wish.prompt, "quality": self._quality} | _size(wish, model)
        if not references:
            return WireRequest(path="/v1/images/generations", parts=(dumps(fields),))
        boundary = secrets.token_hex(16)
        return WireRequest(
            path="/v1/images/edits",
            content_type=f"multipart/form-data; boundary={boundary}",
            parts=tuple(_form(fields, references, boundary)),
        )

    def choose(self, body: Body) -> tuple[Chosen, ...]:
        """Choose the result pictures of an answer: base64 or URLs under `data`, which chat gateways use too."""
        return choose(body)


def _size(wish: PictureWish, model: ImageModel) -> dict[str, str]:
    """Say the pixels. Without a choice nothing is said: the model decides, and an edit keeps its shape."""
    chosen = model.to_send(wish.settings)
    if chosen.ratio is None and chosen.size is None:
        return {}
    pixels = model.pixels_for(wish.settings)
    return {"size": f"{pixels[0]}x{pixels[1]}"} if pixels else {}


def _form(fields: Mapping[str, str], references: Sequence[Reference], boundary: str) -> Iterator[Part]:
    for name, value in fields.items():
        yield f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
    name = "image" if len(references) == 1 else "image[]"
    for number, reference in enumerate(references, start=1):
        file = f"{number}.{reference.mime.removeprefix('image/')}"
        yield (
            f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"; filename="{file}"\r\n'
            f"Content-Type: {reference.mime}\r\n\r\n"
        ).encode()
        yield reference
        yield b"\r\n"
    yield f"--{boundary}--\r\n".encode()
