"""What there is, as Discord writes it in JSON."""

from datetime import datetime
from typing import Any

from tests.simulators.discord.interactions.components import shown
from tests.simulators.discord.world.files import Links, StoredFile
from tests.simulators.discord.world.places import group_fields, guild_fields, member, thread_fields, user
from tests.simulators.discord.world.state import EPHEMERAL, Channel, Guild, Message, Origin
from tests.simulators.discord.world.world import World

Json = dict[str, Any]

APPLICATION_FLAGS_BY_INTENT = {1 << 1: 1 << 14, 1 << 8: 1 << 12, 1 << 15: 1 << 18}
"""Of an application that may ask for a privileged intent: members, presences, message content."""


class Payloads:
    """Writes things out; links to files are signed at that moment."""

    def __init__(self, world: World, links: Links) -> None:
        self._world = world
        self._links = links

    def message(self, message: Message, *, depth: int = 0) -> Json:
        """Return the message with the one that it answers (but not what that one answers)."""
        world = self._world
        payload = {
            **self._substance(message),
            "id": str(message.id),
            "channel_id": str(message.channel.id),
            "author": user(message.author),
            "pinned": False,
            "mention_everyone": message.pings_everyone,
            "tts": False,
        }
        if message.nonce is not None:
            payload["nonce"] = message.nonce
        if message.author is world.bot and message.channel.guild is None:
            payload["application_id"] = str(world.bot.id)
        if message.origin:
            payload |= {"webhook_id": str(world.bot.id), "application_id": str(world.bot.id)}
            payload["interaction_metadata"] = self._origin(message.origin)
        if message.reference:
            payload["message_reference"] = message.reference
            if message.forwarded:
                payload["message_snapshots"] = [{"message": self._substance(message.forwarded)}]
            elif depth == 0:
                answered = world.messages.get(int(message.reference["message_id"]))
                payload["referenced_message"] = self.message(answered, depth=1) if answered else None
        return payload

    def attachment(self, channel: Channel, file: StoredFile, *, is_ephemeral: bool = False) -> Json:
        link = self._links.link(channel.id, file, self._world.clock.now())
        payload = {
            "id": str(file.id),
            "filename": file.name,
            "size": len(file.data),
            "url": link,
            "proxy_url": link,
            "content_type": file.content_type,
            "description": file.description,
            "width": file.width,
            "height": file.height,
        }
        known = {key: value for key, value in payload.items() if value is not None}
        return known | ({"ephemeral": True} if is_ephemeral else {}) | ({"flags": 1 << 3} if file.is_spoiler else {})

    def application(self, allowed_intents: int) -> Json:
        """Return the application of the bot."""
        flags = sum(flag for intent, flag in APPLICATION_FLAGS_BY_INTENT.items() if allowed_intents & intent)
        world = self._world
        return {
            "id": str(world.bot.id),
            "name": world.bot.name,
            "icon": None,
            "description": "",
            "type": None,
            "bot": user(world.bot),
            "bot_public": True,
            "bot_require_code_grant": False,
            "verify_key": "0" * 64,
            "flags": flags,
            "flags_new": str(flags),
            "redirect_uris": [],
            "interactions_endpoint_url": None,
            "role_connections_verification_url": None,
            "owner": user(world.owner),
            "approximate_guild_count": len(world.guilds),
            "approximate_user_install_count": 0,
            "approximate_user_authorization_count": 0,
            "explicit_content_filter": 0,
            "team": None,
            "eligible_oauth2_scopes": [],
            "integration_types_config": {"0": {}, "1": {}},
        }

    def channel(self, channel: Channel) -> Json:
        """Return the channel, with what its kind has."""
        payload: Json = {"id": str(channel.id), "type": int(channel.kind), "flags": 0, "last_message_id": None}
        if channel.guild is None:
            others = [person for person in channel.people if person is not self._world.bot]
            return payload | {"recipients": [user(person) for person in others]} | group_fields(channel)
        payload |= {"guild_id": str(channel.guild.id), "name": channel.name, "rate_limit_per_user": 0}
        if channel.parent:
            return payload | thread_fields(channel, channel.parent, channel.guild.owner)
        overwrite = {"id": str(self._world.bot.id), "type": 1, "allow": "0", "deny": str(int(channel.denied))}
        return payload | {
            "position": 0,
            "permission_overwrites": [overwrite] if channel.denied else [],
            "nsfw": channel.is_age_restricted,
            "topic": None,
            "parent_id": None,
        }

    def guild_create(self, guild: Guild) -> Json:
        """Return the event of a server that the bot joins. For one that it was in already it says `unavailable` too."""
        channels = [channel for channel in self._world.channels.values() if channel.guild is guild]
        return guild_fields(guild) | {
            "joined_at": self._world.clock.now().isoformat(),
            "large": False,
            "member_count": len(guild.members),
            "members": [member(guild.members[self._world.bot.id])],
            "channels": [self.channel(channel) for channel in channels if not channel.is_thread],
            "threads": [self.channel(channel) for channel in channels if channel.is_thread],
            "voice_states": [],
            "presences": [],
            "stage_instances": [],
            "guild_scheduled_events": [],
        }

    def _substance(self, message: Message) -> Json:
        is_ephemeral = bool(message.flags & EPHEMERAL)
        files = [self.attachment(message.channel, file, is_ephemeral=is_ephemeral) for file in message.files]
        by_name = {file["filename"]: file for file in files}

        def unfurled(url: str) -> Json:
            return _unfurled(by_name[url.removeprefix("attachment://")]) if url.startswith("attachment://") else {}

        return {
            "type": message.kind,
            "content": message.content,
            "mentions": [user(person) for person in message.mentions],
            "mention_roles": [str(role) for role in message.mention_roles],
            "attachments": files,
            "embeds": message.embeds,
            "timestamp": message.created_at.isoformat(),
            "edited_timestamp": _time(message.edited_at),
            "flags": message.flags,
            "components": shown(message.components, unfurled),
        }

    def _origin(self, origin: Origin) -> Json:
        payload = {
            "id": str(origin.interaction_id),
            "type": origin.kind,
            "user": user(origin.person),
            "authorizing_integration_owners": origin.owners,
        }
        if origin.opened_by:
            return payload | {"triggering_interaction_metadata": self._origin(origin.opened_by)}
        return payload | ({"interacted_message_id": str(origin.message_id)} if origin.message_id else {})


def _unfurled(attachment: Json) -> Json:
    return {
        "id": attachment["id"],
        "attachment_id": attachment["id"],
        "url": attachment["url"],
        "proxy_url": attachment["proxy_url"],
        "width": attachment.get("width"),
        "height": attachment.get("height"),
        "content_type": attachment.get("content_type"),
        "name": attachment["filename"],
        "size": attachment["size"],
    }


def _time(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None
