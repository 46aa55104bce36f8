"""All chat platforms, by their name in the configuration. A platform is imported only when it is configured."""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel

from bot.ports import ChatPlatform, PlatformServices


@dataclass(frozen=True, slots=True, kw_only=True)
class PlatformEntry:
    """One platform: its settings model, and the function that creates the platform."""

    settings_model: Callable[[], type[BaseModel]]
    make: Callable[[Any, PlatformServices], ChatPlatform]
    """Creates the platform from settings of this entry's model and the services."""
    sentences: str | None = None
    """The package whose folder `locales/` has the sentences that only this platform uses."""
    examine: Callable[[Any], Awaitable[str]] | None = None
    """Tests the settings against the real platform. Returns the result in one line. Raises `PlantainError`."""


def _web_settings() -> type[BaseModel]:
    from adapters.web.settings import WebSettings

    return WebSettings


def _make_web(settings: Any, services: PlatformServices) -> ChatPlatform:
    from adapters.web.chat_platform import WebPlatform

    return WebPlatform(settings, services)


def _telegram_settings() -> type[BaseModel]:
    from adapters.telegram.settings import TelegramSettings

    return TelegramSettings


def _make_telegram(settings: Any, services: PlatformServices) -> ChatPlatform:
    from adapters.telegram.chat_platform import TelegramPlatform

    return TelegramPlatform(settings, services)


async def _examine_telegram(settings: Any) -> str:
    from adapters.telegram.examination import examine

    return await examine(settings)


def _discord_settings() -> type[BaseModel]:
    from adapters.discord.settings import DiscordSettings

    return DiscordSettings


def _make_discord(settings: Any, services: PlatformServices) -> ChatPlatform:
    from adapters.discord.chat_platform import DiscordPlatform

    return DiscordPlatform(settings, services)


async def _examine_discord(settings: Any) -> str:
    from adapters.discord.examination import examine

    return await examine(settings)


Platforms = Mapping[str, PlatformEntry]
"""Platforms by their name in the configuration."""

PLATFORMS: Platforms = {
    "telegram": PlatformEntry(
        settings_model=_telegram_settings,
        make=_make_telegram,
        sentences="adapters.telegram",
        examine=_examine_telegram,
    ),
    "discord": PlatformEntry(
        settings_model=_discord_settings,
        make=_make_discord,
        sentences="adapters.discord",
        examine=_examine_discord,
    ),
    "web": PlatformEntry(settings_model=_web_settings, make=_make_web, sentences="adapters.web"),
}


def settings_models(platforms: Platforms = PLATFORMS) -> Mapping[str, Callable[[], type[BaseModel]]]:
    """Return, by platform name, a function that imports and returns the platform's settings model."""
    return {name: entry.settings_model for name, entry in platforms.items()}


def sentences_of(names: Iterable[str], platforms: Platforms = PLATFORMS) -> tuple[str, ...]:
    """Return the packages with the sentences of the platforms with these names."""
    entries = (platforms[name] for name in names)
    return tuple(entry.sentences for entry in entries if entry.sentences is not None)
