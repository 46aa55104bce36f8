"""The chat platforms there are, by the name the configuration uses; each is imported only when it is configured."""

from collections.abc import Awaitable, Callable, Iterable, Mapping
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
    sentences: str | None = None
    """The package whose folder `locales/` has the sentences that only this platform says."""
    examine: Callable[[Any], Awaitable[str]] | None = None
    """From such settings: what came of trying them for real, in one line. Raises `PlantainError`."""


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


PLATFORMS: Mapping[str, PlatformEntry] = {
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


def settings_models() -> Mapping[str, Callable[[], type[BaseModel]]]:
    """How the configuration has each platform's settings model."""
    return {name: entry.settings_model for name, entry in PLATFORMS.items()}


def sentences_of(names: Iterable[str]) -> tuple[str, ...]:
    """The packages with the sentences of these platforms."""
    entries = (PLATFORMS[name] for name in names)
    return tuple(entry.sentences for entry in entries if entry.sentences is not None)
