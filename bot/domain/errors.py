"""Every fault the core knows, in one tree.

    PlantainError
    ├── MemberFault                  a member asked for something that cannot be; its sentence says why
    │   ├── CommandFault             what was typed cannot be understood or is not offered
    │   ├── CreditsExhausted         the account holds less than the price
    │   ├── NotAllowed               the presser may not do this, or the bot may not post here
    │   │   └── AccountBlocked       the account's credits do not agree with the ledger
    │   └── NotFound                 a button or a reply names something we do not have
    │       └── UnknownToken         a token that names nothing in this chat
    ├── PictureFault                 a file that should have been a picture
    │   ├── NotAPicture              its bytes are no picture we can read
    │   ├── PictureTooLarge          more bytes or pixels than we take
    │   └── SourceUnavailable        the platform does not give us the picture (any more)
    ├── ImageFault                   the image API gave no picture; these are in `image_faults`
    │   ├── EndpointUnreachable      no connection, so nothing was sent
    │   ├── ConnectionLost           sent, and the answer broke off
    │   ├── TookTooLong              sent, and no whole answer in time
    │   ├── EndpointBusy             overloaded, or too many requests (retry_after_seconds)
    │   ├── KeyRejected              the API key is missing, wrong or not allowed
    │   ├── OrganizationUnverified   the endpoint serves this model only to customers it has verified
    │   ├── FundsUsedUp              the owner's money at the gateway is gone
    │   ├── ModelUnavailable         the endpoint does not serve this model (any more)
    │   ├── SettingRejected          a ratio, size or picture was refused
    │   ├── HistoryRejected          it takes our one turn for a part of another conversation
    │   ├── ReferenceUnreadable      a picture to send along cannot be decoded
    │   ├── ReferencesTooLarge       the request was larger than the endpoint takes
    │   ├── PromptRefused            refused before or after painting; the same prompt will be refused again
    │   ├── BlockedBySafety          the filter stepped in; the same prompt often passes a second time
    │   ├── NoPictureMade            an answer without a picture, or an empty one
    │   │   └── AnsweredInWords      the model chose to say something instead: asking again is no use
    │   ├── CutOff                   the model stopped before the picture was whole
    │   ├── UnreadableAnswer         not the format, or no picture in its bytes
    │   ├── LinkBroken               painted, and its link gives no picture
    │   ├── Interrupted              the bot was stopped by force while it waited for the answer
    │   └── Defect                   a mistake of ours; the log has it
    ├── PlatformFault                a chat platform did not take what we said
    │   ├── Forbidden                kicked, closed, no right to post: do not try again
    │   │   └── ClosedByMember       blocked, or direct messages shut: the member's own doing
    │   ├── Dropped                  it may be left out, and there was no room for it
    │   ├── Gone                     the message is not there any more
    │   ├── TooLarge                 the file is too large for this chat after all
    │   ├── RateLimited              try again after retry_after_seconds
    │   ├── Unavailable              nothing arrived, or once more would show the same: safe to send again
    │   └── MaybeDelivered           it may have arrived: never repeat blindly
    ├── StoreFault                   the store did not do what it was asked; nothing of it was done
    │   ├── StoreUnavailable         locked, full or not reached: the same may succeed later
    │   └── StoreRefused             a value, type or rule of it: the same would be refused again
    ├── NoRoom                       the disk has no room for pictures that were about to be paid
    ├── AddressUnreadable            a stored address of a chat that the adapter cannot read
    ├── DataFolderInUse              another process holds the lock
    ├── StorageUnusable              the data folder or the database cannot be worked with
    └── PlatformDown                 a chat platform cannot be served now; it is started again after a pause
        └── OwnerNeeded              and no new start helps before its owner has mended the configuration
            ├── CannotListen         the address of a page is taken or not ours
            └── TokenRejected        a chat platform does not know the token we were given

ConfigurationError stands outside, so that no handler of run-time faults can swallow it.
"""

from bot.domain.catalogue.models import Room
from bot.domain.chat import Sentence

LONGEST_WAIT_SECONDS = 24 * 60 * 60.0
"""The longest retry-after that is believed. After this time we ask again."""


class ConfigurationError(Exception):
    """The configuration cannot be used; the message lists every fault found, one a line."""


class PlantainError(Exception):
    """The root of every fault that the running bot handles."""


