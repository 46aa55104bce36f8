"""Shares of members: who comes first to something new."""

from hashlib import sha256

_BYTES = 8


def is_in_share(key: str, subject: str, share: float) -> bool:
    """Whether a key (a member, an account) belongs to the share that gets a subject (a model, an endpoint) first.

    The answer is the same in every process and at every start, and another subject draws other keys.
    """
    drawn = int.from_bytes(sha256(f"{subject}\n{key}".encode()).digest()[:_BYTES], "big")
    return drawn < share * (1 << 8 * _BYTES)
