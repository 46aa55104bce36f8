"""What a bot may know of messages: which events reach it, and what of a message it may read."""

from typing import Any

from tests.simulators.discord.gateway import MESSAGE_CONTENT, Gateway
from tests.simulators.discord.world.payloads import Payloads
from tests.simulators.discord.world.places import guild_fields, member, user
from tests.simulators.discord.world.state import Channel, Guild, Message, Permission
from tests.simulators.discord.world.world import World
from tests.simulators.discord.world.writing import REPLY

GUILD_MESSAGES = 1 << 9
DIRECT_MESSAGES = 1 << 12
GUILDS = 1 << 0

Json = dict[str, Any]


class Events:
    """Tells the gateway what happens."""

    def __init__(self, world: World, payloads: Payloads, gateway: Gateway) -> None:
        self._world = world
        self._payloads = payloads
        self._gateway = gateway

    def message(self, event: str, message: Message) -> None:
        """Tell the bot that a message came, was changed or went, if the bot can look there."""
        channel = message.channel
        can_look = self._world.bot_permissions(channel) & Permission.VIEW_CHANNEL
        if message.is_ephemeral or not can_look or not self._world.is_bot_in(channel):
            return
        needs = GUILD_MESSAGES if channel.guild else DIRECT_MESSAGES
        place: Json = {"guild_id": str(channel.guild.id)} if channel.guild else {}
        if event == "MESSAGE_DELETE":
            gone = {"id": str(message.id), "channel_id": str(channel.id), **place}
            self._gateway.push(event, gone, guild=channel.guild, needs=needs)
            return
        whole = self._payloads.message(message)
        place |= self._author(message)

        def told(intents: int) -> Json:
            return self.readable(message, whole, has_content=bool(intents & MESSAGE_CONTENT)) | place

        self._gateway.push(event, told, guild=channel.guild, needs=needs)

    def channel(self, event: str, channel: Channel) -> None:
        payload = self._payloads.channel(channel) | ({"newly_created": True} if event == "THREAD_CREATE" else {})
        self._gateway.push(event, payload, guild=channel.guild, needs=GUILDS)

    def guild(self, event: str, guild: Guild) -> None:
        payloads: dict[str, Json] = {"GUILD_DELETE": {"id": str(guild.id)}, "GUILD_UPDATE": guild_fields(guild)}
        payload = payloads.get(event) or self._payloads.guild_create(guild)
        self._gateway.push(event, payload, guild=guild, needs=GUILDS)

    def shown(self, message: Message) -> Json:
        """Return the message as the bot gets it when it asks for it."""
        has_content = bool(self._gateway.allowed_intents & MESSAGE_CONTENT)
        return self.readable(message, self._payloads.message(message), has_content=has_content)

    def readable(self, message: Message, payload: Json, *, has_content: bool) -> Json:
        """Return what the bot may read of the message. The message that it answers is judged by itself."""
        told = payload
        if not has_content and not self._is_open(message):
            told = payload | {"content": "", "attachments": [], "embeds": [], "components": []}
        answered = self._answered(message)
        if answered and payload.get("referenced_message"):
            inner = self.readable(answered, payload["referenced_message"], has_content=has_content)
            told = told | {"referenced_message": inner}
        return told

    def _is_open(self, message: Message) -> bool:
        """Return whether the bot can read the message without the privileged intent.

        It can read its own messages, those in its direct chats, and those that mention it. A ping by an answer to an
        interaction's response does not count as a mention.
        """
        bot = self._world.bot
        if message.author is bot or message.channel.guild is None:
            return True
        if f"<@{bot.id}>" in message.content or f"<@!{bot.id}>" in message.content:
            return True
        answered = self._answered(message)
        is_to_response = message.kind == REPLY and answered is not None and answered.origin is not None
        return bot in message.mentions and not is_to_response

    def _answered(self, message: Message) -> Message | None:
        reference = message.reference
        return self._world.messages.get(int(reference["message_id"])) if reference else None

    def _author(self, message: Message) -> Json:
        """Return the server membership of the message's author, and that of the people whom it mentions."""
        guild = message.channel.guild
        there = guild.members.get(message.author.id) if guild else None
        if guild is None or there is None or message.origin:
            return {}
        mentions = [
            user(person) | ({"member": _bare(guild, person.id)} if person.id in guild.members else {})
            for person in message.mentions
        ]
        return {"member": _bare(guild, message.author.id), "mentions": mentions}


def _bare(guild: Guild, number: int) -> Json:
    return {key: value for key, value in member(guild.members[number]).items() if key != "user"}
