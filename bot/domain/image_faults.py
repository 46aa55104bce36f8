"""Faults of the image API: the branch `ImageFault` of the tree that is drawn in `errors`.

Each fault defines the member's text, the owner's text, whether to retry, and whether it was probably billed.
"""

from collections.abc import Mapping
from enum import Enum
from typing import ClassVar

from bot.domain.chat import Quoted, Sentence
from bot.domain.errors import PictureFault, PlantainError


class Retry(Enum):
    """Whether repeating the same request to the image API may help."""

    NEVER = "never"
    ONCE = "once"  # it may be billed again
    BACKOFF = "backoff"  # nothing was billed: safe to repeat


class ImageFault(PlantainError):
    """The image API gave no picture.

    - `code`: what the store keeps.
    - `sentence`: what the member reads.
    - `owner_text`: what the owner reads in the log, free of keys and account numbers.
    - `words`: what the model itself said about it, if anything.
    """

    code: ClassVar[str]
    sentence: ClassVar[Sentence]
    retry: ClassVar[Retry]
    is_probably_billed: ClassVar[bool]
    is_of_the_endpoint: ClassVar[bool] = False  # another endpoint may paint it, and nothing was billed

    def __init__(
        self, owner_text: str, *, words: Quoted | None = None, retry_after_seconds: float | None = None
    ) -> None:
        super().__init__(owner_text)
        self.owner_text = owner_text
        self.words = words
        self.retry_after_seconds = retry_after_seconds


class EndpointUnreachable(ImageFault):
    """No connection could be made, or an old one was closed without a response: nothing was billed."""

    code = "unreachable"
    sentence = Sentence("fault-unreachable")
    retry = Retry.BACKOFF
    is_probably_billed = False
    is_of_the_endpoint = True


class ConnectionLost(ImageFault):
    """The request was sent and the response broke off; gateways bill that."""

    code = "connection-lost"
    sentence = Sentence("fault-connection-lost")
    retry = Retry.ONCE
    is_probably_billed = True


class TookTooLong(ImageFault):
    """The request was sent and no whole response came in time: the model's limit, or a gateway's."""

    code = "too-long"
    sentence = Sentence("fault-too-long")
    retry = Retry.NEVER
    is_probably_billed = True


class EndpointBusy(ImageFault):
    """The endpoint failed or is overloaded. That is temporary."""

    code = "busy"
    sentence = Sentence("fault-busy")
    retry = Retry.BACKOFF
    is_probably_billed = False
    is_of_the_endpoint = True


class EndpointRateLimited(EndpointBusy):
    """The endpoint asks us to slow down. That is no outage: requests wait for their turn, at a lower rate."""


class KeyRejected(ImageFault):
    """The endpoint does not accept the API key."""

    code = "key-rejected"
    sentence = Sentence("fault-key-rejected")
    retry = Retry.NEVER
    is_probably_billed = False
    is_of_the_endpoint = True


class FundsUsedUp(ImageFault):
    """The owner's money or quota at the endpoint is used up."""

    code = "funds-used-up"
    sentence = Sentence("fault-funds-used-up")
    retry = Retry.NEVER
    is_probably_billed = False
    is_of_the_endpoint = True


class EndpointMoved(ImageFault):
    """The endpoint answers with a redirect. A request that costs money does not follow redirects."""

    code = "moved"
    sentence = Sentence("fault-moved")
    retry = Retry.NEVER
    is_probably_billed = False
    is_of_the_endpoint = True


class ModelUnavailable(ImageFault):
    """The endpoint does not serve this model, or does not serve it any more."""

    code = "model-unavailable"
    sentence = Sentence("fault-model-unavailable")
    retry = Retry.NEVER
    is_probably_billed = False
    is_of_the_endpoint = True


class SettingRejected(ImageFault):
    """The endpoint refused a setting: ratio, size, number, or a picture it could not read."""

    code = "setting-rejected"
    sentence = Sentence("fault-setting-rejected")
    retry = Retry.NEVER
    is_probably_billed = False


class HistoryRejected(ImageFault):
    """The endpoint asks for a thought signature. Its routes are mixed up: each of our requests is a single turn."""

    code = "history-rejected"
    sentence = Sentence("fault-history-rejected")
    retry = Retry.ONCE
    is_probably_billed = False


class ReferenceUnreadable(ImageFault):
    """A source picture had to be converted and cannot be decoded; nothing was sent."""

    code = "reference-unreadable"
    sentence = Sentence("fault-reference-unreadable")
    retry = Retry.NEVER
    is_probably_billed = False


class ReferencesTooLarge(ImageFault):
    """The source pictures were more than the endpoint takes."""

    code = "references-too-large"
    sentence = Sentence("fault-references-too-large")
    retry = Retry.NEVER
    is_probably_billed = False
    is_of_the_endpoint = True


class PromptRefused(ImageFault):
    """The model's rules forbid this; the same words will be refused again."""

    code = "refused"
    sentence = Sentence("fault-refused")
    retry = Retry.NEVER
    is_probably_billed = False


class BlockedBySafety(ImageFault):
    """The safety filter blocked the picture after painting.

    The same prompt may pass, but each attempt costs the owner.
    """

    code = "blocked"
    sentence = Sentence("fault-blocked")
    retry = Retry.NEVER
    is_probably_billed = True


class NoPictureMade(ImageFault):
    """The model answered without a picture. If it gave words, they are its answer; if not, a retry may help."""

    code = "no-picture"
    sentence = Sentence("fault-no-picture")
    retry = Retry.ONCE
    is_probably_billed = True


class AnsweredInWords(NoPictureMade):
    """The model finished with words only: a refusal, a question, a description."""

    retry = Retry.NEVER


class CutOff(ImageFault):
    """The model stopped before its picture was whole."""

    code = "cut-off"
    sentence = Sentence("fault-cut-off")
    retry = Retry.NEVER
    is_probably_billed = True


class UnreadableAnswer(ImageFault):
    """The response has the wrong format, or what it calls a picture is none."""

    code = "unreadable"
    sentence = Sentence("fault-unreadable")
    retry = Retry.ONCE
    is_probably_billed = True


class LinkBroken(ImageFault):
    """The picture was painted and paid, but the link in the response gives no picture."""

    code = "link-broken"
    sentence = Sentence("fault-link-broken")
    retry = Retry.NEVER
    is_probably_billed = True


class Interrupted(ImageFault):
    """The bot was killed after the request was sent, and may not or will not send it again."""

    code = "interrupted"
    sentence = Sentence("fault-interrupted")
    retry = Retry.NEVER
    is_probably_billed = True


class Defect(ImageFault):
    """A bug of ours; the log has its traceback."""

    code = "defect"
    sentence = Sentence("fault-defect")
    retry = Retry.NEVER
    is_probably_billed = True


FAILURES: Mapping[str, Sentence] = {
    fault.code: fault.sentence for root in (ImageFault, PictureFault) for fault in root.__subclasses__()
}
"""The member's text of each fault, by the code that the store keeps."""
