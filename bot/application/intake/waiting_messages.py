"""Composes the notes about pictures that wait for their members."""

from collections.abc import Iterator, Sequence

from bot.application.wording import PROMPT_LIMIT, excerpt
from bot.domain.chat import Action, Member, OutgoingMessage, Quoted, Sentence, Verb
from bot.domain.requests.requests import WaitingPictures


def waiting_for(member: Member, waiting: Sequence[WaitingPictures]) -> OutgoingMessage:
    """Compose the note for a member's private chat about pictures that could not be delivered elsewhere."""
    listed = [
        Sentence("numbered-prompt", number=number, prompt=excerpt(Quoted(each.prompt), PROMPT_LIMIT))
        for number, each in enumerate(waiting, start=1)
    ]
    lines = (Sentence("pictures-wait", count=len(waiting)), *listed, *_price_of(waiting))
    return OutgoingMessage(
        lines=lines, language=member.language, actions=_show_each(waiting), audience=member, is_droppable=True
    )


def waiting_in_chat(language: str, waiting: Sequence[WaitingPictures]) -> OutgoingMessage:
    """Compose the note for a chat that lets us post again: it names the members whose requests there have pictures."""
    listed = [
        Sentence("numbered-prompt", number=number, prompt=excerpt(Quoted(each.member.name), PROMPT_LIMIT))
        for number, each in enumerate(waiting, start=1)
    ]
    members = {each.member.id: each.member for each in waiting}
    return OutgoingMessage(
        lines=(Sentence("pictures-wait-here", count=len(waiting)), *listed, *_price_of(waiting)),
        language=language,
        actions=_show_each(waiting),
        requester=next(iter(members.values())) if len(members) == 1 else None,
        notifies=True,
        is_droppable=True,
    )


def _price_of(waiting: Sequence[WaitingPictures]) -> Iterator[Sentence]:
    """Say that the credits of some pictures were given back, if so."""
    if any(each.is_refunded for each in waiting):
        yield Sentence("pictures-wait-refunded")


def _show_each(waiting: Sequence[WaitingPictures]) -> tuple[Action, ...]:
    if len(waiting) == 1:
        return (Action(verb=Verb.SHOW, target=waiting[0].public_id, label=Sentence("action-show")),)
    return tuple(
        Action(
            verb=Verb.SHOW, target=each.public_id, label=Sentence("action-show-number", number=number), number=number
        )
        for number, each in enumerate(waiting, start=1)
    )
