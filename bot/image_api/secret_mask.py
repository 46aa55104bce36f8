"""Keeps an endpoint's secrets out of everything that an answer of it says.

A gateway that echoes the request, headers and all, would show its key to a member, and the store would keep it.
"""

import re
from collections.abc import Iterable
from urllib.parse import unquote, urlsplit

from bot.domain.chat import Quoted
from bot.domain.image_faults import ImageFault

HIDDEN = "***"
"""What a reader sees in the place of a secret."""

SHORTEST_SECRET = 4
"""Characters; less is a placeholder of the configuration, and may be part of any word."""

_SHORTEST_PART = 8
"""So many characters of a secret are hidden also where they stand within a word, or where the text breaks off."""

_SCHEME = re.compile(r"^\s*bearer\s+", re.IGNORECASE)
_PREFIX = "sk-"
"""Gateways of the one-api family store and name a key without it."""


class SecretMask:
    """Hides an API key, with or without `Bearer` and `sk-` before it, and a password within an address."""

    def __init__(self, api_key: str, base_url: str = "") -> None:
        key = _SCHEME.sub("", api_key).strip()
        core = key.removeprefix(_PREFIX)
        password = unquote(urlsplit(base_url).password or "")
        secrets = [core if len(core) >= _SHORTEST_PART else key, password]
        self._secrets = [secret for secret in secrets if len(secret) >= SHORTEST_SECRET]
        self._patterns = [_pattern(one) for one in self._secrets]

    def text(self, text: str) -> str:
        """The text without a secret, nor the beginning of one where it breaks off."""
        for pattern in self._patterns:
            text = pattern.sub(HIDDEN, text)
        for secret in self._secrets:
            for length in range(len(secret) - 1, _SHORTEST_PART - 1, -1):
                if text.endswith(secret[:length]):
                    text = text[:-length].removesuffix(_PREFIX) + HIDDEN
                    break
        return text

    def words(self, words: Quoted | None) -> Quoted | None:
        """The same for quoted words."""
        return words and Quoted(self.text(words.words))

    def hide_in(self, fault: ImageFault) -> None:
        """Take the secrets out of what a fault says to members and to the owner."""
        fault.words = self.words(fault.words)
        fault.owner_text = self.text(fault.owner_text)
        fault.args = (fault.owner_text,)

    def is_in(self, text: str) -> bool:
        """Whether a text shows a secret."""
        return any(pattern.search(text) for pattern in self._patterns)

    def names(self, names: Iterable[str]) -> frozenset[str]:
        """Names that an endpoint gives, without its secrets."""
        return frozenset(map(self.text, names))


def _pattern(secret: str) -> re.Pattern[str]:
    """A short secret is also part of ordinary words, so it counts only where it stands alone."""
    escaped = re.escape(secret)
    whole = escaped if len(secret) >= _SHORTEST_PART else rf"(?<!\w){escaped}(?!\w)"
    return re.compile(rf"(?:bearer\s+)?(?:{_PREFIX})?{whole}", re.IGNORECASE)
