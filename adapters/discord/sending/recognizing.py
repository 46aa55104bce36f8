"""Pure functions that decide whether a message on Discord is one that we posted before."""

import discord

from adapters.discord.sending.writing import Written

_SPOILER = "SPOILER_"  # what the library puts before the name of a hidden file


def says(message: discord.Message, written: Written) -> bool:
    """Whether a message has the same words and as many files as `written`."""
    is_same = message.content.split() == written.content.split()
    return is_same and len(message.attachments) == len(written.files)


def is_outcome(message: discord.Message, written: Written) -> bool:
    """Whether a message is this outcome, perhaps in another form: with the same results, or with the same buttons.

    A file's name contains the public ID of its result. A button's custom_id contains the ID of what it is about.
    Without files and buttons, the words must be the same.
    """
    if written.files:
        return bool(_stems(written) & {_stem(file.filename) for file in message.attachments})
    if any(button.custom_id for button in written.buttons):
        return _has_button_of(message, written)
    return says(message, written)


def is_status(message: discord.Message, written: Written, answers: int | None) -> bool:
    """Whether a message is a status of the same request: it has the same button, or the same reply and first line.

    The text of a status changes, and so does its button. The first line is the request's words, which do not change.
    """
    if message.attachments:
        return False
    answered = message.reference.message_id if message.reference else None
    is_same = answered == answers and message.content.partition("\n")[0] == written.content.partition("\n")[0]
    return is_same or _has_button_of(message, written)


def _has_button_of(message: discord.Message, written: Written) -> bool:
    return bool(_custom_ids(message) & {button.custom_id for button in written.buttons})


def _stems(written: Written) -> set[str]:
    return {_stem(file.name) for file in written.files}


def _stem(name: str) -> str:
    """Return a file's name without its extension: a copy of the same picture may have another one."""
    return name.removeprefix(_SPOILER).rpartition(".")[0]


def _custom_ids(message: discord.Message) -> set[str]:
    rows = [row.children for row in message.components if isinstance(row, discord.ActionRow)]
    return {part.custom_id for row in rows for part in row if isinstance(part, discord.Button) and part.custom_id}
