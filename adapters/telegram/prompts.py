"""Questions that ask a member for an instruction. The question itself stores the action that it is about.

The update with a member's answer contains the whole question, but not the message that the question replied to. So the
question has a link to our own bot, and the link's payload is the action's token and the ID of the message whose button
was pressed. Any process can understand an answer at any time. The payload grants no rights. A member who follows the
link submits no words.
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
    """The action for which a question asks words."""

    token: str
    message_id: int  # whose button was pressed, in the same chat; 0 if not known


def to_link(token: str, message_id: int, username: str) -> str:
    """Build the link that contains a token and the ID of the message whose button was pressed."""
    return f"https://t.me/{username}?start={token.replace(':', '-')}-{message_id}"


def asked_for(question: Message | None, bot_id: int) -> AskedFor | None:
    """Return the action for which a message of ours asks words, or None."""
    if question is None or question.from_user is None or question.from_user.id != bot_id:
        return None
    for entity in question.entities:
        match = _LINK.fullmatch(entity.url or "") if entity.type == MessageEntityType.TEXT_LINK else None
        if match:
            return read_payload(match["payload"])
    return None


def read_payload(payload: str) -> AskedFor | None:
    """Parse the payload of such a link. Return None for any other text."""
    match = _PAYLOAD.fullmatch(payload)
    token = f"{match['verb']}:{match['target']}" if match else ""
    if match is None or read_token(token) is None:
        return None
    return AskedFor(token=token, message_id=int(match["message"] or 0))
