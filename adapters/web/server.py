"""The HTTP handlers of the page, by path.

202 means durable. If the store is unavailable, the answer is 503 with a sentence. Then the page keeps what was typed
and sends it again with the same idempotency key: the server treats it as the same message or press.
"""

import errno
import re
from urllib.parse import quote

import structlog
from aiohttp import web
from aiohttp.typedefs import Handler
from pydantic import ValidationError

from adapters.web.access import Access, add_security_headers
from adapters.web.conversation import WebConversation
from adapters.web.history import PAGE_ENTRIES, read_entries, read_page
from adapters.web.labels import preferred_language
from adapters.web.live import Bell, event_stream
from adapters.web.page import Page
from adapters.web.translate import (
    ORIGINALS_PATH,
    PICTURES_PATH,
    SentPress,
    not_here,
    not_kept,
    to_button_press,
    to_fault_message,
    to_incoming_message,
    to_member,
)
from adapters.web.uploads import read_sent_message
from bot.domain.chat import Member, OutgoingMessage
from bot.domain.errors import StoreUnavailable, Unavailable
from bot.domain.events import Opened
from bot.ports import Handle, PlatformServices

log = structlog.get_logger()

_FULL = {errno.ENOSPC, errno.EDQUOT}
_RETRY_AFTER_SECONDS = 5
_PRESS_LIMIT_BYTES = 4096
_SHA256 = re.compile(r"[0-9a-f]{64}")
_SIGNATURES = (
    (re.compile(rb"\x89PNG"), "image/png"),
    (re.compile(rb"\xff\xd8\xff"), "image/jpeg"),
    (re.compile(rb"GIF8"), "image/gif"),
    (re.compile(rb"RIFF....WEBP", re.DOTALL), "image/webp"),
    (re.compile(rb"....ftypavi[fs]", re.DOTALL), "image/avif"),
    (re.compile(rb"....ftyp(?:hei[cmsx]|mif1)", re.DOTALL), "image/heic"),
)


