"""The built-in catalogue, whole, as a configuration without a word about models gives it."""

from collections.abc import Iterable
from functools import cache

from bot.config.catalogue import ModelSettings, built_in, merged, to_image_model
from bot.domain.catalogue.models import ModelCatalog


def built_in_catalogue(names: Iterable[str] | None = None) -> ModelCatalog:
    """Return a catalogue of all built-in models, or of those named, in that order: it cannot be changed."""
    return _made(None if names is None else tuple(names))


@cache
def _made(names: tuple[str, ...] | None) -> ModelCatalog:
    tables, models = built_in()["pixels"], merged({})
    return ModelCatalog(
        tuple(to_image_model(name, ModelSettings.model_validate(models[name]), tables) for name in names or models),
        built_in()["retired"],
    )
