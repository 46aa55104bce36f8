"""Google's own format, as Google and gateways speak it: https://ai.google.dev/api/generate-content."""

from collections.abc import Mapping, Sequence
from urllib.parse import quote

from bot.domain.requests import PictureWish
from bot.image_api.formats.gemini_answer import choose, gemini_strings
from bot.image_api.formats.gemini_request import to_request_body
from bot.image_api.formats.request_body import RequestBody
from bot.image_api.formats.wire_format import Chosen
from bot.image_api.streaming.body_stream import Body
from bot.image_api.streaming.json_strings import Rule
from bot.pictures.references import Reference


class GeminiFormat:
    """Implements `WireFormat` with `POST {base_url}/v1beta/models/{model}:generateContent`."""

    rule: Rule = staticmethod(gemini_strings)

    def __init__(self, safety: Mapping[str, str] | None = None) -> None:
        """`safety` is a threshold by harm category; what it leaves out is as the endpoint has it."""
        self._safety = safety or {}

    def path(self, model: str) -> str:
        """See `WireFormat`."""
        return f"/v1beta/models/{quote(model, safe='')}:generateContent"

    def to_request_body(self, wish: PictureWish, references: Sequence[Reference]) -> RequestBody:
        """See `WireFormat`."""
        return to_request_body(wish, references, self._safety)

    def choose(self, body: Body) -> tuple[Chosen, ...]:
        """See `WireFormat`."""
        return choose(body)
