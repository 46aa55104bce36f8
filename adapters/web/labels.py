"""The labels of the page, by the names that its HTML and JavaScript use."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from adapters.web.translate import in_words
from adapters.web.uploads import FILE_LIMIT_BYTES, MOST_FILES
from bot.domain.chat import Sentence
from bot.domain.prompt.commands import MenuCommand
from bot.ports import Texts

LANGUAGE = Sentence("page-language")
"""The BCP 47 tag of the message catalog that is used. It tells the page its own language."""

LABELS: Mapping[str, Sentence] = {
    "attach": Sentence("page-attach"),
    "close": Sentence("page-close"),
    "commands": Sentence("page-commands"),
    "connecting": Sentence("page-connecting"),
    "connected": Sentence("page-connected"),
    "conversation": Sentence("page-conversation"),
    "credits": Sentence("page-credits"),
    "discard": Sentence("page-discard"),
    "download": Sentence("page-download"),
    "dropHere": Sentence("page-drop-here"),
    "dropReply": Sentence("page-drop-reply"),
    "earlierMessages": Sentence("page-earlier-messages"),
    "fileTooLarge": Sentence("page-file-too-large", limit=FILE_LIMIT_BYTES // 1024 // 1024),
    "lost": Sentence("page-lost"),
    "needsScript": Sentence("page-needs-script"),
    "newMessages": Sentence("page-new-messages"),
    "next": Sentence("page-next"),
    "notSent": Sentence("page-not-sent"),
    "openOriginal": Sentence("page-open-original"),
    "pictureGone": Sentence("page-picture-gone"),
    "pictureReady": Sentence("page-picture-ready"),
    "placeholder": Sentence("page-placeholder"),
    "previous": Sentence("page-previous"),
    "progress": Sentence("page-progress"),
    "removeFile": Sentence("page-remove-file"),
    "reply": Sentence("page-reply"),
    "replyingTo": Sentence("page-replying-to"),
    "requestOver": Sentence("page-request-over"),
    "send": Sentence("page-send"),
    "sendAgain": Sentence("page-send-again"),
    "sending": Sentence("page-sending"),
    "showAll": Sentence("page-show-all"),
    "showLess": Sentence("page-show-less"),
    "showPicture": Sentence("page-show-picture"),
    "tooManyFiles": Sentence("page-too-many-files", limit=MOST_FILES),
    "you": Sentence("page-you"),
}

DOOR_LABELS: Mapping[str, Sentence] = {
    "title": Sentence("page-door-title"),
    "hint": Sentence("page-door-hint"),
    "once": Sentence("page-door-once"),
    "enter": Sentence("page-door-enter"),
}

_HEADER_LIMIT = 1000  # characters
_MOST_TAGS = 20
_TAG = re.compile(r"[A-Za-z]{1,8}(-[A-Za-z0-9]{1,8}){0,8}", re.ASCII)
"""A valid language tag. It is checked because it is stored with the member's requests."""


def preferred_language(accept_language: str, texts: Texts, fallback: str) -> str:
    """Return the first language of an Accept-Language header (RFC 9110, 12.5.4) that has a message catalog."""
    for tag in _tags_by_preference(accept_language):
        if _tongue(in_words(LANGUAGE, texts, tag)) == _tongue(tag):
            return tag
    return fallback


def page_labels(texts: Texts, language: str, labels: Mapping[str, Sentence] = LABELS) -> dict[str, str]:
    """Return the labels in a language."""
    return {name: in_words(sentence, texts, language) for name, sentence in labels.items()}


def page_menu(menu: Sequence[MenuCommand], texts: Texts, language: str) -> list[dict[str, Any]]:
    """Return the command menu as JSON for the page's suggestions."""
    return [
        {
            "name": command.name,
            "summary": in_words(command.summary, texts, language),
            "takesWords": any(option.is_required for option in command.options),
            "options": [
                {
                    "name": option.name,
                    "summary": in_words(option.summary, texts, language),
                    "takesValue": option.takes_value,
                }
                for option in command.options
                if not option.is_required
            ],
        }
        for command in menu
    ]


def _tags_by_preference(header: str) -> list[str]:
    weighted: list[tuple[float, str]] = []
    for item in header[:_HEADER_LIMIT].split(",", _MOST_TAGS)[:_MOST_TAGS]:
        tag, _, weight = item.strip().partition(";q=")
        try:
            weighted.append((float(weight or 1), tag.strip()))
        except ValueError:
            continue
    weighted.sort(key=lambda pair: pair[0], reverse=True)
    return [tag for weight, tag in weighted if weight > 0 and _TAG.fullmatch(tag)]


def _tongue(tag: str) -> str:
    return tag.partition("-")[0].casefold()
