"""Removes an endpoint's secrets from every text that the endpoint sends.

A gateway that echoes the request with its headers would show its API key to a member, and the database would keep it.
"""

import re
from collections.abc import Iterable
from urllib.parse import unquote, urlsplit

from bot.domain.chat import Quoted
from bot.domain.image_faults import ImageFault

HIDDEN = "***"
"""Replaces a secret in a text."""

SHORTEST_SECRET = 4
"""Characters. A shorter key is a placeholder in the configuration and may be part of any word."""

_SHORTEST_PART = 8
"""A secret of at least so many characters is hidden also inside a word, and where the text is cut off within it."""

_SCHEME = re.compile(r"^\s*bearer\s+", re.IGNORECASE)
_PREFIX = "sk-"
"""Gateways of the one-api family store and show a key without this prefix."""


class SecretMask:
    """Hides an API key, with or without `Bearer` and `sk-` before it, and the password of a URL."""

    def __init__(self, api_key: str, base_url: str = "") -> None:
        key = _SCHEME.sub("", api_key).strip()
        core = key.removeprefix(_PREFIX)
        password = unquote(urlsplit(base_url).password or "")
        secrets = [core if len(core) >= _SHORTEST_PART else key, password]
        self._secrets = [secret for secret in secrets if len(secret) >= SHORTEST_SECRET]
        self._patterns = [_pattern(one) for one in self._secrets]

    def text(self, text: str) -> str:
        """Hide the secrets in a text, also the beginning of one where the text is cut off."""
        for pattern in self._patterns:
            text = pattern.sub(HIDDEN, text)
        for secret in self._secrets:
            for length in range(len(secret) - 1, _SHORTEST_PART - 1, -1):
                if text.endswith(secret[:length]):
                    text = text[:-length].removesuffix(_PREFIX) + HIDDEN
                    break
        return text

    def words(self, words: Quoted | None) -> Quoted | None:
        """Hide the secrets in quoted words."""
        return words and Quoted(self.text(words.words))

    def hide_in(self, fault: ImageFault) -> None:
        """Hide the secrets in a fault's texts for members and for the owner."""
        fault.words = self.words(fault.words)
        fault.owner_text = self.text(fault.owner_text)
        fault.args = (fault.owner_text,)

    def is_in(self, text: str) -> bool:
        """Whether a text shows a secret."""
        return any(pattern.search(text) for pattern in self._patterns)

    def names(self, names: Iterable[str]) -> frozenset[str]:
        """Hide the secrets in names that an endpoint sends."""
        return frozenset(map(self.text, names))


def _pattern(secret: str) -> re.Pattern[str]:
    """Match a secret. A short one may be part of an ordinary word, so it matches only as a whole word."""
    escaped = re.escape(secret)
    whole = escaped if len(secret) >= _SHORTEST_PART else rf"(?<!\w){escaped}(?!\w)"
    return re.compile(rf"(?:bearer\s+)?(?:{_PREFIX})?{whole}", re.IGNORECASE)
