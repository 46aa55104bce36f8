"""What we ask for in Google's format, as the bytes of the request.

Google reads both spellings and gateways only some of the snake case, so all keys are in camelCase. Gateways leave
the pictures out of their answer unless `responseModalities` asks for them. A model without sizes refuses `imageSize`.
"""

import asyncio
import binascii
import json
from collections.abc import AsyncIterator
from typing import Any

from bot.domain.requests import PictureWish
from bot.ports import PaintOrder, SourcePicture


async def to_request_body(order: PaintOrder) -> list[bytes]:
    """The body's bytes in pieces: one turn of the user, the prompt first, then the source pictures."""
    body = [b'{"contents":[{"role":"user","parts":[', _dumps({"text": order.wish.prompt})]
    for source in order.sources:
        body += [b',{"inlineData":{"mimeType":', _dumps(source.picture.mime), b',"data":"']
        body += [piece async for piece in _base64(source)]
        body.append(b'"}}')
    return [*body, b']}],"generationConfig":', _dumps(to_generation_config(order.wish)), b"}"]


def to_generation_config(wish: PictureWish) -> dict[str, Any]:
    """The settings; what the member did not choose and the model does not have is left out."""
    image_config: dict[str, str] = {}
    if wish.ratio is not None:
        image_config["aspectRatio"] = str(wish.ratio)
    if wish.size is not None:
        image_config["imageSize"] = wish.size
    config: dict[str, Any] = {"responseModalities": ["TEXT", "IMAGE"]}
    return config | ({"imageConfig": image_config} if image_config else {})


async def _base64(source: SourcePicture) -> AsyncIterator[bytes]:
    rest = b""
    async for piece in source.read():
        data = rest + piece
        end = len(data) // 3 * 3
        rest = data[end:]
        yield await asyncio.to_thread(binascii.b2a_base64, data[:end], newline=False)
    yield binascii.b2a_base64(rest, newline=False)


def _dumps(value: Any) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()
