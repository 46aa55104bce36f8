"""The gateway: sessions over WebSockets, which a test can break in every way that Discord does."""

import asyncio
import json
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

from aiohttp import WSCloseCode, WSMsgType, web

from tests.simulators.discord.changes import Changes
from tests.simulators.discord.world.payloads import Payloads
from tests.simulators.discord.world.places import member, user
from tests.simulators.discord.world.state import Guild
from tests.simulators.discord.world.world import World

GUILDS = 1 << 0
PRIVILEGED = 1 << 1 | 1 << 8 | 1 << 15  # members, presences, message content
MESSAGE_CONTENT = 1 << 15
KNOWN_INTENTS = (1 << 26) - 1
ENDS_SESSION = frozenset({WSCloseCode.OK, WSCloseCode.GOING_AWAY, 4007, 4009})

Json = dict[str, Any]
Told = Json | Callable[[int], Json]
"""What an event says: to all the same, or by the intents of who hears it."""


class _Connection:
    """One WebSocket; what is sent leaves in order, and nobody waits for it."""

    def __init__(self, request: web.Request) -> None:
        self.socket = web.WebSocketResponse()
        self.session: Session | None = None
        self.was_ended_here = False  # what the other side replies then says nothing
        self._request = request
        self._outbox: asyncio.Queue[Json | int] = asyncio.Queue()

    def send(self, op: int, data: Any = None, *, event: str | None = None, sequence: int | None = None) -> None:
        self._outbox.put_nowait({"op": op, "d": data, "t": event, "s": sequence})

    def close(self, code: int) -> None:
        self._outbox.put_nowait(code)

    def cut(self) -> None:
        if self._request.transport:
            self._request.transport.abort()

    async def write(self) -> None:
        """Send until it is closed."""
        while not self.socket.closed:
            item = await self._outbox.get()
            try:
                if isinstance(item, int):
                    self.was_ended_here = True
                    await self.socket.close(code=item)
                else:
                    await self.socket.send_str(json.dumps(item))
            except (ConnectionError, RuntimeError):
                return  # whoever was there has gone


@dataclass(slots=True, kw_only=True, eq=False)
class Session:
    """What a client identified for; it outlives its connection."""

    id: str
    shard: int
    shards: int
    intents: int
    sequence: int = 0
    events: list[tuple[int, str, Json]] = field(default_factory=list)
    connection: _Connection | None = None

    def push(self, event: str, data: Json) -> None:
        self.sequence += 1
        self.events.append((self.sequence, event, data))
        if self.connection:
            self.connection.send(0, data, event=event, sequence=self.sequence)


