"""People, roles and servers, as Discord writes them in JSON."""

from typing import Any

from tests.simulators.discord.world.state import Channel, Guild, Kind, Member, Person, Role

Json = dict[str, Any]


def user(person: Person) -> Json:
    return {
        "id": str(person.id),
        "username": person.name,
        "avatar": None,
        "discriminator": "0" if not person.is_bot else "0001",
        "public_flags": 0,
        "flags": 0,
        "bot": person.is_bot,
        "global_name": person.display_name,
        "primary_guild": None,
    }


def member(there: Member) -> Json:
    return {
        "user": user(there.person),
        "avatar": None,
        "banner": None,
        "communication_disabled_until": None,
        "flags": 0,
        "joined_at": there.joined_at.isoformat(),
        "nick": None,
        "pending": False,
        "premium_since": None,
        "roles": [str(role.id) for role in there.roles],
        "mute": False,
        "deaf": False,
    }


def role(role: Role, position: int) -> Json:
    return {
        "id": str(role.id),
        "name": role.name,
        "permissions": str(int(role.permissions)),
        "position": position,
        "color": 0,
        "colors": {"primary_color": 0, "secondary_color": None, "tertiary_color": None},
        "hoist": False,
        "managed": role.bot_id is not None,
        "mentionable": False,
        "icon": None,
        "unicode_emoji": None,
        "flags": 0,
        **({"tags": {"bot_id": str(role.bot_id)}} if role.bot_id else {}),
    }


def guild_fields(guild: Guild) -> Json:
    """Return a server as a client gets it when it asks for it."""
    absent = (
        "icon description home_header splash discovery_splash banner application_id afk_channel_id system_channel_id "
        "widget_channel_id max_presences vanity_url_code rules_channel_id safety_alerts_channel_id "
        "public_updates_channel_id incidents_data"
    )
    zero = (
        "system_channel_flags verification_level default_message_notifications mfa_level explicit_content_filter "
        "premium_subscription_count nsfw_level"
    )
    return {
        **dict.fromkeys(absent.split(), None),
        **dict.fromkeys(zero.split(), 0),
        "id": str(guild.id),
        "name": guild.name,
        "features": [],
        "owner_id": str(guild.owner.id),
        "region": "deprecated",
        "afk_timeout": 300,
        "widget_enabled": False,
        "roles": [role(each, position) for position, each in enumerate(guild.roles)],
        "max_members": 500_000,
        "max_stage_video_channel_users": 50,
        "max_video_channel_users": 25,
        "premium_tier": guild.premium_tier,
        "preferred_locale": guild.locale,
        "premium_progress_bar_enabled": False,
        "nsfw": False,
        "emojis": [],
        "stickers": [],
    }


def group_fields(channel: Channel) -> Json:
    """Return the fields that a group chat has."""
    if channel.kind is not Kind.GROUP:
        return {}
    return {"name": None, "icon": None, "owner_id": str(channel.people[0].id)}


def thread_fields(channel: Channel, parent: Channel, owner: Person) -> Json:
    """Return the fields that a thread has."""
    metadata = {
        "archived": False,
        "auto_archive_duration": 1440,
        "archive_timestamp": "2026-01-01T00:00:00+00:00",
        "locked": False,
    }
    return {
        "parent_id": str(parent.id),
        "owner_id": str(owner.id),
        "thread_metadata": metadata,
        "message_count": 0,
        "member_count": 1,
        "total_message_sent": 0,
        "name": channel.name,
    }
