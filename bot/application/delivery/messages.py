"""What a request says of itself, as messages: pure functions from how things stand to what is shown."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from bot.application.wording import (
    PROMPT_LIMIT,
    about,
    difference,
    excerpt,
    failure_sentence,
    megabytes,
    numbered,
    settings,
    turn_sentence,
)
from bot.domain.chat import (
    Action,
    Member,
    Moment,
    OutgoingMessage,
    OutgoingPicture,
    Phase,
    Progress,
    Quoted,
    Sentence,
    Verb,
)
from bot.domain.models import ModelCatalog
from bot.domain.prompt.choosing import largest
from bot.domain.requests import JobState, RequestView, Result, Turn, WaitingPictures
from bot.domain.turn_plan import ToldTurn


def offered(view: RequestView, catalogue: ModelCatalog, now: datetime) -> OutgoingMessage:
    """A request whose price is to be confirmed before anything is reserved."""
    count, open_for = len(view.jobs), (view.offered_until or now) - now
    return _plain(
        view,
        *_understood(view, catalogue),
        *([Sentence("offer-painted-already", count=count)] if view.claims is not None else []),
        Sentence("offer-price", count=count, price=view.total_price, left=view.credits_left),
        Sentence("offer-open", minutes=max(1, round(open_for.total_seconds() / 60))),
        actions=(
            Action(verb=Verb.CONFIRM, target=view.public_id, label=Sentence("action-confirm", price=view.total_price)),
            Action(verb=Verb.CANCEL, target=view.public_id, label=Sentence("action-decline")),
        ),
    )


def asked(view: RequestView, catalogue: ModelCatalog, turn: ToldTurn | None) -> OutgoingMessage:
    """A request as it will stay true: when it was asked for, about how long it takes, and that its outcome is apart.

    It may be all that is ever said where a message whose place is not remembered cannot be found again.
    """
    expected = round((turn.done_at - view.accepted_at).total_seconds()) if turn else view.expected_seconds
    minutes, seconds = about(expected)
    progress = Progress(phase=Phase.WAITING, since=view.accepted_at, expected_seconds=expected)
    return _in_progress(
        view,
        catalogue,
        Sentence("status-asked", at=Moment(view.accepted_at), minutes=minutes, seconds=seconds),
        progress,
        actions=(_cancel(view),),
    )


def waiting(view: RequestView, catalogue: ModelCatalog, turn: ToldTurn | None, now: datetime) -> OutgoingMessage:
    """A request whose jobs are all in the queue; without a turn its source pictures are still on their way."""
    ready = turn.done_at if turn else now + timedelta(seconds=view.expected_seconds)
    expected = round((ready - view.accepted_at).total_seconds())
    progress = Progress(phase=Phase.WAITING, since=view.accepted_at, expected_seconds=expected)
    return _in_progress(view, catalogue, turn_sentence(turn, ready), progress, actions=(_cancel(view),))


def painting(
    view: RequestView,
    catalogue: ModelCatalog,
    now: datetime,
    *,
    last_turn: Turn | None = None,
    pictures: Sequence[OutgoingPicture] = (),
) -> OutgoingMessage:
    """A request of which something is painted, or was while the rest waits; only what waits can be cancelled.

    `last_turn` is that of its last job in the queue; `pictures` are those that are shown already.
    """
    began, expected = _times_of(view, now, last_turn)
    at, (minutes, seconds) = Moment(began), about(expected)
    if len(view.jobs) == 1:
        sentence = Sentence("status-painting", began=at, minutes=minutes, seconds=seconds)
    else:
        ready, count = sum(job.state is JobState.PAINTED for job in view.jobs), len(view.jobs)
        sentence = Sentence(
            "status-painting-several", ready=ready, count=count, began=at, minutes=minutes, seconds=seconds
        )
    rest = Action(verb=Verb.CANCEL, target=view.public_id, label=Sentence("action-cancel-rest"))
    return _in_progress(
        view,
        catalogue,
        sentence,
        Progress(phase=Phase.PAINTING, since=began, expected_seconds=expected),
        actions=(rest,) if any(job.state is JobState.QUEUED for job in view.jobs) else (),
        pictures=pictures,
    )


def outcome(
    view: RequestView, catalogue: ModelCatalog, pictures: Sequence[OutgoingPicture] = (), *, lost: int = 0
) -> OutgoingMessage:
    """A request that has come to its end: its pictures as they go out, or why there are none.

    `lost` counts those that were made and are not kept any more; they are none of the view's results.
    """
    if view.results:
        return _results(view, catalogue, pictures, lost)
    if lost:
        return _plain(view, Quoted(view.wish.prompt), Sentence("result-not-kept", count=lost), *_given_back(view))
    if any(job.state is JobState.CANCELLED and job.failure is None for job in view.jobs):
        return _plain(view, Quoted(view.wish.prompt), Sentence("status-cancelled"))
    return _plain(
        view,
        Quoted(view.wish.prompt),
        *_failures(view),
        Sentence("nothing-charged", left=view.credits_left),
        actions=(_retry(view),),
    )


def later(view: RequestView) -> OutgoingMessage:
    """The last that can be said of an open request where what was said cannot be changed for long."""
    return replace(_plain(view, Quoted(view.wish.prompt), Sentence("status-later")), is_droppable=True)


def ended(view: RequestView) -> OutgoingMessage:
    """What stays of a status that cannot be taken away, when the outcome stands elsewhere."""
    return _plain(view, Quoted(view.wish.prompt), Sentence("status-ended"))


def undelivered(view: RequestView) -> OutgoingMessage:
    """What is said where the pictures of a request are not taken, if words are: that they wait for their member."""
    show = Action(verb=Verb.SHOW, target=view.public_id, label=Sentence("action-show"))
    return _plain(view, Quoted(view.wish.prompt), Sentence("picture-waits"), *_given_back(view), actions=(show,))


def waiting_for(member: Member, waiting: Sequence[WaitingPictures]) -> OutgoingMessage:
    """What a member is told, where they are alone with us, of pictures that could not be delivered elsewhere."""
    listed = [
        Sentence("numbered-prompt", number=number, prompt=excerpt(Quoted(each.prompt), PROMPT_LIMIT))
        for number, each in enumerate(waiting, start=1)
    ]
    lines = (Sentence("pictures-wait", count=len(waiting)), *listed, *_price_of(waiting))
    return OutgoingMessage(
        lines=lines, language=member.language, actions=_show_each(waiting), audience=member, is_droppable=True
    )


def waiting_in_chat(language: str, waiting: Sequence[WaitingPictures]) -> OutgoingMessage:
    """What a chat is told that lets us speak again: for whom pictures wait that were asked for there."""
    listed = [
        Sentence("numbered-prompt", number=number, prompt=excerpt(Quoted(each.member.name), PROMPT_LIMIT))
        for number, each in enumerate(waiting, start=1)
    ]
    members = {each.member.id: each.member for each in waiting}
    return OutgoingMessage(
        lines=(Sentence("pictures-wait-here", count=len(waiting)), *listed, *_price_of(waiting)),
        language=language,
        actions=_show_each(waiting),
        owner=next(iter(members.values())) if len(members) == 1 else None,
        notifies=True,
        is_droppable=True,
    )


def _price_of(waiting: Sequence[WaitingPictures]) -> Iterator[Sentence]:
    """That the credits of some pictures went back."""
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


def _given_back(view: RequestView) -> Iterator[Sentence]:
    if view.given_back:
        yield Sentence("credits-given-back", count=view.given_back, left=view.credits_left)


def uncertain(view: RequestView) -> OutgoingMessage:
    """That nobody knows whether the outcome has arrived: only the member can see it."""
    send = Action(verb=Verb.SEND, target=view.public_id, label=Sentence("action-send"))
    return _plain(view, Sentence("result-uncertain"), actions=(send,))


def is_answer_to_a_press(view: RequestView) -> bool:
    """Whether an outcome is what its member has just asked for by a button, so that nobody need be told of it."""
    is_over = any(job.state is JobState.CANCELLED for job in view.jobs)
    return is_over and not view.results and not any(job.state is JobState.FAILED for job in view.jobs)


def is_painting(view: RequestView) -> bool:
    """Whether some job of a request is in a worker's hands, or was while others still wait."""
    return any(job.state is not JobState.QUEUED for job in view.jobs)


