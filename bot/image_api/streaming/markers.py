"""Markers: what stands in the skeleton of a JSON text for the pictures that were taken out."""

import re
import secrets


class Markers:
    """The markers of one answer. Nobody outside knows its nonce, so no word of an answer can be mistaken for one."""

    def __init__(self) -> None:
        self._nonce = secrets.token_hex(8)
        self._marker = re.compile(rf"{self._nonce}:(\d+):(\d+);")

    def marker(self, number: int, taken_back: int) -> str:
        """Write the marker of a picture. `taken_back`: how many characters before it belong to the picture."""
        return f"{self._nonce}:{number}:{taken_back};"

    def number(self, text: str) -> int | None:
        """Return the number of the picture that a marker stands for. Return None if it is not one of our markers."""
        found = self._marker.fullmatch(text)
        return int(found[1]) if found else None

    def split(self, text: str) -> list[str | int]:
        """Split a text with markers into the text between them and the numbers of the pictures."""
        pieces: list[str | int] = []
        start = 0
        for found in self._marker.finditer(text):
            before = text[start : max(start, found.start() - int(found[2]))]
            pieces += [before, int(found[1])] if before else [int(found[1])]
            start = found.end()
        return [*pieces, text[start:]] if start < len(text) else pieces
