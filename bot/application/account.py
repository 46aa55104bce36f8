"""What a member asks about: credits, help, and the welcome."""

from bot.domain.chat import Member, OutgoingMessage, Sentence
from bot.domain.credits import CreditPolicy
from bot.domain.models import Catalogue, ImageModel
from bot.ports import Store


class Account:
    """Answers that change nothing."""

    def __init__(self, store: Store, catalogue: Catalogue, policy: CreditPolicy, bot_name: str) -> None:
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
            Sentence("help-settings"),
            *(_describe(model) for model in self._catalogue.models),
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


def _describe(model: ImageModel) -> Sentence:
    prices = [terms.credits for terms in model.terms.values()]
    lowest, highest = min(prices), max(prices)
    return Sentence(
        "help-model",
        name=model.title,
        alias=model.aliases[0] if model.aliases else model.name,
        ratios=", ".join(map(str, model.ratios)),
        sizes=", ".join(model.sizes) if model.sizes else "auto",
        price=str(lowest) if lowest == highest else f"{lowest}–{highest}",
        count=highest,
    )
