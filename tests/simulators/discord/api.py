"""Discord over real HTTP and WebSocket, for the unmodified discord.py, with everything in the hand of a test.

    async with DiscordSimulator() as discord_api:
        anna, channel = discord_api.add_person("anna"), discord_api.add_channel(discord_api.add_guild())
        with pointed_at(api_url=discord_api.api_url, gateway_url=discord_api.gateway_url):
            client = discord.AutoShardedClient(intents=discord.Intents.default())
            …  # sync its commands, run client.start(TOKEN) in a task
            await discord_api.until(lambda: discord_api.gateway.connected)
            asked = discord_api.members.slash(anna, channel, "imagine", prompt="a fox")
            await discord_api.until(lambda: asked.answer)
            assert asked.answer.text == "Here is your fox"
            discord_api.clock.advance(15 * 60)  # and the interaction's token is worth nothing

Nothing here waits for real time: whatever depends on it goes by `clock`. Each request, and each answer of ours, is
judged by Discord's own description of its API; what no client should send makes the test fail at the end.
"""

from collections.abc import Callable, Iterable
from contextlib import AsyncExitStack
from types import TracebackType
from typing import Self

from aiohttp import web

from tests.simulators.discord import routes as discord_routes
from tests.simulators.discord.bodies import Call
from tests.simulators.discord.changes import Changes
from tests.simulators.discord.faults import Fault
from tests.simulators.discord.gateway import Gateway
from tests.simulators.discord.history import History
from tests.simulators.discord.interactions.commands import Commands
from tests.simulators.discord.interactions.interactions import Interactions
from tests.simulators.discord.rest import BASE, Rest
from tests.simulators.discord.world.channels import Channels
from tests.simulators.discord.world.events import Events
from tests.simulators.discord.world.files import Links
from tests.simulators.discord.world.members import Desk, Members
from tests.simulators.discord.world.payloads import Payloads
from tests.simulators.discord.world.state import Channel, Guild, HandClock, Message, Permission, Person, Role
from tests.simulators.discord.world.world import World
from tests.simulators.discord.world.writing import Writer
from tests.simulators.waiting import WITHIN_SECONDS

TOKEN = "MTE1.simulated.token"
MOST_NOTED = 8
MOST_REQUEST_BYTES = 128 * 1024 * 1024
"""What is read at all, so that a refusal can be heard."""


