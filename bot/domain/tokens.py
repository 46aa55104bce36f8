"""Tokens of buttons and forms: what they name, and where they are used.

A token alone grants nothing, since a client can send any text as one. Its id cannot be guessed, and it works only in
chats where the store knows that its request was shown.
"""

import re
from dataclasses import dataclass
from typing import NewType

from bot.domain.chat import TOKEN_LIMIT, ConversationKey, MessageRef, PublicId, Verb

OldNumber = NewType("OldNumber", int)
"""The row number that old tokens name a request or a result by, from before public ids."""

Target = PublicId | OldNumber

_PUBLIC_ID = re.compile(r"[a-z2-7]{16,40}")
_OLD_NUMBER = re.compile(r"[0-9]{1,15}")


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenUse:
    """The target of a token, and where its platform says that it was used."""

    target: Target
    platform: str
    conversation: ConversationKey
    message: MessageRef  # the message that has the action


def read_token(token: str) -> tuple[Verb, Target] | None:
    """Parse an action's token; None for anything that we would not have written."""
    verb, _, target = token.partition(":")
    if len(token) > TOKEN_LIMIT or verb not in set(Verb):
        return None
    if _PUBLIC_ID.fullmatch(target):
        return Verb(verb), PublicId(target)
    return (Verb(verb), OldNumber(int(target))) if _OLD_NUMBER.fullmatch(target) else None
