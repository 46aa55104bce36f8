"""The outermost request handler. It deals with connections, heads and bodies, so that routes need not."""

from collections.abc import Awaitable, Callable

import structlog
from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError

from adapters.http_server.connections import Connections

log = structlog.get_logger()

Handler = Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]


def answering(routes: Handler, connections: Connections) -> Handler:
    """Wrap `routes`: mark the connection as busy during a request, and answer a broken body with 400."""

    async def answer(request: web.BaseRequest) -> web.StreamResponse:
        connection = connections.find(request)
        if connection is None:
            return web.Response(status=503)  # the connection is closed: nobody reads this
        with connection.request(request):
            refused = _refuse(request)
            return refused or await _answer_by(routes, request)

    return answer


def _refuse(request: web.BaseRequest) -> web.Response | None:
    """Refuse unsupported Expect and Content-Encoding headers. The library would quote any value in its answer."""
    if request.headers.get("Expect", "100-continue").lower() != "100-continue":
        return web.Response(status=417)
    if request.headers.get("Content-Encoding", "identity").lower() != "identity":
        return web.Response(status=415)  # bodies are not decompressed, so a small body stays small
    return None


async def _answer_by(routes: Handler, request: web.BaseRequest) -> web.StreamResponse:
    try:
        return await routes(request)
    except (web.RequestPayloadError, HttpProcessingError):  # broken chunks, or a body that ends too early
        return web.Response(status=400)
    except ConnectionError:
        if request.transport is not None and not request.transport.is_closing():
            raise  # another connection is broken, not the client's
        return web.Response(status=400)  # the connection is closed: nobody reads this
