"""Reads the endpoints of a configuration: which models each serves, and what it can carry for them."""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from bot.config.settings import EndpointSettings
from bot.domain.catalogue.endpoint_formats import EndpointFormat
from bot.domain.catalogue.models import ImageModel, ModelCatalog

DRAWING_SECONDS = 1.0
"""Seconds that the demo painter needs in addition to its configured time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """An endpoint with the models it serves, by name, and the names of the settings it can carry for each."""

    settings: EndpointSettings
    carries: Mapping[str, frozenset[str]]

    @property
    def costs(self) -> Mapping[str, Mapping[str, Decimal]]:
        """The costs that it charges the owner, by model and size, for models where they differ from the catalogue's."""
        return {} if self.settings.format is EndpointFormat.DEMO else self.settings.cost

    @property
    def models(self) -> tuple[str, ...]:
        """The names of the models it serves, in the order of preference."""
        return tuple(self.carries)


def read_endpoints(
    written: tuple[EndpointSettings, ...],
    models: Mapping[str, ImageModel],
    retired: Mapping[str, str],
    faults: list[str],
    notes: list[str],
) -> tuple[Endpoint, ...]:
    """Read the endpoints. Retired model names are replaced, each with a note to the owner."""
    if not written:
        faults.append('endpoints: at least one is needed; format = "demo" needs no key')
    names = [settings.name for settings in written]
    endpoints = []
    for index, settings in enumerate(written):
        place = f"endpoints[{index}]"
        if settings.name in names[:index]:
            faults.append(f"{place}.name: there is another endpoint with the name {settings.name}")
        served = _named(settings, models, retired, place, faults, notes) or _speaking(settings, models.values())
        carries = {name: models[name].formats[settings.format] for name in served}
        endpoints.append(Endpoint(settings=settings, carries=carries))
    return tuple(endpoints)


def _named(
    settings: EndpointSettings,
    models: Mapping[str, ImageModel],
    retired: Mapping[str, str],
    place: str,
    faults: list[str],
    notes: list[str],
) -> tuple[str, ...]:
    """Resolve the models that an endpoint names."""
    named: dict[str, None] = {}
    for written in settings.models:
        name = written if written in models else retired.get(written, written)
        if name != written:
            notes.append(f"{place}.models: {written} is retired; {name} is used in its place")
        if name not in models:
            faults.append(f"{place}.models: {name} is not in the catalogue: {', '.join(models)}")
        elif settings.format not in models[name].formats:
            formats = ", ".join(models[name].formats)
            faults.append(f"{place}.models: {name} cannot be had in the format {settings.format}, only in {formats}")
        else:
            named[name] = None
    return tuple(named)


def with_costs(
    models: Mapping[str, ImageModel], endpoints: Sequence[Endpoint], faults: list[str]
) -> dict[str, ImageModel]:
    """Give the models what each endpoint charges for them, if one of their endpoints has a cost of its own."""
    priced = dict(models)
    for index, endpoint in enumerate(endpoints):
        faults.extend(_of_quality(endpoint, f"endpoints[{index}]"))
        for name, costs in endpoint.costs.items():
            place = f"endpoints[{index}].cost.{name}"
            if name not in endpoint.carries:
                known = ", ".join(endpoint.carries)
                faults.append(f"{place}: the endpoint does not serve this model; it serves {known}")
            elif missing := models[name].terms.keys() - costs.keys():
                faults.append(f"{place} says nothing of {', '.join(sorted(missing))}")
            else:
                priced[name] = replace(models[name], costs_at=_costs_at(models[name], endpoints))
    return priced


def _of_quality(endpoint: Endpoint, place: str) -> Iterator[str]:
    """Report models whose cost at a dear quality is not known: the catalogue's would be up to ten times too low."""
    settings = endpoint.settings
    if settings.format is EndpointFormat.OPENAI_IMAGES and settings.quality not in {"low", "medium"}:
        unknown = ", ".join(name for name in endpoint.carries if name not in endpoint.costs)
        if unknown:
            yield f"{place}.quality: {settings.quality} costs more than medium; write {place}.cost of {unknown}"


def _costs_at(model: ImageModel, endpoints: Iterable[Endpoint]) -> dict[str, Mapping[str, Decimal]]:
    usual = {size: terms.cost for size, terms in model.terms.items()}
    return {each.settings.name: each.costs.get(model.name, usual) for each in endpoints if model.name in each.carries}


def _speaking(settings: EndpointSettings, models: Iterable[ImageModel]) -> tuple[str, ...]:
    """List every model that is available in an endpoint's format, except those with a successor."""
    return tuple(model.name for model in models if settings.format in model.formats and model.successor is None)


def served(
    endpoints: tuple[Endpoint, ...], models: Mapping[str, ImageModel], retired: Mapping[str, str]
) -> ModelCatalog:
    """Build the catalogue of the models on offer, in the order in which the endpoints name them.

    Each has the times of its first endpoint, and the settings that some endpoint can carry for it. A model that is not
    served and has a successor is treated as retired.
    """
    first: dict[str, EndpointSettings] = {}
    carried: dict[str, frozenset[str]] = {}
    for endpoint in endpoints:
        for name, choices in endpoint.carries.items():
            first.setdefault(name, endpoint.settings)
            carried[name] = carried.get(name, frozenset()) | choices
    replaced = {model.name: model.successor for model in models.values() if model.successor and model.name not in first}
    offered = (_timed_by(first[name], models[name]).limited_to(choices) for name, choices in carried.items())
    return ModelCatalog(tuple(offered), {**replaced, **retired})


def _timed_by(endpoint: EndpointSettings, model: ImageModel) -> ImageModel:
    """Give a model the times of its endpoint. The demo has times of its own, and members must be told true times."""
    if endpoint.format is not EndpointFormat.DEMO:
        return model
    seconds = math.ceil(endpoint.seconds + DRAWING_SECONDS)
    terms = {size: replace(terms, expected_seconds=seconds) for size, terms in model.terms.items()}
    return replace(model, terms=terms)
