"""Which request is carried out by what."""

from typing import Any, TypeVar

from tests.simulators.discord.bodies import Call
from tests.simulators.discord.gateway import Gateway
from tests.simulators.discord.interactions.commands import Commands
from tests.simulators.discord.interactions.interactions import Interactions
from tests.simulators.discord.refusals import Refusal
from tests.simulators.discord.rest import Rest
from tests.simulators.discord.world.channels import Channels
from tests.simulators.discord.world.payloads import Payloads
from tests.simulators.discord.world.places import guild_fields, member, role, user
from tests.simulators.discord.world.state import Guild, Member
from tests.simulators.discord.world.world import World

Json = dict[str, Any]
Thing = TypeVar("Thing")


def add_channels(rest: Rest, channels: Channels) -> None:
    """Add the routes for channels, their messages, typing and direct chats."""
    one, several = "/channels/{channel}/messages/{message}", "/channels/{channel}/messages"
    rest.add("GET", "/channels/{channel}", lambda _, channel: channels.show(channel))
    rest.add("POST", several, lambda call, channel: channels.post(channel, call))
    rest.add("GET", several, lambda call, channel: channels.list(channel, call))
    rest.add("GET", one, lambda _, channel, message: channels.find(channel, message))
    rest.add("PATCH", one, lambda call, channel, message: channels.edit(channel, message, call))
    rest.add("DELETE", one, lambda _, channel, message: channels.delete(channel, message))
    mine = one + "/reactions/{emoji}/@me"
    rest.add("PUT", mine, lambda _, channel, message, emoji: channels.react(channel, message, emoji))
    rest.add("DELETE", mine, lambda _, channel, message, emoji: channels.unreact(channel, message, emoji))
    rest.add("POST", "/channels/{channel}/typing", lambda _, channel: channels.type(channel))
    rest.add("POST", "/users/@me/channels", channels.open_direct)


def add_interactions(rest: Rest, interactions: Interactions) -> None:
    """Add the routes for interactions. They need no token of the bot's, since they have their own."""
    callback, hook = "/interactions/{number}/{token}/callback", "/webhooks/{app}/{token}"
    one = hook + "/messages/{message}"
    rest.add("POST", callback, lambda call, number, token: interactions.respond(number, token, call), needs_token=False)
    rest.add("POST", hook, lambda call, app, token: interactions.follow_up(app, token, call), needs_token=False)
    rest.add("GET", one, lambda _, app, token, message: interactions.find(app, token, message), needs_token=False)
    rest.add(
        "PATCH",
        one,
        lambda call, app, token, message: interactions.edit(app, token, message, call),
        needs_token=False,
    )
    rest.add("DELETE", one, lambda _, app, token, message: interactions.delete(app, token, message), needs_token=False)


def add_commands(rest: Rest, commands: Commands) -> None:
    """Add the routes for the commands for everywhere and for one server."""
    everywhere, here = "/applications/{app}/commands", "/applications/{app}/guilds/{guild}/commands"
    rest.add("GET", everywhere, lambda _, app: commands.registered())
    rest.add("PUT", everywhere, lambda call, app: commands.replace(None, call.body))
    rest.add("GET", here, lambda _, app, guild: commands.registered(int(guild)))
    rest.add("PUT", here, lambda call, app, guild: commands.replace(int(guild), call.body))


def add_world(rest: Rest, world: World, payloads: Payloads, gateway: Gateway) -> None:
    """Add the routes for the bot itself, the gateway, people and servers."""

    def application(_: Call) -> Json:
        return payloads.application(gateway.allowed_intents)

    def me(_: Call) -> Json:
        return user(world.bot) | {"mfa_enabled": True, "locale": "en-US", "verified": True}

    rest.add("GET", "/users/@me", me)
    rest.add("GET", "/oauth2/applications/@me", application)
    rest.add("GET", "/applications/@me", application)
    rest.add("GET", "/gateway", lambda _: {"url": gateway.url}, needs_token=False)
    rest.add("GET", "/gateway/bot", lambda _: _gateway_for_bots(gateway))
    rest.add("GET", "/users/{person}", lambda _, person: user(_known(world.people, person, 10013)))
    rest.add("GET", "/guilds/{guild}", lambda _, guild: guild_fields(_guild(world, guild)))
    rest.add("GET", "/guilds/{guild}/channels", lambda _, guild: _channels(world, payloads, _guild(world, guild)))
    rest.add("GET", "/guilds/{guild}/roles", lambda _, guild: _roles(_guild(world, guild)))
    rest.add("GET", "/guilds/{guild}/members/{person}", lambda _, guild, person: member(_member(world, guild, person)))


def _gateway_for_bots(gateway: Gateway) -> Json:
    limit = {"total": 1000, "remaining": 1000, "reset_after": 0, "max_concurrency": 1}
    return {"url": gateway.url, "shards": gateway.shards, "session_start_limit": limit}


def _known(things: dict[int, Thing], number: str, code: int) -> Thing:
    thing = things.get(int(number)) if number.isdigit() else None
    if thing is None:
        raise Refusal(code)
    return thing


def _guild(world: World, number: str) -> Guild:
    guild = _known(world.guilds, number, 10004)
    if not guild.has_bot:
        raise Refusal(50001)
    return guild


def _member(world: World, guild: str, person: str) -> Member:
    return _known(_guild(world, guild).members, person, 10007)


def _channels(world: World, payloads: Payloads, guild: Guild) -> list[Json]:
    there = [channel for channel in world.channels.values() if channel.guild is guild and not channel.is_thread]
    return [payloads.channel(channel) for channel in there]


def _roles(guild: Guild) -> list[Json]:
    return [role(each, position) for position, each in enumerate(guild.roles)]
