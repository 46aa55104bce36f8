"""Acknowledges an interaction before any other work: Discord waits only three seconds."""

from collections.abc import Awaitable
from dataclasses import dataclass

import aiohttp
import discord
import structlog

from adapters.discord.faults import ALREADY_ACKNOWLEDGED, UNKNOWN_INTERACTION, told
from adapters.discord.sending.shown_answers import ShownAnswers
from bot.domain.errors import PlatformFault

log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Acknowledged:
    """The result of an acknowledgement. Without a token, the interaction cannot be answered."""

    has_token: bool
    original: int | None  # the message that answers the interaction


async def acknowledge(
    interaction: discord.Interaction, answers: ShownAnswers, *, thinks: bool, is_private: bool = False
) -> Acknowledged:
    """Defer the answer to an interaction. `thinks`: Discord shows a "thinking" message, which we fill later.

    If another try or another process acknowledged the interaction already, that counts as success.
    """
    try:
        deferred = await interaction.response.defer(thinking=thinks, ephemeral=is_private)
    except discord.HTTPException as error:
        if error.code == UNKNOWN_INTERACTION:
            late = (discord.utils.utcnow() - interaction.created_at).total_seconds()
            log.warning("interaction-too-late", seconds=round(late, 1))
            return Acknowledged(has_token=False, original=None)
        log.info("acknowledged-already", is_so=error.code == ALREADY_ACKNOWLEDGED, status=error.status)
    except (TimeoutError, aiohttp.ClientError, OSError) as error:
        log.info("acknowledgement-lost", fault=type(error).__name__)
    else:
        original = deferred.message_id if deferred and thinks else None
        if original is not None:
            answers.thinks(original)
        return Acknowledged(has_token=True, original=original)
    return await _what_is_there(interaction, thinks=thinks)


async def answer_at_once(answer: Awaitable[object]) -> None:
    """Answer an interaction with a form or with choices. A fault is only logged, because nobody can be told.

    The member may see the answer although a fault was raised: then only Discord's reply to us was lost.
    """
    try:
        with told(is_by_token=True):
            await answer
    except PlatformFault as fault:
        log.info("interaction-answer-lost", fault=type(fault).__name__)


async def _what_is_there(interaction: discord.Interaction, *, thinks: bool) -> Acknowledged:
    """Look up whether the acknowledgement arrived although its answer was lost."""
    try:
        message = await interaction.original_response()
    except (TimeoutError, discord.HTTPException, aiohttp.ClientError, OSError) as error:
        log.warning("interaction-lost", fault=type(error).__name__)
        return Acknowledged(has_token=False, original=None)
    return Acknowledged(has_token=True, original=message.id if thinks else None)