def _times_of(view: RequestView, now: datetime, last_turn: Turn | None) -> tuple[datetime, int]:
    """When the first job left or was taken, and the whole seconds that all together are expected to take from then."""
    left = [job.left_at for job in view.jobs if job.left_at is not None]
    claimed = [job.claimed_at for job in view.jobs if job.claimed_at is not None]
    begun = min(left or claimed, default=now)  # what waited at an endpoint was not being painted
    elapsed = max(0, int((now - begun).total_seconds()))
    if len(view.jobs) == 1:
        return begun, view.expected_seconds
    remaining = [
        view.expected_seconds - int((now - (job.left_at or job.claimed_at or now)).total_seconds())
        for job in view.jobs
        if job.state is JobState.PAINTING
    ]
    remaining += [last_turn.seconds_until_done] if last_turn else []
    return begun, max(view.expected_seconds, elapsed + max(remaining, default=0))


def _cancel(view: RequestView) -> Action:
    return Action(verb=Verb.CANCEL, target=view.public_id, label=Sentence("action-cancel"))


def _in_progress(
    view: RequestView,
    catalogue: ModelCatalog,
    state: Sentence,
    progress: Progress,
    *,
    actions: tuple[Action, ...],
    pictures: Sequence[OutgoingPicture] = (),
) -> OutgoingMessage:
    return OutgoingMessage(
        lines=(
            *_understood(view, catalogue),
            *([Sentence("status-count", count=len(view.jobs))] if len(view.jobs) > 1 else []),
            state,
            Sentence("status-price", price=view.total_price, left=view.credits_left),
        ),
        language=view.member.language,
        pictures=tuple(pictures),
        actions=actions,
        progress=progress,
        in_reply_to=view.in_reply_to,
        credits_left=view.credits_left,
        owner=view.member,
        answers_owner=view.answers_owner,
        is_droppable=True,
    )


