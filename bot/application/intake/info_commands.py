"""What a member asks about: credits, help, and the welcome."""

from collections.abc import Iterator

from bot.domain.chat import Member, OutgoingMessage, Sentence
from bot.domain.credits import CreditPolicy
from bot.domain.models import ImageModel, ModelCatalog, Ratio
from bot.domain.prompt.choosing import short_name
from bot.ports import Store


class InfoCommands:
    """Answers that change nothing."""

    def __init__(self, store: Store, catalogue: ModelCatalog, policy: CreditPolicy, bot_name: str) -> None:
        self._store = store
        self._catalogue = catalogue
        self._policy = policy
        self._bot_name = bot_name

    async def credits(self, member: Member) -> OutgoingMessage:
        """What is left, and when there is more."""
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
        """What can be typed, and what each model offers."""
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
        """The first thing a member reads; it always carries the balance as it is."""
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
    """What can be set, and the models: the shapes they have in common once, of each model what is its own."""
    usual = _usual_ratios(catalogue)
    yield Sentence("help-settings")
    if {"fast", "best"} <= {trait for model in catalogue.models for trait in model.traits}:
        yield Sentence("help-choice")
    if usual:
        yield Sentence("help-shapes", ratios=", ".join(map(str, usual)))
    for model in catalogue.models:
        yield _describe(model, usual)


def _usual_ratios(catalogue: ModelCatalog) -> tuple[Ratio, ...]:
    """The ratios of every model that has any, in the order of the first."""
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
