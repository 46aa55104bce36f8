"""The routes about channels and their messages, as the bot may use them."""

from datetime import datetime, timedelta
from typing import Any
from urllib.parse import unquote

from tests.simulators.discord.bodies import Call
from tests.simulators.discord.refusals import Refusal, bad_form
from tests.simulators.discord.world.payloads import Payloads
from tests.simulators.discord.world.state import MOST_FILE_BYTES, Channel, Kind, Message, Permission
from tests.simulators.discord.world.world import World
from tests.simulators.discord.world.writing import Writer

NONCE_SECONDS = 180
MOST_NONCE = 25
MOST_LISTED = 100
LISTED = 50

Json = dict[str, Any]


class Channels:
    """Channels, messages, typing and direct chats."""

    def __init__(self, world: World, writer: Writer, payloads: Payloads) -> None:
        self.typed: list[Channel] = []  # where the bot showed that it writes, as often as it did
        self._world = world
        self._writer = writer
        self._payloads = payloads
        self._by_nonce: dict[tuple[int, str], tuple[datetime, int]] = {}

    def reach(self, number: str, permission: Permission = Permission.NONE) -> Channel:
        """Return the channel if the bot may do that there; else raise a refusal."""
        channel = self._world.channels.get(int(number)) if number.isdigit() else None
        if channel is None:
            raise Refusal(10003)
        held = self._world.bot_permissions(channel)
        if not self._world.is_bot_in(channel) or not held & Permission.VIEW_CHANNEL:
            raise Refusal(50001)
        if permission & ~held:
            raise Refusal(50013)
        return channel

    def show(self, number: str) -> Json:
        return self._payloads.channel(self.reach(number))

    def post(self, number: str, call: Call) -> Message:
        """Post a message. If a young message has the same nonce, return that message instead."""
        channel = self.reach(number, _to_send_in(self._world, number))
        nonce = _nonce(call.body)
        is_enforced = nonce is not None and call.body.get("enforce_nonce")
        if is_enforced and (earlier := self._earlier(channel, nonce)):
            return earlier
        self._refuse_what_is_forbidden(channel, call)
        self.refuse_large(call, channel.guild.most_file_bytes if channel.guild else MOST_FILE_BYTES[0])
        message = self._writer.new(channel, self._world.bot, nonce=nonce)
        if reference := call.body.get("message_reference"):
            self._writer.refer(message, reference)
        self._writer.fill(message, call.body, call.described_files(call.body))
        if nonce is not None:
            self._by_nonce[channel.id, nonce] = (self._world.clock.now(), message.id)
        return self._writer.keep(message)

    def list(self, number: str, call: Call) -> list[Message]:
        """Return messages, the newest first, as far as the query says."""
        channel = self.reach(number)
        if not self._world.bot_permissions(channel) & Permission.READ_MESSAGE_HISTORY:
            return []
        limit = int(call.query.get("limit", LISTED))
        if not 1 <= limit <= MOST_LISTED:
            raise bad_form(f"limit: 1 to {MOST_LISTED}")
        before, after = (int(call.query.get(name, edge)) for name, edge in (("before", 1 << 63), ("after", 0)))
        found = [each for each in self._world.messages_in(channel) if not each.is_ephemeral]
        found = [each for each in found if after < each.id < before]
        return found[::-1][:limit] if "after" not in call.query else found[:limit][::-1]

    def find(self, number: str, message_number: str) -> Message:
        """Return a message for the bot to look at."""
        return self._message(self.reach(number, Permission.READ_MESSAGE_HISTORY), message_number)

    def edit(self, number: str, message_number: str, call: Call) -> Message:
        channel = self.reach(number)
        message = self._message(channel, message_number)
        if message.author is not self._world.bot:
            raise Refusal(50005)
        if call.files and not self._world.bot_permissions(channel) & Permission.ATTACH_FILES:
            raise Refusal(50013)
        self.refuse_large(call, channel.guild.most_file_bytes if channel.guild else MOST_FILE_BYTES[0])
        return self._writer.rewrite(message, call.body, call.described_files(call.body))

    def delete(self, number: str, message_number: str) -> None:
        channel = self.reach(number)
        message = self._message(channel, message_number)
        may_delete = bool(self._world.bot_permissions(channel) & Permission.MANAGE_MESSAGES)
        if message.author is not self._world.bot and not may_delete:
            raise Refusal(50013 if channel.guild else 50003)
        self._writer.delete(message)

    def type(self, number: str) -> None:
        self.typed.append(self.reach(number, _to_send_in(self._world, number)))

    def react(self, number: str, message_number: str, emoji: str) -> None:
        """Put a reaction of the bot's to a message; the same one again changes nothing."""
        channel = self.reach(number, Permission.READ_MESSAGE_HISTORY)
        message = self._message(channel, message_number)
        reaction = unquote(emoji)
        if reaction not in message.reactions:
            if not self._world.bot_permissions(channel) & Permission.ADD_REACTIONS:
                raise Refusal(50013)
            message.reactions.append(reaction)

    def unreact(self, number: str, message_number: str, emoji: str) -> None:
        """Take a reaction of the bot's away."""
        message = self._message(self.reach(number), message_number)
        if unquote(emoji) in message.reactions:
            message.reactions.remove(unquote(emoji))

    def open_direct(self, call: Call) -> Json:
        """Return the chat of the bot and a person."""
        person = self._world.people.get(int(call.body["recipient_id"]))
        if person is None or person is self._world.bot:
            raise Refusal(50033)
        return self._payloads.channel(self._world.private_channel(self._world.bot, person))

    def refuse_large(self, call: Call, most_file_bytes: int) -> None:
        """Refuse what is too much, in one file or altogether."""
        if self._world.is_too_large(call.size_bytes, call.files.values(), most_file_bytes):
            raise Refusal(40005)

    def _message(self, channel: Channel, number: str) -> Message:
        message = self._world.messages.get(int(number)) if number.isdigit() else None
        if message is None or message.channel is not channel or message.is_ephemeral:
            raise Refusal(10008)
        return message

    def _earlier(self, channel: Channel, nonce: str | None) -> Message | None:
        """Return the young message with this nonce. If it was deleted, refuse to post another, as Discord does."""
        sent_at, number = self._by_nonce.get((channel.id, nonce or ""), (None, 0))
        if sent_at is None or self._world.clock.now() - sent_at >= timedelta(seconds=NONCE_SECONDS):
            return None
        message = self._world.messages.get(number)
        if message is None:
            raise Refusal(10008)
        return message

    def _refuse_what_is_forbidden(self, channel: Channel, call: Call) -> None:
        held = self._world.bot_permissions(channel)
        if channel.kind is Kind.DIRECT and not all(
            person.takes_direct_messages for person in channel.people if person is not self._world.bot
        ):
            raise Refusal(50007)
        if call.files and not held & Permission.ATTACH_FILES:
            raise Refusal(50013)
        if call.body.get("embeds") and not held & Permission.EMBED_LINKS:
            raise Refusal(50013)
        if call.body.get("message_reference") and not held & Permission.READ_MESSAGE_HISTORY:
            raise Refusal(160002)


def _to_send_in(world: World, number: str) -> Permission:
    channel = world.channels.get(int(number)) if number.isdigit() else None
    is_thread = channel is not None and channel.is_thread
    return Permission.SEND_MESSAGES_IN_THREADS if is_thread else Permission.SEND_MESSAGES


def _nonce(body: Json) -> str | None:
    nonce = body.get("nonce")
    if nonce is not None and len(str(nonce)) > MOST_NONCE:
        raise bad_form(f"nonce: must be {MOST_NONCE} or fewer in length")
    return None if nonce is None else str(nonce)
