"""What people do: they write, call commands, press buttons and fill in forms.

None of this waits: the event is on its way when a method returns, and whatever a member could not do in Discord's own
client (an unregistered command, a button that is not there) is an AssertionError.
"""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tests.simulators.discord.gateway import Gateway
from tests.simulators.discord.interactions.asking import described
from tests.simulators.discord.interactions.commands import MESSAGE_MENU, SLASH, Commands
from tests.simulators.discord.interactions.components import SELECTS, walk
from tests.simulators.discord.interactions.interactions import Asked, Asks, Interactions
from tests.simulators.discord.interactions.options import Filled, Filler, Focus, Value
from tests.simulators.discord.world.files import Links, Upload, stored
from tests.simulators.discord.world.payloads import Payloads
from tests.simulators.discord.world.state import MOST_FILE_BYTES, Channel, Kind, Message, Permission, Person
from tests.simulators.discord.world.world import World
from tests.simulators.discord.world.writing import FORWARD, Writer

Json = dict[str, Any]
IN_GUILD, WITH_BOT, AMONG_PEOPLE = 0, 1, 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """What is needed to act for people."""

    world: World
    writer: Writer
    payloads: Payloads
    links: Links
    gateway: Gateway
    commands: Commands
    interactions: Interactions


class Members:
    """The people of the simulated Discord, in the hand of a test."""

    def __init__(self, desk: Desk) -> None:
        self.attachment_size_limit: int | None = None  # None: what the place allows
        self._desk = desk

    def say(
        self,
        person: Person,
        channel: Channel,
        text: str = "",
        *,
        files: Sequence[Upload] = (),
        reply_to: Message | None = None,
        pings: bool = True,
        forward: Message | None = None,
    ) -> Message:
        """Write a message, answer one (`pings`: with a mention of its author), or pass one on."""
        self._enter(person, channel)
        writer = self._desk.writer
        message = writer.new(channel, person)
        if there := reply_to or forward:
            writer.refer(message, {"message_id": str(there.id), "type": FORWARD if forward else 0})
        mentions = {"parse": ["users", "roles", "everyone"], "replied_user": pings}
        writer.fill(message, {"content": text, "allowed_mentions": mentions}, files)
        return writer.keep(message)

    def rewrite(self, message: Message, text: str) -> Message:
        return self._desk.writer.rewrite(message, {"content": text}, [])

    def delete(self, message: Message) -> None:
        self._desk.writer.delete(message)

    def slash(self, person: Person, channel: Channel, command: str, /, **values: Value) -> Asked:
        """Call a command, of which subcommands are named as in "credits show"."""
        name, *path = command.split()
        asked = self._new(Asks.COMMAND, person, channel)
        found = self._find(asked, SLASH, name)
        asked.message_kind = 20
        filler = Filler(lambda upload: self._keep(channel, upload))
        options = filler.options(found, path, values)
        return self._ask(asked, _command(found) | {"options": options} | _resolved(filler))

    def type_option(
        self, person: Person, channel: Channel, command: str, option: str, typed: str, /, **values: Value
    ) -> Asked:
        """Type into an option that has choices offered while one types: they come into `choices`."""
        name, *path = command.split()
        asked = self._new(Asks.AUTOCOMPLETE, person, channel)
        found = self._find(asked, SLASH, name)
        filler = Filler(lambda upload: self._keep(channel, upload))
        options = filler.options(found, path, values, Focus(name=option, value=typed))
        return self._ask(asked, _command(found) | {"options": options} | _resolved(filler))

    def use_menu(self, person: Person, message: Message, name: str) -> Asked:
        """Choose a command from the menu of a message."""
        asked = self._new(Asks.COMMAND, person, message.channel)
        asked.message_kind = 23
        found = self._find(asked, MESSAGE_MENU, name)
        resolved = {"messages": {str(message.id): self._desk.payloads.message(message)}}
        return self._ask(asked, _command(found) | {"target_id": str(message.id), "resolved": resolved})

    def press(self, person: Person, message: Message, button: str) -> Asked:
        """Press a button, named by its label or its custom_id."""
        found = [each for each in message.buttons if button in {each.label, each.custom_id}]
        assert len(found) == 1, f"{len(found)} buttons {button!r} among {[each.label for each in message.buttons]}"
        assert found[0].custom_id, f"{button!r} is a link"
        assert not found[0].is_disabled, f"{button!r} is greyed out"
        return self._use(person, message, found[0].custom_id, {})

    def forge(self, person: Person, message: Message, custom_id: str) -> Asked:
        """Press a message as a client of one's own might: with whatever custom_id."""
        asked = self._new(Asks.COMPONENT, person, message.channel, source=message)
        return self._ask(asked, {"custom_id": custom_id, "component_type": 2, "id": 1})

    def choose(self, person: Person, message: Message, custom_id: str, *values: str) -> Asked:
        """Choose from a select."""
        parts = {part["custom_id"]: part for part in walk(message.components) if part["type"] in SELECTS}
        offered = [option["value"] for option in parts[custom_id].get("options", values)]
        assert set(values) <= set(offered), f"{values} are not all among {offered}"
        return self._use(person, message, custom_id, {"values": list(values)})

    def submit(
        self, asked: Asked, values: Mapping[str, Filled] | None = None, *, forged_id: str | None = None
    ) -> Asked:
        """Hand in the modal that an interaction was answered with, filled in by custom_id.

        `forged_id`: as a client of one's own might, as another modal.
        """
        assert asked.modal, "no modal was shown"
        handed_in = self._new(Asks.MODAL, asked.person, asked.channel, source=asked.source)
        handed_in.opened_by = asked
        filler = Filler(lambda upload: self._keep(asked.channel, upload))
        components = filler.components(asked.modal, values or {})
        data = {"custom_id": forged_id or asked.modal["custom_id"], "components": components}
        return self._ask(handed_in, data | _resolved(filler))

    def _use(self, person: Person, message: Message, custom_id: str, more: Json) -> Asked:
        part = next(part for part in walk(message.components) if part.get("custom_id") == custom_id)
        asked = self._new(Asks.COMPONENT, person, message.channel, source=message)
        return self._ask(asked, {"custom_id": custom_id, "component_type": part["type"], "id": part["id"], **more})

    def _enter(self, person: Person, channel: Channel) -> None:
        """Make somebody who does something in a server one of its members."""
        if channel.guild:
            self._desk.world.join(channel.guild, person)

    def _find(self, asked: Asked, kind: int, name: str) -> Json:
        guild = asked.channel.guild
        context = self._context(asked.channel)
        guild_id = guild.id if guild else None
        return self._desk.commands.find(kind, name, guild_id=guild_id, owners=set(asked.owners), context=context)

    def _context(self, channel: Channel) -> int:
        if channel.guild:
            return IN_GUILD
        is_with_bot = channel.kind is Kind.DIRECT and self._desk.world.is_bot_in(channel)
        return WITH_BOT if is_with_bot else AMONG_PEOPLE

    def _new(self, kind: Asks, person: Person, channel: Channel, *, source: Message | None = None) -> Asked:
        self._enter(person, channel)
        guild, world = channel.guild, self._desk.world
        has_bot = world.is_bot_in(channel)
        owners = {"0": str(guild.id) if guild else "0"} if has_bot else {"1": str(person.id)}
        if has_bot and person.has_installed:
            owners["1"] = str(person.id)
        allowed = guild.most_file_bytes if guild else MOST_FILE_BYTES[0]
        asked = Asked(
            id=world.new_id(),
            token=secrets.token_urlsafe(32),
            kind=kind,
            person=person,
            channel=channel,
            created_at=self._now(),
            owners=owners,
            most_file_bytes=self.attachment_size_limit or allowed,
            source=source,
        )
        may_be_seen = guild is None or bool(world.permissions_of(person, guild) & Permission.USE_EXTERNAL_APPS)
        asked.is_kept_private = asked.is_user_install_only and not may_be_seen
        return asked

    def _ask(self, asked: Asked, data: Json) -> Asked:
        desk = self._desk
        desk.interactions.asked[asked.id] = asked
        payload = described(asked, data, desk.world, desk.payloads, self._context(asked.channel))
        desk.gateway.push("INTERACTION_CREATE", payload, guild=asked.channel.guild)
        return asked

    def _keep(self, channel: Channel, upload: Upload) -> Json:
        file = self._desk.links.keep(stored(upload, self._desk.world.new_id()))
        return self._desk.payloads.attachment(channel, file, is_ephemeral=True)

    def _now(self) -> datetime:
        return self._desk.world.clock.now()


def _command(command: Json) -> Json:
    named = {"id": command["id"], "name": command["name"], "type": command["type"]}
    return named | ({"guild_id": command["guild_id"]} if "guild_id" in command else {})


def _resolved(filler: Filler) -> Json:
    return {"resolved": filler.resolved} if filler.resolved else {}
