"""Says in a sentence what a member's credits for a day can cost the owner at most."""

from decimal import ROUND_CEILING, Decimal

from bot.config import Settings
from bot.domain.catalogue.endpoint_formats import EndpointFormat
from bot.domain.day_costs import DayCost, day_costs, most_a_day

ON_TOP = "pictures that fail and are billed all the same come on top"


def demo_costs_told(settings: Settings) -> str:
    """Say what the demo's credits could cost with a real endpoint, at the built-in prices."""
    daily = settings.credits.daily
    most = _money(most_a_day(settings.catalogue.models, daily))
    return (
        f"The demo costs nothing. With a real endpoint, a member's {daily} credits for a day could cost you {most} at "
        "most,\n  at the built-in prices; `plantain check` says it for yours."
    )


def day_costs_told(settings: Settings) -> str:
    """Say what a member's credits for a day can cost with the configured endpoints, without the built-in painter."""
    paying = [each for each in settings.endpoints if each.settings.format is not EndpointFormat.DEMO]
    paid = {name for each in paying for name in each.models}
    models = [model for model in settings.catalogue.models if model.name in paid]
    daily = settings.credits.daily
    most = most_a_day(models, daily)
    costs = [cost for cost in day_costs(models, daily) if cost.pictures != 0]
    if not costs:
        return "a member's credits for a day cost you nothing"
    if most.is_infinite():
        free = ", ".join(cost.model for cost in costs if cost.pictures is None)
        return f"what a member can cost you has no limit, for {free} costs no credits"
    sums = "; ".join(_sum(cost) for cost in costs)
    return f"a member's {daily:,} credits for a day can cost you {_money(most)} at most ({sums}); {ON_TOP}"


def _sum(cost: DayCost) -> str:
    return f"{cost.pictures:,} × {cost.model} at {cost.price.normalize():f} = {_money(cost.total)}"


def _money(amount: Decimal) -> str:
    return f"{amount.quantize(Decimal('0.01'), ROUND_CEILING):,}"
