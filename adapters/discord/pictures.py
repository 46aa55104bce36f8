"""Finds the pictures of members' messages and interactions, and makes the core's references to them."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import discord

from adapters.discord.receiving.commands import Field
from bot.domain.chat import PictureRef
from bot.domain.errors import Gone

_SPOILER = 1 << 3
_REF = re.compile(r"(?P<channel>[0-9]{1,20}):(?P<message>[0-9]{1,20}):(?P<attachment>[0-9]{1,20}) (?P<url>\S+)")
_PICTURE_NAME = re.compile(r"\.(?:png|jpe?g|webp|gif|heic|heif|avif)$", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class PictureOfMessage:
    """A picture that somebody sent: its link, which expires, and the message from which to get a fresh link."""

    url: str = field(repr=False)
    attachment: int
    channel: int = 0  # 0: there is no message with a fresh link
    message: int = 0

    def ref(self) -> PictureRef:
        """Return the core's reference to the picture."""
        return PictureRef(f"{self.channel}:{self.message}:{self.attachment} {self.url}")


def picture_of(ref: PictureRef) -> PictureOfMessage:
    """Parse a reference. Raises `Gone` if it is not one of ours."""
    match = _REF.fullmatch(ref)
    if match is None:
        raise Gone("a picture that nobody can find")
    return PictureOfMessage(
        url=match["url"],
        attachment=int(match["attachment"]),
        channel=int(match["channel"]),
        message=int(match["message"]),
    )


def attachments_of(message: discord.Message) -> list[discord.Attachment]:
    """Return the files of a message and of the messages that it forwards."""
    passed_on = [file for snapshot in message.message_snapshots for file in snapshot.attachments]
    return [*message.attachments, *passed_on]


def to_picture_refs(attachments: Sequence[Mapping[str, Any]]) -> tuple[PictureRef, ...]:
    """Make references to the files of an interaction, given as JSON of the API."""
    return tuple(PictureOfMessage(url=str(each["url"]), attachment=int(each["id"])).ref() for each in attachments)


def files_of_command(data: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Return the files of a command's options, in the order of the options' names."""
    resolved = data.get("resolved", {}).get("attachments", {})
    filled_in = [option for option in data.get("options", ()) if option["type"] == Field.FILE]
    filled_in.sort(key=lambda option: str(option["name"]))
    return [resolved[str(option["value"])] for option in filled_in if str(option["value"]) in resolved]


def has_spoiler(attachments: Sequence[Mapping[str, Any]]) -> bool:
    """Whether one of the files is a spoiler, hidden until it is pressed."""
    return any(each.get("flags", 0) & _SPOILER or str(each["filename"]).startswith("SPOILER_") for each in attachments)


def files_of_described(message: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Return the picture files of a message, given as JSON of the API, and of the messages that it forwards."""
    snapshots = [each["message"] for each in message.get("message_snapshots", ())]
    files = [file for each in (message, *snapshots) for file in each.get("attachments", ())]
    return [file for file in files if is_picture(file.get("content_type"), file["filename"])]


def to_pictures_of_described(message: Mapping[str, Any]) -> tuple[PictureRef, ...]:
    """Make references to the pictures of a message that is given as JSON of the API."""
    channel, number = int(message["channel_id"]), int(message["id"])
    return tuple(
        PictureOfMessage(url=str(file["url"]), attachment=int(file["id"]), channel=channel, message=number).ref()
        for file in files_of_described(message)
    )


def is_picture(content_type: str | None, filename: str) -> bool:
    """Whether a file is a picture by its content type, or by its name if it has none."""
    if content_type is None:
        return bool(_PICTURE_NAME.search(filename))
    return content_type.startswith("image/")