def _understood(view: RequestView, catalogue: ModelCatalog) -> Iterator[Sentence | Quoted]:
    """What was understood: the prompt and what it stands for, model, ratio and size."""
    model, ratio, size = settings(view.wish, catalogue)
    yield Quoted(view.wish.prompt)
    yield from numbered([(job.number, job.prompt) for job in view.jobs])
    yield Sentence("status-settings", model=model, ratio=ratio, size=size)


def _results(
    view: RequestView, catalogue: ModelCatalog, pictures: Sequence[OutgoingPicture], lost: int
) -> OutgoingMessage:
    differences = (difference(view.wish, result.picture, catalogue) for result in view.results)
    told = next((each for each in differences if each is not None), None)
    return OutgoingMessage(
        lines=(
            Quoted(view.wish.prompt),
            *(excerpt(result.words) for result in view.results if result.words is not None),
            *numbered([(result.number, result.prompt) for result in view.results]),
            _settings_of(view, catalogue),
            *([told] if told else ()),
            *_missing(view),
            *([Sentence("result-not-kept", count=lost), *_given_back(view)] if lost else []),
            *_not_sent(pictures),
            Sentence("status-price", price=view.charged, left=view.credits_left),
        ),
        language=view.member.language,
        pictures=tuple(pictures),
        actions=tuple(_result_actions(view, catalogue, pictures)),
        in_reply_to=view.in_reply_to,
        credits_left=view.credits_left,
        owner=view.member,
        answers_owner=view.answers_owner,
    )


