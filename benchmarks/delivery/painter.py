"""An endpoint in Google's format that takes as long as it is told to, and knows when each picture was painted."""

import asyncio
import io
import json
import re
import time
from base64 import b64encode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from aiohttp import web
from PIL import Image

from benchmarks.delivery.scenes import Scene

PIXELS = 512
"""The simulated Telegram makes smaller ones of each, which must leave the machine to the program."""
_NUMBER = re.compile(r"fox number (\d+)")


def prompt(number: int) -> str:
    """Return the prompt of the member with this number."""
    return f"a red fox number {number}"


def _gradient() -> bytes:
    """Make a picture that is easily decoded: what is measured is its way, not the machine's reading of it."""
    file = io.BytesIO()
    Image.linear_gradient("L").resize((PIXELS, PIXELS)).convert("RGB").save(file, "PNG")
    return file.getvalue()


@dataclass
class Painter:
    """One for a scene; the seconds are of the monotonic clock."""

    scene: Scene
    base_url: str = ""
    asked_at: float = 0.0
    painted: dict[int, float] = field(default_factory=dict)  # by the member's number
    requests: int = 0
    _picture: bytes = field(default_factory=_gradient)

    @asynccontextmanager
    async def serving(self) -> AsyncIterator[None]:
        """Listen for a while."""
        app = web.Application(client_max_size=32 * 1024 * 1024)
        app.router.add_post("/{path:.*}", self._paint)
        runner = web.AppRunner(app, shutdown_timeout=1.0, access_log=None)
        await runner.setup()
        try:
            await web.TCPSite(runner, "127.0.0.1", 0).start()
            host, port = runner.addresses[0][:2]
            self.base_url = f"http://{host}:{port}"
            yield
        finally:
            await runner.cleanup()

    async def _paint(self, request: web.Request) -> web.Response:
        self.requests += 1
        words = (await request.read()).decode()
        found = _NUMBER.search(words)
        number = int(found[1]) if found else -1
        begun = self.asked_at if self.scene.is_since_asking else time.monotonic()
        await asyncio.sleep(max(0.0, begun + self.scene.seconds - time.monotonic()))
        body = self._answer(number)
        self.painted[number] = time.monotonic()
        return web.Response(body=body, content_type="application/json")

    def _answer(self, number: int) -> bytes:
        """Return an answer. Bytes after a picture's end are no fault of it, and they make each picture another file."""
        picture = b64encode(self._picture + number.to_bytes(4, signed=True)).decode()
        content = {"parts": [{"inlineData": {"mimeType": "image/png", "data": picture}}], "role": "model"}
        candidate = {"content": content, "finishReason": "STOP", "index": 0}
        return json.dumps({"candidates": [candidate], "modelVersion": "benchmark"}).encode()
