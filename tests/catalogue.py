"""The built-in catalogue, as a configuration without a word about models gives it."""

from bot.config.catalogue import ModelSettings, built_in, merged, to_image_model
from bot.domain.models import Catalogue


def built_in_catalogue() -> Catalogue:
    tables = built_in()["pixels"]
    return Catalogue(
        tuple(to_image_model(name, ModelSettings.model_validate(model), tables) for name, model in merged({}).items())
    )
