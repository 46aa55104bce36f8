"""The REST side: each request is kept, judged, carried out, and answered as it was planned."""

import hashlib
import json
import re
from collections.abc import Callable
from dataclasses import replace
from http import HTTPStatus
from typing import Any

from aiohttp import web

from tests.simulators.discord import judge as discord_judge
from tests.simulators.discord.bodies import Call, read_call
from tests.simulators.discord.changes import Changes
from tests.simulators.discord.faults import Fault, FaultPlan, rate_limited
from tests.simulators.discord.pace import Left, Pace
from tests.simulators.discord.refusals import Refusal, bad_form
from tests.simulators.discord.world.files import Links
from tests.simulators.discord.world.state import Message
from tests.simulators.discord.world.world import World

BASE = "/api/v10"
RATE_LIMIT = 50

_BRACED = re.compile(r"\\\{(\w+)\\\}")


Handler = Callable[..., Any]
"""Carries out a request: gets it, and what stands for each name in braces; what it returns is the answer."""


class Rest:
    """Requests below the API's address, and those for files."""

    def __init__(
        self, world: World, links: Links, changes: Changes, *, token: str, shown: Callable[[Message], Any]
    ) -> None:
        self.token = token
        self.calls: list[Call] = []
        self.fetched: list[str] = []  # paths of files, as often as they were asked for
        self.violations: list[str] = []
        self.faults = FaultPlan()
        self.pace: Pace | None = None  # Discord's limits for each channel, where a test wants them
        self._routes: list[tuple[str, re.Pattern[str], Handler, bool]] = []
        self._world = world
        self._links = links
        self._changes = changes
        self._shown = shown

    def add(self, method: str, template: str, handler: Handler, *, needs_token: bool = True) -> None:
        pattern = re.compile(_BRACED.sub(r"(?P<\1>[^/]+)", re.escape(template)))
        self._routes.append((method, pattern, handler, needs_token))

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """Serve one request, from its first byte to the answer."""
        path = request.path.removeprefix(BASE)
        call = await read_call(request, path, self._world.clock.now())
        self.calls.append(call)
        await self._changes.tell()
        fault = self.faults.take(call.method, path)
        if fault and not fault.is_executed and await fault.strikes():
            return self._fail(request, call, fault)
        if self.pace and (wait := self.pace.refusal(call.method, path)) is not None:
            return self._fail(request, call, self._too_soon(call, wait))
        status, body = self._carry_out(call)
        await self._changes.tell()
        if fault and fault.is_executed and await fault.strikes():
            return self._fail(request, call, fault)
        call.status = status
        await self._changes.tell()
        headers = self._headers(call, has_body=body is not None) | dict(fault.headers if fault else {})
        return web.Response(status=status, body=body, headers=headers)

    async def serve_file(self, request: web.Request) -> web.StreamResponse:
        """Serve a file if the link is still good."""
        self.fetched.append(request.path)
        await self._changes.tell()
        fault = self.faults.take("GET", request.path)
        if fault and await fault.strikes():
            return _broken(request, fault)
        file = self._links.opened(request.rel_url.raw_path, request.query, self._world.clock.now())
        if file is None:
            return web.Response(status=HTTPStatus.NOT_FOUND, text="This content is no longer available.")
        return web.Response(body=file.data, content_type=file.content_type or "application/octet-stream")

    def _carry_out(self, call: Call) -> tuple[int, bytes | None]:
        try:
            answer = self._read(call)
        except Refusal as refusal:
            self.violations += [f"{call.method} {call.path}: {fault}" for fault in refusal.violations]
            return refusal.status, json.dumps(refusal.body).encode()
        status = HTTPStatus.NO_CONTENT if answer is None else HTTPStatus.OK
        self.violations += discord_judge.violations_of_answer(call.method, call.path, status, answer)
        return status, None if answer is None else json.dumps(answer).encode()

    def _read(self, call: Call) -> Any:
        """Answer a request. Refuse a body that cannot be read: the library would repeat a request after a 500."""
        try:
            return self._answer(call)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise bad_form(f"it cannot be read: {error!r}") from error

    def _answer(self, call: Call) -> Any:
        """Return the answer to the request, or raise a refusal."""
        found = discord_judge.violations_of_request(
            call.method, call.path, query=call.query, body=call.body, file_parts=call.files.keys()
        )
        if found:
            raise bad_form(*found)
        for method, pattern, handler, needs_token in self._routes:
            parts = pattern.fullmatch(call.path)
            if method == call.method and parts:
                if needs_token and call.headers.get("authorization") != f"Bot {self.token}":
                    raise Refusal(0)
                return self._written(handler(call, **parts.groupdict()))
        raise bad_form("the simulator does not know this request")

    def _written(self, answer: Any) -> Any:
        if isinstance(answer, Message):
            return self._shown(answer)
        if isinstance(answer, list):
            return [self._written(each) for each in answer]
        return answer

    def _limit_headers(self, call: Call) -> dict[str, str]:
        left = self.pace.left(call.method, call.path) if self.pace else None
        if left is None:
            left = Left(limit=RATE_LIMIT, remaining=RATE_LIMIT - 1, reset_after=1.0)
        return left.headers(self._world.clock.now().timestamp())

    def _too_soon(self, call: Call, seconds: float) -> Fault:
        """Make Discord's 429, which says of the limit what every answer says."""
        refusal = rate_limited(seconds)
        return replace(refusal, headers={**self._headers(call, has_body=True), **refusal.headers})

    def _fail(self, request: web.Request, call: Call, fault: Fault) -> web.StreamResponse:
        call.status = fault.status
        return _broken(request, fault)

    def _headers(self, call: Call, *, has_body: bool) -> dict[str, str]:
        """Return the headers. The type is exactly application/json: with a charset the library would not read it."""
        route = call.method + re.sub(r"\d{15,}", "", call.path)
        bucket = hashlib.md5(route.encode(), usedforsecurity=False).hexdigest()
        return {
            **({"Content-Type": "application/json"} if has_body else {}),
            "Via": "1.1 google",
            **self._limit_headers(call),
            "X-RateLimit-Bucket": bucket,
        }


def _broken(request: web.Request, fault: Fault) -> web.StreamResponse:
    """Carry out a fault: give another answer, or none."""
    if fault.status is None:
        if request.transport:
            request.transport.abort()
        raise ConnectionResetError
    return web.Response(status=fault.status, body=fault.body.encode(), headers=dict(fault.headers))
