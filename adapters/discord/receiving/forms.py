"""Forms (modals) that ask for words after a button press or a menu command. The custom_id says what one is about."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import discord

from adapters.discord.words import label
from bot.domain.chat import Sentence
from bot.ports import Texts

OF_ACTION = "w:"
"""The prefix of an action form's custom_id. The action's token follows."""

OF_MENU = "m:"
"""The prefix of a menu form's custom_id. The command of the core and the key of the stored message data follow."""

MOST_PICTURES = 10
_WORDS, _PICTURES = "words", "pictures"
_MOST_TITLE, _MOST_LABEL, _MOST_WORDS = 45, 45, 4_000


@dataclass(frozen=True, slots=True, kw_only=True)
class HandedIn:
    """The content of a submitted form."""

    words: str
    attachments: tuple[Mapping[str, Any], ...]  # JSON of the API


def edit_form(custom_id: str, texts: Texts, language: str) -> discord.ui.Modal:
    """Build the form that asks what to change."""
    return _form(custom_id, Sentence("discord-form-edit"), Sentence("menu-option-change"), texts, language)


def reference_form(custom_id: str, texts: Texts, language: str) -> discord.ui.Modal:
    """Build the form that asks what to paint from a reference picture."""
    return _form(custom_id, Sentence("discord-form-reference"), Sentence("menu-option-prompt"), texts, language)


def read_form(data: Mapping[str, Any]) -> HandedIn:
    """Read what a member wrote and uploaded."""
    parts = {part.get("custom_id"): part for part in _walk(data.get("components", ()))}
    words, uploaded = parts.get(_WORDS, {}), parts.get(_PICTURES, {})
    resolved = data.get("resolved", {}).get("attachments", {})
    attachments = tuple(resolved[number] for number in uploaded.get("values", ()) if number in resolved)
    return HandedIn(words=str(words.get("value", "")), attachments=attachments)


def _form(custom_id: str, title: Sentence, asks: Sentence, texts: Texts, language: str) -> discord.ui.Modal:
    words = discord.ui.TextInput[Any](
        custom_id=_WORDS, style=discord.TextStyle.paragraph, required=True, max_length=_MOST_WORDS
    )
    pictures = discord.ui.FileUpload[Any](custom_id=_PICTURES, required=False, min_values=0, max_values=MOST_PICTURES)
    form = discord.ui.Modal(title=label(title, texts, language, _MOST_TITLE), custom_id=custom_id, timeout=None)
    form.add_item(discord.ui.Label(text=label(asks, texts, language, _MOST_LABEL), component=words))
    more = label(Sentence("discord-form-pictures"), texts, language, _MOST_LABEL)
    form.add_item(discord.ui.Label(text=more, component=pictures))
    form.stop()  # the library must not wait for it: we recognize the submitted form by its custom_id
    return form


def _walk(components: Sequence[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    for component in components:
        yield component
        yield from _walk(component.get("components", ()))
        if "component" in component:
            yield component["component"]
