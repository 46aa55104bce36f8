"""Imagine and edit: from a wish to an accepted request; and the same again."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import timedelta

from bot.application.delivery import Deliveries, Spawn
from bot.application.sources import Meant, Sources
from bot.application.worker import Worker
from bot.domain.chat import (
    ButtonPress,
    CommandCall,
    FormSubmit,
    IncomingMessage,
    Member,
    OutgoingMessage,
    PictureSeen,
    Sentence,
)
from bot.domain.choosing import as_offered_now, largest
from bot.domain.commands import Asking, check_sources, read_asking
from bot.domain.errors import CommandFault, Forbidden, NotAllowed, NotFound, PlatformFault
from bot.domain.models import Catalogue, ImageModel
from bot.domain.requests import (
    Acceptance,
    Accepted,
    JobState,
    Joining,
    KnownSource,
    NewRequest,
    RequestId,
    RequestView,
    ResultId,
    Source,
)
from bot.ports import Clock, Conversation, Store

OFFER_TIME = timedelta(minutes=10)
"""How long a member may take to confirm a price."""

THE_SAME_IN_DETAIL = "The very same picture, unchanged, in finer detail."
"""What a model is asked for to make a picture larger."""

ALBUM_TIME = timedelta(seconds=2)
"""How long the request of an album waits for its further pictures before it is painted."""

_FURTHER_PAUSES = (0.25, 2.0, 30.0)
"""Seconds after which the worker looks for it again: the clock on the wall may have been set back meanwhile."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Order:
    """What is to be accepted for an event."""

    event: IncomingMessage | ButtonPress | FormSubmit
    asking: Asking
    sources: tuple[Source, ...]
    repeats: RequestId | None = None
    album: str | None = None


