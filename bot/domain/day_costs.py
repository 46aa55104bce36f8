"""The maximum that a member's credits for a day can cost the owner."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from bot.domain.catalogue.models import ImageModel


@dataclass(frozen=True, slots=True, kw_only=True)
class DayCost:
    """The pictures of one model that a day's credits buy, of the kind that costs the owner most."""

    model: str
    kind: str  # the size, and the values that cost extra
    pictures: int | None  # None: they cost no credits, so there is no limit
    price: Decimal  # of one picture, in the owner's currency

    @property
    def total(self) -> Decimal:
        """The owner's cost for all of them; infinite if there is no limit."""
        return Decimal("Infinity") if self.pictures is None else self.pictures * self.price


def day_costs(models: Iterable[ImageModel], daily: int) -> list[DayCost]:
    """Return what the credits cost if they are spent on one model alone, for each model that costs the owner money."""
    return [max(_kinds(model, daily), key=lambda cost: cost.total) for model in models if _costs_money(model)]


def most_a_day(models: Iterable[ImageModel], daily: int) -> Decimal:
    """Return the owner's highest cost for a member's daily credits. Infinite if a picture costs no credits."""
    most = [
        terms.cost * daily / terms.credits if terms.credits else Decimal("Infinity")
        for model in models
        for _, terms in model.all_terms()
        if terms.cost and terms.credits <= daily
    ]
    return max(most, default=Decimal(0))


def _costs_money(model: ImageModel) -> bool:
    return any(terms.cost for _, terms in model.all_terms())


def _kinds(model: ImageModel, daily: int) -> Iterable[DayCost]:
    for kind, terms in model.all_terms():
        if terms.cost:
            pictures = daily // terms.credits if terms.credits else None
            yield DayCost(model=model.name, kind=kind, pictures=pictures, price=terms.cost)
