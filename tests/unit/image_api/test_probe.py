"""Trying a key without cost: what an endpoint's list of models says, and what every other answer means."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from aiohttp import web
from pydantic import SecretStr

from bot.domain.catalogue.endpoint_formats import EndpointFormat
from bot.domain.image_faults import (
    EndpointBusy,
    EndpointMoved,
    EndpointUnreachable,
    FundsUsedUp,
    ImageFault,
    KeyRejected,
    UnreadableAnswer,
)
from bot.image_api.endpoint import Access, Auth
from bot.image_api.probe import MOST_BYTES, PROBE_SECONDS, ModelList, list_models

KEY = "sk-probed-0123456789"


@dataclass
class Lister:
    """An endpoint that answers each GET with the same; `seen` are the paths and headers that came."""

    base_url: str = ""
    status: int = 200
    body: Any = None
    needs_key: bool = True
    by_path: dict[str, Any] = field(default_factory=dict)  # what a path is answered with instead, and 200
    seen: list[tuple[str, dict[str, str]]] = field(default_factory=list)

    async def answer(self, request: web.Request) -> web.StreamResponse:
        headers = {name.lower(): value for name, value in request.headers.items()}
        self.seen.append((request.path_qs, headers))
        if self.needs_key and KEY not in str(headers):
            return web.json_response({"error": {"message": "no key"}}, status=401)
        if request.path in self.by_path:
            return web.json_response(self.by_path[request.path])
        if isinstance(self.body, bytes):
            return web.Response(status=self.status, body=self.body)
        return web.json_response(self.body, status=self.status)

    async def models(
        self,
        spoken: EndpointFormat = EndpointFormat.GEMINI,
        auth: Auth = "bearer",
        *,
        limit_seconds: float = PROBE_SECONDS,
    ) -> ModelList | None:
        access = Access(name="test", base_url=f"{self.base_url}/", api_key=SecretStr(KEY), auth=auth)
        return await list_models(access, spoken, limit_seconds=limit_seconds)


@pytest.fixture
async def lister() -> AsyncIterator[Lister]:
    lister = Lister()
    app = web.Application()
    app.router.add_get("/{path:.*}", lister.answer)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    host, port = runner.addresses[0][:2]
    lister.base_url = f"http://{host}:{port}"
    yield lister
    await runner.cleanup()


GEMINI = {"models": [{"name": "models/gemini-3-pro-image"}, {"name": "models/gemini-2.5-flash-image"}]}
OPENAI = {"object": "list", "data": [{"id": "gpt-4o-image", "object": "model"}, {"id": "sora_image"}]}


@pytest.mark.parametrize(
    ("spoken", "auth", "path", "header"),
    [
        (EndpointFormat.GEMINI, "bearer", "/v1beta/models?pageSize=1000", ("authorization", f"Bearer {KEY}")),
        (EndpointFormat.GEMINI, "x-goog-api-key", "/v1beta/models?pageSize=1000", ("x-goog-api-key", KEY)),
        (EndpointFormat.OPENAI_CHAT, "bearer", "/v1/models", ("authorization", f"Bearer {KEY}")),
    ],
)
async def test_the_list_is_asked_for_with_the_endpoints_own_key(
    lister: Lister, spoken: EndpointFormat, auth: Auth, path: str, header: tuple[str, str]
) -> None:
    lister.body = {"models": []}
    assert await lister.models(spoken, auth) == ModelList(names=frozenset(), needs_key=True)
    [(asked, headers), (asked_again, without)] = lister.seen
    assert (asked, headers[header[0]]) == (asked_again, header[1]) == (path, header[1])
    assert KEY not in str(without)


async def test_a_list_that_anybody_is_told_says_nothing_of_the_key(lister: Lister) -> None:
    lister.needs_key, lister.body = False, GEMINI
    listed = await lister.models()
    assert listed is not None
    assert not listed.needs_key


@pytest.mark.parametrize("spoken", [EndpointFormat.GEMINI, EndpointFormat.OPENAI_CHAT])
async def test_a_list_is_read_in_whichever_format_it_comes(lister: Lister, spoken: EndpointFormat) -> None:
    expected = ((GEMINI, {"gemini-3-pro-image", "gemini-2.5-flash-image"}), (OPENAI, {"gpt-4o-image", "sora_image"}))
    for body, names in expected:
        lister.body = body
        listed = await lister.models(spoken)
        assert listed is not None
        assert listed.names == names


async def test_where_googles_list_is_missing_the_other_is_asked_for(lister: Lister) -> None:
    lister.by_path["/v1/models"], lister.status = OPENAI, 404
    listed = await lister.models(EndpointFormat.GEMINI)
    assert listed is not None
    assert listed.names == {"gpt-4o-image", "sora_image"}
    assert listed.needs_key


@pytest.mark.parametrize("status", [404, 405, 501])
async def test_an_endpoint_without_such_a_list_says_nothing(lister: Lister, status: int) -> None:
    lister.status, lister.body = status, b"<html>no such page</html>"
    assert await lister.models() is None


@pytest.mark.parametrize(
    ("status", "body", "fault"),
    [
        (401, {"error": {"message": "无效的令牌", "type": "new_api_error"}}, KeyRejected),
        (403, {"error": {"message": "no", "status": "PERMISSION_DENIED"}}, KeyRejected),
        (400, {"error": {"message": "API key not valid.", "details": [{"reason": "API_KEY_INVALID"}]}}, KeyRejected),
        (403, {"error": {"message": "", "code": "insufficient_user_quota"}}, FundsUsedUp),
        (200, {"error": {"message": "无效的令牌"}}, KeyRejected),
        (429, {"error": {"message": "slow down"}}, EndpointBusy),
        (502, b"bad gateway", EndpointBusy),
        (200, b"<!doctype html><title>Welcome</title>", UnreadableAnswer),
        (200, {"hello": "world"}, UnreadableAnswer),
        (200, b"[" * 100_000, UnreadableAnswer),
        (200, b" " * (MOST_BYTES + 1), UnreadableAnswer),
        (302, b"", EndpointMoved),
    ],
)
async def test_every_other_answer_is_the_fault_it_stands_for(
    lister: Lister, status: int, body: Any, fault: type[ImageFault]
) -> None:
    lister.status, lister.body = status, body
    with pytest.raises(fault) as caught:
        await lister.models()
    assert KEY not in f"{caught.value} {caught.value!r}"


async def test_what_is_not_there_cannot_be_reached(lister: Lister) -> None:
    server = await asyncio.start_server(lambda _, writer: writer.close(), "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    server.close()
    await server.wait_closed()
    lister.base_url = f"http://127.0.0.1:{port}"
    with pytest.raises(EndpointUnreachable):
        await lister.models()


async def test_a_connection_that_breaks_is_a_fault_too(lister: Lister) -> None:
    server = await asyncio.start_server(lambda _, writer: writer.close(), "127.0.0.1", 0)
    lister.base_url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    async with server:
        with pytest.raises(EndpointUnreachable):
            await lister.models()


async def test_an_endpoint_that_never_answers_is_given_up(lister: Lister) -> None:
    is_over = asyncio.Event()

    async def never_answer(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await is_over.wait()
        writer.close()

    server = await asyncio.start_server(never_answer, "127.0.0.1", 0)
    lister.base_url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    async with server:
        with pytest.raises(EndpointUnreachable, match="no answer within"):
            await lister.models(limit_seconds=0.1)
        is_over.set()
