"""Stores in the transcript what must survive a restart between two events of Discord."""

from collections.abc import Mapping
from typing import Any

import structlog

from adapters.discord.sending.writing import Written, from_body, to_body
from bot.ports import Transcript

log = structlog.get_logger()

_FORMS = "discord:forms"
_WAITING = "discord:waiting"


class PendingStore:
    """Stores what open forms are about, and private messages that wait until their member presses Show."""

    def __init__(self, transcript: Transcript) -> None:
        self._transcript = transcript

    async def keep_form(self, key: str, about: Mapping[str, Any]) -> None:
        """Store what a form is about until it is submitted."""
        await self._transcript.append(_FORMS, key, about)

    async def form(self, key: str, channel: int | None, user: int) -> Mapping[str, Any] | None:
        """Return what a form is about; None if unknown, or if it was opened by another user or in another channel."""
        said = await self._transcript.find(_FORMS, key)
        is_theirs = said and said.body and (said.body.get("channel"), said.body.get("user")) == (channel, user)
        return said.body if said and is_theirs else None

    async def keep_waiting(self, key: str, channel: int, user: int, written: Written) -> None:
        """Store a message for one user until they open it. A message with the same key is replaced."""
        body = {"channel": channel, "user": user, "written": to_body(written)}
        said = await self._transcript.append(_WAITING, key, body)
        if said.body != body:
            await self._transcript.replace(_WAITING, key, body)

    async def waiting(self, key: str, channel: int | None) -> tuple[int, Written] | None:
        """Return the user ID and the message; None if there is none for this channel, or it cannot be read."""
        said = await self._transcript.find(_WAITING, key)
        if said is None or said.body is None or said.body.get("channel", channel) != channel:
            return None
        try:
            return int(said.body["user"]), from_body(said.body["written"])
        except (KeyError, TypeError, ValueError) as fault:
            log.warning("waiting-message-unreadable", fault=type(fault).__name__)
            return None
