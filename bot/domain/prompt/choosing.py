"""Choose a model for a request that names none, and check that a model offers what was requested."""

from dataclasses import dataclass, replace

from bot.domain.catalogue.models import ImageModel, ModelCatalog
from bot.domain.catalogue.picture_settings import NOTHING_CHOSEN, PictureSettings, Setting, Value
from bot.domain.chat import Sentence
from bot.domain.errors import CommandFault
from bot.domain.prompt.flags import in_short
from bot.domain.prompt.written_words import asks_for_words
from bot.domain.requests.requests import PictureWish
from bot.domain.shares import is_in_share


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelQuery:
    """The demands of a request, independent of the model."""

    prompt: str
    settings: PictureSettings = NOTHING_CHOSEN
    pictures: int = 0  # number of source pictures

    def is_offered_by(self, model: ImageModel) -> bool:
        """Whether a model offers everything that is asked for."""
        return model.offers(self.settings) and self.pictures <= model.max_references


def choose_model(
    asked: ModelQuery, catalogue: ModelCatalog, *, trait: str | None = None, member_key: str = ""
) -> ImageModel:
    """Choose the model of a request that names none: the first on offer with the trait, or the default.

    A prompt that asks for written words prefers a model that writes well. Among the candidates, the first that offers
    everything is taken; if none does, the default. A member who names a setting but no model has said what matters, and
    sees model and price before painting. Raises `CommandFault` if no model has the trait.
    """
    models = _in_order(catalogue, member_key)
    able = [model for model in models if asked.is_offered_by(model)]
    if trait is not None:
        marked = [model for model in (*able, *models) if trait in model.traits]
        if not marked:
            raise CommandFault(Sentence("no-model-marked", flag=f"--{trait}", models=_names(catalogue)))
        return marked[0]
    writing = [model for model in able if "text" in model.traits] if asks_for_words(asked.prompt) else []
    return next(iter((*writing, *able, catalogue.default)))


def check_offered(asked: ModelQuery, model: ImageModel, catalogue: ModelCatalog) -> None:
    """Refuse a value that a model lacks, and name a model that has it. Raises `CommandFault`."""
    for setting, value in asked.settings.chosen():
        if value not in setting.offered_by(model.offered):
            raise CommandFault(_refusal(setting, value, model), *_elsewhere(asked, catalogue))


def as_offered_now(wish: PictureWish, catalogue: ModelCatalog) -> PictureWish | None:
    """Adapt an earlier wish to today's catalogue. None if its model or one of its settings is not offered any more."""
    model = catalogue.find(wish.model)
    if model is None:
        return None
    settings = model.without_unasked(wish.settings)
    if not model.offers(settings):
        return None
    return replace(wish, model=model.name, settings=model.completed(settings))


def largest(wish: PictureWish, catalogue: ModelCatalog) -> PictureWish | None:
    """Return the wish in the largest size of its model; None if it has that size, or is not offered."""
    now = as_offered_now(wish, catalogue)
    model = None if now is None else catalogue.find(now.model)
    if now is None or model is None or model.max_references == 0:
        return None
    sizes = model.offered.size
    if not sizes or now.settings.size == sizes[-1]:
        return None
    return replace(now, settings=replace(now.settings, size=sizes[-1]))


def _in_order(catalogue: ModelCatalog, member_key: str) -> tuple[ImageModel, ...]:
    """Return the models by preference. A trial model is first for its share of members, last for all others."""

    def turn(model: ImageModel) -> int:
        if model.share is None:
            return 1
        return 0 if member_key and is_in_share(member_key, model.name, model.share) else 2

    return tuple(sorted(catalogue.models, key=turn))


def _refusal(setting: Setting, value: Value, model: ImageModel) -> Sentence:
    offered = setting.offered_by(model.offered)
    if not offered:
        return Sentence("setting-without-choice", model=model.title, flag=f"--{setting.flag}")
    shown = in_short(value) if isinstance(value, str) else str(value)  # somebody typed the text; a ratio is parsed
    return setting.not_offered(model.title, shown, ", ".join(map(str, offered)))


def _elsewhere(asked: ModelQuery, catalogue: ModelCatalog) -> tuple[Sentence, ...]:
    """Name another model that offers everything that is asked for, if there is one."""
    other = next((model for model in catalogue.models if asked.is_offered_by(model)), None)
    if other is None:
        return ()
    return (Sentence("offered-by", model=other.title, flag=f"--model {short_name(other)}"),)


def short_name(model: ImageModel) -> str:
    """Return the name to type for a model."""
    return model.aliases[0] if model.aliases else model.name


def _names(catalogue: ModelCatalog) -> str:
    return ", ".join(model.name for model in catalogue.models)