class Imagine:
    """Accepts requests. Once accepted, a request ends in a picture or in a release and a sentence.

    One whose price is above `confirm_above` credits is offered first.
    """

    def __init__(
        self,
        store: Store,
        catalogue: Catalogue,
        worker: Worker,
        deliveries: Deliveries,
        sources: Sources,
        *,
        clock: Clock,
        spawn: Spawn,
        confirm_above: int,
    ) -> None:
        self._store = store
        self._catalogue = catalogue
        self._worker = worker
        self._deliveries = deliveries
        self._sources = sources
        self._clock = clock
        self._spawn = spawn
        self._confirm_above = confirm_above

    async def imagine(self, message: IncomingMessage, call: CommandCall, conversation: Conversation) -> None:
        """Paint from words, and from pictures where the message carries or answers some.

        Raises `MemberFault` when the request cannot be accepted; then nothing is charged.
        """
        meant = await self._sources.of(message, call)
        await self._take(message, meant, conversation)

    async def edit(self, message: IncomingMessage, call: CommandCall, conversation: Conversation) -> None:
        """Change the pictures a message carries or answers. Raises `MemberFault`, as `imagine` does."""
        meant = await self._sources.of(message, call)
        if not meant.sources:
            raise CommandFault(Sentence("edit-without-picture"))
        if not meant.call.argument.strip():
            raise CommandFault(Sentence("edit-without-words"))
        await self._take(message, meant, conversation)

    async def see(self, seen: PictureSeen) -> None:
        """Remember a picture of an album; it may join the request that the album has made."""
        request = await self._store.see_picture(seen)
        if request is not None:
            self._bring_in(request)

    async def is_answer_to_us(self, message: IncomingMessage) -> bool:
        """Whether a message answers one of ours that shows pictures."""
        if message.replied_to is None:
            return False
        return bool(await self._store.results_shown_in(message.author.platform, message.replied_to.ref))

    async def edit_result(self, form: FormSubmit, result: ResultId, conversation: Conversation) -> None:
        """Change a picture of ours as a form says, charged to whoever filled it in. Raises `MemberFault`."""
        if not form.words.strip():
            raise CommandFault(Sentence("edit-without-words"))
        made, _ = await self._store.result(result)
        sources: tuple[Source, ...] = (KnownSource(sha256=made.picture.sha256), *form.pictures)
        await self._sources.check_kept(sources)
        asking = self._read(form, CommandCall(name="edit", argument=form.words, options={}), sources)
        await self._accept(_Order(event=form, asking=asking, sources=sources), conversation)

    async def again(self, press: ButtonPress, result: ResultId, conversation: Conversation) -> None:
        """Paint the request of a result once more, charged to the presser. Raises `MemberFault`."""
        _, request = await self._store.result(result)
        view = await self._store.view(request)
        await self._repeat(press, view, [job.prompt for job in view.jobs], conversation)

    async def larger(self, press: ButtonPress, result: ResultId, conversation: Conversation) -> None:
        """Paint a picture once more in the largest size of its model, charged to the presser. Raises `MemberFault`."""
        made, request = await self._store.result(result)
        view = await self._store.view(request)
        wish = largest(view.wish, self._catalogue)
        if wish is None:
            raise NotFound(Sentence("again-not-offered"))
        sources = (KnownSource(sha256=made.picture.sha256),)
        await self._sources.check_kept(sources)
        asking = Asking(wish=replace(wish, prompt=THE_SAME_IN_DETAIL), prompts=(THE_SAME_IN_DETAIL,))
        order = _Order(event=press, asking=asking, sources=sources, repeats=view.id)
        if (await self._accept(order, conversation)).accepted is Accepted.SAME_REPEAT:
            raise NotAllowed(Sentence("again-open"))

    async def delete(self, press: ButtonPress, request: RequestId, conversation: Conversation) -> None:
        """Take what a request has shown out of the chat, for the member who asked for it. Raises `MemberFault`."""
        view = await self._store.view(request)
        if view.account != await self._store.account(press.author):
            raise NotAllowed(Sentence("delete-not-yours"))
        try:
            for ref in await self._store.messages_of(request):
                await conversation.delete(ref)
        except Forbidden as fault:  # some platforms let us for a while only
            raise NotAllowed(Sentence("delete-not-possible")) from fault

    async def retry(self, press: ButtonPress, request: RequestId, conversation: Conversation) -> None:
        """Paint what did not come of a request, charged to the presser. Raises `MemberFault`."""
        view = await self._store.view(request)
        missing = [job.prompt for job in view.jobs if job.state is JobState.FAILED]
        await self._repeat(press, view, missing or [job.prompt for job in view.jobs], conversation)

    async def confirm(self, member: Member, request: RequestId) -> None:
        """Accept an offer, for the member whom it was made to. Raises `MemberFault`; then it stays open."""
        view = await self._store.view(request)
        if view.account != await self._store.account(member):
            raise NotAllowed(Sentence("confirm-not-yours"))
        if not await self._store.confirm(request):
            raise NotAllowed(Sentence("confirm-too-late"))
        self._begin(request, view.sources)

    async def send_again(self, member: Member, request: RequestId) -> None:
        """Deliver once more what may not have arrived, for the member who asked for it. Raises `MemberFault`."""
        view = await self._store.view(request)
        if view.account != await self._store.account(member):
            raise NotAllowed(Sentence("send-not-yours"))
        if not await self._store.redeliver(request):
            raise NotAllowed(Sentence("send-not-needed"))
        self._deliveries.wake(request)

    async def cancel_newest(self, member: Member) -> None:
        """Cancel what waits of the member's newest request that waits. Raises `MemberFault` if none does."""
        newest = await self._store.newest_waiting(member)
        if newest is None:
            raise NotFound(Sentence("cancel-nothing"))
        await self.cancel(member, newest)

    async def cancel(self, member: Member, request: RequestId) -> None:
        """Cancel what is offered or still waits, for the member who asked for it. Raises `MemberFault`."""
        view = await self._store.view(request)
        if view.account != await self._store.account(member):
            raise NotAllowed(Sentence("cancel-not-yours"))
        if not await self._store.cancel(request):
            raise NotAllowed(Sentence("cancel-too-late"))
        self._deliveries.wake(request)

    async def resume(self) -> None:
        """At start: fetch what accepted requests still want."""
        for request in {wanted.request for wanted in await self._store.wanted_sources()}:
            self._bring_in(request)
        self._spawn(self._wake_after_album())

    async def _take(self, message: IncomingMessage, meant: Meant, conversation: Conversation) -> None:
        asking = self._read(message, meant.call, meant.sources)
        order = _Order(event=message, asking=asking, sources=meant.sources, album=message.album)
        await self._accept(order, conversation)
        if meant.notes:
            note = OutgoingMessage(lines=meant.notes, language=message.author.language, in_reply_to=message.ref)
            with suppress(PlatformFault):  # the request is accepted, whether or not this is read
                await conversation.post(note, key=f"{message.key}:note")

    def _read(self, message: IncomingMessage | FormSubmit, call: CommandCall, sources: Sequence[Source]) -> Asking:
        author = message.author
        member_key = f"{author.platform}:{author.id}"
        return read_asking(call, self._catalogue, member_key=member_key, pictures=len(sources))

    async def _repeat(
        self, press: ButtonPress, view: RequestView, prompts: Sequence[str], conversation: Conversation
    ) -> None:
        """Accept prompts of a stored request once more.

        While the presser's last repeat of it is open, a press starts nothing: two tabs, or an impatient thumb, must
        not cost twice.
        """
        wish = as_offered_now(view.wish, self._catalogue)
        if wish is None:
            raise NotFound(Sentence("again-not-offered"))
        if len(set(prompts)) == 1:
            wish = replace(wish, prompt=prompts[0])
        await self._sources.check_kept(view.sources)
        asking = Asking(wish=wish, prompts=tuple(prompts))
        order = _Order(event=press, asking=asking, sources=view.sources, repeats=view.id)
        acceptance = await self._accept(order, conversation)
        if acceptance.accepted is Accepted.SAME_REPEAT:
            is_offered = (await self._store.view(acceptance.request)).is_offered
            raise NotAllowed(Sentence("again-offered") if is_offered else Sentence("again-open"))

    async def _accept(self, order: _Order, conversation: Conversation) -> Acceptance:
        abilities = await conversation.abilities()
        if not (abilities.may_post and abilities.may_attach):
            raise NotAllowed(Sentence("not-allowed-here"))
        request = self._to_request(order, conversation)
        acceptance = await self._store.accept(request)
        is_begun = acceptance.accepted is Accepted.NEW and request.offered_for is None
        self._begin(acceptance.request, order.sources if is_begun else (), acceptance.view)
        if order.album is not None:
            self._spawn(self._wake_after_album())
        return acceptance

    def _begin(self, request: RequestId, sources: Sequence[Source], view: RequestView | None = None) -> None:
        """Have an accepted request painted and shown, and bring in what it still wants of its sources."""
        self._worker.wake()  # first, so that what can be painted at once is shown as being painted at once
        self._deliveries.wake(request, view if self._worker.is_busy else None)
        if any(isinstance(source, str) for source in sources):
            self._bring_in(request)

    def _to_request(self, order: _Order, conversation: Conversation) -> NewRequest:
        event, wish = order.event, order.asking.wish
        model = self._catalogue.find(wish.model) or self._catalogue.default
        check_sources(len(order.sources), model)
        terms = model.terms_for(wish.size)
        is_dear = terms.credits * len(order.asking.prompts) > self._confirm_above
        return NewRequest(
            event_key=event.key,
            member=event.author,
            address=conversation.address,
            community=None if isinstance(event, ButtonPress) else event.community,
            in_reply_to=event.ref if isinstance(event, IncomingMessage) else event.message,
            wish=wish,
            prompts=order.asking.prompts,
            sources=order.sources,
            repeats=order.repeats,
            price=terms.credits,
            cost=terms.cost,
            expected_seconds=terms.expected_seconds,
            offered_for=OFFER_TIME if is_dear else None,
            joining=_joining(order.album, model),
        )

    async def _wake_after_album(self) -> None:
        for pause in (ALBUM_TIME.total_seconds(), *_FURTHER_PAUSES):
            await self._clock.sleep(pause)
            self._worker.wake()

    def _bring_in(self, request: RequestId) -> None:
        def changed() -> None:
            self._deliveries.wake(request)
            self._worker.wake()

        self._spawn(self._sources.bring_in(request, changed))


def _joining(album: str | None, model: ImageModel) -> Joining | None:
    if album is None:
        return None
    return Joining(album=album, waits_for=ALBUM_TIME, most_sources=model.max_references)
