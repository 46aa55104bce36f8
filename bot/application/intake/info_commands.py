"""Composes the answers about credits and help, and the welcome."""

from collections.abc import Iterator

from bot.domain.chat import Member, OutgoingMessage, Sentence
from bot.domain.credits import CreditPolicy
from bot.domain.models import ImageModel, ModelCatalog, Ratio
from bot.domain.prompt.choosing import short_name
from bot.ports import Store


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
    """Describe the settings and the models. Ratios that all models share are listed once, others with their model."""
    usual = _usual_ratios(catalogue)
    yield Sentence("help-settings")
    if {"fast", "best"} <= {trait for model in catalogue.models for trait in model.traits}:
        yield Sentence("help-choice")
    if usual:
        yield Sentence("help-shapes", ratios=", ".join(map(str, usual)))
    for model in catalogue.models:
        yield _describe(model, usual)


def _usual_ratios(catalogue: ModelCatalog) -> tuple[Ratio, ...]:
    """Return the ratios that all models with ratios share, in the order of the first model."""
    offered = [model.ratios for model in catalogue.models if model.ratios]
    return tuple(ratio for ratio in next(iter(offered), ()) if all(ratio in ratios for ratios in offered))


def _describe(model: ImageModel, usual: tuple[Ratio, ...]) -> Sentence:
    prices = [terms.credits for terms in model.terms.values()]
    lowest, highest = min(prices), max(prices)
    others = ", ".join(str(ratio) for ratio in model.ratios if ratio not in usual)
    return Sentence(
        "help-model",
        name=model.title,
        alias=short_name(model),
        sizes=", ".join(model.sizes) if model.sizes else "auto",
        shapes=(others or "usual") if model.ratios else "own",
        price=str(lowest) if lowest == highest else f"{lowest}–{highest}",
        count=highest,
    )
