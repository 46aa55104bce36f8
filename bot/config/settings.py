"""The tree of settings: every key a configuration file may hold, with its default."""

from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AnyHttpUrl, BaseModel, ConfigDict, Field, StringConstraints

from bot.config.secret import Secret
from bot.domain.requests import AfterCrash


class SettingsModel(BaseModel):
    """A part of the tree: frozen, and an unknown key is a fault."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class BotSettings(SettingsModel):
    """`[bot]`: who this bot is."""

    name: Annotated[str, StringConstraints(min_length=1, max_length=32)] = "Plantain"
    language: Literal["en", "zh-CN"] = "en"  # what is spoken where a member's own language is not known
    data_dir: Path = Path("plantain-data")  # relative to the configuration file


class StoreSettings(SettingsModel):
    """`[store]`: the database."""

    url: Annotated[str, StringConstraints(pattern=r"^sqlite:///.+")] = "sqlite:///plantain.db"  # relative to data_dir


class JobSettings(SettingsModel):
    """`[jobs]`: how pictures are made."""

    most_at_once: Annotated[int, Field(ge=1, le=64)] = 4
    after_crash: AfterCrash = AfterCrash.REPAINT
    max_attempts: Annotated[int, Field(ge=1, le=5)] = 2
    grace_seconds: Annotated[float, Field(ge=0, le=600)] = 90.0  # how long a stop waits for pictures being made


class GeminiEndpointSettings(SettingsModel):
    """`[[endpoints]]` with `format = "gemini"`: Google's own format."""

    name: Annotated[str, StringConstraints(min_length=1, max_length=32)]
    format: Literal["gemini"]
    base_url: AnyHttpUrl
    api_key: Secret
    auth: Literal["bearer", "x-goog-api-key"] = "bearer"
    models: tuple[str, ...] = ()  # empty: every model of the catalogue that speaks the format


class DemoEndpointSettings(SettingsModel):
    """`[[endpoints]]` with `format = "demo"`: the built-in painter."""

    name: Annotated[str, StringConstraints(min_length=1, max_length=32)] = "demo"
    format: Literal["demo"]
    seconds: Annotated[float, Field(ge=0, le=600)] = 2.0  # how long a picture takes, so that one sees it move
    models: tuple[str, ...] = ()


EndpointSettings = Annotated[GeminiEndpointSettings | DemoEndpointSettings, Field(discriminator="format")]


class CreditSettings(SettingsModel):
    """`[credits]`: what members may spend."""

    daily: Annotated[int, Field(ge=0, le=1_000_000)]  # each member's credits for a day (UTC)


class FileSettings(SettingsModel):
    """A configuration file as it is written; models and platforms are read further by those who know them."""

    bot: BotSettings = BotSettings()
    store: StoreSettings = StoreSettings()
    jobs: JobSettings = JobSettings()
    endpoints: tuple[EndpointSettings, ...] = ()
    credits: CreditSettings = CreditSettings(daily=0)
    models: dict[str, dict[str, Any]] = Field(default_factory=dict)
    platforms: dict[str, dict[str, Any]] = Field(default_factory=dict)
