"""Public ids: the names of requests and results outside the program."""

import base64
import secrets

from bot.domain.chat import PublicId

_BYTES = 15
"""120 random bits, 24 characters of base32: letters and digits that are allowed in any link."""


def new_public_id() -> PublicId:
    """Create an id that nobody can guess."""
    return PublicId(base64.b32encode(secrets.token_bytes(_BYTES)).decode().lower())
