"""Google's own format, as Google and gateways use it: https://ai.google.dev/api/generate-content."""

from collections.abc import Mapping, Sequence
from urllib.parse import quote

from bot.domain.catalogue.models import ImageModel
from bot.domain.requests.requests import PictureWish
from bot.image_api.formats.gemini_answer import choose, gemini_strings
from bot.image_api.formats.gemini_request import to_body
from bot.image_api.formats.wire_format import Chosen
from bot.image_api.formats.wire_request import WireRequest
from bot.image_api.streaming.body_stream import Body
from bot.image_api.streaming.treatment import Rule
from bot.pictures.references import Reference


class GeminiFormat:
    """Implements `WireFormat` with `POST {base_url}/v1beta/models/{model}:generateContent`."""

    rule: Rule = staticmethod(gemini_strings)

    def __init__(self, safety: Mapping[str, str] | None = None) -> None:
        """Construct it. `safety` maps a harm category to a threshold; for the others the endpoint's default holds."""
        self._safety = safety or {}

    def to_request(self, wish: PictureWish, model: ImageModel, references: Sequence[Reference]) -> WireRequest:
        """Write the request, with the safety thresholds. Its path names the model."""
        path = f"/v1beta/models/{quote(model.name, safe='')}:generateContent"
        return WireRequest(path=path, parts=to_body(wish, references, self._safety))

    def choose(self, body: Body) -> tuple[Chosen, ...]:
        """Choose the result pictures of an answer in Google's format."""
        return choose(body)
