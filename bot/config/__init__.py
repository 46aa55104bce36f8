"""One frozen tree of settings from a TOML file and the environment; every fault of a file in one error."""

import math
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from bot.config.catalogue import ModelSettings, built_in, merged, to_image_model
from bot.config.faults import describe
from bot.config.settings import (
    BotSettings,
    CreditSettings,
    EndpointSettings,
    FileSettings,
    JobSettings,
    StoreSettings,
)
from bot.domain.errors import ConfigurationError
from bot.domain.models import Catalogue, ImageModel


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """An endpoint with the models it serves, by name."""

    settings: EndpointSettings
    models: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Everything a run is told."""

    bot: BotSettings
    data_dir: Path  # absolute
    store: StoreSettings
    jobs: JobSettings
    credits: CreditSettings
    endpoints: tuple[Endpoint, ...]
    catalogue: Catalogue  # only models that some endpoint serves
    platforms: Mapping[str, BaseModel]


DRAWING_SECONDS = 1.0
"""What the demo painter takes beside the time it is told to take."""

Model = TypeVar("Model", bound=BaseModel)
PlatformModels = Mapping[str, Callable[[], type[BaseModel]]]
"""How the settings model of each platform is had, as the registry of adapters knows it; asked only where needed."""


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
    """Read a configuration that is parsed already; `name` is what faults call it."""
    faults: list[str] = []
    file = _validate(FileSettings, table, "", folder, faults)
    models = _read_models(file.models if file else table.get("models", {}), folder, faults)
    chosen = _read_platforms(file.platforms if file else table.get("platforms", {}), platforms, folder, faults)
    endpoints = _read_endpoints(file.endpoints, models, faults) if file else ()
    if faults or file is None:
        raise ConfigurationError("\n".join([f"{name} cannot be used:", *(f"  {fault}" for fault in faults)]))
    return Settings(
        bot=file.bot,
        data_dir=folder / file.bot.data_dir.expanduser(),
        store=file.store,
        jobs=file.jobs,
        credits=file.credits,
        endpoints=endpoints,
        catalogue=_served(endpoints, models),
        platforms=chosen,
    )


def _validate(model: type[Model], value: Any, prefix: str, folder: Path, faults: list[str]) -> Model | None:
    try:
        return model.model_validate(value, context={"folder": folder})
    except ValidationError as error:
        faults.extend(describe(error, model, prefix))
        return None


def _read_models(written: Any, folder: Path, faults: list[str]) -> dict[str, ImageModel]:
    if not isinstance(written, dict) or not all(isinstance(value, dict) for value in written.values()):
        return {}  # the tree's own check has told this fault already
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


def _read_platforms(written: Any, platforms: PlatformModels, folder: Path, faults: list[str]) -> dict[str, BaseModel]:
    chosen: dict[str, BaseModel] = {}
    for name, value in written.items() if isinstance(written, dict) else ():
        if name not in platforms:
            faults.append(f"platforms.{name}: there is no such platform; known: {', '.join(platforms)}")
            continue
        settings = _validate(platforms[name](), value, f"platforms.{name}", folder, faults)
        if settings is not None:
            chosen[name] = settings
    return chosen


def _read_endpoints(
    written: tuple[EndpointSettings, ...], models: Mapping[str, ImageModel], faults: list[str]
) -> tuple[Endpoint, ...]:
    endpoints = []
    if not written:
        faults.append('endpoints: at least one is needed; format = "demo" needs no key')
    for index, settings in enumerate(written):
        faults.extend(
            f"endpoints[{index}].models: {model} is not in the catalogue: {', '.join(models)}"
            for model in settings.models
            if model not in models
        )
        speaking = tuple(name for name, model in models.items() if settings.format in model.formats)
        endpoints.append(Endpoint(settings=settings, models=settings.models or speaking))
    return tuple(endpoints)


def _served(endpoints: tuple[Endpoint, ...], models: Mapping[str, ImageModel]) -> Catalogue:
    """The models on offer, in the order in which the endpoints name them, each as its first endpoint serves it."""
    served: dict[str, ImageModel] = {}
    for endpoint in endpoints:
        for name in endpoint.models:
            served.setdefault(name, _timed_by(endpoint.settings, models[name]))
    return Catalogue(tuple(served.values()))


def _timed_by(endpoint: EndpointSettings, model: ImageModel) -> ImageModel:
    """The model with the times of its endpoint: the demo's are its own, and what members are told must be true."""
    if endpoint.format != "demo":
        return model
    seconds = math.ceil(endpoint.seconds + DRAWING_SECONDS)
    terms = {size: replace(terms, expected_seconds=seconds) for size, terms in model.terms.items()}
    return replace(model, terms=terms)
