"""The first answer to an interaction, before anything of ours is read or written: Discord waits three seconds."""

from dataclasses import dataclass

import aiohttp
import discord
import structlog

from adapters.discord.faults import ALREADY_ACKNOWLEDGED, UNKNOWN_INTERACTION

log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Acknowledged:
    """What came of it. Without a token nobody can be answered by it."""

    has_token: bool
    original: int | None  # the message that answers the interaction


async def acknowledge(interaction: discord.Interaction, *, thinks: bool, is_private: bool = False) -> Acknowledged:
    """Tell Discord that we have heard. `thinks`: with a message of its own, which is ours to fill.

    An answer that was given already, by another try or another process, is as good as ours.
    """
    try:
        told = await interaction.response.defer(thinking=thinks, ephemeral=is_private)
    except discord.HTTPException as error:
        if error.code == UNKNOWN_INTERACTION:
            late = (discord.utils.utcnow() - interaction.created_at).total_seconds()
            log.warning("interaction-too-late", seconds=round(late, 1))
            return Acknowledged(has_token=False, original=None)
        log.info("acknowledged-already", is_so=error.code == ALREADY_ACKNOWLEDGED, status=error.status)
    except (TimeoutError, aiohttp.ClientError, OSError) as error:
        log.info("acknowledgement-lost", fault=type(error).__name__)
    else:
        return Acknowledged(has_token=True, original=told.message_id if told and thinks else None)
    return await _what_is_there(interaction, thinks=thinks)


async def _what_is_there(interaction: discord.Interaction, *, thinks: bool) -> Acknowledged:
    """Whether the acknowledgement arrived although nobody said so."""
    try:
        message = await interaction.original_response()
    except (TimeoutError, discord.HTTPException, aiohttp.ClientError, OSError) as error:
        log.warning("interaction-lost", fault=type(error).__name__)
        return Acknowledged(has_token=False, original=None)
    return Acknowledged(has_token=True, original=message.id if thinks else None)
