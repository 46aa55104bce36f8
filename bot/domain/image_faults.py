"""Faults of the image API (the branch `ImageFault` of the tree that is drawn in `errors`), and what each fault means.

`MEANINGS` is the one table: what the member reads, what the owner reads, whether to retry, whether it was billed, whose
mistake it was. Wording, retries, circuit breakers and billing read it, and choose nothing themselves.
"""

from collections.abc import Mapping

from bot.domain.chat import Quoted, Sentence
from bot.domain.errors import NotAPicture, PictureFault, PictureTooLarge, PlantainError, SourceUnavailable
from bot.domain.fault_meaning import Bill, Elsewhere, FaultMeaning, Mistake, Outage, Retry


class ImageFault(PlantainError):
    """The image API gave no picture.

    - `owner_text`: what the owner reads in the log, free of keys and account numbers.
    - `words`: what the model itself said about it, if anything.
    """

    def __init__(
        self, owner_text: str | None = None, *, words: Quoted | None = None, retry_after_seconds: float | None = None
    ) -> None:
        self.owner_text = owner_text or meaning_of(self).owner_text
        super().__init__(self.owner_text)
        self.words = words
        self.retry_after_seconds = retry_after_seconds


class EndpointUnreachable(ImageFault):
    """No connection could be made, or an old one was closed without a response: nothing was billed."""


class ConnectionLost(ImageFault):
    """The request was sent and the response broke off; gateways bill that."""


class TookTooLong(ImageFault):
    """The request was sent and no whole response came in time: the model's limit, or a gateway's."""


class EndpointBusy(ImageFault):
    """The endpoint failed or is overloaded. That is temporary."""


class EndpointRateLimited(EndpointBusy):
    """The endpoint asks us to slow down. That is no outage: requests wait for their turn, at a lower rate."""


class KeyRejected(ImageFault):
    """The endpoint does not accept the API key."""


class OrganizationUnverified(ImageFault):
    """The endpoint serves this model only to customers that it has verified, and the owner is not."""


class FundsUsedUp(ImageFault):
    """The owner's money or quota at the endpoint is used up."""


class EndpointMoved(ImageFault):
    """The endpoint answers with a redirect. A request that costs money does not follow redirects."""


class ModelUnavailable(ImageFault):
    """The endpoint does not serve this model, or does not serve it any more."""


class SettingRejected(ImageFault):
    """The endpoint refused a setting: ratio, size, number, or a picture it could not read."""


class HistoryRejected(ImageFault):
    """The endpoint asks for a thought signature. Its routes are mixed up: each of our requests is a single turn."""


class ReferenceUnreadable(ImageFault):
    """A source picture had to be converted and cannot be decoded; nothing was sent."""


class ReferencesTooLarge(ImageFault):
    """The source pictures were more than the endpoint takes."""


class PromptRefused(ImageFault):
    """The model's rules forbid this; the same words will be refused again."""


class BlockedBySafety(ImageFault):
    """The safety filter blocked the picture after painting.

    The same prompt may pass, but each attempt costs the owner.
    """


class NoPictureMade(ImageFault):
    """The model answered without a picture. If it gave words, they are its answer; if not, a retry may help."""


class AnsweredInWords(NoPictureMade):
    """The model finished with words only: a refusal, a question, a description."""


class CutOff(ImageFault):
    """The model stopped before its picture was whole."""


class UnreadableAnswer(ImageFault):
    """The response has the wrong format, or what it calls a picture is none."""


class LinkBroken(ImageFault):
    """The picture was painted and paid, but the link in the response gives no picture."""


class Interrupted(ImageFault):
    """The bot was killed after the request was sent, and may not or will not send it again."""


class Defect(ImageFault):
    """A bug of ours; the log has its traceback."""


