"""What people see of the bot in the simulated Discord, written down as it happens."""

import time
from collections.abc import Iterator

from tests.simulators.discord.world.state import Kind, Message
from tests.simulators.discord.world.world import World
from tests.simulators.seen import Seen, Shown, State


class History:
    """Hears of every message that comes, is changed or goes."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._shown: dict[int, Shown] = {}
        self._messages: dict[int, Message] = {}

    def note(self, event: str, message: Message) -> None:
        """Write down what the gateway announces; of people's own messages nothing."""
        if message.author is not self._world.bot:
            return
        now, shown = time.monotonic(), self._shown.get(message.id)
        if shown is None:
            self._messages[message.id] = message
            self._shown[message.id] = _came(now, message)
        elif event == "MESSAGE_DELETE":
            shown.gone_at = now
        else:
            shown.states.append(_state(now, message))

    def seen(self) -> Seen:
        """Return everything that has been shown up to now."""
        shown = list(self._shown.values())
        signs = [(state.at, one.chat) for one in shown for state in one.states]
        standing = ((message.channel.id, message.id, emoji) for message, emoji in self._reactions())
        return Seen(messages=shown, reactions=list(standing), signs=signs)

    def _reactions(self) -> Iterator[tuple[Message, str]]:
        """Yield the bot's reactions to any message."""
        return ((message, emoji) for message in self._world.messages.values() for emoji in message.reactions)


def _came(now: float, message: Message) -> Shown:
    reference = message.reference
    return Shown(
        chat=message.channel.id,
        number=message.id,
        states=[_state(now, message)],
        notified=_notified(message),
        is_public=message.channel.guild is not None and not message.is_ephemeral,
        answers=int(reference["message_id"]) if reference else None,
    )


def _notified(message: Message) -> frozenset[int]:
    """Return who is pinged; in a direct chat its person.

    A message that only one member sees is there, but it notifies nobody.
    """
    if message.is_ephemeral:
        return frozenset()
    alone = message.channel.people if message.channel.kind is Kind.DIRECT else []
    return frozenset(each.id for each in [*message.mentions, *alone] if each is not message.author)


def _state(now: float, message: Message) -> State:
    return State(
        at=now,
        text=message.text,
        pictures=tuple(file.name for file in message.shown_files),
        buttons=tuple(button.label for button in message.buttons if button.label),
        is_loading=message.is_loading,
    )
