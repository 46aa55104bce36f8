"""Handles the Show button of a mention: it shows a waiting message to its member alone."""

import discord
import structlog

from adapters.discord import translate
from adapters.discord.receiving.acknowledging import acknowledge
from adapters.discord.sending.message_sender import DiscordContext
from adapters.discord.sending.writing import Written, to_written
from bot.domain.chat import OutgoingMessage, Sentence
from bot.domain.errors import PlatformFault

log = structlog.get_logger()


async def show_waiting(interaction: discord.Interaction, key: str, context: DiscordContext) -> None:
    """Show the message that was stored with a key, visible only to its member, each time they press the button."""
    acknowledged = await acknowledge(interaction, context.answers, thinks=True, is_private=True)
    reply_context = translate.reply_context_of_interaction(
        interaction, original=acknowledged.original, is_private=True, is_spoiler=False
    )
    language = translate.language_of(interaction)

    def saying(sentence: Sentence) -> Written:
        return to_written(OutgoingMessage(lines=(sentence,), language=language), context.texts)

    waiting = await context.kept.waiting(key, interaction.channel_id)
    if waiting is None:
        written = saying(Sentence("button-unknown"))
    elif waiting[0] != interaction.user.id:
        written = saying(Sentence("discord-not-yours"))
    else:
        written = waiting[1]
    try:
        await context.rest.fill(reply_context, written)
    except PlatformFault as fault:
        log.info("not-shown", fault=type(fault).__name__)
