"""A gateway that speaks Google's image format over real HTTP.

In a test: `async with GeminiEndpointSimulator() as simulator: …` with `simulator.base_url`; what was sent is in
`simulator.requests`, and a request that Google would refuse makes the test fail at the end.

As a process: `python -m tests.simulators.gemini_endpoint --port 0 --picture FILE` prints its base_url on the first
line; `GET /_requests` tells how many requests there were.
"""

import argparse
import asyncio
import json
import signal
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from aiohttp import web

from tests.simulators.answers import Answer
from tests.simulators.gemini_judge import violations_of_answer, violations_of_request
from tests.simulators.gemini_shapes import one_picture, refusal

KEY = "sk-simulated-0123456789"
MOST_REQUEST_BYTES = 128 * 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedRequest:
    """A request as it came."""

    path: str
    model: str
    headers: dict[str, str]  # names in lower case
    body: Any

    @property
    def parts(self) -> list[dict[str, Any]]:
        """The parts of its only turn."""
        parts: list[dict[str, Any]] = self.body["contents"][0]["parts"]
        return parts


class GeminiEndpointSimulator:
    """The simulated gateway. `answer` is what every request with the right key gets, and may be changed any time."""

    def __init__(
        self, *, picture: bytes | Path | None = None, key: str = KEY, port: int = 0, hold_seconds: float = 0.0
    ) -> None:
        self.key = key
        self.answer = one_picture(picture if picture is not None else b"no picture was given")
        self.requests: list[RecordedRequest] = []
        self.violations: list[str] = []
        self.base_url = ""
        self._port = port
        self._hold_seconds = hold_seconds
        self._came = asyncio.Condition()
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Self:
        app = web.Application(client_max_size=MOST_REQUEST_BYTES)
        app.router.add_post("/v1beta/models/{model}:generateContent", self._generate)
        app.router.add_get("/_requests", self._count)
        runner = web.AppRunner(app, handler_cancellation=True, shutdown_timeout=1.0, access_log=None)
        await runner.setup()
        self._stack.push_async_callback(runner.cleanup)
        await web.TCPSite(runner, "127.0.0.1", self._port).start()
        host, port = runner.addresses[0][:2]
        self.base_url = f"http://{host}:{port}"
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self._stack.aclose()
        if error is None:
            assert not self.violations, "\n".join(self.violations)

    async def wait_for_requests(self, count: int) -> None:
        """Wait until so many requests have come."""
        async with self._came:
            await self._came.wait_for(lambda: len(self.requests) >= count)

    async def _count(self, _: web.Request) -> web.Response:
        return web.json_response({"count": len(self.requests)})

    async def _generate(self, request: web.Request) -> web.StreamResponse:
        if self.key not in {request.headers.get("x-goog-api-key"), _bearer(request)}:
            return await self._send(request, refusal(401, "无效的令牌 (request id: 2026112300000001)", "new_api_error"))
        body = await asyncio.to_thread(json.loads, await request.read())
        violations = violations_of_request(body)
        self.violations += violations
        await self._record(request, body)
        if violations:
            return await self._send(request, refusal(400, "; ".join(violations), "invalid_request_error"))
        answer = self.answer
        if answer.is_judged and answer.status == web.HTTPOk.status_code:
            self.violations += violations_of_answer(answer.outline())
        await asyncio.sleep(self._hold_seconds)
        return await self._send(request, answer)

    async def _record(self, request: web.Request, body: Any) -> None:
        headers = {name.lower(): value for name, value in request.headers.items()}
        model = request.match_info["model"]
        async with self._came:
            self.requests.append(RecordedRequest(path=request.path, model=model, headers=headers, body=body))
            self._came.notify_all()

    async def _send(self, request: web.Request, answer: Answer) -> web.StreamResponse:
        if answer.gate and answer.gate_at is None:
            await answer.gate.wait()
        response = web.StreamResponse(
            status=answer.status, headers={"Content-Type": "application/json", **answer.headers}
        )
        if answer.is_gzipped:
            response.enable_compression(web.ContentCoding.gzip)
        await response.prepare(request)
        if await _write(response, answer):
            await response.write_eof()
        elif request.transport:
            request.transport.close()
        return response


def _bearer(request: web.Request) -> str:
    return request.headers.get("Authorization", "").removeprefix("Bearer ")


async def _write(response: web.StreamResponse, answer: Answer) -> bool:
    """Write the body; False if it was to be cut."""
    sent = 0
    for chunk in answer.chunks():
        start = 0
        for stop in sorted({at for at in (answer.gate_at, answer.cut_at) if at is not None}):
            if sent <= stop < sent + len(chunk):
                await response.write(chunk[start : stop - sent])
                start = stop - sent
                if stop == answer.gate_at and answer.gate:
                    await answer.gate.wait()
                if stop == answer.cut_at:
                    return False
        await response.write(chunk[start:])
        sent += len(chunk)
    return True


async def _serve(arguments: argparse.Namespace) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    simulator = GeminiEndpointSimulator(
        picture=arguments.picture, key=arguments.key, port=arguments.port, hold_seconds=arguments.hold_seconds
    )
    async with simulator:
        print(simulator.base_url, flush=True)  # noqa: T201  # whoever started us reads it
        await stop.wait()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="A simulated endpoint for Google's image format.")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--picture", type=Path, required=True)
    parser.add_argument("--key", default=KEY)
    parser.add_argument("--hold-seconds", type=float, default=0.0)
    asyncio.run(_serve(parser.parse_args()))
