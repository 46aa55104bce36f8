"""The chat platforms there are, by the name the configuration uses; each is imported only when it is configured."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel

from bot.ports import ChatPlatform, PlatformServices


@dataclass(frozen=True, slots=True, kw_only=True)
class PlatformEntry:
    """One platform: how its settings are read, and how it is made."""

    settings_model: Callable[[], type[BaseModel]]
    make: Callable[[Any, PlatformServices], ChatPlatform]
    """From settings of the entry's own model, and the services."""


def _web_settings() -> type[BaseModel]:
    from adapters.web.settings import WebSettings

    return WebSettings


def _make_web(settings: Any, services: PlatformServices) -> ChatPlatform:
    from adapters.web.chat_platform import WebPlatform

    return WebPlatform(settings, services)


def _discord_settings() -> type[BaseModel]:
    from adapters.discord.settings import DiscordSettings

    return DiscordSettings


def _make_discord(settings: Any, services: PlatformServices) -> ChatPlatform:
    from adapters.discord.chat_platform import DiscordPlatform

    return DiscordPlatform(settings, services)


PLATFORMS: Mapping[str, PlatformEntry] = {
    "web": PlatformEntry(settings_model=_web_settings, make=_make_web),
    "discord": PlatformEntry(settings_model=_discord_settings, make=_make_discord),
}


def settings_models() -> Mapping[str, Callable[[], type[BaseModel]]]:
    """How the configuration has each platform's settings model."""
    return {name: entry.settings_model for name, entry in PLATFORMS.items()}
