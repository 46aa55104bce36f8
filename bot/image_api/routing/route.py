"""Selects the endpoints that can paint an order, and sorts them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from bot.domain.catalogue.models import ImageModel
from bot.domain.image_faults import ModelUnavailable, SettingRejected
from bot.domain.requests.requests import PictureWish
from bot.domain.shares import is_in_share
from bot.ports import ImageApi


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Route:
    """An endpoint, the models it serves, and the names of the settings it can carry for each."""

    name: str
    api: ImageApi
    carries: Mapping[str, frozenset[str]]
    most_at_once: int  # requests in flight
    share: float | None = None  # this share of accounts tries this endpoint first, all others last
    replacements: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """The same as `carries` for successors: models used only after the endpoint says that one it serves is retired."""

    def can_paint(self, wish: PictureWish, model: ImageModel) -> bool:
        """Whether it serves the model and can carry every setting of the wish that differs from the default."""
        return _is_carried(wish, model, self.carries.get(model.name))

    def can_paint_instead(self, wish: PictureWish, model: ImageModel) -> bool:
        """Whether it can paint the wish with the successor of a model that it serves."""
        return _is_carried(wish, model, self.carries.get(model.name, self.replacements.get(model.name)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """An endpoint that may be asked, with the request for it."""

    route: Route
    wish: PictureWish
    is_redirected: bool = False  # to the successor of the requested model


def candidates(routes: Iterable[Route], wish: PictureWish, model: ImageModel, account: str) -> Sequence[Candidate]:
    """Select who can paint a wish, in the order to ask. Raises `ModelUnavailable`, `SettingRejected`."""
    wish = replace(wish, model=model.name)
    serving = [route for route in routes if model.name in route.carries]
    if not serving:
        raise ModelUnavailable(f"no endpoint of the configuration serves {model.name}")
    able = [route for route in serving if route.can_paint(wish, model)]
    if not able:
        needed = " and ".join(sorted(_needed(wish, model)))
        raise SettingRejected(f"no endpoint that serves {model.name} can be sent the {needed}")
    return [Candidate(route=route, wish=wish) for route in sorted(able, key=lambda route: _turn(route, account))]


def successor_of(candidate: Candidate, successor: ImageModel) -> Candidate | None:
    """Build a candidate for the same endpoint with a retired model's successor; None if it cannot paint the wish."""
    wish = replace(candidate.wish, model=successor.name)
    return (
        replace(candidate, wish=wish, is_redirected=True)
        if successor.has(wish.settings) and candidate.route.can_paint_instead(wish, successor)
        else None
    )


def _is_carried(wish: PictureWish, model: ImageModel, carried: frozenset[str] | None) -> bool:
    return carried is not None and _needed(wish, model) <= carried


def _needed(wish: PictureWish, model: ImageModel) -> frozenset[str]:
    """Name the settings to send: those whose value is not what the model paints unasked."""
    return frozenset(setting.name for setting, _ in model.to_send(wish.settings).chosen())


def _turn(route: Route, account: str) -> int:
    if route.share is None:
        return 1
    return 0 if account and is_in_share(account, route.name, route.share) else 2
