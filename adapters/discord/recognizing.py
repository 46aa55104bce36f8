"""Whether a message of Discord's is one of ours that was written before: pure functions."""

import discord

from adapters.discord.writing import Written

_SPOILER = "SPOILER_"  # what the library puts before the name of a hidden file


def says(message: discord.Message, written: Written) -> bool:
    """Whether a message says just what is written."""
    is_same = message.content.split() == written.content.split()
    return is_same and len(message.attachments) == len(written.files)


def is_outcome(message: discord.Message, written: Written) -> bool:
    """Whether a message is this outcome, perhaps in another form: of the same results, or with the same buttons.

    A file's name carries the public id of its result, and a button's custom_id that of what it is about. Without files
    and buttons the words must be the same.
    """
    if written.files:
        return bool(_stems(written) & {_stem(file.filename) for file in message.attachments})
    if any(button.custom_id for button in written.buttons):
        return _has_button_of(message, written)
    return says(message, written)


def is_status(message: discord.Message, written: Written, answers: int | None) -> bool:
    """Whether a message tells how the same request stood: by its button, or by what it answers and its first line.

    What a status says changes, and whether it has a button; the request's words come first in it and stay.
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
    """A file's name without its ending: a copy of the same picture may have another one."""
    return name.removeprefix(_SPOILER).rpartition(".")[0]


def _custom_ids(message: discord.Message) -> set[str]:
    rows = [row.children for row in message.components if isinstance(row, discord.ActionRow)]
    return {part.custom_id for row in rows for part in row if isinstance(part, discord.Button) and part.custom_id}
