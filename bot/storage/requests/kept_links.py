"""The stored form of links to paid pictures, in their job's row: JSON, and secret."""

from collections.abc import Sequence
from typing import Any

from bot.domain.chat import Quoted
from bot.domain.requests.requests import PictureLink


def to_kept(links: Sequence[PictureLink]) -> list[dict[str, Any]] | None:
    """Convert links to their stored form; None if there are none."""
    return [
        {"endpoint": link.endpoint, "url": link.url, "words": None if link.words is None else link.words.words}
        for link in links
    ] or None


def to_links(kept: Sequence[dict[str, Any]] | None) -> tuple[PictureLink, ...]:
    """Convert links from their stored form, of any version. Entries without a URL are skipped."""
    return tuple(
        PictureLink(
            endpoint=link.get("endpoint", ""),
            url=link["url"],
            words=None if link.get("words") is None else Quoted(link["words"]),
        )
        for link in kept or ()
        if link.get("url")
    )
