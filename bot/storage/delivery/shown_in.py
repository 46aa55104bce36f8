"""Access control: a request's buttons and pictures work only in the conversations where it was shown."""

from sqlalchemy import ColumnElement, Connection, and_, exists, func, or_
from sqlalchemy.dialects.sqlite import insert

from bot.domain.chat import ConversationKey, MessageRef
from bot.domain.requests.requests import RequestId
from bot.domain.tokens import TokenUse
from bot.storage.engines.prepared import prepared
from bot.storage.schema import messages, requests, results, shown_in

_SHOW = prepared(insert(shown_in).on_conflict_do_nothing())
_SHOWING = messages.alias("showing")
_HAS_CONVERSATIONS = exists().where(shown_in.c.request == requests.c.id)


def show_in(connection: Connection, request: RequestId, conversation: ConversationKey) -> None:
    """Record that a request is shown in a conversation: from now on it may be used there."""
    connection.execute(_SHOW, {"request": request, "conversation": conversation})


def may_use(platform: str, conversation: ConversationKey, message: MessageRef) -> ColumnElement[bool]:
    """Whether a row of `requests` may be used in a conversation, through a message in that conversation."""
    is_shown = _HAS_CONVERSATIONS.where(shown_in.c.conversation == conversation)
    return and_(requests.c.platform == platform, or_(is_shown, _is_old_and_shown_by(platform, message)))


def names_request(use: TokenUse) -> ColumnElement[bool]:
    """Whether a token names a row of `requests`, and may be used in its conversation."""
    if isinstance(use.target, str):
        return and_(requests.c.public_id == use.target, may_use(use.platform, use.conversation, use.message))
    return and_(requests.c.id == use.target, _is_old_and_shown_by(use.platform, use.message))


def names_result(use: TokenUse) -> ColumnElement[bool]:
    """Whether a token names a row of `results`, joined with `requests`, and may be used in its conversation."""
    if isinstance(use.target, str):
        return and_(results.c.public_id == use.target, may_use(use.platform, use.conversation, use.message))
    shows_it = func.coalesce(_SHOWING.c.number, results.c.number) == results.c.number
    return and_(results.c.id == use.target, _is_old_and_shown_by(use.platform, use.message, shows_it))


def _is_old_and_shown_by(platform: str, message: MessageRef, *more: ColumnElement[bool]) -> ColumnElement[bool]:
    """Whether a request has no recorded conversations because it is old, and this message of ours shows it.

    The platform guarantees that the message is in the chat where it was used.
    """
    shows = exists().where(
        _SHOWING.c.platform == platform, _SHOWING.c.ref == message, _SHOWING.c.request == requests.c.id
    )
    return and_(~_HAS_CONVERSATIONS, shows.where(*more))
