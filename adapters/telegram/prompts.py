"""The question for an instruction: which action it was asked for stands in the question itself.

A member's answer carries the question whole, but not what that answers. So the token of the action is written into a
link of the question, as the payload of a link to our own bot: an answer is understood whenever and by whatever process.
"""

import re

from telegram import Message
from telegram.constants import MessageEntityType

from bot.domain.chat import TOKEN_LIMIT

_PAYLOAD = re.compile(r"https?://t\.me/(?P<name>\w+)\?start=(?P<verb>[a-z]+)-(?P<target>\d+)")


def to_link(token: str, username: str) -> str:
    """The link that carries a token."""
    return f"https://t.me/{username}?start={token.replace(':', '-')}"


def token_asked_for(question: Message | None, bot_id: int) -> str | None:
    """The action that a message of ours asks words for; None if it asks for none."""
    if question is None or question.from_user is None or question.from_user.id != bot_id:
        return None
    for entity in question.entities:
        match = _PAYLOAD.fullmatch(entity.url or "") if entity.type == MessageEntityType.TEXT_LINK else None
        if match:
            return f"{match['verb']}:{match['target']}"[:TOKEN_LIMIT]
    return None
