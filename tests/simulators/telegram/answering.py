"""The HTTP side of the simulated Bot API: a request is judged, befallen by what is planned, done, and answered."""

import time
from collections.abc import Mapping

from aiohttp import web

from tests.simulators.telegram import judge as telegram_judge
from tests.simulators.telegram.chats.world import World
from tests.simulators.telegram.faults import Fault, FaultPlan, FloodControl, Moment, Page
from tests.simulators.telegram.methods.sending import Method
from tests.simulators.telegram.polling import Polling
from tests.simulators.telegram.refusals import NotSimulated, Refused, unauthorized
from tests.simulators.telegram.requests import UPLOAD_BYTES, Call, read

FILE = "file"
"""Stands for a method where a fault is to befall the download of a file: before it, or after half of it."""

_UNCOUNTED = frozenset({"sendChatAction", "sendMessageDraft"})  # by Telegram's flood control


class Answering:
    """Answers requests for methods and files of one bot."""

    def __init__(self, *, token: str, world: World, polling: Polling, methods: Mapping[str, Method]) -> None:
        self.token = token
        self.calls: list[Call] = []  # as they came
        self.faults = FaultPlan()
        self.flood: FloodControl | None = None  # None: one may write as fast as one likes
        self._world = world
        self._polling = polling
        self._methods = methods
        self._spelled = {name.lower(): name for name in methods}

    def to_app(self) -> web.Application:
        app = web.Application(client_max_size=UPLOAD_BYTES + 1)
        app.router.add_route("*", "/bot{token:[^/]+}/{method:[^/]*}", self._answer)
        app.router.add_get("/file/bot{token:[^/]+}/{path:.+}", self._download)
        return app

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        call = Call(method=self._spelled.get(request.match_info["method"].lower(), request.match_info["method"]))
        try:
            self._demand_token(request)
            return await self._take(request, call)
        except Refused as refusal:
            return self._refuse(call, refusal)
        except NotSimulated as gap:
            self._world.violations.append(f"{call.method}: not simulated: {gap}")
            return self._refuse(call, Refused(501, "Not Implemented"))
        except Exception as fault:
            self._world.violations.append(f"{call.method}: the simulator broke: {fault!r}")
            raise
        finally:
            self._world.bell.ring()

    async def _take(self, request: web.Request, call: Call) -> web.StreamResponse:
        if response := await self._befall(request, call, "unread"):
            return response
        await read(request, call)
        self.calls.append(call)
        self._world.violations.extend(telegram_judge.violations_of_request(call.method, call.parameters, call.uploads))
        self._world.bell.ring()
        if call.method not in self._methods:
            self._world.violations.append(f"{call.method}: not simulated")
            raise Refused(404, "Not Found: method not found")
        if response := await self._befall(request, call, "before"):
            return response
        self._count(call)
        call.result = await self._methods[call.method](call)
        call.done_at = time.monotonic()
        if call.method != "getUpdates":  # an update was judged when it was made, unless it is a poisoned one
            self._world.violations.extend(telegram_judge.violations_of_answer(call.method, call.result))
        if response := await self._befall(request, call, "after"):
            return response
        call.status = 200
        return web.json_response({"ok": True, "result": call.result})

    async def _befall(self, request: web.Request, call: Call, moment: Moment) -> web.StreamResponse | None:
        fault = self.faults.take(call.method, moment, call.parameters.get("chat_id"))
        if fault is None:
            return None
        if moment == "unread":
            self.calls.append(call)
        if isinstance(fault.answer, Refused):
            return self._refuse(call, fault.answer)
        if isinstance(fault.answer, Page):
            call.status = fault.answer.status
            return web.Response(status=fault.answer.status, text=fault.answer.html, content_type="text/html")
        await self._part(request, fault)
        return web.Response()

    async def _part(self, request: web.Request, fault: Fault) -> None:
        """Cut the connection, at once or when the simulator ends; most clients leave before."""
        if fault.hangs:
            self._world.bell.ring()
            await self._world.bell.until(lambda: self._polling.is_closing, within=None)
        if request.transport:
            request.transport.close()

    def _refuse(self, call: Call, refusal: Refused) -> web.Response:
        call.status, call.description = refusal.status, refusal.description
        seconds = refusal.parameters.get("retry_after")
        headers = {"Retry-After": str(seconds)} if seconds else {}
        return web.json_response(refusal.body(), status=refusal.status, headers=headers)

    def _demand_token(self, request: web.Request) -> None:
        token = request.match_info["token"]
        if token != self.token:
            raise unauthorized("" if ":" in token else "invalid token specified")
        self._polling.demand_login()

    def _count(self, call: Call) -> None:
        is_counted = call.method.startswith(("send", "editMessage")) and call.method not in _UNCOUNTED
        chat = self._world.find_chat(call.parameters.get("chat_id")) if is_counted and self.flood else None
        if self.flood and chat:
            self.flood.check(chat.id, len(call.parameters.get("media", [])) if "Group" in call.method else 1)

    async def _download(self, request: web.Request) -> web.StreamResponse:
        call = Call(method=FILE, parameters={"path": request.match_info["path"]})
        self.calls.append(call)
        try:
            self._demand_token(request)
        except Refused as refusal:
            return self._refuse(call, refusal)
        if response := await self._befall(request, call, "before"):
            return response
        kept = self._world.files.at(request.match_info["path"])
        if kept is None:
            return self._refuse(call, Refused(404, "Not Found"))
        if fault := self.faults.take(FILE, "after"):
            return await self._send_half(request, kept.content, fault)
        call.status = 200
        return web.Response(body=kept.content, content_type="application/octet-stream")

    async def _send_half(self, request: web.Request, content: bytes, fault: Fault) -> web.StreamResponse:
        response = web.StreamResponse()
        response.content_length = len(content)
        await response.prepare(request)
        await response.write(content[: len(content) // 2])
        await self._part(request, fault)
        return response
