"""An interaction as the gateway hands it to a bot."""

from typing import Any

from tests.simulators.discord.interactions.interactions import Asked
from tests.simulators.discord.world.payloads import Payloads
from tests.simulators.discord.world.places import member, user
from tests.simulators.discord.world.state import Guild, Permission
from tests.simulators.discord.world.world import World

Json = dict[str, Any]


def described(asked: Asked, data: Json, world: World, payloads: Payloads, context: int) -> Json:
    """Make the event INTERACTION_CREATE."""
    channel, guild = asked.channel, asked.channel.guild
    payload: Json = {
        "id": str(asked.id),
        "application_id": str(world.bot.id),
        "type": int(asked.kind),
        "data": data,
        "channel_id": str(channel.id),
        "channel": payloads.channel(channel),
        "token": asked.token,
        "version": 1,
        "app_permissions": str(int(_app_permissions(asked, world))),
        "locale": asked.person.locale,
        "entitlements": [],
        "entitlement_sku_ids": [],
        "authorizing_integration_owners": asked.owners,
        "context": context,
        "attachment_size_limit": asked.most_file_bytes,
    }
    payload |= _in_guild(asked, guild, world) if guild else {"user": user(asked.person)}
    return payload | ({"message": payloads.message(asked.source)} if asked.source else {})


def _in_guild(asked: Asked, guild: Guild, world: World) -> Json:
    permissions = str(int(world.permissions_of(asked.person, guild)))
    return {
        "guild_id": str(guild.id),
        "guild": {"id": str(guild.id), "locale": guild.locale, "features": []},
        "guild_locale": guild.locale,
        "member": member(guild.members[asked.person.id]) | {"permissions": permissions},
    }


def _app_permissions(asked: Asked, world: World) -> Permission:
    """Return what the bot may do there. Where it is no member, return what a person's own app may do."""
    if world.is_bot_in(asked.channel):
        return world.bot_permissions(asked.channel)
    own = Permission.ATTACH_FILES | Permission.EMBED_LINKS | Permission.MENTION_EVERYONE
    guild = asked.channel.guild
    return own & world.permissions_of(asked.person, guild) if guild else own
