"""Shares of members: which of them try something new first."""

from hashlib import sha256

_BYTES = 8


def is_in_share(key: str, subject: str, share: float) -> bool:
    """Whether a key (a member, an account) is in the share that gets a subject (a model, an endpoint) first.

    The answer is the same in every process and after every restart. Another subject selects other keys.
    """
    drawn = int.from_bytes(sha256(f"{subject}\n{key}".encode()).digest()[:_BYTES], "big")
    return drawn < share * (1 << 8 * _BYTES)
