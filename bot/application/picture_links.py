"""Links to originals. A link is signed, so that nobody can forge one, and it expires."""

import hashlib
import hmac
from collections.abc import Mapping
from datetime import timedelta
from urllib.parse import quote, urlencode, urlsplit

from bot.domain.chat import StoredPicture
from bot.ports import Clock

PATH = "/originals/"
"""The beginning of a link's path. The picture's SHA-256 and the name to save it under follow."""

_SEAL_CHARACTERS = 32
"""The number of hex digits of the signature that a link carries, of 64. They are 128 bits, which nobody can guess."""


class SignedLinks:
    """Makes and checks links, signed with HMAC-SHA256. Whoever has a link can get the picture, so no link is logged."""

    def __init__(self, public_url: str, secret: str, clock: Clock, *, lifetime: timedelta) -> None:
        self._base = public_url.rstrip("/")
        self._secret = secret.encode()
        self._clock = clock
        self._lifetime = lifetime

    @property
    def host(self) -> str:
        """The host of the public address."""
        return urlsplit(self._base).hostname or ""

    def __repr__(self) -> str:
        return "SignedLinks(…)"

    def link_to(self, picture: StoredPicture, filename: str) -> str:
        """Make a link to a picture. It is the same link all day (UTC), so that an edited message does not change."""
        midnight = self._clock.now().replace(hour=0, minute=0, second=0, microsecond=0)
        until = int((midnight + timedelta(days=1) + self._lifetime).timestamp())
        query = urlencode({"until": until, "seal": self._seal(picture.sha256, filename, until)})
        return f"{self._base}{PATH}{picture.sha256}/{quote(filename, safe='')}?{query}"

    def opens(self, sha256: str, filename: str, query: Mapping[str, str]) -> bool:
        """Whether we signed a link, and it has not expired. Signatures are compared in constant time."""
        until = query.get("until", "")
        if not (until.isascii() and until.isdigit() and len(until) <= len(str(2**63))):
            return False
        seal = self._seal(sha256, filename, int(until))
        is_ours = hmac.compare_digest(seal.encode(), query.get("seal", "").encode(errors="replace"))
        return is_ours and self._clock.now().timestamp() < int(until)

    def _seal(self, sha256: str, filename: str, until: int) -> str:
        text = f"original\0{sha256}\0{filename}\0{until}".encode(errors="replace")
        return hmac.new(self._secret, text, hashlib.sha256).hexdigest()[:_SEAL_CHARACTERS]
