"""Messages written and rewritten, by the rules that Discord holds them to."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from tests.simulators.discord.interactions.components import faults_in, filled_in
from tests.simulators.discord.refusals import Refusal, bad_form, unknown_reference
from tests.simulators.discord.world.files import MOST_FILES, Links, StoredFile, Upload, stored
from tests.simulators.discord.world.state import COMPONENTS_V2, EPHEMERAL, LOADING, Channel, Kind, Message, Person
from tests.simulators.discord.world.world import World

MOST_CONTENT = 2000
MOST_EMBEDS = 10
REPLY = 19
FORWARD = 1

_MENTION = re.compile(r"<@!?(\d+)>")
_ROLE_MENTION = re.compile(r"<@&(\d+)>")
_EVERYONE = re.compile(r"@(everyone|here)\b")
_SETTABLE = 1 << 2 | EPHEMERAL | 1 << 12 | COMPONENTS_V2

Json = dict[str, Any]
Announce = Callable[[str, Message], None]


class Writer:
    """Writes messages; `announce` hears of each that came, was changed or went."""

    def __init__(self, world: World, links: Links, announce: Announce) -> None:
        self.blocked_words: set[str] = set()  # what automatic moderation refuses with 200000
        self._world = world
        self._links = links
        self._announce = announce

    def keep(self, message: Message) -> Message:
        """Store a new message."""
        self._world.messages[message.id] = message
        if not message.is_ephemeral:
            alone = message.channel.people if message.channel.kind is Kind.DIRECT else []
            message.notified = [each for each in {*message.mentions, *alone} if each is not message.author]
        self._announce("MESSAGE_CREATE", message)
        return message

    def new(self, channel: Channel, author: Person, **fields: Any) -> Message:
        """Make a message that is not yet anywhere."""
        now = self._world.clock.now()
        return Message(id=self._world.new_id(), channel=channel, author=author, created_at=now, **fields)

    def fill(self, message: Message, body: Mapping[str, Any], files: Sequence[Upload]) -> Message:
        """Fill a new message with what a client wrote, or refuse."""
        message.flags |= (body.get("flags") or 0) & _SETTABLE
        is_v2 = message.is_v2
        self._refuse_bad_form(body, files, is_v2=is_v2)
        kept = self._stored(files)
        names = [file.name for file in kept]
        self._refuse_bad_components(body.get("components") or [], is_v2=is_v2, names=names)
        message.content = body.get("content") or ""
        message.embeds = _embeds(body)
        message.components = filled_in(body.get("components") or [])
        _refuse_empty(message.content, message.embeds, message.components, kept, message.forwarded)
        message.files = [self._links.keep(file) for file in kept]
        self._set_mentions(message, body)
        return message

    def rewrite(self, message: Message, body: Mapping[str, Any], files: Sequence[Upload]) -> Message:
        """Change a message as a client asks: what is not named stays."""
        is_v2 = self._becomes_v2(message, body)
        self._refuse_bad_form(body, files, is_v2=is_v2)
        kept = self._kept(message, body, self._stored(files))
        components = (body["components"] or []) if "components" in body else message.components
        self._refuse_bad_components(components, is_v2=is_v2, names=[file.name for file in kept])
        content = (body["content"] or "") if "content" in body else message.content
        embeds = _embeds(body) if "embeds" in body else message.embeds
        _refuse_empty(content, embeds, components, kept)
        for gone in message.files:
            if gone not in kept:
                self._links.forget(gone)
        message.files = [self._links.keep(file) for file in kept]
        message.content, message.embeds, message.components = content, embeds, filled_in(components)
        message.flags = (message.flags | (COMPONENTS_V2 if is_v2 else 0)) & ~LOADING
        message.edited_at = self._world.clock.now()
        if "content" in body or "components" in body:
            self._set_mentions(message, body)
        self._announce("MESSAGE_UPDATE", message)
        return message

    def delete(self, message: Message) -> None:
        """Delete the message, and its files with it."""
        del self._world.messages[message.id]
        message.is_deleted = True
        for file in message.files:
            self._links.forget(file)
        self._announce("MESSAGE_DELETE", message)

    def refer(self, message: Message, reference: Mapping[str, Any]) -> None:
        """Make it an answer to, or a forward of, another message; a refusal if that is nowhere."""
        number = int(reference["message_id"])
        there = self._world.messages.get(number)
        if there is None or there.is_ephemeral:
            if reference.get("fail_if_not_exists", True) is False:
                return
            raise unknown_reference()
        is_forward = reference.get("type") == FORWARD
        if not is_forward and there.channel is not message.channel:
            raise unknown_reference()
        guild = there.channel.guild
        message.reference = {
            "type": FORWARD if is_forward else 0,
            "channel_id": str(there.channel.id),
            "message_id": str(number),
            **({"guild_id": str(guild.id)} if guild else {}),
        }
        message.forwarded = self._copied(there) if is_forward else None
        message.kind = 0 if is_forward else REPLY

    def _copied(self, message: Message) -> Message:
        """Copy a message as it is now, so that later changes do not reach the copy."""
        files = [self._links.keep(replace(file, id=self._world.new_id())) for file in message.files]
        return replace(message, files=files)

    def _stored(self, files: Sequence[Upload]) -> list[StoredFile]:
        return [stored(upload, self._world.new_id()) for upload in files]

    def _kept(self, message: Message, body: Mapping[str, Any], new: list[StoredFile]) -> list[StoredFile]:
        """Return the files afterwards: where `attachments` is given, only what it names stays."""
        named = {str(each["id"]) for each in body.get("attachments") or []}
        stays = [file for file in message.files if body.get("attachments") is None or str(file.id) in named]
        if len(stays) + len(new) > MOST_FILES:
            raise bad_form(f"attachments: {len(stays) + len(new)} of at most {MOST_FILES}")
        return stays + new

    def _becomes_v2(self, message: Message, body: Mapping[str, Any]) -> bool:
        """Whether it has a layout afterwards. Where it had none, content and embeds must be taken out with it."""
        is_v2 = message.is_v2 or bool((body.get("flags") or 0) & COMPONENTS_V2)
        is_left = (message.content and "content" not in body) or (message.embeds and "embeds" not in body)
        if is_v2 and not message.is_v2 and is_left:
            raise bad_form("flags: content and embeds are to be null where a message turns to Components V2")
        return is_v2

    def _refuse_bad_form(self, body: Mapping[str, Any], files: Sequence[Upload], *, is_v2: bool) -> None:
        if faults := list(_faults_of(body, files, is_v2=is_v2)):
            raise bad_form(*faults)
        if any(word in (body.get("content") or "") for word in self.blocked_words):
            raise Refusal(200000)

    def _refuse_bad_components(self, components: Sequence[Json], *, is_v2: bool, names: Sequence[str]) -> None:
        if faults := list(faults_in(components, is_v2=is_v2, file_names=names)):
            raise bad_form(*faults)

    def _set_mentions(self, message: Message, body: Mapping[str, Any]) -> None:
        """Set who is pinged: those named in the text, as far as `allowed_mentions` allows it."""
        allowed = body.get("allowed_mentions")
        allows = _Allowed(allowed)
        people = self._world.people
        named = [int(number) for number in dict.fromkeys(_MENTION.findall(message.text))]
        message.mentions = [people[number] for number in named if number in people and allows.user(number)]
        roles = [int(number) for number in dict.fromkeys(_ROLE_MENTION.findall(message.text))]
        message.mention_roles = [number for number in roles if allows.role(number)]
        message.pings_everyone = bool(_EVERYONE.search(message.text)) and allows.everyone
        if message.kind == REPLY and message.reference and allows.answered:
            answered = self._world.messages.get(int(message.reference["message_id"]))
            if answered and answered.author not in message.mentions:
                message.mentions.append(answered.author)


def _embeds(body: Mapping[str, Any]) -> list[Json]:
    return [{"type": "rich", **embed} for embed in body.get("embeds") or []]


def _refuse_empty(*parts: object) -> None:
    if not any(parts):
        raise Refusal(50006, violations=["an empty message"])


class _Allowed:
    """A body's `allowed_mentions`; without any everybody may be pinged."""

    def __init__(self, allowed: Mapping[str, Any] | None) -> None:
        told = allowed or {}
        self._parse = set(told.get("parse") or []) if allowed is not None else {"users", "roles", "everyone"}
        self._users = {int(number) for number in told.get("users") or []}
        self._roles = {int(number) for number in told.get("roles") or []}
        self.everyone = "everyone" in self._parse
        self.answered = allowed is None or bool(told.get("replied_user"))

    def user(self, number: int) -> bool:
        return "users" in self._parse or number in self._users

    def role(self, number: int) -> bool:
        return "roles" in self._parse or number in self._roles


def _faults_of(body: Mapping[str, Any], files: Sequence[Upload], *, is_v2: bool) -> Iterator[str]:
    if len(body.get("content") or "") > MOST_CONTENT:
        yield f"content: must be {MOST_CONTENT} or fewer in length"
    if is_v2 and (body.get("content") or body.get("embeds") or body.get("poll") or body.get("sticker_ids")):
        yield "content, embeds, polls and stickers do not go with Components V2"
    if len(files) > MOST_FILES:
        yield f"attachments: {len(files)} of at most {MOST_FILES}"
    if len(body.get("embeds") or []) > MOST_EMBEDS:
        yield f"embeds: at most {MOST_EMBEDS}"
    allowed = body.get("allowed_mentions") or {}
    for what in ("users", "roles"):
        if what in (allowed.get("parse") or []) and allowed.get(what):
            yield f"allowed_mentions: either parse has {what}, or they are named"