class WebServer:
    """The handlers of all paths, for one conversation."""

    def __init__(
        self,
        services: PlatformServices,
        conversation: WebConversation,
        handle: Handle,
        *,
        bell: Bell,
        access: Access,
        page: Page,
    ) -> None:
        self._services = services
        self._conversation = conversation
        self._handle = handle
        self._bell = bell
        self._access = access
        self._page = page

    def application(self) -> web.Application:
        """Build the application with its middleware and routes."""
        middlewares = [self._access.middleware(), self._answer_store_faults]
        application = web.Application(middlewares=middlewares, client_max_size=_PRESS_LIMIT_BYTES)
        application.on_response_prepare.append(add_security_headers)
        application.router.add_get("/", self.show_page)
        application.router.add_get("/open", self.open_door, allow_head=False)  # a HEAD must not use up the link
        application.router.add_get("/events", self.stream_events, allow_head=False)
        application.router.add_get("/entries", self.send_entries)
        application.router.add_get(PICTURES_PATH + "{sha256}", self.send_picture)
        application.router.add_get(ORIGINALS_PATH + "{sha256}/{filename}", self.send_original)
        application.router.add_post("/messages", self.take_message)
        application.router.add_post("/presses", self.take_press)
        application.router.add_get("/page/{name}", self.send_page_file)
        return application

    async def show_page(self, request: web.Request) -> web.Response:
        """Handle `GET /`: send the chat page, or without the cookie the sign-in page ("door")."""
        language = self._language(request)
        if not self._access.is_known(request):
            return self._show_door(language)
        return web.Response(text=self._page.render_chat(self._services, language), content_type="text/html")

    async def send_page_file(self, request: web.Request) -> web.Response:
        """Handle `GET /page/NAME`: send a script, style sheet or image of the page."""
        file = self._page.files.get(request.match_info["name"])
        if file is None:
            raise web.HTTPNotFound
        headers = {"ETag": file.tag}
        if request.headers.get("If-None-Match") == file.tag:
            return web.Response(status=304, headers=headers)
        return web.Response(body=file.content, headers=headers, content_type=file.media_type, charset="utf-8")

    async def open_door(self, request: web.Request) -> web.StreamResponse:
        """Handle `GET /open?key=…`: set the cookie if the link is unused. A browser that has it is just redirected."""
        if self._access.redeem(request.query.get("key", "")):
            response = web.Response(status=303, headers={"Location": "/"})
            self._access.let_in(response)
            return response
        if self._access.is_known(request):
            return web.Response(status=303, headers={"Location": "/"})
        return self._show_door(self._language(request))

    async def stream_events(self, request: web.Request) -> web.StreamResponse:
        """Handle `GET /events?after=REVISION`: send the event stream. On reconnect, Last-Event-ID replaces `after`."""
        after = _whole_number(request.headers.get("Last-Event-ID") or request.query.get("after", "0"))
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream; charset=utf-8"})
        await response.prepare(request)
        try:
            await self._write_events(request, response, after)
        except ConnectionResetError:  # the page was closed
            pass
        except (StoreUnavailable, Unavailable) as fault:  # the browser reconnects by itself
            log.warning("stream-ended", reason=str(fault))
        return response

    async def _write_events(self, request: web.Request, response: web.StreamResponse, after: int) -> None:
        transcript, name = self._services.transcript, self._conversation.name
        newest = await transcript.newest_revision(name)
        await self._handle(Opened(key="opened", author=self._member(request)), self._conversation)
        credits_left = self._conversation.credits_left
        pieces = event_stream(transcript, name, self._bell, after=after, newest=newest, credits_left=credits_left)
        async for piece in pieces:
            await response.write(piece)

    async def send_entries(self, request: web.Request) -> web.Response:
        """Handle `GET /entries?before=POSITION` (a page of older entries) and `?key=KEY&key=…` (single entries)."""
        transcript, name = self._services.transcript, self._conversation.name
        keys = request.query.getall("key", [])
        if len(keys) > PAGE_ENTRIES:
            raise web.HTTPBadRequest
        if keys:
            return web.json_response({"entries": await read_entries(transcript, name, keys)})
        page = await read_page(transcript, name, _whole_number(request.query.get("before", "")))
        return web.json_response(page.to_json())

    async def take_message(self, request: web.Request) -> web.Response:
        """Handle `POST /messages`: store a message, pass it to the core, and show it. 202 when all of it is durable."""
        sent = await read_sent_message(request, self._services.pictures)
        author = self._member(request)
        await self._conversation.keep(sent)
        replied_to = await self._conversation.replied(sent.reply_to) if sent.reply_to else None
        if sent.faults:
            await self._conversation.post(to_fault_message(sent, author.language), key=f"{sent.key}:files")
        elif sent.reply_to and replied_to is None:  # the replied entry was never in this conversation
            await self._conversation.post(not_here(author.language), key=f"{sent.key}:answer")
        else:
            await self._handle(to_incoming_message(sent, author, replied_to), self._conversation)
        await self._conversation.take(sent)
        return web.Response(status=202)

    async def take_press(self, request: web.Request) -> web.Response:
        """Handle `POST /presses`: pass a press to the core. 202 when it is durable."""
        try:
            press = SentPress.model_validate_json(await request.read())
        except ValidationError as fault:
            raise web.HTTPBadRequest from fault
        author = self._member(request)
        answer: OutgoingMessage | None = not_here(author.language)
        if await self._conversation.has(press.message):
            answer = await self._handle(to_button_press(press, author), self._conversation)
        if answer is not None:
            await self._conversation.post(answer, key=f"p:{press.key}:answer")
        return web.Response(status=202)

    async def send_picture(self, request: web.Request) -> web.StreamResponse:
        """Handle `GET /pictures/SHA256`: send the unchanged bytes; with `?download=NAME` as a file to save."""
        sha256 = request.match_info["sha256"]
        if not _SHA256.fullmatch(sha256):
            raise web.HTTPNotFound
        headers = {"ETag": f'"{sha256}"', "Cache-Control": "private, max-age=31536000, immutable"}
        if request.headers.get("If-None-Match") == headers["ETag"]:
            return web.Response(status=304, headers=headers)
        if "download" in request.query:
            # The name in UTF-8, as RFC 6266 and RFC 8187 write it.
            headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(request.query['download'], safe='')}"
        return await self._send_pieces(request, sha256, headers)

    async def send_original(self, request: web.Request) -> web.StreamResponse:
        """Handle `GET /originals/SHA256/FILENAME?…`: send the unchanged bytes if the link is valid and not expired."""
        sha256, filename = request.match_info["sha256"], request.match_info["filename"]
        links = self._services.links
        if links is None or not links.opens(sha256, filename, request.query):
            raise web.HTTPNotFound
        headers = {"Content-Disposition": f"inline; filename*=UTF-8''{quote(filename, safe='')}"}
        return await self._send_pieces(request, sha256, headers)

    async def _send_pieces(self, request: web.Request, sha256: str, headers: dict[str, str]) -> web.StreamResponse:
        pieces = aiter(self._services.pictures.read(sha256))
        try:
            first = await anext(pieces)
        except (FileNotFoundError, StopAsyncIteration) as fault:
            raise web.HTTPNotFound from fault
        response = web.StreamResponse(headers=headers | {"Content-Type": picture_type(first)})
        await response.prepare(request)
        try:
            await response.write(first)
            async for piece in pieces:
                await response.write(piece)
        except ConnectionResetError:  # the page was closed
            pass
        return response

    @web.middleware
    async def _answer_store_faults(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            return await handler(request)
        except (StoreUnavailable, Unavailable, OSError) as fault:
            if isinstance(fault, OSError) and fault.errno not in _FULL:
                raise
            log.warning("not-kept", path=request.path, reason=str(fault))
            words = not_kept(self._services.texts, self._language(request))
            return web.Response(status=503, text=words, headers={"Retry-After": str(_RETRY_AFTER_SECONDS)})

    def _show_door(self, language: str) -> web.Response:
        door = self._page.render_door(self._services, language)
        return web.Response(status=401, text=door, content_type="text/html")

    def _language(self, request: web.Request) -> str:
        header = request.headers.get("Accept-Language", "")
        return preferred_language(header, self._services.texts, self._services.language)

    def _member(self, request: web.Request) -> Member:
        return to_member(self._language(request))


def _whole_number(text: str) -> int:
    """Parse a position or revision. Raises `HTTPBadRequest`."""
    if not re.fullmatch(r"\d{1,15}", text, re.ASCII):
        raise web.HTTPBadRequest
    return int(text)


def picture_type(head: bytes) -> str:
    """Return the media type of a picture, by the signature in its first bytes."""
    found = (mime for signature, mime in _SIGNATURES if signature.match(head))
    return next(found, "application/octet-stream")
