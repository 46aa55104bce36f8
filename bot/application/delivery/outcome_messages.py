"""Composes the messages of a request that has ended. All functions are pure."""

from collections.abc import Iterator, Sequence

from bot.application.delivery.messages import in_words
from bot.application.wording import difference, excerpt, failure_sentence, megabytes, numbered, settings_line
from bot.domain.catalogue.models import ModelCatalog
from bot.domain.chat import Action, OutgoingMessage, OutgoingPicture, Quoted, Sentence, Verb
from bot.domain.prompt.choosing import largest
from bot.domain.requests.request_view import RequestView, Result
from bot.domain.requests.requests import JobState


def outcome(
    view: RequestView, catalogue: ModelCatalog, pictures: Sequence[OutgoingPicture] = (), *, lost: int = 0
) -> OutgoingMessage:
    """Compose the outcome of a request: its pictures, or why there are none.

    `lost` is the number of pictures that were painted but whose files are lost. The view's results do not include them.
    """
    if view.results:
        return _results(view, catalogue, pictures, lost)
    if lost:
        return in_words(view, Quoted(view.wish.prompt), Sentence("result-not-kept", count=lost), *_given_back(view))
    if any(job.state is JobState.CANCELLED and job.failure is None for job in view.jobs):
        return in_words(view, Quoted(view.wish.prompt), Sentence("status-cancelled"))
    return in_words(
        view,
        Quoted(view.wish.prompt),
        *_failures(view),
        Sentence("nothing-charged", left=view.credits_left),
        actions=(_retry(view),),
    )


def undelivered(view: RequestView) -> OutgoingMessage:
    """Compose the message for a chat that takes words but no pictures: the pictures wait for their member."""
    show = Action(verb=Verb.SHOW, target=view.public_id, label=Sentence("action-show"))
    return in_words(view, Quoted(view.wish.prompt), Sentence("picture-waits"), *_given_back(view), actions=(show,))


def _given_back(view: RequestView) -> Iterator[Sentence]:
    if view.given_back:
        yield Sentence("credits-given-back", count=view.given_back, left=view.credits_left)


def uncertain(view: RequestView) -> OutgoingMessage:
    """Say that we do not know whether the outcome has arrived: only the member can see that."""
    send = Action(verb=Verb.SEND, target=view.public_id, label=Sentence("action-send"))
    return in_words(view, Sentence("result-uncertain"), actions=(send,))


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
        requester=view.member,
        answers_requester=view.answers_requester,
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
                verb=Verb.LARGER,
                target=first.public_id,
                label=Sentence("action-larger", size=str(larger.settings.size)),
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
    """Say how many pictures failed or were cancelled, and why. Nothing was charged for them."""
    failed = sum(job.state is JobState.FAILED for job in view.jobs)
    cancelled = sum(job.state is JobState.CANCELLED for job in view.jobs)
    if failed:
        yield Sentence("results-missing", missing=failed, count=len(view.jobs))
        yield from _failures(view)
    if cancelled:
        yield Sentence("results-cancelled", cancelled=cancelled, count=len(view.jobs))


def _failures(view: RequestView) -> Sequence[Sentence]:
    """Say why jobs failed, each reason once."""
    reasons = {job.failure.code: job.failure for job in view.jobs if job.failure is not None}
    return [failure_sentence(failure) for failure in reasons.values()]


def _not_sent(pictures: Sequence[OutgoingPicture]) -> Iterator[Sentence]:
    """Say which originals this chat cannot get, although it may get copies."""
    kept = [one for one in pictures if not (_reaches(one) or one.shown == one.original)]
    too_large = [one.original for one in kept if not one.is_barred]
    if len(kept) > len(too_large):
        yield Sentence("result-original-barred", count=len(kept) - len(too_large))
    if too_large:
        largest = max(picture.size_bytes for picture in too_large)
        yield Sentence("result-original-kept", count=len(too_large), megabytes=megabytes(largest))


def _reaches(picture: OutgoingPicture) -> bool:
    """Whether the chat offers the original: as a file, behind a button, or by a link."""
    return picture.as_file or picture.is_behind_button or picture.link is not None


def _settings_of(view: RequestView, catalogue: ModelCatalog) -> Sentence:
    first: Result = view.results[0]
    return Sentence(
        "result-settings",
        settings=settings_line(view.wish, catalogue),
        width=str(first.picture.width),
        height=str(first.picture.height),
    )