_NO, _ONCE, _BACKOFF = Retry.NEVER, Retry.ONCE, Retry.BACKOFF
_FREE, _BILLED = Bill.NONE, Bill.PROBABLE
_MEMBER, _MODEL, _ENDPOINT, _OWNER, _OURS = Mistake.MEMBER, Mistake.MODEL, Mistake.ENDPOINT, Mistake.OWNER, Mistake.OURS
_STAY, _ELSEWHERE, _BEFORE = Elsewhere.NO, Elsewhere.AT_ONCE, Elsewhere.BEFORE_REPEATING
_FIT, _DOWN = Outage.NO, Outage.POSSIBLE


def _busy_for(minutes: int, seconds: int) -> Sentence:
    return Sentence("fault-busy-for", minutes=minutes, seconds=seconds)


def _no_picture_but_words(words: Quoted) -> Sentence:
    return Sentence("fault-no-picture-words", words=words)


# fmt: off
MEANINGS: Mapping[type[ImageFault | PictureFault], FaultMeaning] = {
    #   code                     retry     billed?  mistake of elsewhere?   an outage?
    #   the member reads, the owner reads
    EndpointUnreachable: FaultMeaning(
        "unreachable",           _BACKOFF, _FREE,   _ENDPOINT, _ELSEWHERE,  _DOWN,
        Sentence("fault-unreachable"), "no connection to the endpoint"),
    ConnectionLost: FaultMeaning(
        "connection-lost",       _ONCE,    _BILLED, _ENDPOINT, _BEFORE,     _DOWN,
        Sentence("fault-connection-lost"), "the connection broke after the request had left"),
    TookTooLong: FaultMeaning(
        "too-long",              _NO,      _BILLED, _ENDPOINT, _STAY,       _DOWN,
        Sentence("fault-too-long"), "no whole answer came in time"),
    EndpointBusy: FaultMeaning(
        "busy",                  _BACKOFF, _FREE,   _ENDPOINT, _ELSEWHERE,  _DOWN,
        Sentence("fault-busy"), "the endpoint failed", with_wait=_busy_for),
    EndpointRateLimited: FaultMeaning(
        "busy",                  _BACKOFF, _FREE,   _ENDPOINT, _ELSEWHERE,  _FIT,
        Sentence("fault-busy"), "too many requests", with_wait=_busy_for),
    KeyRejected: FaultMeaning(
        "key-rejected",          _NO,      _FREE,   _OWNER,    _ELSEWHERE,  _FIT,
        Sentence("fault-key-rejected"), "the endpoint does not accept the API key"),
    OrganizationUnverified: FaultMeaning(
        "unverified",            _NO,      _FREE,   _OWNER,    _ELSEWHERE,  _FIT,
        Sentence("fault-model-unavailable"),
        "the endpoint serves this model only to a verified organization; verify yours in your account there"),
    FundsUsedUp: FaultMeaning(
        "funds-used-up",         _NO,      _FREE,   _OWNER,    _ELSEWHERE,  _FIT,
        Sentence("fault-funds-used-up"), "the money or quota at the endpoint is used up"),
    EndpointMoved: FaultMeaning(
        "moved",                 _NO,      _FREE,   _OWNER,    _ELSEWHERE,  _FIT,
        Sentence("fault-moved"), "the endpoint answers with a redirect"),
    ModelUnavailable: FaultMeaning(
        "model-unavailable",     _NO,      _FREE,   _ENDPOINT, _ELSEWHERE,  _FIT,
        Sentence("fault-model-unavailable"), "the endpoint does not serve this model"),
    SettingRejected: FaultMeaning(
        "setting-rejected",      _NO,      _FREE,   _MEMBER,   _STAY,       _FIT,
        Sentence("fault-setting-rejected"), "the endpoint refused a setting"),
    HistoryRejected: FaultMeaning(
        "history-rejected",      _ONCE,    _FREE,   _ENDPOINT, _BEFORE,     _FIT,
        Sentence("fault-history-rejected"), "the endpoint asks for a thought signature"),
    ReferenceUnreadable: FaultMeaning(
        "reference-unreadable",  _NO,      _FREE,   _MEMBER,   _STAY,       _FIT,
        Sentence("fault-reference-unreadable"), "a picture to send along cannot be decoded"),
    ReferencesTooLarge: FaultMeaning(
        "references-too-large",  _NO,      _FREE,   _MEMBER,   _ELSEWHERE,  _FIT,
        Sentence("fault-references-too-large"), "the request is larger than the endpoint takes"),
    PromptRefused: FaultMeaning(
        "refused",               _NO,      _FREE,   _MEMBER,   _STAY,       _FIT,
        Sentence("fault-refused"), "the model refused"),
    BlockedBySafety: FaultMeaning(
        "blocked",               _NO,      _BILLED, _MEMBER,   _STAY,       _FIT,
        Sentence("fault-blocked"), "the safety filter stepped in"),
    NoPictureMade: FaultMeaning(
        "no-picture",            _ONCE,    _BILLED, _MODEL,    _STAY,       _FIT,
        Sentence("fault-no-picture"), "an answer without a picture", with_words=_no_picture_but_words),
    AnsweredInWords: FaultMeaning(
        "no-picture",            _NO,      _BILLED, _MODEL,    _STAY,       _FIT,
        Sentence("fault-no-picture"), "an answer in words", with_words=_no_picture_but_words),
    CutOff: FaultMeaning(
        "cut-off",               _NO,      _BILLED, _MODEL,    _STAY,       _FIT,
        Sentence("fault-cut-off"), "the model stopped before its picture was whole"),
    UnreadableAnswer: FaultMeaning(
        "unreadable",            _ONCE,    _BILLED, _ENDPOINT, _BEFORE,     _DOWN,
        Sentence("fault-unreadable"), "the answer cannot be read"),
    LinkBroken: FaultMeaning(
        "link-broken",           _NO,      _BILLED, _ENDPOINT, _STAY,       _FIT,
        Sentence("fault-link-broken"), "the link in the answer gives no picture"),
    Interrupted: FaultMeaning(
        "interrupted",           _NO,      _BILLED, _OURS,     _STAY,       _FIT,
        Sentence("fault-interrupted"), "the bot was stopped while it waited for the answer"),
    Defect: FaultMeaning(
        "defect",                _NO,      _BILLED, _OURS,     _STAY,       _FIT,
        Sentence("fault-defect"), "a mistake of ours; the log has its traceback"),
    NotAPicture: FaultMeaning(
        "not-a-picture",         _NO,      _FREE,   _MEMBER,   _STAY,       _FIT,
        Sentence("picture-unreadable"), "a source is no picture"),
    PictureTooLarge: FaultMeaning(
        "picture-too-large",     _NO,      _FREE,   _MEMBER,   _STAY,       _FIT,
        Sentence("picture-too-large"), "a source has more bytes or pixels than we take"),
    SourceUnavailable: FaultMeaning(
        "source-unavailable",    _NO,      _FREE,   _MEMBER,   _STAY,       _FIT,
        Sentence("picture-unavailable"), "the platform does not give us a source"),
}
"""The meaning of each fault. A test finds a fault without a row."""
# fmt: on

MEANING_OF_CODE: Mapping[str, FaultMeaning] = {meaning.code: meaning for meaning in MEANINGS.values()}
"""The meaning of each code that the store keeps. Faults of one code tell the member the same."""

OTHER_ENDS: Mapping[str, Sentence] = {
    "offer-expired": Sentence("offer-expired"),
    "chat-closed": Sentence("fault-chat-closed"),
    "too-many-pictures": Sentence("fault-too-many-pictures"),
}
"""What the member reads of a job that ended without a fault, by the code that the store keeps."""


def meaning_of(fault: ImageFault | PictureFault | type[ImageFault | PictureFault]) -> FaultMeaning:
    """Return what a fault, or a kind of fault, means."""
    return MEANINGS[fault if isinstance(fault, type) else type(fault)]


def is_of_owner(kind: type[ImageFault]) -> bool:
    """Whether such a fault lasts until the owner does something."""
    return meaning_of(kind).mistake is Mistake.OWNER
