"""The question for an instruction: which action it was asked for stands in the question itself.

A member's answer carries the question whole, but not what that answers. So the token of the action and the message
whose button was pressed are written into a link of the question, as the payload of a link to our own bot: an answer is
understood whenever and by whatever process. The payload gives no right; whoever follows the link hands in no words.
"""

import re
from dataclasses import dataclass

from telegram import Message
from telegram.constants import MessageEntityType

from bot.domain.tokens import read_token

_PAYLOAD = re.compile(r"(?P<verb>[a-z]+)-(?P<target>[a-z0-9]+)(?:-(?P<message>[0-9]{1,15}))?")
_LINK = re.compile(rf"https?://t\.me/\w+\?start=(?P<payload>{_PAYLOAD.pattern})", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedFor:
    """The action that a question asks words for."""

    token: str
    message_id: int  # in the same chat: whose button was pressed; 0 in questions that do not say it


def to_link(token: str, message_id: int, username: str) -> str:
    """The link that carries a token and the message it was pressed on."""
    return f"https://t.me/{username}?start={token.replace(':', '-')}-{message_id}"


def asked_for(question: Message | None, bot_id: int) -> AskedFor | None:
    """The action that a message of ours asks words for; None if it asks for none."""
    if question is None or question.from_user is None or question.from_user.id != bot_id:
        return None
    for entity in question.entities:
        match = _LINK.fullmatch(entity.url or "") if entity.type == MessageEntityType.TEXT_LINK else None
        if match:
            return read_payload(match["payload"])
    return None


def read_payload(payload: str) -> AskedFor | None:
    """The action that the payload of such a link names; None for any other text."""
    match = _PAYLOAD.fullmatch(payload)
    token = f"{match['verb']}:{match['target']}" if match else ""
    if match is None or read_token(token) is None:
        return None
    return AskedFor(token=token, message_id=int(match["message"] or 0))
