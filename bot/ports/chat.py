"""What the core asks of chats: platforms, conversations, what was said, and the words for it."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from bot.domain.chat import (
    Abilities,
    Address,
    ConversationKey,
    Member,
    MessageRef,
    OutgoingMessage,
    PictureRef,
    Piece,
    Posted,
    Sentence,
)
from bot.domain.events import Event

Send = Callable[[], Awaitable[Sequence[MessageRef]]]
"""Sends a part of a message; the messages of the chat that it became."""


class Parts(Protocol):
    """What of an outcome has left already. A part is written down when its platform has taken it."""

    def begun_at(self, part: str) -> datetime | None:
        """When a part was begun of which nobody knows whether it has left; None if it never was, or was taken."""

    async def once(self, part: str, send: Send) -> Sequence[MessageRef]:
        """Send a part, unless a row says that it was taken: then what it became.

        That it begins is committed before, and what it became after it; that is repeated by itself until it is done,
        and never repeats the sending. A part that did not leave (`send` raised anything but `MaybeDelivered`) was not
        begun. Raises what `send` raises, and `Dropped` where the program ends and nothing of the outcome has left.
        """


class Conversation(Protocol):
    """One place in a chat where we can speak. Live or rebuilt from its address, it is the same.

    Every method but `address` and `key` raises a `PlatformFault`, and nothing else, when the platform does not take it.
    """

    @property
    def address(self) -> Address:
        """Where this is; `ChatPlatform.conversation` makes the conversation again from it."""

    @property
    def key(self) -> ConversationKey:
        """What the place is known by: the same for every event and every conversation in one chat.

        What only one member sees there is a place of its own. Answers to conversations of one key wait for one another.
        """

    async def abilities(self) -> Abilities:
        """What can be shown here."""

    async def post(self, message: OutgoingMessage, *, key: str) -> Posted:
        """Say something. The same key twice is one message, and it shows what was said last.

        A platform that cannot tell posts again. Raises `Dropped` for what may be left out where there is no room.
        """

    async def deliver(
        self, outcome: OutgoingMessage, *, key: str, parts: Parts, status: MessageRef | None = None
    ) -> Posted:
        """Bring an outcome to the chat as new messages, so that its owner is notified; each part goes by `parts.once`.

        The turns of all parts are taken before the first leaves. `status` is the message that told how the request
        stands: only where nothing new can be posted, or where a change is noticed as well, it becomes the outcome and
        is what is returned; else the core takes it away afterwards. Where a picture is not kept any more,
        `FileNotFoundError` passes: the core says so instead.
        """

    async def edit(self, ref: MessageRef, message: OutgoingMessage) -> Posted:
        """Replace what a message of ours says. Raises `Gone` if it is not there; an equal message is no fault.

        Where the platform cannot make one message out of the other, another takes its place, and is what is returned.
        """

    async def delete(self, ref: MessageRef) -> None:
        """Take a message of ours away; one that is gone already is no fault."""

    def open_picture(self, ref: PictureRef) -> AsyncIterator[bytes]:
        """The bytes of a picture somebody sent, in pieces."""

    async def show_activity(self) -> None:
        """Show for a few seconds that something is being done, where the platform can. It waits for no turn."""

    async def acknowledge(self, ref: MessageRef | None) -> None:
        """Show at once, in place of a message there is no room for, that what somebody said was understood.

        A reaction to it where it needs one, else as `show_activity`. It waits for no turn.
        """

    async def take_back_acknowledgement(self, ref: MessageRef | None) -> None:
        """Take away what `acknowledge` left at a message; where it left nothing, that is no fault."""


Handle = Callable[[Event, Conversation], Awaitable[OutgoingMessage | None]]
"""What a platform calls for each event: it returns as soon as what the event asks for is durable or its answer is
queued, and never waits for a chat to take a message. What it returns for a press is to be told to its presser, in
whatever form is the least public; for everything else that is None.

It raises `StoreUnavailable`, and nothing else, where what the event asks for could not be made durable. Then the event
must not be acknowledged, so that it comes again; where it never would, its author is told to say it again."""


Serving = Callable[[], None]
"""What a platform calls each time it has begun to serve."""


class ChatPlatform(Protocol):
    """A chat platform."""

    async def run(self, handle: Handle, serving: Serving) -> None:
        """Connect, call `serving`, translate each event and hand it over, until cancelled; then close cleanly.

        It repeats what a repeated request can mend. For all else it closes and raises; then it is run again after a
        pause. Raises `PlatformDown`, and `OwnerNeeded` where a new start alone cannot help.
        """

    def conversation(self, address: Address) -> Conversation:
        """The conversation at an address that one of ours gave, in whichever version of the program.

        Raises `AddressUnreadable`: then the delivery to it is given up, and nothing else.
        """

    def private(self, member: Member, near: Address) -> Conversation | None:
        """The chat of the bot and a member alone, whom it knows from a place; None where the platform has none.

        Whether the member lets us write there shows only when we do. Raises `AddressUnreadable`.
        """


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """An entry of a conversation we keep ourselves. `revision` grows with every change to any entry."""

    key: str
    position: int
    revision: int
    body: Mapping[str, Any] | None  # JSON, as the adapter wrote it; None if it was taken away


Change = Callable[[Mapping[str, Any]], Mapping[str, Any]]
"""Makes the new body of an entry from its present one."""


class Transcript(Protocol):
    """What was said in conversations that no platform keeps for us."""

    async def append(self, conversation: str, key: str, body: Mapping[str, Any]) -> Said:
        """Add an entry; a key that is there already is left as it is, and given back."""

    async def replace(self, conversation: str, key: str, body: Mapping[str, Any] | None) -> Said | None:
        """Change an entry, or take it away (None). None if there is no such entry."""

    async def change(self, conversation: str, key: str, change: Change) -> Said | None:
        """Change an entry to what `change` makes of its body. None if there is no such entry, or if it was taken away.

        One that stays what it is keeps its revision. `change` runs between reading and writing: it only computes.
        """

    async def find(self, conversation: str, key: str) -> Said | None:
        """An entry as it is now; its body is None if it was taken away. None if there is no such entry."""

    async def read_after(self, conversation: str, revision: int, *, limit: int) -> Sequence[Said]:
        """At most `limit` entries changed since a revision, as they are now, in the order of their revisions."""

    async def read_before(self, conversation: str, position: int | None, *, limit: int) -> Sequence[Said]:
        """The last `limit` entries before a position, or of all (None), in their order; none that was taken away."""

    async def newest_revision(self, conversation: str) -> int:
        """The revision of the last change; 0 if there was none."""


class Texts(Protocol):
    """The message catalogues."""

    def say(self, sentence: Sentence, language: str) -> Sequence[Piece]:
        """A sentence in the nearest language we have, in pieces."""