class MemberFault(PlantainError):
    """A member asked for something impossible. Nothing was charged."""

    def __init__(self, *sentences: Sentence) -> None:
        super().__init__(", ".join(sentence.key for sentence in sentences))
        self.sentences = sentences


class CommandFault(MemberFault):
    """The typed text cannot be understood, or asks for something that is not offered."""


class CreditsExhausted(MemberFault):
    """The account holds fewer credits than the request costs. `daily`: what members get every day."""

    def __init__(self, *, price: int, left: int, daily: int) -> None:
        if daily == 0 and left == 0:
            super().__init__(Sentence("credits-none-allowed"))  # even if a picture costs no credits
        else:
            super().__init__(
                Sentence("credits-exhausted", price=price, left=left), Sentence("credits-come-back", daily=daily)
            )


class NotAllowed(MemberFault):
    """This member may not do this, or the bot may not do it here."""


class AccountBlocked(NotAllowed):
    """The account takes no new request, because its credits do not agree with the ledger."""

    def __init__(self) -> None:
        super().__init__(Sentence("account-blocked"))


class NotFound(MemberFault):
    """A button or a reply names something that we do not have."""


class UnknownToken(NotFound):
    """A token that names nothing here. All tell the member the same, so that nobody learns what exists elsewhere."""

    def __init__(self) -> None:
        super().__init__(Sentence("button-unknown"))


class PictureFault(PlantainError):
    """A file that should have been a picture and cannot be used as one. `image_faults` has a row for each."""


class NotAPicture(PictureFault):
    """The bytes are no picture of a kind we read, or only a part of one."""


class PictureTooLarge(PictureFault):
    """The picture has more bytes or pixels than we take."""


class SourceUnavailable(PictureFault):
    """The platform does not give us the picture, or not any more."""


class PlatformFault(PlantainError):
    """A chat platform did not take what we said."""


class Forbidden(PlatformFault):
    """We may not speak here (any more); trying again cannot help."""


class ClosedByMember(Forbidden):
    """The member blocked us, left, or accepts no direct messages."""


class Dropped(PlatformFault):
    """A droppable message was not sent, because the rate budget was used up."""


class Gone(PlatformFault):
    """The message to change is not there any more."""


class TooLarge(PlatformFault):
    """The file is too large for this chat after all."""


class RateLimited(PlatformFault):
    """The platform asks us to wait."""

    def __init__(self, retry_after_seconds: float) -> None:
        super().__init__(f"retry after {retry_after_seconds} s")
        self.retry_after_seconds = min(max(0.0, retry_after_seconds), LONGEST_WAIT_SECONDS)


class Unavailable(PlatformFault):
    """Nothing arrived, or a repeat shows the same (an edit for example). It is safe to send again."""


class MaybeDelivered(PlatformFault):
    """The platform did not answer after the bytes left: they may have arrived."""


class StoreFault(PlantainError):
    """The store did not do what it was asked, and changed nothing."""


class StoreUnavailable(StoreFault):
    """The store is locked, full or not reached: the same may succeed later."""


class StoreRefused(StoreFault):
    """The store cannot keep such a value, or a rule of it forbids it: the same would be refused again."""


class NoRoom(PlantainError):
    """The disk has no room for pictures that were about to be paid. Nothing was sent. The message says why.

    `passes` is true if the room is only reserved for other pictures and will be released.
    """

    def __init__(self, reason: str, room: Room, *, passes: bool = False) -> None:
        super().__init__(reason)
        self.room = room
        self.passes = passes


class AddressUnreadable(PlantainError):
    """A stored address of a chat cannot be read. The message never quotes it: it may hold a token."""


class DataFolderInUse(PlantainError):
    """Another process works in this data folder."""


class StorageUnusable(PlantainError):
    """The data folder or the database cannot be worked with; the message names it and says why."""


class PlatformDown(PlantainError):
    """A chat platform cannot be served now; the message says why, without secrets. Starting it again may help."""


class OwnerNeeded(PlatformDown):
    """A chat platform cannot be served before its owner mends something; the message says what."""


class CannotListen(OwnerNeeded):
    """The address that a page is to be served at is taken, or does not belong to this machine."""


class TokenRejected(OwnerNeeded):
    """A chat platform does not know the token we were given; the message names the platform."""
