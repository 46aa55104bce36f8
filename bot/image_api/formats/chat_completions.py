"""OpenAI's chat format, as gateways use it: https://platform.openai.com/docs/api-reference/chat/create.

It cannot carry a ratio or a size. A picture to edit is sent as a `data:` URI in the one message.
"""

from collections.abc import Sequence

from bot.domain.catalogue.models import ImageModel
from bot.domain.requests.requests import PictureWish
from bot.image_api.formats.chat_answer import chat_strings, choose
from bot.image_api.formats.wire_format import Chosen
from bot.image_api.formats.wire_request import AsBase64, Part, WireRequest, dumps
from bot.image_api.streaming.body_stream import Body
from bot.image_api.streaming.treatment import Rule
from bot.pictures.references import Reference


class ChatCompletionsFormat:
    """Implements `WireFormat` with `POST {base_url}/v1/chat/completions`."""

    rule: Rule = staticmethod(chat_strings)

    def to_request(self, wish: PictureWish, model: ImageModel, references: Sequence[Reference]) -> WireRequest:
        """Write one user message: first the prompt, then the source pictures."""
        parts: list[Part] = [
            b'{"model":' + dumps(model.name) + b',"stream":false,"messages":[{"role":"user","content":'
        ]
        if references:
            parts.append(b'[{"type":"text","text":' + dumps(wish.prompt) + b"}")
            for reference in references:
                parts += [_BEFORE_PICTURE + dumps(f"data:{reference.mime};base64,")[:-1], AsBase64(reference), b'"}}']
            parts.append(b"]")
        else:
            parts.append(dumps(wish.prompt))
        return WireRequest(path="/v1/chat/completions", parts=(*parts, b"}]}"))

    def choose(self, body: Body) -> tuple[Chosen, ...]:
        """Choose the result pictures of an answer in the chat format."""
        return choose(body)


_BEFORE_PICTURE = b',{"type":"image_url","image_url":{"url":'
