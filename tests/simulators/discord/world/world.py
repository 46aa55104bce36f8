"""What there is in the simulated Discord, and who may do what in it."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from tests.simulators.discord.world.files import Upload
from tests.simulators.discord.world.state import (
    EVERYONE_MAY,
    MEBIBYTE,
    Channel,
    Guild,
    Kind,
    Member,
    Message,
    Now,
    Permission,
    Person,
    Role,
)

_EPOCH = datetime(2015, 1, 1, tzinfo=UTC)


class World:
    """Everything there is, and the identifiers it goes by."""

    def __init__(self, clock: Now) -> None:
        self.clock = clock
        self.most_request_bytes = 25 * MEBIBYTE
        self.people: dict[int, Person] = {}
        self.guilds: dict[int, Guild] = {}
        self.channels: dict[int, Channel] = {}
        self.messages: dict[int, Message] = {}
        self._last_id = 0
        self.bot = self.add_person("plantain", is_bot=True)
        self.owner = self.add_person("the-owner")

    def new_id(self) -> int:
        """Return a snowflake of now, larger than all before."""
        milliseconds = (self.clock.now() - _EPOCH) // timedelta(milliseconds=1)
        self._last_id = max(milliseconds << 22, self._last_id + 1)
        return self._last_id

    def add_person(self, name: str, *, locale: str = "en-US", is_bot: bool = False) -> Person:
        person = Person(id=self.new_id(), name=name, display_name=name.title(), locale=locale, is_bot=is_bot)
        self.people[person.id] = person
        return person

    def add_guild(self, name: str, *, has_bot: bool, premium_tier: int, locale: str) -> Guild:
        number = self.new_id()
        everyone = Role(id=number, name="@everyone", permissions=EVERYONE_MAY)
        guild = Guild(
            id=number, name=name, owner=self.owner, everyone=everyone, premium_tier=premium_tier, locale=locale
        )
        guild.has_bot = has_bot
        guild.roles.append(everyone)
        self.guilds[number] = guild
        if has_bot:
            self.join(guild, self.bot)
        return guild

    def add_role(self, guild: Guild, name: str, permissions: Permission = Permission.NONE) -> Role:
        guild.roles.append(Role(id=self.new_id(), name=name, permissions=permissions))
        return guild.roles[-1]

    def join(self, guild: Guild, person: Person, roles: Iterable[Role] = ()) -> Member:
        """Return the member. A person who is one already keeps their roles and gets these too."""
        member = guild.members.setdefault(person.id, Member(person=person, joined_at=self.clock.now()))
        member.roles += [role for role in roles if role not in member.roles]
        return member

    def add_channel(self, guild: Guild, name: str, *, parent: Channel | None = None) -> Channel:
        kind = Kind.THREAD if parent else Kind.TEXT
        return self._keep(Channel(id=self.new_id(), kind=kind, name=name, guild=guild, parent=parent))

    def private_channel(self, *people: Person) -> Channel:
        """Return the chat of exactly these people, which may be the bot and one person."""
        for channel in self.channels.values():
            if channel.guild is None and set(channel.people) == set(people):
                return channel
        kind = Kind.DIRECT if len(people) == len(("one", "other")) else Kind.GROUP
        return self._keep(Channel(id=self.new_id(), kind=kind, name="", people=list(people)))

    def is_bot_in(self, channel: Channel) -> bool:
        return channel.guild.has_bot if channel.guild else self.bot in channel.people

    def bot_permissions(self, channel: Channel) -> Permission:
        """Return what the bot may do there."""
        if channel.guild is None:
            return EVERYONE_MAY if self.is_bot_in(channel) else Permission.NONE
        allowed = self.permissions_of(self.bot, channel.guild)
        return allowed & ~(channel.denied | (channel.parent.denied if channel.parent else Permission.NONE))

    def permissions_of(self, person: Person, guild: Guild) -> Permission:
        """Return what their roles let them do in the server."""
        member = guild.members.get(person.id)
        allowed = guild.everyone.permissions
        for role in member.roles if member else []:
            allowed |= role.permissions
        return allowed

    def is_too_large(self, request_bytes: int, files: Iterable[Upload], most_file_bytes: int) -> bool:
        """Whether a file, or a request altogether, is more than is taken."""
        return request_bytes > self.most_request_bytes or any(len(file.data) > most_file_bytes for file in files)

    def messages_in(self, channel: Channel) -> list[Message]:
        """Return the channel's messages, oldest first, ephemeral ones too."""
        return [message for message in self.messages.values() if message.channel is channel]

    def _keep(self, channel: Channel) -> Channel:
        self.channels[channel.id] = channel
        return channel
