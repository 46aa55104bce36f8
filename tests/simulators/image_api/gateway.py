"""A gateway that speaks Google's format and both of OpenAI's over real HTTP, like those it stands for.

In a test: `async with GatewaySimulator() as simulator: …` with `simulator.base_url`; what was sent is in
`simulator.requests`, and a request that the real one would refuse makes the test fail at the end.

As a process: `python -m tests.simulators.image_api.gateway --port 0 --picture FILE` prints its base_url on the first
line; `GET /_requests` tells how many requests there were.
"""

import argparse
import asyncio
import json
import math
import signal
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Protocol, Self

from aiohttp import web

from tests.simulators.image_api import (
    chat_answers,
    chat_judge,
    gemini_judge,
    gemini_shapes,
    images_judge,
    images_shapes,
)
from tests.simulators.image_api.answers import Answer, Picture
from tests.simulators.image_api.gemini_shapes import refusal
from tests.simulators.image_api.rate_limits import LimitFromFirstRequest
from tests.simulators.image_api.sending import send

KEY = "sk-simulated-0123456789"
MODELS = ("gemini-3-pro-image", "gemini-2.5-flash-image", "gpt-4o-image")
MOST_REQUEST_BYTES = 128 * 1024 * 1024


class _JudgeOfRequests(Protocol):
    def __call__(self, body: dict[str, Any], *, is_ours: bool) -> list[str]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class _Format:
    violations_of_request: _JudgeOfRequests
    violations_of_answer: Callable[[Answer], list[str]]
    one_picture: Callable[[Picture], Answer]


GEMINI = _Format(
    violations_of_request=gemini_judge.violations_of_request,
    violations_of_answer=gemini_judge.violations_of_answer,
    one_picture=gemini_shapes.one_picture,
)
CHAT = _Format(
    violations_of_request=chat_judge.violations_of_request,
    violations_of_answer=chat_judge.violations_of_answer,
    one_picture=chat_answers.one_picture,
)


