"""Reads the settings from a TOML file and the environment. All faults of a file are reported in one error."""

import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from bot.config.catalogue import ModelSettings, built_in, merged, to_image_model
from bot.config.endpoints import Endpoint, read_endpoints, served, with_costs
from bot.config.faults import describe
from bot.config.renamed import with_new_names
from bot.config.secret import fetch, secret_fields
from bot.config.settings import (
    BotSettings,
    CreditSettings,
    FileSettings,
    JobSettings,
    PictureFilesSettings,
    RetentionSettings,
    StoreSettings,
)
from bot.domain.catalogue.models import ImageModel, ModelCatalog
from bot.domain.errors import ConfigurationError

__all__ = ["Endpoint", "Settings", "load", "load_file"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """All settings of a run, frozen."""

    bot: BotSettings
    data_dir: Path  # absolute
    store: StoreSettings
    jobs: JobSettings
    pictures: PictureFilesSettings
    retention: RetentionSettings
    credits: CreditSettings
    endpoints: tuple[Endpoint, ...]
    catalogue: (
        ModelCatalog  # what members may ask for: only models that some endpoint serves, as far as it can carry it
    )
    known: ModelCatalog  # every known model, complete: what can be asked of an endpoint
    platforms: Mapping[str, BaseModel]
    notes: tuple[str, ...]  # one line each for the owner: worth knowing, though nothing is wrong


Model = TypeVar("Model", bound=BaseModel)
PlatformModels = Mapping[str, Callable[[], type[BaseModel]]]
"""Returns the settings model of each platform, from the registry of adapters. Called only for configured platforms."""


def load_file(path: Path, platforms: PlatformModels) -> Settings:
    """Read a configuration file. Raises `ConfigurationError` with every fault found."""
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise ConfigurationError(
            f"{path} cannot be read ({error.strerror}); copy config.example.toml to start one"
        ) from error
    except UnicodeDecodeError as error:
        raise ConfigurationError(f"{path} is not UTF-8 text") from error
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigurationError(f"{path} is not TOML: {error}") from error
    return load(table, platforms, folder=path.parent.absolute(), name=str(path))


def load(table: Mapping[str, Any], platforms: PlatformModels, *, folder: Path, name: str) -> Settings:
    """Read a parsed configuration. Fault messages refer to the file by `name`. Raises `ConfigurationError`."""
    faults: list[str] = []
    notes: list[str] = []
    table = with_new_names(table, notes)
    file = _validate(FileSettings, table, "", folder, faults)
    models = _read_models(file.models if file else table.get("models", {}), folder, faults)
    chosen = _read_platforms(file.platforms if file else table.get("platforms", {}), platforms, folder, faults)
    retired = _read_retired(file, models, faults) if file else {}
    if file is not None and file.bot.public_url is not None and "web" not in file.platforms:
        faults.append("bot.public_url: the links are served by the page's server, so [platforms.web] is needed too")
    endpoints = read_endpoints(file.endpoints, models, retired, faults, notes) if file else ()
    models = with_costs(models, endpoints, faults)
    if faults or file is None:
        raise ConfigurationError("\n".join([f"{name} cannot be used:", *(f"  {fault}" for fault in faults)]))
    return Settings(
        bot=file.bot,
        data_dir=folder / file.bot.data_dir.expanduser(),
        store=file.store,
        jobs=file.jobs,
        pictures=file.pictures,
        retention=file.retention,
        credits=file.credits,
        endpoints=endpoints,
        catalogue=served(endpoints, models, retired),
        known=ModelCatalog(tuple(models.values()), retired),
        platforms=chosen,
        notes=tuple(notes),
    )


def _validate(model: type[Model], value: Any, prefix: str, folder: Path, faults: list[str]) -> Model | None:
    try:
        return model.model_validate(value, context={"folder": folder})
    except ValidationError as error:
        faults.extend(describe(error, model, prefix))
        return None


def _read_models(written: Any, folder: Path, faults: list[str]) -> dict[str, ImageModel]:
    if not isinstance(written, dict) or not all(isinstance(value, dict) for value in written.values()):
        return {}  # FileSettings has reported this fault already
    tables = built_in()["pixels"]
    models: dict[str, ImageModel] = {}
    for name, value in merged(written).items():
        settings = _validate(ModelSettings, value, f"models.{name}", folder, faults)
        if settings is not None:
            try:
                models[name] = to_image_model(name, settings, tables)
            except ValueError as error:
                faults.append(f"models.{name}: {error}")
    return models


def _read_retired(file: FileSettings, models: Mapping[str, ImageModel], faults: list[str]) -> dict[str, str]:
    """Merge the built-in and the configured retired names. A name that is in the catalogue is not retired."""
    retired = {**built_in()["retired"], **file.retired}
    known = merged(file.models)
    followed = {f"retired.{old}": new for old, new in retired.items()}
    followed |= {f"models.{name}.successor": model.successor for name, model in models.items() if model.successor}
    faults.extend(
        f"{place}: {name} is not in the catalogue: {', '.join(known)}"
        for place, name in followed.items()
        if name not in known
    )
    return {old: new for old, new in retired.items() if old not in known}


def _read_platforms(written: Any, platforms: PlatformModels, folder: Path, faults: list[str]) -> dict[str, BaseModel]:
    chosen: dict[str, BaseModel] = {}
    for name, value in written.items() if isinstance(written, dict) else ():
        if name not in platforms:
            faults.append(f"platforms.{name}: there is no such platform; known: {', '.join(platforms)}")
            continue
        model, prefix = platforms[name](), f"platforms.{name}"
        fetched, missing = _fetch_secrets(model, value, prefix, folder)
        told: list[str] = []
        settings = _validate(model, fetched, prefix, folder, told)
        faults.extend([*missing.values(), *(fault for fault in told if fault not in missing)])
        if settings is not None:
            chosen[name] = settings
    return chosen


def _fetch_secrets(
    model: type[BaseModel], value: dict[str, Any], prefix: str, folder: Path
) -> tuple[dict[str, Any], dict[str, str]]:
    """Fetch the secrets of a table. Return the table, and the faults of the secrets that could not be fetched.

    Each fault's key is the message that validation would give for the missing key.
    """
    fetched, missing = dict(value), {}
    for key in secret_fields(model):
        if key in value:
            try:
                fetched[key] = fetch(value[key], folder)
            except ValueError as error:
                missing[f"{prefix}.{key}: is missing"] = f"{prefix}.{key}: {error}"
                del fetched[key]
    return fetched, missing
