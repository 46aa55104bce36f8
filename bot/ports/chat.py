"""The chat ports: platforms, conversations, the transcript and the texts."""

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
"""Send one part of a message. Returns the chat messages that it became."""


class Parts(Protocol):
    """The record of which parts of an outcome were sent. A part is recorded when its platform has accepted it."""

    def begun_at(self, part: str) -> datetime | None:
        """Return when a part was begun if it is unknown whether it was sent.

        None if it was never begun, or was accepted.
        """

    async def once(self, part: str, send: Send) -> Sequence[MessageRef]:
        """Send a part, or return its recorded messages if the platform has accepted it already.

        The start is committed before `send` runs. The resulting messages are committed before the next part begins, or
        at the end of the delivery; that is retried until it succeeds, and a retry never sends again. If `send` raises
        anything but `MaybeDelivered`, the part was not sent and is recorded as not begun. Raises what `send` raises,
        and `Dropped` if the program is ending and nothing of the outcome has been sent.
        """


class Conversation(Protocol):
    """A place in a chat where the bot can post. A conversation rebuilt from its address behaves like the live one.

    Every method but `address` and `key` raises a `PlatformFault`, and nothing else, if the platform refuses the call.
    """

    @property
    def address(self) -> Address:
        """The stored form of this conversation. `ChatPlatform.conversation` rebuilds the conversation from it."""

    @property
    def key(self) -> ConversationKey:
        """The key of this place: the same for every event and every conversation in one chat.

        A view that only one member sees has its own key. Answers to conversations with the same key are posted in
        order.
        """

    async def abilities(self) -> Abilities:
        """Return what can be shown here."""

    async def post(self, message: OutgoingMessage, *, key: str) -> Posted:
        """Post a message. `key` is an idempotency key: the same key twice is one message, and the last text wins.

        Another key is another message. A platform that cannot recognise the key posts a second message. Raises
        `Dropped` if a droppable message exceeds the rate budget.
        """

    async def deliver(
        self, outcome: OutgoingMessage, *, key: str, parts: Parts, status: MessageRef | None = None
    ) -> Posted:
        """Deliver an outcome as new messages, so that the requester is notified.

        Each part is sent through `parts.once`. The rate budget for all parts is taken before the first part is sent.
        `status` is the status message of the request. It is edited into the outcome and returned only if nothing new
        can be posted, or if the requester is notified of an edit too; otherwise the core deletes it afterwards. Raises
        `FileNotFoundError` if a picture is not kept any more; the core then says so instead.
        """

    async def edit(self, ref: MessageRef, message: OutgoingMessage) -> Posted:
        """Replace the content of one of our messages.

        Raises `Gone` if it does not exist; an unchanged message is no fault. If the platform cannot edit one message
        into the other, a new message replaces it and is returned. Pictures that are messages of their own
        (`Posted.pictures`) stay: whoever edits deletes them.
        """

    async def delete(self, ref: MessageRef) -> None:
        """Delete one of our messages. A message that is already gone is no fault."""

    def open_picture(self, ref: PictureRef) -> AsyncIterator[bytes]:
        """Read a picture that somebody sent, in chunks of bytes."""

    async def show_activity(self) -> None:
        """Show a typing indicator for a few seconds, if the platform has one. It does not wait for the rate limit."""

    async def acknowledge(self, ref: MessageRef | None) -> None:
        """Show at once that a message was understood, when the rate budget has no room for an answer.

        It sets a reaction on the message if that needs one, else it acts like `show_activity`. It does not wait for the
        rate limit.
        """

    async def take_back_acknowledgement(self, ref: MessageRef | None) -> None:
        """Remove what `acknowledge` left on a message. If it left nothing, that is no fault."""


Handle = Callable[[Event, Conversation], Awaitable[OutgoingMessage | None]]
"""The callback that a platform calls for each event.

It returns as soon as the request is durable or the answer is queued, and never waits for a chat to accept a message.
For a button press it may return a message for the presser, to be shown in the least public form; for every other event
it returns None. It raises `StoreUnavailable`, and nothing else, if the request could not be made durable. Then the
platform must not acknowledge the event, so that it is delivered again. If it would never be delivered again, the
adapter asks the author to repeat it.
"""


Serving = Callable[[], None]
"""The callback that a platform calls each time it has begun to serve."""


class ChatPlatform(Protocol):
    """A chat platform."""

    async def run(self, handle: Handle, serving: Serving) -> None:
        """Connect, call `serving`, translate each event and hand it over, until cancelled; then close cleanly.

        It retries what a repeated request can fix. For any other fault it closes and raises, and the supervisor runs it
        again after a pause. Raises `PlatformDown`, and `OwnerNeeded` if a restart alone cannot help.
        """

    def conversation(self, address: Address) -> Conversation:
        """Rebuild the conversation of an address that any version of this program has stored.

        Raises `AddressUnreadable`: then only the delivery to that address is given up.
        """

    def private(self, member: Member, near: Address) -> Conversation | None:
        """Return the direct-message chat of the bot and a member seen at `near`; None if the platform has none.

        Only posting shows whether the member accepts direct messages. Raises `AddressUnreadable`.
        """


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """An entry of a conversation that we keep ourselves. `revision` grows with every change to any entry."""

    key: str
    position: int
    revision: int
    body: Mapping[str, Any] | None  # JSON, as the adapter wrote it; None if it was deleted


Change = Callable[[Mapping[str, Any]], Mapping[str, Any]]
"""Compute the new body of an entry from its present one."""


class Transcript(Protocol):
    """The messages of conversations that no platform keeps for us."""

    async def append(self, conversation: str, key: str, body: Mapping[str, Any]) -> Said:
        """Add an entry. If the key exists already, leave that entry unchanged and return it."""

    async def replace(self, conversation: str, key: str, body: Mapping[str, Any] | None) -> Said | None:
        """Replace the body of an entry, or delete it (None). Returns None if there is no such entry."""

    async def change(self, conversation: str, key: str, change: Change) -> Said | None:
        """Replace the body of an entry by `change(body)`. Returns None if the entry does not exist or was deleted.

        An unchanged body keeps its revision. `change` runs inside the transaction, so it must only compute.
        """

    async def find(self, conversation: str, key: str) -> Said | None:
        """Return an entry as it is now; its body is None if it was deleted. None if there is no such entry."""

    async def read_after(self, conversation: str, revision: int, *, limit: int) -> Sequence[Said]:
        """Return at most `limit` entries changed since a revision, as they are now, ordered by revision."""

    async def read_before(self, conversation: str, position: int | None, *, limit: int) -> Sequence[Said]:
        """Return the last `limit` entries before a position, or of all (None), in order.

        Deleted entries are left out.
        """

    async def newest_revision(self, conversation: str) -> int:
        """Return the revision of the last change; 0 if there was none."""


class Texts(Protocol):
    """The message catalogues."""

    def say(self, sentence: Sentence, language: str) -> Sequence[Piece]:
        """Return a sentence in the nearest language we have, in pieces."""
