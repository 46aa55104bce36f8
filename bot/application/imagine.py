"""Imagine and edit: from a wish to an accepted request; and the same again."""

from collections.abc import Sequence

from bot.application.delivery import Deliveries, Spawn
from bot.application.sources import Sources
from bot.application.worker import Worker
from bot.domain.chat import ButtonPress, CommandCall, IncomingMessage, Member, Sentence
from bot.domain.choosing import as_offered_now
from bot.domain.commands import check_sources, read_wish
from bot.domain.errors import CommandFault, NotAllowed, NotFound
from bot.domain.models import Catalogue
from bot.domain.requests import Accepted, KnownSource, NewRequest, PictureWish, RequestId, ResultId, Source
from bot.ports import Conversation, Store


class Imagine:
    """Accepts requests. Once accepted, a request ends in a picture or in a release and a sentence."""

    def __init__(
        self,
        store: Store,
        catalogue: Catalogue,
        worker: Worker,
        deliveries: Deliveries,
        sources: Sources,
        *,
        spawn: Spawn,
    ) -> None:
        self._store = store
        self._catalogue = catalogue
        self._worker = worker
        self._deliveries = deliveries
        self._sources = sources
        self._spawn = spawn

    async def imagine(self, message: IncomingMessage, call: CommandCall, conversation: Conversation) -> None:
        """Paint from words, and from pictures where the message carries or answers some.

        Raises `MemberFault` when the request cannot be accepted; then nothing is charged.
        """
        sources = await self._sources_of(message)
        await self._accept(message, conversation, self._read(message, call, sources), sources)

    async def edit(self, message: IncomingMessage, call: CommandCall, conversation: Conversation) -> None:
        """Change the pictures a message carries or answers. Raises `MemberFault`, as `imagine` does."""
        sources = await self._sources_of(message)
        if not sources:
            raise CommandFault(Sentence("edit-without-picture"))
        if not call.argument.strip():
            raise CommandFault(Sentence("edit-without-words"))
        await self._accept(message, conversation, self._read(message, call, sources), sources)

    async def again(self, press: ButtonPress, result: ResultId, conversation: Conversation) -> None:
        """Paint the request of a result once more, charged to the presser. Raises `MemberFault`."""
        _, request = await self._store.result(result)
        await self.retry(press, request, conversation)

    async def retry(self, press: ButtonPress, request: RequestId, conversation: Conversation) -> None:
        """Accept a stored request once more, charged to the presser. Raises `MemberFault`.

        While the presser's last repeat of it is open, a press starts nothing: two tabs, or an impatient thumb, must
        not cost twice.
        """
        view = await self._store.view(request)
        wish = as_offered_now(view.wish, self._catalogue)
        if wish is None:
            raise NotFound(Sentence("again-not-offered"))
        accepted = await self._accept(press, conversation, wish, view.sources, repeats=request)
        if accepted is Accepted.SAME_REPEAT:
            raise NotAllowed(Sentence("again-open"))

    async def cancel(self, member: Member, request: RequestId) -> None:
        """Cancel what still waits, for the member who asked for it. Raises `MemberFault`."""
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

    def _read(self, message: IncomingMessage, call: CommandCall, sources: Sequence[Source]) -> PictureWish:
        author = message.author
        member_key = f"{author.platform}:{author.id}"
        return read_wish(call, self._catalogue, member_key=member_key, pictures=len(sources))

    async def _sources_of(self, message: IncomingMessage) -> tuple[Source, ...]:
        """The pictures a message is about: first those it answers, then its own.

        Where it answers a message of ours, the originals count, not what the platform made of them.
        """
        answered: Sequence[Source] = ()
        if message.replied_to is not None:
            shown = await self._store.results_shown_in(message.author.platform, message.replied_to.ref)
            answered = [KnownSource(sha256=result.picture.sha256) for result in shown]
            answered = answered or message.replied_to.pictures
        return (*answered, *message.pictures)

    async def _accept(
        self,
        event: IncomingMessage | ButtonPress,
        conversation: Conversation,
        wish: PictureWish,
        sources: tuple[Source, ...],
        *,
        repeats: RequestId | None = None,
    ) -> Accepted:
        abilities = await conversation.abilities()
        if not (abilities.may_post and abilities.may_attach):
            raise NotAllowed(Sentence("not-allowed-here"))
        request = self._to_request(event, conversation, wish, sources, repeats)
        acceptance = await self._store.accept(request)
        self._worker.wake()  # first, so that what can be painted at once is shown as being painted at once
        self._deliveries.wake(acceptance.request)
        if acceptance.accepted is Accepted.NEW and any(isinstance(source, str) for source in sources):
            self._bring_in(acceptance.request)
        return acceptance.accepted

    def _to_request(
        self,
        event: IncomingMessage | ButtonPress,
        conversation: Conversation,
        wish: PictureWish,
        sources: tuple[Source, ...],
        repeats: RequestId | None,
    ) -> NewRequest:
        model = self._catalogue.find(wish.model) or self._catalogue.default
        check_sources(len(sources), model)
        terms = model.terms_for(wish.size)
        return NewRequest(
            event_key=event.key,
            member=event.author,
            address=conversation.address,
            community=event.community if isinstance(event, IncomingMessage) else None,
            in_reply_to=event.ref if isinstance(event, IncomingMessage) else event.message,
            wish=wish,
            sources=sources,
            repeats=repeats,
            jobs=1,
            price=terms.credits,
            cost=terms.cost,
            expected_seconds=terms.expected_seconds,
        )

    def _bring_in(self, request: RequestId) -> None:
        def changed() -> None:
            self._deliveries.wake(request)
            self._worker.wake()

        self._spawn(self._sources.bring_in(request, changed))
