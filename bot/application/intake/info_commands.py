"""Composes the answers about credits and help, and the welcome."""

from collections.abc import Iterator, Mapping, Sequence

from bot.domain.catalogue.models import ImageModel, ModelCatalog
from bot.domain.catalogue.picture_settings import SETTINGS, Setting, Value
from bot.domain.chat import Member, OutgoingMessage, Sentence
from bot.domain.credits import CreditPolicy
from bot.domain.prompt.choosing import short_name
from bot.ports import Store

MOST_REPEATED = 4
"""A list of values that models share is repeated with each model if it is no longer than this."""


class InfoCommands:
    """Composes answers that change nothing in the store."""

    def __init__(self, store: Store, catalogue: ModelCatalog, policy: CreditPolicy, bot_name: str) -> None:
        self._store = store
        self._catalogue = catalogue
        self._policy = policy
        self._bot_name = bot_name

    async def credits(self, member: Member) -> OutgoingMessage:
        """Say how many credits are left, and when there are more."""
        left = await self._store.credits_left(member)
        if self._policy.daily == 0:
            return self._message(member, left, Sentence("credits-none-allowed"))
        return self._message(
            member,
            left,
            Sentence("credits-left", left=left, daily=self._policy.daily),
            Sentence("credits-come-back", daily=self._policy.daily),
        )

    async def help(self, member: Member) -> OutgoingMessage:
        """Say which commands can be typed, and what each model offers."""
        return self._message(
            member,
            await self._store.credits_left(member),
            Sentence("help-imagine"),
            Sentence("help-edit"),
            *describe_settings(self._catalogue),
            Sentence("help-several"),
            Sentence("help-credits"),
        )

    async def welcome(self, member: Member) -> OutgoingMessage:
        """Compose the first message that a member reads. It shows the present balance."""
        return self._message(
            member,
            await self._store.credits_left(member),
            Sentence("welcome", name=self._bot_name),
            Sentence("help-imagine"),
            Sentence("help-edit"),
        )

    def _message(self, member: Member, left: int, *lines: Sentence) -> OutgoingMessage:
        return OutgoingMessage(lines=lines, language=member.language, credits_left=left)


def describe_settings(catalogue: ModelCatalog) -> Iterator[Sentence]:
    """Describe the settings and the models. Long lists of values that models share are given once for all models."""
    shared = {setting.flag: _shared(setting, catalogue) for setting in SETTINGS}
    for setting in SETTINGS:
        if any(setting.offered_by(model.offered) for model in catalogue.models):
            yield setting.help
    yield Sentence("help-model-flag")
    if {"fast", "best"} <= {trait for model in catalogue.models for trait in model.traits}:
        yield Sentence("help-choice")
    for flag, values in shared.items():
        if values:
            yield Sentence("help-values", flag=f"--{flag}", values=_listed(values))
    for model in catalogue.models:
        yield _describe(model, shared)


def _shared(setting: Setting, catalogue: ModelCatalog) -> tuple[Value, ...]:
    """Return the values that all models with the setting share, in the order of the first; none if they are few."""
    offered = [values for model in catalogue.models if (values := setting.offered_by(model.offered))]
    shared = tuple(value for value in next(iter(offered), ()) if all(value in values for values in offered))
    return shared if len(shared) > MOST_REPEATED else ()


def _describe(model: ImageModel, shared: Mapping[str, tuple[Value, ...]]) -> Sentence:
    prices = [terms.credits for _, terms in model.all_terms()]
    lowest, highest = min(prices), max(prices)
    return Sentence(
        "help-model",
        name=model.title,
        alias=short_name(model),
        settings=" · ".join(_own_values(model, shared)) or "none",
        without=", ".join(f"--{flag}" for flag in _missing(model, shared)) or "none",
        price=str(lowest) if lowest == highest else f"{lowest}–{highest}",
        count=highest,
    )


def _own_values(model: ImageModel, shared: Mapping[str, tuple[Value, ...]]) -> Iterator[str]:
    """List for each setting the values that are not given once for all models."""
    for setting in SETTINGS:
        own = [value for value in setting.offered_by(model.offered) if value not in shared[setting.flag]]
        if own:
            yield f"{setting.flag} {_listed(own)}" if setting.is_shown_with_flag else _listed(own)


def _missing(model: ImageModel, shared: Mapping[str, tuple[Value, ...]]) -> Iterator[str]:
    """Name the flags whose values are given once for all models, although this model has none of them."""
    for setting in SETTINGS:
        if shared[setting.flag] and not setting.offered_by(model.offered):
            yield setting.flag


def _listed(values: Sequence[Value]) -> str:
    return ", ".join(map(str, values))
