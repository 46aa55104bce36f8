"""What the page sends, and what stands in it then."""

import io
from collections.abc import Sequence
from typing import Any

import aiohttp

from tests.page.alone import PageAlone

KEY = "0123456789abcdef"


def form(text: str = "", *, files: Sequence[tuple[str, bytes]] = (), **fields: str) -> aiohttp.FormData:
    body = aiohttp.FormData({"key": KEY, "text": text} | fields, default_to_multipart=True, quote_fields=False)
    for name, content in files:
        body.add_field("file", io.BytesIO(content), filename=name, content_type="image/png")
    return body


async def send(session: aiohttp.ClientSession, body: aiohttp.FormData) -> int:
    async with session.post("/messages", data=body) as answer:
        return answer.status


async def entries(page: PageAlone) -> list[dict[str, Any]]:
    said = await page.transcript.read_after("local", 0, limit=100)
    return [{"key": one.key, **one.body} for one in said if one.body]


async def words_of(page: PageAlone, key: str) -> str:
    """Return what the bot says in an entry."""
    said = await page.transcript.find("local", key)
    assert said is not None
    assert said.body is not None
    return "".join(piece["text"] for line in said.body["lines"] for piece in line)
