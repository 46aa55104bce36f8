"""Google's own format, as Google and gateways use it: https://ai.google.dev/api/generate-content."""

from collections.abc import Mapping, Sequence
from urllib.parse import quote

from bot.domain.requests.requests import PictureWish
from bot.image_api.formats.gemini_answer import choose, gemini_strings
from bot.image_api.formats.gemini_request import to_request_body
from bot.image_api.formats.request_body import RequestBody
from bot.image_api.formats.wire_format import Chosen
from bot.image_api.streaming.body_stream import Body
from bot.image_api.streaming.treatment import Rule
from bot.pictures.references import Reference


class GeminiFormat:
    """Implements `WireFormat` with `POST {base_url}/v1beta/models/{model}:generateContent`."""

    rule: Rule = staticmethod(gemini_strings)

    def __init__(self, safety: Mapping[str, str] | None = None) -> None:
        """Construct it. `safety` maps a harm category to a threshold; for the others the endpoint's default holds."""
        self._safety = safety or {}

    def path(self, model: str) -> str:
        """Return the path, which names the model."""
        return f"/v1beta/models/{quote(model, safe='')}:generateContent"

    def to_request_body(self, wish: PictureWish, references: Sequence[Reference]) -> RequestBody:
        """Write the body, with the safety thresholds."""
        return to_request_body(wish, references, self._safety)

    def choose(self, body: Body) -> tuple[Chosen, ...]:
        """Choose the result pictures of an answer in Google's format."""
        return choose(body)