def _result_actions(
    view: RequestView, catalogue: ModelCatalog, pictures: Sequence[OutgoingPicture]
) -> Iterator[Action]:
    first, *others = view.results
    if any(job.state is JobState.FAILED for job in view.jobs):
        yield _retry(view)
    yield Action(verb=Verb.AGAIN, target=first.public_id, label=Sentence("action-again"))
    if not others:
        yield Action(verb=Verb.EDIT, target=first.public_id, label=Sentence("action-edit"))
        larger = largest(view.wish, catalogue)
        if larger is not None:
            yield Action(
                verb=Verb.LARGER, target=first.public_id, label=Sentence("action-larger", size=str(larger.size))
            )
    for result in view.results if others else ():
        label = Sentence("action-edit-number", number=result.number)
        yield Action(verb=Verb.EDIT, target=result.public_id, label=label, number=result.number)
    behind_button = {picture.number for picture in pictures if picture.is_behind_button}
    for result in view.results:
        if result.number in behind_button:
            label = Sentence("action-file-number", number=result.number) if others else Sentence("action-file")
            number = result.number if others else None
            yield Action(verb=Verb.FILE, target=result.public_id, label=label, number=number)
    yield Action(verb=Verb.DELETE, target=view.public_id, label=Sentence("action-delete"))


def _retry(view: RequestView) -> Action:
    return Action(verb=Verb.RETRY, target=view.public_id, label=Sentence("action-retry"))


def _missing(view: RequestView) -> Iterator[Sentence]:
    """Which of several pictures did not come, and why; nothing was charged for them."""
    failed = sum(job.state is JobState.FAILED for job in view.jobs)
    cancelled = sum(job.state is JobState.CANCELLED for job in view.jobs)
    if failed:
        yield Sentence("results-missing", missing=failed, count=len(view.jobs))
        yield from _failures(view)
    if cancelled:
        yield Sentence("results-cancelled", cancelled=cancelled, count=len(view.jobs))


def _failures(view: RequestView) -> Sequence[Sentence]:
    """Why jobs failed, each reason once."""
    reasons = {job.failure.code: job.failure for job in view.jobs if job.failure is not None}
    return [failure_sentence(failure) for failure in reasons.values()]


def _not_sent(pictures: Sequence[OutgoingPicture]) -> Iterator[Sentence]:
    """That originals do not reach this chat, although copies may."""
    kept = [one for one in pictures if not (_reaches(one) or one.shown == one.original)]
    too_large = [one.original for one in kept if not one.is_barred]
    if len(kept) > len(too_large):
        yield Sentence("result-original-barred", count=len(kept) - len(too_large))
    if too_large:
        largest = max(picture.size_bytes for picture in too_large)
        yield Sentence("result-original-kept", count=len(too_large), megabytes=megabytes(largest))


def _reaches(picture: OutgoingPicture) -> bool:
    """Whether the original can be had in the chat beside what is shown."""
    return picture.as_file or picture.is_behind_button or picture.link is not None


def _settings_of(view: RequestView, catalogue: ModelCatalog) -> Sentence:
    model, ratio, size = settings(view.wish, catalogue)
    first: Result = view.results[0]
    return Sentence(
        "result-settings",
        model=model,
        ratio=ratio,
        size=size,
        width=str(first.picture.width),
        height=str(first.picture.height),
    )


def _plain(view: RequestView, *lines: Sentence | Quoted, actions: tuple[Action, ...] = ()) -> OutgoingMessage:
    return OutgoingMessage(
        lines=lines,
        language=view.member.language,
        actions=actions,
        in_reply_to=view.in_reply_to,
        credits_left=view.credits_left,
        owner=view.member,
        answers_owner=view.answers_owner,
    )