IMAGES = _Format(
    violations_of_request=images_judge.violations_of_request,
    violations_of_answer=images_judge.violations_of_answer,
    one_picture=images_shapes.one_picture,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedRequest:
    """A request as it came."""

    path: str
    model: str
    headers: dict[str, str]  # names in lower case
    body: Any

    @property
    def parts(self) -> list[dict[str, Any]]:
        """The parts of its only turn, in Google's format."""
        parts: list[dict[str, Any]] = self.body["contents"][0]["parts"]
        return parts


class GatewaySimulator:
    """The simulated gateway. What it answers may be changed any time.

    `answer` is what every request with the right key gets, in either format; None: the picture that was given.
    """

    def __init__(
        self,
        *,
        picture: Picture = b"no picture was given",
        key: str = KEY,
        port: int = 0,
        hold_seconds: float = 0.0,
        models: Sequence[str] = MODELS,
        asks_for_us: bool = True,
    ) -> None:
        """`asks_for_us`: our own code sends the requests, so that they are held to our own rules as well."""
        self.key = key
        self.models = models
        self.answer: Answer | None = None
        self.by_path: dict[str, Answer] = {}  # what requests to a path get instead
        self.files: dict[str, Answer] = {}
        self.limit: LimitFromFirstRequest | None = None  # refuses what comes too fast
        self.names_time = True  # a refusal says when to come again
        self.refused: list[RecordedRequest] = []  # by the limit; they are among `requests` too
        self.requests: list[RecordedRequest] = []  # those for pictures
        self.fetched: list[str] = []  # names of files, as often as they were asked for
        self.violations: list[str] = []
        self.base_url = ""
        self._picture = picture
        self._port = port
        self._hold_seconds = hold_seconds
        self._is_ours = asks_for_us
        self._script: deque[Answer] = deque()
        self._came = asyncio.Condition()
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Self:
        app = web.Application(client_max_size=MOST_REQUEST_BYTES)
        app.router.add_post("/{version:v1|v1beta}/models/{model}:generateContent", self._generate)
        app.router.add_post("/v1/chat/completions", self._complete)
        app.router.add_post("/v1/images/{way:generations|edits}", self._make_image)
        app.router.add_get("/{version:v1|v1beta}/models", self._list_models)
        app.router.add_get("/files/{name:.+}", self._file)
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

    def play(self, *answers: Answer) -> None:
        """Give the next requests these answers, one each, and all that follow the last of them."""
        self._script = deque(answers[:-1])
        self.answer = answers[-1]

    def put(self, name: str, content: bytes | Answer) -> str:
        """Have a file at the address that is returned."""
        if isinstance(content, bytes):
            content = Answer(body=content, headers={"Content-Type": "image/png"}, length_off_by=0)
        self.files[name] = content
        return f"{self.base_url}/files/{name}"

    async def wait_for_requests(self, count: int) -> None:
        """Wait until so many requests have come."""
        async with self._came:
            await self._came.wait_for(lambda: len(self.requests) >= count)

    async def wait_for_files(self, count: int) -> None:
        """Wait until files were asked for so many times."""
        async with self._came:
            await self._came.wait_for(lambda: len(self.fetched) >= count)

    async def _generate(self, request: web.Request) -> web.StreamResponse:
        if self.key not in {request.headers.get("x-goog-api-key"), _bearer(request)}:
            return await send(request, WRONG_KEY)
        return await self._paint(request, GEMINI)

    async def _complete(self, request: web.Request) -> web.StreamResponse:
        if self.key != _bearer(request):
            return await send(request, WRONG_KEY)
        return await self._paint(request, CHAT)

    async def _make_image(self, request: web.Request) -> web.StreamResponse:
        if self.key != _bearer(request):
            return await send(request, WRONG_KEY)
        is_form = request.content_type == "multipart/form-data"
        if is_form != (request.match_info["way"] == "edits"):
            self.violations.append(f"{request.path} does not take {request.content_type}")
        return await self._paint(request, IMAGES, await images_judge.read_form(request) if is_form else None)

    async def _paint(
        self, request: web.Request, spoken: _Format, form: dict[str, Any] | None = None
    ) -> web.StreamResponse:
        body = await asyncio.to_thread(_read_json, await request.read()) if form is None else form
        violations = await asyncio.to_thread(spoken.violations_of_request, body, is_ours=self._is_ours)
        self.violations += violations
        recorded = await self._record(request, body)
        if violations:
            return await send(request, refusal(400, "; ".join(violations), "invalid_request_error"))
        if self.limit is not None and (seconds := self.limit.refuses()) is not None:
            self.refused.append(recorded)
            headers = {"Retry-After": str(math.ceil(seconds))} if self.names_time else {}
            return await send(request, refusal(429, "Rate limit reached", "rate_limit_error", headers=headers))
        answer = self._next_answer(request.path) or spoken.one_picture(self._picture)
        if answer.is_judged and answer.status == web.HTTPOk.status_code:
            self.violations += spoken.violations_of_answer(answer)
        await asyncio.sleep(self._hold_seconds)
        return await send(request, answer)

    def _next_answer(self, path: str) -> Answer | None:
        if path in self.by_path:
            return self.by_path[path]
        return self._script.popleft() if self._script else self.answer

    async def _record(self, request: web.Request, body: Any) -> RecordedRequest:
        headers = {name.lower(): value for name, value in request.headers.items()}
        model = request.match_info.get("model") or str(body.get("model"))
        async with self._came:
            recorded = RecordedRequest(path=request.path, model=model, headers=headers, body=body)
            self.requests.append(recorded)
            self._came.notify_all()
        return recorded

    async def _list_models(self, request: web.Request) -> web.StreamResponse:
        if self.key not in {request.headers.get("x-goog-api-key"), _bearer(request)}:
            return await send(request, WRONG_KEY)
        if request.match_info["version"] == "v1":
            listed = [{"id": name, "object": "model", "created": 1790000000, "owned_by": "x"} for name in self.models]
            return web.json_response({"object": "list", "data": listed})
        methods = ["generateContent"]
        described = [{"name": f"models/{name}", "supportedGenerationMethods": methods} for name in self.models]
        return web.json_response({"models": described})

    async def _file(self, request: web.Request) -> web.StreamResponse:
        name = request.match_info["name"]
        async with self._came:
            self.fetched.append(name)
            self._came.notify_all()
        if any(self.key in value for value in request.headers.values()):
            self.violations.append(f"the key was sent to where a picture lies: {name}")
        return await send(request, self.files.get(name, NO_SUCH_FILE))

    async def _count(self, _: web.Request) -> web.Response:
        return web.json_response({"count": len(self.requests)})


WRONG_KEY = refusal(401, "无效的令牌 (request id: 2026112300000001)", "new_api_error")
NO_SUCH_FILE = Answer(body=b"<html>404 Not Found</html>", status=404, headers={"Content-Type": "text/html"})


def _read_json(data: bytes) -> dict[str, Any]:
    """Parse a JSON object. Other data becomes an empty object, which no judge accepts."""
    try:
        body = json.loads(data)
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


def _bearer(request: web.Request) -> str:
    return request.headers.get("Authorization", "").removeprefix("Bearer ")


async def _serve(arguments: argparse.Namespace) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    simulator = GatewaySimulator(
        picture=arguments.picture, key=arguments.key, port=arguments.port, hold_seconds=arguments.hold_seconds
    )
    async with simulator:
        print(simulator.base_url, flush=True)  # noqa: T201  # whoever started us reads it
        await stop.wait()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="A simulated gateway.")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--picture", type=Path, required=True)
    parser.add_argument("--key", default=KEY)
    parser.add_argument("--hold-seconds", type=float, default=0.0)
    asyncio.run(_serve(parser.parse_args()))