class DiscordSimulator:
    """The simulated Discord. `members` acts for people, `gateway` breaks connections, `fail` breaks requests."""

    def __init__(self, *, token: str = TOKEN, clock: HandClock | None = None) -> None:
        self.clock = clock or HandClock()
        self.world = World(self.clock)
        self.links = Links()
        self.changes = Changes()
        self.payloads = Payloads(self.world, self.links)
        self.gateway = Gateway(self.world, self.payloads, self.changes, token=token)
        self.events = Events(self.world, self.payloads, self.gateway)
        self.history = History(self.world)
        self.writer = Writer(self.world, self.links, self._announce)
        self.channels = Channels(self.world, self.writer, self.payloads)
        self.commands = Commands(self.world)
        self.interactions = Interactions(self.world, self.writer, self.payloads)
        self.rest = Rest(self.world, self.links, self.changes, token=token, shown=self.events.shown)
        desk = Desk(
            world=self.world,
            writer=self.writer,
            payloads=self.payloads,
            links=self.links,
            gateway=self.gateway,
            commands=self.commands,
            interactions=self.interactions,
        )
        self.members = Members(desk)
        self.api_url = ""
        self._stack = AsyncExitStack()
        discord_routes.add_channels(self.rest, self.channels)
        discord_routes.add_interactions(self.rest, self.interactions)
        discord_routes.add_commands(self.rest, self.commands)
        discord_routes.add_world(self.rest, self.world, self.payloads, self.gateway)

    async def __aenter__(self) -> Self:
        app = web.Application(client_max_size=MOST_REQUEST_BYTES)
        app.router.add_route("*", BASE + "/{path:.*}", self.rest.serve)
        app.router.add_get("/attachments/{path:.*}", self.rest.serve_file)
        app.router.add_get("/gateway", self.gateway.serve)
        runner = web.AppRunner(app, handler_cancellation=True, shutdown_timeout=1.0, access_log=None)
        await runner.setup()
        self._stack.push_async_callback(runner.cleanup)
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        host, port = runner.addresses[0][:2]
        self.links.host = f"http://{host}:{port}"
        self.api_url = self.links.host + BASE
        self.gateway.url = f"ws://{host}:{port}/gateway"
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.gateway.cut()
        await self._stack.aclose()
        if error is None:
            assert not self.rest.violations, "\n".join(self.rest.violations)

    @property
    def gateway_url(self) -> str:
        return self.gateway.url

    # What there is

    def add_person(self, name: str, *, locale: str = "en-US") -> Person:
        return self.world.add_person(name, locale=locale)

    def add_guild(
        self, name: str = "A server", *, has_bot: bool = True, premium_tier: int = 0, locale: str = "en-US"
    ) -> Guild:
        """Add a server. A bot that is connected already joins it now."""
        guild = self.world.add_guild(name, has_bot=has_bot, premium_tier=premium_tier, locale=locale)
        if has_bot:
            self.events.guild("GUILD_CREATE", guild)
        return guild

    def add_channel(self, guild: Guild, name: str = "pictures") -> Channel:
        return self._told(self.world.add_channel(guild, name), "CHANNEL_CREATE")

    def add_thread(self, parent: Channel, name: str = "a thread") -> Channel:
        assert parent.guild, "threads are in servers"
        return self._told(self.world.add_channel(parent.guild, name, parent=parent), "THREAD_CREATE")

    def add_role(self, guild: Guild, name: str, permissions: Permission = Permission.NONE) -> Role:
        role = self.world.add_role(guild, name, permissions)
        self.events.guild("GUILD_UPDATE", guild)
        return role

    def join(self, guild: Guild, person: Person, *roles: Role) -> None:
        """Make a person a member with these roles."""
        self.world.join(guild, person, roles)

    def direct_channel(self, person: Person) -> Channel:
        """Return the chat of a person with the bot."""
        return self.world.private_channel(self.world.bot, person)

    def private_channel(self, *people: Person) -> Channel:
        """Return a chat of people without the bot."""
        return self.world.private_channel(*people)

    def deny(self, channel: Channel, permissions: Permission) -> None:
        """Deny the bot exactly these permissions there (NONE: nothing)."""
        channel.denied = permissions
        if channel.guild and channel.guild.has_bot:
            self.events.channel("CHANNEL_UPDATE", channel)

    def take_back(self, guild: Guild) -> None:
        """Let somebody bring the bot into a server that had removed it."""
        guild.has_bot = True
        self.world.join(guild, self.world.bot)
        self.events.guild("GUILD_CREATE", guild)

    def remove_bot(self, guild: Guild) -> None:
        """Throw the bot out of a server."""
        guild.has_bot = False
        guild.members.pop(self.world.bot.id, None)
        self.events.guild("GUILD_DELETE", guild)

    def delete_channel(self, channel: Channel) -> None:
        """Delete the channel with everything in it."""
        for message in self.world.messages_in(channel):
            self.members.delete(message)
        self.events.channel("THREAD_DELETE" if channel.is_thread else "CHANNEL_DELETE", channel)
        del self.world.channels[channel.id]

    # What goes wrong

    def fail(self, method: str, pattern: str, fault: Fault, *, times: int = 1) -> None:
        """Let the next requests to a path (with * for anything) meet a fault; files are at /attachments/…"""
        self.rest.faults.add(method, pattern, fault, times=times)

    def forgive(self) -> list[str]:
        """Return the violations and forget them, for a test that wanted requests that no client should send."""
        violations = self.rest.violations.copy()
        self.rest.violations.clear()
        return violations

    # What has happened

    async def until(self, condition: Callable[[], object], *, seconds: float = WITHIN_SECONDS) -> None:
        """Wait until it holds, looking whenever something happens here; TimeoutError if it does not in that time."""
        try:
            await self.changes.until(condition, seconds=seconds)
        except TimeoutError as error:
            last = [f"{call.method} {call.path} {call.status}" for call in self.rest.calls[-MOST_NOTED:]]
            error.add_note("the last requests were: " + (", ".join(last) or "none"))
            raise

    def messages(self, channel: Channel, *, by_bot: bool | None = None) -> list[Message]:
        """Return what everybody sees in a channel now, oldest first."""
        found = (message for message in self.world.messages_in(channel) if not message.is_ephemeral)
        return [each for each in found if by_bot is None or by_bot is (each.author is self.world.bot)]

    def direct_messages(self, person: Person) -> list[Message]:
        """Return what the bot has written to a person alone."""
        return self.messages(self.direct_channel(person), by_bot=True)

    def ephemeral_messages(self, person: Person) -> list[Message]:
        """Return what only this person sees."""
        return [
            message
            for message in self.world.messages.values()
            if message.is_ephemeral and message.origin and message.origin.person is person
        ]

    def calls(self, method: str | None = None, path_end: str = "") -> list[Call]:
        """Return the requests of this method whose path ends so, in the order in which they came."""
        found: Iterable[Call] = self.rest.calls
        return [each for each in found if method in {None, each.method} and each.path.endswith(path_end)]

    def _announce(self, event: str, message: Message) -> None:
        self.history.note(event, message)
        self.events.message(event, message)

    def _told(self, channel: Channel, event: str) -> Channel:
        if channel.guild and channel.guild.has_bot:
            self.events.channel(event, channel)
        return channel
