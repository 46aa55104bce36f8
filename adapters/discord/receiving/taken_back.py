"""Converts a channel where the bot can post again to the core's values."""

import discord

from adapters.discord.reply_context import ReplyContext
from adapters.discord.translate import PLATFORM, is_age_restricted
from bot.domain.chat import Member
from bot.domain.events import TakenBack


def reply_context_of_channel(channel: discord.TextChannel) -> ReplyContext:
    """Make the reply context of a channel without an event of a member. Messages there are for everybody."""
    guild = channel.guild
    return ReplyContext(
        channel=channel.id,
        event=channel.id,
        user=guild.owner_id or 0,
        guild=guild.id,
        permissions=channel.permissions_for(guild.me).value,
        most_file_bytes=guild.filesize_limit,
        is_age_restricted=is_age_restricted(channel),
    )


def may_speak(channel: discord.TextChannel) -> bool:
    """Whether the bot may post in a channel."""
    return reply_context_of_channel(channel).may_send


def to_taken_back(channel: discord.TextChannel) -> TakenBack:
    """Make the event that the bot can post in a channel again.

    Discord does not tell who allowed it, so the server's owner is given as the author.
    """
    guild = channel.guild
    author = Member(
        platform=PLATFORM,
        id=str(guild.owner_id or 0),
        name=guild.name or str(guild.id),
        language=str(guild.preferred_locale.value),
    )
    return TakenBack(key=f"{channel.id}:taken-back", author=author)