class Gateway:
    """The simulated gateway. An event that nobody is connected for is kept while its session lives, and else lost."""

    def __init__(self, world: World, payloads: Payloads, changes: Changes, *, token: str) -> None:
        self.url = ""
        self.token = token
        self.allowed_intents = PRIVILEGED  # privileged ones that are switched on for the application
        self.shards = 1
        self.heartbeat_seconds = 41.25
        self.answers_heartbeats = True
        self.refusals: deque[int] = deque()  # close codes for the next who identify
        self.sessions: dict[str, Session] = {}
        self.identified: list[Json] = []  # everything that was asked for, as it came
        self.resumed: list[Json] = []
        self.heartbeats = 0
        self.close_codes: list[int | None] = []  # with which connections ended
        self._world = world
        self._payloads = payloads
        self._changes = changes

    @property
    def connected(self) -> list[Session]:
        return [session for session in self.sessions.values() if session.connection]

    def push(self, event: str, data: Told, *, guild: Guild | None = None, needs: int = 0) -> None:
        """Send an event to the sessions that have the server's shard and one of the intents `needs`."""
        for session in self.sessions.values():
            shard = (guild.id >> 22) % session.shards if guild else 0
            if session.shard == shard and (not needs or session.intents & needs):
                session.push(event, data(session.intents) if callable(data) else data)

    def ask_to_reconnect(self) -> None:
        """Ask the clients to reconnect (op 7)."""
        self._to_all(lambda connection: connection.send(7))

    def invalidate(self, *, is_resumable: bool = False) -> None:
        """Invalidate the sessions (op 9)."""
        self._to_all(lambda connection: connection.send(9, is_resumable))
        if not is_resumable:
            self.forget_sessions()

    def close(self, code: int) -> None:
        """Close the connections with this code."""
        self._to_all(lambda connection: connection.close(code))
        if code in ENDS_SESSION:
            self.forget_sessions()

    def cut(self) -> None:
        """Break the connections without a close frame."""
        self._to_all(lambda connection: connection.cut())

    def forget_sessions(self) -> None:
        """Forget the sessions, so that none of them can be resumed."""
        self.sessions.clear()

    def _to_all(self, act: Callable[[_Connection], None]) -> None:
        for session in self.connected:
            assert session.connection
            act(session.connection)

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """Serve one connection, from HELLO to its end."""
        if request.query.get("v") != "10" or request.query.get("encoding") != "json":
            return web.Response(status=HTTPStatus.BAD_REQUEST)
        connection = _Connection(request)
        await connection.socket.prepare(request)
        connection.send(10, {"heartbeat_interval": int(self.heartbeat_seconds * 1000)})
        writer = asyncio.create_task(connection.write())
        try:
            async for frame in connection.socket:
                if frame.type is WSMsgType.TEXT:
                    self._hear(connection, json.loads(frame.data))
                    await self._changes.tell()
        finally:
            writer.cancel()
            self._gone(connection)
            await self._changes.tell()
        return connection.socket

    def _hear(self, connection: _Connection, said: Json) -> None:
        match said["op"]:
            case 1:
                self.heartbeats += 1
                if self.answers_heartbeats:
                    connection.send(11)
            case 2:
                self._identify(connection, said["d"])
            case 6:
                self._resume(connection, said["d"])
            case 8 if connection.session:
                self._list_members(connection.session, said["d"])

    def _identify(self, connection: _Connection, wanted: Json) -> None:
        self.identified.append(wanted)
        if (code := self._why_not(wanted)) is not None:
            connection.close(code)
            return
        shard, shards = wanted.get("shard") or (0, 1)
        number = str(self._world.new_id())
        session = Session(id=number, shard=shard, shards=shards, intents=wanted["intents"], connection=connection)
        connection.session = self.sessions[number] = session
        guilds = [
            guild for guild in self._world.guilds.values() if guild.has_bot and (guild.id >> 22) % shards == shard
        ]
        session.push("READY", self._ready(session, guilds))
        if session.intents & GUILDS:
            for guild in guilds:
                session.push("GUILD_CREATE", self._payloads.guild_create(guild) | {"unavailable": False})

    def _why_not(self, wanted: Json) -> int | None:
        if self.refusals:
            return self.refusals.popleft()
        if wanted["token"] != self.token:
            return 4004
        shard, shards = wanted.get("shard") or (0, 1)
        if not 0 <= shard < shards:
            return 4010
        if wanted["intents"] & ~KNOWN_INTENTS:
            return 4013
        return 4014 if wanted["intents"] & PRIVILEGED & ~self.allowed_intents else None

    def _ready(self, session: Session, guilds: list[Guild]) -> Json:
        application = self._payloads.application(self.allowed_intents)
        return {
            "v": 10,
            "user": user(self._world.bot) | {"verified": True, "mfa_enabled": True, "email": None},
            "guilds": [{"id": str(guild.id), "unavailable": True} for guild in guilds],
            "private_channels": [],
            "session_id": session.id,
            "session_type": "normal",
            "resume_gateway_url": self.url,
            "shard": [session.shard, session.shards],
            "application": {"id": application["id"], "flags": application["flags"]},
        }

    def _resume(self, connection: _Connection, wanted: Json) -> None:
        self.resumed.append(wanted)
        session = self.sessions.get(wanted["session_id"])
        if session is None or wanted["token"] != self.token:
            connection.send(9, data=False)
            return
        session.connection = connection
        connection.session = session
        for sequence, event, data in session.events:
            if sequence > (wanted["seq"] or 0):
                connection.send(0, data, event=event, sequence=sequence)
        session.push("RESUMED", {})

    def _list_members(self, session: Session, wanted: Json) -> None:
        guild = self._world.guilds[int(wanted["guild_id"])]
        ids = wanted.get("user_ids")
        found = [each for number, each in guild.members.items() if not ids or str(number) in map(str, ids)]
        told = {"guild_id": str(guild.id), "members": [member(each) for each in found], "nonce": wanted.get("nonce")}
        session.push("GUILD_MEMBERS_CHUNK", told | {"chunk_index": 0, "chunk_count": 1, "not_found": []})

    def _gone(self, connection: _Connection) -> None:
        self.close_codes.append(connection.socket.close_code)
        session = connection.session
        if session is None or session.connection is not connection:
            return
        session.connection = None
        if not connection.was_ended_here and connection.socket.close_code in ENDS_SESSION:
            self.sessions.pop(session.id, None)
