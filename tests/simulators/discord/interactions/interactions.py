"""Interactions, and how a bot answers them: a callback within three seconds, then the token for 15 minutes."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import IntEnum
from typing import Any

from tests.simulators.discord.bodies import Call
from tests.simulators.discord.refusals import Refusal, bad_form
from tests.simulators.discord.world.payloads import Payloads
from tests.simulators.discord.world.state import EPHEMERAL, LOADING, Channel, Message, Origin, Person
from tests.simulators.discord.world.world import World
from tests.simulators.discord.world.writing import Writer

FIRST_ANSWER_SECONDS = 3
TOKEN_SECONDS = 15 * 60
MOST_FOLLOW_UPS = 5
"""Of somebody who installed the app for themselves alone."""
MOST_CHOICES = 25
MOST_IN_A_MODAL = 5

Json = dict[str, Any]


class Asks(IntEnum):
    """Kinds of interactions."""

    COMMAND = 2
    COMPONENT = 3
    AUTOCOMPLETE = 4
    MODAL = 5


class Callback(IntEnum):
    """Kinds of first answers."""

    MESSAGE = 4
    DEFERRED_MESSAGE = 5
    DEFERRED_UPDATE = 6
    UPDATE = 7
    CHOICES = 8
    MODAL = 9


@dataclass(slots=True, kw_only=True, eq=False)
class Asked:
    """An interaction, and what the bot has made of it so far."""

    id: int
    token: str
    kind: Asks
    person: Person
    channel: Channel
    created_at: datetime
    owners: dict[str, str]  # by whom the app is installed here: "0" a server, "1" the person
    most_file_bytes: int
    message_kind: int = 0  # of the message that answers it
    source: Message | None = None  # whose button was pressed
    opened_by: "Asked | None" = None  # of a modal: what it was the answer to
    is_kept_private: bool = False  # every answer is ephemeral, whatever the bot wants
    callback: Callback | None = None
    original: Message | None = None
    follow_ups: list[Message] = field(default_factory=list)
    choices: list[Json] | None = None
    modal: Json | None = None

    @property
    def answer(self) -> Message | None:
        """The original response as it stands; None while there is none, or only "thinking"."""
        there = self.original
        return None if there is None or there.is_loading or there.is_deleted else there

    @property
    def is_loading(self) -> bool:
        return self.original is not None and self.original.is_loading and not self.original.is_deleted

    @property
    def origin(self) -> Origin:
        """The origin that the messages carry which answer it."""
        return Origin(
            interaction_id=self.id,
            kind=int(self.kind),
            person=self.person,
            owners=self.owners,
            message_id=self.source.id if self.source else None,
            opened_by=self.opened_by.origin if self.opened_by else None,
        )

    @property
    def is_user_install_only(self) -> bool:
        return self.owners.keys() == {"1"}


_TO_COMMAND = {Callback.MESSAGE, Callback.DEFERRED_MESSAGE, Callback.MODAL}
_TO_COMPONENT = {*_TO_COMMAND, Callback.DEFERRED_UPDATE, Callback.UPDATE}


def _allowed(asked: Asked) -> set[Callback]:
    if asked.kind is Asks.AUTOCOMPLETE:
        return {Callback.CHOICES}
    allowed = _TO_COMPONENT if asked.source else _TO_COMMAND
    return allowed - {Callback.MODAL} if asked.kind is Asks.MODAL else allowed


class Interactions:
    """The routes of interactions and of their tokens."""

    def __init__(self, world: World, writer: Writer, payloads: Payloads) -> None:
        self.asked: dict[int, Asked] = {}
        self._world = world
        self._writer = writer
        self._payloads = payloads

    def respond(self, number: str, token: str, call: Call) -> Json | None:
        """Take the first answer."""
        asked = self.asked.get(int(number)) if number.isdigit() else None
        if asked is None or asked.token != token:
            raise Refusal(10062)
        if asked.callback is not None:
            raise Refusal(40060)
        if self._age(asked) > timedelta(seconds=FIRST_ANSWER_SECONDS):
            raise Refusal(10062)
        callback = Callback(call.body["type"])
        if callback not in _allowed(asked):
            raise bad_form(f"type: {callback} does not answer an interaction of type {asked.kind}")
        self._carry_out(asked, callback, call)
        asked.callback = callback
        return self._told(asked) if call.query.get("with_response") in {"1", "true"} else None

    def follow_up(self, application: str, token: str, call: Call) -> Message:
        """Post another message. The first after "thinking" takes its place, as it always did."""
        asked = self._open(application, token)
        self._refuse_large(asked, call)
        files = call.described_files(call.body)
        if asked.callback is Callback.DEFERRED_MESSAGE and asked.is_loading and asked.original:
            return self._writer.rewrite(asked.original, call.body, files)
        if asked.is_user_install_only and len(asked.follow_ups) >= MOST_FOLLOW_UPS:
            raise Refusal(40094)
        message = self._writer.fill(self._new(asked), call.body, files)
        asked.follow_ups.append(message)
        return self._writer.keep(message)

    def find(self, application: str, token: str, number: str) -> Message:
        return self._message(self._open(application, token), number)

    def edit(self, application: str, token: str, number: str, call: Call) -> Message:
        asked = self._open(application, token)
        message = self._message(asked, number)
        self._refuse_large(asked, call)
        return self._writer.rewrite(message, call.body, call.described_files(call.body))

    def delete(self, application: str, token: str, number: str) -> None:
        self._writer.delete(self._message(self._open(application, token), number))

    def _carry_out(self, asked: Asked, callback: Callback, call: Call) -> None:
        data: Json = call.body.get("data") or {}
        match callback:
            case Callback.MESSAGE:
                self._refuse_large(asked, call)
                message = self._writer.fill(self._new(asked), data, call.described_files(data))
                asked.original = self._writer.keep(message)
            case Callback.DEFERRED_MESSAGE:
                thinking = self._new(asked, flags=LOADING | ((data.get("flags") or 0) & EPHEMERAL))
                asked.original = self._writer.keep(thinking)
            case Callback.DEFERRED_UPDATE:
                asked.original = asked.source
            case Callback.UPDATE:
                asked.original = self._rewritten(asked, data, call)
            case Callback.CHOICES:
                asked.choices = _choices(data)
            case Callback.MODAL:
                asked.modal = _modal(data)

    def _rewritten(self, asked: Asked, data: Json, call: Call) -> Message:
        if asked.source is None or asked.source.is_deleted:
            raise Refusal(10008)
        self._refuse_large(asked, call)
        return self._writer.rewrite(asked.source, data, call.described_files(data))

    def _open(self, application: str, token: str) -> Asked:
        """Return the interaction of a token that still works. Raises a refusal if there is none."""
        asked = next((each for each in self.asked.values() if each.token == token), None)
        if asked is None or self._age(asked) >= timedelta(seconds=TOKEN_SECONDS):
            raise Refusal(50027)
        if asked.callback is None or application != str(self._world.bot.id):
            raise Refusal(10015)
        return asked

    def _message(self, asked: Asked, number: str) -> Message:
        message = asked.original if number == "@original" else self._of(asked, number)
        if message is None or message.is_deleted:
            raise Refusal(10008)
        return message

    def _of(self, asked: Asked, number: str) -> Message | None:
        said = [*asked.follow_ups, *([asked.original] if asked.original else [])]
        return next((message for message in said if str(message.id) == number), None)

    def _new(self, asked: Asked, *, flags: int = 0) -> Message:
        flags |= EPHEMERAL if asked.is_kept_private else 0
        kind = asked.message_kind if asked.callback is None else 0
        return self._writer.new(asked.channel, self._world.bot, kind=kind, origin=asked.origin, flags=flags)

    def _refuse_large(self, asked: Asked, call: Call) -> None:
        if self._world.is_too_large(call.size_bytes, call.files.values(), asked.most_file_bytes):
            raise Refusal(40005)

    def _age(self, asked: Asked) -> timedelta:
        return self._world.clock.now() - asked.created_at

    def _told(self, asked: Asked) -> Json:
        """Return the answer to a callback. For "thinking" it contains no message."""
        interaction: Json = {"id": str(asked.id), "type": int(asked.kind), "channel_id": str(asked.channel.id)}
        if asked.channel.guild:
            interaction["guild_id"] = str(asked.channel.guild.id)
        if asked.original:
            interaction["response_message_id"] = str(asked.original.id)
            interaction["response_message_loading"] = asked.original.is_loading
            interaction["response_message_ephemeral"] = asked.original.is_ephemeral
        told: Json = {"interaction": interaction}
        if asked.original and asked.callback in {Callback.MESSAGE, Callback.UPDATE}:
            told["resource"] = {"type": int(asked.callback), "message": self._payloads.message(asked.original)}
        return told


def _choices(data: Mapping[str, Any]) -> list[Json]:
    choices: list[Json] = data.get("choices") or []
    if len(choices) > MOST_CHOICES:
        raise bad_form(f"choices: {len(choices)} of at most {MOST_CHOICES}")
    return choices


def _modal(data: Json) -> Json:
    if len(data["components"]) > MOST_IN_A_MODAL:
        raise bad_form(f"components: at most {MOST_IN_A_MODAL} in a modal")
    return data
