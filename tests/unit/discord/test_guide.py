"""docs/discord.md says what is so."""

from pathlib import Path

import discord

from adapters.discord.settings import DiscordSettings

GUIDE = (Path(__file__).parents[3] / "docs/discord.md").read_text(encoding="utf-8")


def test_the_invitation_asks_for_what_is_used_and_for_nothing_else() -> None:
    used = discord.Permissions(
        view_channel=True,
        send_messages=True,
        send_messages_in_threads=True,
        attach_files=True,
        read_message_history=True,
        add_reactions=True,
    )
    assert f"permissions={used.value}\n" in GUIDE


def test_it_names_every_setting() -> None:
    assert [name for name in DiscordSettings.model_fields if f"{name}" not in GUIDE] == []
