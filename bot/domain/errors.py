"""Every fault the core knows, in one tree.

    PlantainError
    ├── MemberFault                  a member asked for something that cannot be; its sentence says why
    │   ├── CommandFault             what was typed cannot be understood or is not offered
    │   ├── CreditsExhausted         the account holds less than the price
    │   ├── NotAllowed               the presser may not do this, or the bot may not post here
    │   └── NotFound                 a button or a reply names something we do not have
    ├── PictureFault                 a file that should have been a picture
    │   ├── NotAPicture              its bytes are no picture we can read
    │   ├── PictureTooLarge          more bytes or pixels than we take
    │   └── SourceUnavailable        the platform does not give us the picture (any more)
    ├── ImageFault                   the image API gave no picture; see the class
    │   ├── EndpointUnreachable      no connection, so nothing was sent
    │   ├── ConnectionLost           sent, and the answer broke off
    │   ├── TookTooLong              sent, and no whole answer in time
    │   ├── EndpointBusy             overloaded, or too many requests (retry_after_seconds)
    │   ├── KeyRejected              the API key is missing, wrong or not allowed
    │   ├── FundsUsedUp              the owner's money at the gateway is gone
    │   ├── ModelUnavailable         the endpoint does not serve this model (any more)
    │   ├── SettingRejected          a ratio, size or picture was refused
    │   ├── ReferencesTooLarge       the request was larger than the endpoint takes
    │   ├── PromptRefused            refused before or after painting; the same prompt will be refused again
    │   ├── BlockedBySafety          the filter stepped in; the same prompt often passes a second time
    │   ├── NoPictureMade            an answer in words, or an empty one
    │   ├── CutOff                   the model stopped before the picture was whole
    │   ├── UnreadableAnswer         not the format, or no picture in its bytes
    │   ├── Interrupted              the bot was stopped by force while it waited for the answer
    │   └── Defect                   a mistake of ours; the log has it
    ├── PlatformFault                a chat platform did not take what we said
    │   ├── Forbidden                blocked, kicked, no right to post: do not try again
    │   ├── Gone                     the message is not there any more
    │   ├── TooLarge                 the file is too large for this chat after all
    │   ├── RateLimited              try again after retry_after_seconds
    │   ├── Unavailable              nothing arrived: safe to send again
    │   └── MaybeDelivered           it may have arrived: never repeat blindly
    ├── DataFolderInUse              another process holds the lock
    ├── StorageUnusable              the data folder or the database cannot be worked with
    └── CannotListen                 the address of a page is taken or not ours

ConfigurationError stands outside, so that no handler of run-time faults can swallow it.
"""

from collections.abc import Mapping
from enum import Enum
from typing import ClassVar

from bot.domain.chat import Quoted, Sentence


class ConfigurationError(Exception):
    """The configuration cannot be used; the message lists every fault found, one a line."""


class PlantainError(Exception):
    """The root of every fault that the running bot handles."""


class MemberFault(PlantainError):
    """Something a member asked for cannot be; nothing was charged."""

    def __init__(self, *sentences: Sentence) -> None:
        super().__init__(", ".join(sentence.key for sentence in sentences))
        self.sentences = sentences


class CommandFault(MemberFault):
    """What was typed cannot be understood, or asks for what is not offered."""


class CreditsExhausted(MemberFault):
    """The account holds fewer credits than the request costs."""


class NotAllowed(MemberFault):
    """This member may not do this, or the bot may not do it here."""


class NotFound(MemberFault):
    """A button or a reply names something that we do not have."""


class PictureFault(PlantainError):
    """A file that should have been a picture and cannot be used as one."""

    sentence: ClassVar[Sentence]
    code: ClassVar[str]


class NotAPicture(PictureFault):
    """The bytes are no picture of a kind we read, or only a part of one."""

    sentence = Sentence("picture-unreadable")
    code = "not-a-picture"


class PictureTooLarge(PictureFault):
    """The picture has more bytes or pixels than we take."""

    sentence = Sentence("picture-too-large")
    code = "picture-too-large"


class SourceUnavailable(PictureFault):
    """The platform does not give us the picture, or not any more."""

    sentence = Sentence("picture-unavailable")
    code = "source-unavailable"


class Retry(Enum):
    """Whether asking the image API again with the same request may help."""

    NEVER = "never"
    ONCE = "once"  # it may be billed again
    BACKOFF = "backoff"  # nothing was billed: safe to repeat


class ImageFault(PlantainError):
    """The image API gave no picture.

    `code` is what the store keeps; `sentence` what the member reads; `owner_text` what the owner reads in the
    log, free of keys and account numbers; `words` what the model itself said about it, if anything.
    """

    code: ClassVar[str]
    sentence: ClassVar[Sentence]
    retry: ClassVar[Retry]
    is_probably_billed: ClassVar[bool]

    def __init__(
        self, owner_text: str, *, words: Quoted | None = None, retry_after_seconds: float | None = None
    ) -> None:
        super().__init__(owner_text)
        self.owner_text = owner_text
        self.words = words
        self.retry_after_seconds = retry_after_seconds


