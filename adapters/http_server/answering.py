"""The outermost handler: what no route should have to know about a request's connection, head and body."""

from collections.abc import Awaitable, Callable

import structlog
from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError

from adapters.http_server.connections import Connections

log = structlog.get_logger()

Handler = Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]


def answering(routes: Handler, connections: Connections) -> Handler:
    """Answer by `routes`; its connection is known to be busy meanwhile, and a broken body is the client's fault."""

    async def answer(request: web.BaseRequest) -> web.StreamResponse:
        connection = connections.find(request)
        if connection is None:
            return web.Response(status=503)  # nobody reads it
        with connection.request(request):
            refused = _refuse(request)
            return refused or await _answer_by(routes, request)

    return answer


def _refuse(request: web.BaseRequest) -> web.Response | None:
    """Refuse what a head asks for and we do not have; the library would quote it in its answer, whatever it is."""
    if request.headers.get("Expect", "100-continue").lower() != "100-continue":
        return web.Response(status=417)
    if request.headers.get("Content-Encoding", "identity").lower() != "identity":
        return web.Response(status=415)  # nothing is unpacked, so a small body stays a small body
    return None


async def _answer_by(routes: Handler, request: web.BaseRequest) -> web.StreamResponse:
    try:
        return await routes(request)
    except (web.RequestPayloadError, HttpProcessingError):  # broken chunks, or an end before its time
        return web.Response(status=400)
    except ConnectionError:
        if request.transport is not None:
            raise  # not the client's connection
        return web.Response(status=400)  # nobody reads it
