"""Renders the page's HTML from templates and labels. It never contains text that a member typed."""

import hashlib
import html
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from string import Template

from adapters.web.labels import DOOR_LABELS, LANGUAGE, page_labels, page_menu
from adapters.web.translate import in_words
from adapters.web.uploads import FILE_LIMIT_BYTES, MOST_FILES
from bot.ports import PlatformServices

PAGE_FOLDER = Path(__file__).parent / "page"
_MEDIA_TYPES = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}

_TEMPLATES = Path(__file__).parent / "templates"


@dataclass(frozen=True, slots=True)
class PageFile:
    """A file that the browser loads with the page."""

    content: bytes
    media_type: str
    tag: str  # the value of the ETag header


@dataclass(frozen=True, slots=True)
class Page:
    """The templates and files, read once. So a requested path never reaches the file system."""

    chat: Template
    door: Template
    files: Mapping[str, PageFile]  # by name

    @classmethod
    def load(cls) -> "Page":
        """Read the templates and files. Touches the disk: call it in a thread."""
        chat, door = (Template((_TEMPLATES / name).read_text(encoding="utf-8")) for name in ("chat.html", "door.html"))
        return cls(chat, door, {path.name: _load_file(path) for path in PAGE_FOLDER.iterdir()})

    def render_chat(self, services: PlatformServices, language: str) -> str:
        """Render the chat page in a language."""
        labels = page_labels(services.texts, language)
        data = {
            "labels": labels,
            "menu": page_menu(services.menu, services.texts, language),
            "botName": services.bot_name,
            "fileLimitBytes": FILE_LIMIT_BYTES,
            "mostFiles": MOST_FILES,
        }
        words = labels | {"name": services.bot_name, "language": in_words(LANGUAGE, services.texts, language)}
        return self.chat.substitute(_escaped(words), data=_json_in_html(data))

    def render_door(self, services: PlatformServices, language: str) -> str:
        """Render the sign-in page ("door") for a browser without the cookie."""
        words = page_labels(services.texts, language, DOOR_LABELS)
        words |= {"name": services.bot_name, "language": in_words(LANGUAGE, services.texts, language)}
        return self.door.substitute(_escaped(words))


def _load_file(path: Path) -> PageFile:
    content = path.read_bytes()
    return PageFile(content, _MEDIA_TYPES[path.suffix], f'"{hashlib.sha256(content).hexdigest()[:32]}"')


def _escaped(words: dict[str, str]) -> dict[str, str]:
    return {name: html.escape(text) for name, text in words.items()}


def _json_in_html(data: object) -> str:
    """Write JSON that cannot end the script element around it."""
    return json.dumps(data, ensure_ascii=False).replace("<", "\\u003c")
