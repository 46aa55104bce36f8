"""Links to pictures that were painted and paid for, as they are kept with their job: JSON, and secret."""

from collections.abc import Sequence
from typing import Any

from bot.domain.chat import Quoted
from bot.domain.requests import PictureLink


def to_kept(links: Sequence[PictureLink]) -> list[dict[str, Any]] | None:
    """What the database keeps; None where there are no links."""
    return [
        {"endpoint": link.endpoint, "url": link.url, "words": None if link.words is None else link.words.words}
        for link in links
    ] or None


def to_links(kept: Sequence[dict[str, Any]] | None) -> tuple[PictureLink, ...]:
    """The links that `to_kept` wrote, in this version or another; what names no place is passed over."""
    return tuple(
        PictureLink(
            endpoint=link.get("endpoint", ""),
            url=link["url"],
            words=None if link.get("words") is None else Quoted(link["words"]),
        )
        for link in kept or ()
        if link.get("url")
    )
