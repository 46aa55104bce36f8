"""What people see of a bot, message by message, and what they would complain about.

It is the same for every platform: `telegram_seen.seen` and `discord_history.seen` tell it of a simulator. The rules are
the platforms' own: a new message notifies whom it answers, whom it mentions, and in a private chat its person; an edit
notifies nobody, whatever it adds.

A complaint is a sentence; a test asserts that there is none:

    assert not unnoticed(seen(telegram)) + doubled(seen(telegram)) + left_behind(seen(telegram))
"""

import re
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass

STATUS = re.compile(
    r"^(Painting|Asked for .*\. It takes |Next in line|Place |More than |Fetching the picture)", re.MULTILINE
)
"""How a line of a status begins, in English; it says that something is still to come."""

STATUS_BUTTON = "Cancel"


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """A message as it stood from a moment on; the moment is of the monotonic clock."""

    at: float
    text: str = ""
    pictures: tuple[str, ...] = ()  # each by what is the same where it comes twice
    buttons: tuple[str, ...] = ()
    is_loading: bool = False  # Discord's "thinking …"


@dataclass(slots=True, kw_only=True, eq=False)
class Shown:
    """A message of the bot, from its coming to its end."""

    chat: int
    number: int
    states: list[State]  # as it came, and after each edit
    notified: frozenset[int] = frozenset()  # the people who heard of it when it came
    is_public: bool = False
    answers: int | None = None  # the message that it is a reply to
    album: str | None = None
    gone_at: float | None = None

    @property
    def came_at(self) -> float:
        return self.states[0].at

    @property
    def last(self) -> State:
        """The present state, or the last one before the message was deleted."""
        return self.states[-1]

    @property
    def text(self) -> str:
        return self.last.text

    @property
    def pictures(self) -> tuple[str, ...]:
        return self.last.pictures

    @property
    def pictures_at(self) -> float | None:
        """The time when its pictures were first seen."""
        return next((state.at for state in self.states if state.pictures), None)

    @property
    def has_gone(self) -> bool:
        return self.gone_at is not None

    @property
    def is_status(self) -> bool:
        """Whether it says, as it stands, that something is still to come."""
        is_waiting = STATUS.search(self.text) is not None and not self.pictures
        return self.last.is_loading or STATUS_BUTTON in self.last.buttons or is_waiting

    def __repr__(self) -> str:
        return f"message {self.number} in chat {self.chat} ({self.text[:60]!r})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """Everything that the bot has shown."""

    messages: Sequence[Shown]  # in the order in which they came, deleted ones too
    reactions: Sequence[tuple[int, int, str]] = ()  # chat, message and emoji: those that stand
    signs: Sequence[tuple[float, int]] = ()  # when the bot showed in which chat that it is at work, or anything else

    @property
    def standing(self) -> list[Shown]:
        return [message for message in self.messages if not message.has_gone]

    @property
    def public(self) -> list[Shown]:
        """The messages that everybody in a shared chat could read, even if they were deleted later."""
        return [message for message in self.messages if message.is_public]

    @property
    def with_pictures(self) -> list[Shown]:
        return [message for message in self.messages if message.pictures_at is not None]

    def first_sign(self, chat: int) -> float | None:
        """Return when somebody in this chat first saw that they were heard; None if nobody did."""
        return min((at for at, where in self.signs if where == chat), default=None)


def unnoticed(seen: Seen, *, member: int | None = None) -> list[str]:
    """Complain of pictures of which nobody was told, or not this member.

    An edit notifies nobody; of an album its first picture is enough.
    """
    complaints = []
    told_albums = {one.album for one in seen.messages if one.album and _tells(one, member)}
    for message in seen.with_pictures:
        if not message.states[0].pictures:
            complaints.append(f"{message!r}: its pictures came by an edit, of which nobody is told")
        elif not _tells(message, member) and message.album not in told_albums:
            told = f"{member} was not told" if member else "nobody was told"
            complaints.append(f"{message!r}: its pictures came, and {told}")
    return complaints


def doubled(seen: Seen, *, of: Callable[[Shown], Hashable] | None = None) -> list[str]:
    """Complain of a picture that came twice for one request, in messages that do not belong together.

    `of` says for which request a message is, where a chat does not tell: else it is what it answers or whom it tells.
    """
    came: dict[Hashable, dict[Hashable, Shown]] = defaultdict(dict)
    for message in seen.with_pictures:
        request = of(message) if of else (message.chat, message.answers or message.notified)
        for picture in dict.fromkeys(message.pictures):
            came[request, picture].setdefault(message.album or (message.chat, message.number), message)
    return [f"{' and '.join(map(repr, units.values()))}: the same picture" for units in came.values() if len(units) > 1]


def left_behind(seen: Seen) -> list[str]:
    """Complain of what still says that something is to come: statuses and "thinking …"."""
    return [f"{message!r} still stands" for message in seen.standing if message.is_status]


def reactions_left(seen: Seen) -> list[str]:
    """Complain of the bot's reactions that still stand, where all that was asked has come."""
    return [f"the reaction {emoji} to message {number} still stands" for _, number, emoji in seen.reactions]


def gone_too_soon(seen: Seen) -> list[str]:
    """Complain of statuses deleted before something newer stood in their chat: a member saw nothing for a while."""
    return [
        f"{message!r} was deleted before anything stood in its place"
        for message in seen.messages
        if message.gone_at is not None and message.is_status and not _is_replaced(message, seen.messages)
    ]


def loud(seen: Seen, *, others: Iterable[int]) -> list[str]:
    """Complain of messages that told people who have nothing to do with them."""
    strangers = frozenset(others)
    return [
        f"{message!r} told {sorted(message.notified & strangers)}"
        for message in seen.messages
        if message.notified & strangers
    ]


def _tells(message: Shown, member: int | None) -> bool:
    return bool(message.notified) if member is None else member in message.notified


def _is_replaced(status: Shown, messages: Sequence[Shown]) -> bool:
    assert status.gone_at is not None
    return any(
        not other.is_status and status.came_at < other.came_at <= status.gone_at
        for other in messages
        if other.chat == status.chat
    )