class EndpointUnreachable(ImageFault):
    """No connection could be made, so nothing was sent and nothing billed."""

    code = "unreachable"
    sentence = Sentence("fault-unreachable")
    retry = Retry.BACKOFF
    is_probably_billed = False


class ConnectionLost(ImageFault):
    """The request was sent and the answer broke off; gateways bill that."""

    code = "connection-lost"
    sentence = Sentence("fault-connection-lost")
    retry = Retry.ONCE
    is_probably_billed = True


class TookTooLong(ImageFault):
    """The request was sent and no whole answer came within the model's longest time."""

    code = "too-long"
    sentence = Sentence("fault-too-long")
    retry = Retry.NEVER
    is_probably_billed = True


class EndpointBusy(ImageFault):
    """The endpoint is overloaded or asks us to slow down."""

    code = "busy"
    sentence = Sentence("fault-busy")
    retry = Retry.BACKOFF
    is_probably_billed = False


class KeyRejected(ImageFault):
    """The endpoint does not accept the API key."""

    code = "key-rejected"
    sentence = Sentence("fault-key-rejected")
    retry = Retry.NEVER
    is_probably_billed = False


class FundsUsedUp(ImageFault):
    """The owner's money or quota at the endpoint is used up."""

    code = "funds-used-up"
    sentence = Sentence("fault-funds-used-up")
    retry = Retry.NEVER
    is_probably_billed = False


class ModelUnavailable(ImageFault):
    """The endpoint does not serve this model, or does not serve it any more."""

    code = "model-unavailable"
    sentence = Sentence("fault-model-unavailable")
    retry = Retry.NEVER
    is_probably_billed = False


class SettingRejected(ImageFault):
    """The endpoint refused a setting: ratio, size, number, or a picture it could not read."""

    code = "setting-rejected"
    sentence = Sentence("fault-setting-rejected")
    retry = Retry.NEVER
    is_probably_billed = False


class ReferencesTooLarge(ImageFault):
    """The pictures sent along were more than the endpoint takes."""

    code = "references-too-large"
    sentence = Sentence("fault-references-too-large")
    retry = Retry.NEVER
    is_probably_billed = False


class PromptRefused(ImageFault):
    """The model's rules forbid this; the same words will be refused again."""

    code = "refused"
    sentence = Sentence("fault-refused")
    retry = Retry.NEVER
    is_probably_billed = False


class BlockedBySafety(ImageFault):
    """The safety filter stepped in after painting; it often lets the same prompt pass a second time."""

    code = "blocked"
    sentence = Sentence("fault-blocked")
    retry = Retry.ONCE
    is_probably_billed = True


class NoPictureMade(ImageFault):
    """The model answered without a picture, perhaps in words."""

    code = "no-picture"
    sentence = Sentence("fault-no-picture")
    retry = Retry.ONCE
    is_probably_billed = True


class CutOff(ImageFault):
    """The model stopped before its picture was whole."""

    code = "cut-off"
    sentence = Sentence("fault-cut-off")
    retry = Retry.ONCE
    is_probably_billed = True


class UnreadableAnswer(ImageFault):
    """The answer is not the format, or what it calls a picture is none."""

    code = "unreadable"
    sentence = Sentence("fault-unreadable")
    retry = Retry.ONCE
    is_probably_billed = True


class Interrupted(ImageFault):
    """The bot was stopped by force after the request had left, and may not or will not ask again."""

    code = "interrupted"
    sentence = Sentence("fault-interrupted")
    retry = Retry.NEVER
    is_probably_billed = True


class Defect(ImageFault):
    """A mistake of ours; the log has its traceback."""

    code = "defect"
    sentence = Sentence("fault-defect")
    retry = Retry.NEVER
    is_probably_billed = True


FAILURES: Mapping[str, Sentence] = {
    fault.code: fault.sentence for root in (ImageFault, PictureFault) for fault in root.__subclasses__()
}
"""What a member reads, by the code the store keeps."""


class PlatformFault(PlantainError):
    """A chat platform did not take what we said."""


class Forbidden(PlatformFault):
    """We may not speak here (any more); trying again cannot help."""


class Gone(PlatformFault):
    """The message to change is not there any more."""


class TooLarge(PlatformFault):
    """The file is too large for this chat after all."""


class RateLimited(PlatformFault):
    """The platform asks us to wait."""

    def __init__(self, retry_after_seconds: float) -> None:
        super().__init__(f"retry after {retry_after_seconds} s")
        self.retry_after_seconds = retry_after_seconds


class Unavailable(PlatformFault):
    """The platform could not be reached and nothing arrived: it is safe to send again."""


class MaybeDelivered(PlatformFault):
    """The platform did not answer after the bytes left: they may have arrived."""


class DataFolderInUse(PlantainError):
    """Another process works in this data folder."""


class StorageUnusable(PlantainError):
    """The data folder or the database cannot be worked with; the message names it and says why."""


class CannotListen(PlantainError):
    """The address that a page is to be served at is taken, or none of this machine's."""
