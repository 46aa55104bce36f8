"""Buttons below our messages: the same again, larger, confirmed, cancelled, sent again, deleted."""

from collections.abc import Sequence
from dataclasses import replace

from bot.application.delivery.delivery import Deliveries
from bot.application.intake.request_admission import RequestAdmission, Submission
from bot.application.intake.sources import Sources
from bot.domain.acceptance import Accepted
from bot.domain.chat import Member, Posted, Sentence
from bot.domain.errors import Forbidden, NotAllowed, NotFound
from bot.domain.events import ButtonPress
from bot.domain.models import ModelCatalog
from bot.domain.prompt.choosing import as_offered_now, largest
from bot.domain.prompt.commands import ParsedPrompt
from bot.domain.request_view import RequestView
from bot.domain.requests import JobState, KnownSource, RequestId
from bot.domain.tokens import TokenUse
from bot.ports import Conversation, Store

THE_SAME_IN_DETAIL = "The very same picture, unchanged, in finer detail."
"""What a model is asked for to make a picture larger."""


class ButtonActions:
    """What stored requests are asked to do. What makes a picture charges whoever presses; the rest is the asker's.

    Every method that takes a `TokenUse` raises `NotFound` where the token may not be used, before it does anything.
    """

    def __init__(
        self,
        store: Store,
        catalogue: ModelCatalog,
        sources: Sources,
        accepting: RequestAdmission,
        deliveries: Deliveries,
    ) -> None:
        self._store = store
        self._catalogue = catalogue
        self._sources = sources
        self._accepting = accepting
        self._deliveries = deliveries

    async def again(self, press: ButtonPress, use: TokenUse, conversation: Conversation) -> None:
        """Paint the request of a result once more, charged to the presser. Raises `MemberFault`."""
        _, request = await self._store.result_of_token(use)
        view = await self._store.view(request)
        await self._repeat(press, view, [job.prompt for job in view.jobs], conversation)

    async def retry(self, press: ButtonPress, use: TokenUse, conversation: Conversation) -> None:
        """Paint what did not come of a request, charged to the presser. Raises `MemberFault`."""
        view = await self._store.view(await self._store.request_of_token(use))
        missing = [job.prompt for job in view.jobs if job.state is JobState.FAILED]
        await self._repeat(press, view, missing or [job.prompt for job in view.jobs], conversation)

    async def larger(self, press: ButtonPress, use: TokenUse, conversation: Conversation) -> None:
        """Paint a picture once more in the largest size of its model, charged to the presser. Raises `MemberFault`."""
        made, request = await self._store.result_of_token(use)
        view = await self._store.view(request)
        wish = largest(view.wish, self._catalogue)
        if wish is None:
            raise NotFound(Sentence("again-not-offered"))
        sources = (KnownSource(sha256=made.picture.sha256),)
        await self._sources.check_kept(sources)
        asking = ParsedPrompt(wish=replace(wish, prompt=THE_SAME_IN_DETAIL), prompts=(THE_SAME_IN_DETAIL,))
        order = Submission(event=press, asking=asking, sources=sources, repeats=view.id)
        if (await self._accepting.accept(order, conversation)).accepted is Accepted.SAME_REPEAT:
            raise NotAllowed(Sentence("again-open"))

    async def confirm(self, member: Member, use: TokenUse) -> None:
        """Accept an offer, for the member whom it was made to. Raises `MemberFault`; then it stays open."""
        request = await self._store.request_of_token(use)
        view = await self._of(member, request, otherwise=Sentence("confirm-not-yours"))
        if view.claims is None:
            await self._accepting.check_room(view.wish)
        if not await self._store.confirm(request):
            raise NotAllowed(Sentence("confirm-too-late"))
        self._accepting.begin(request, view.sources)

    async def cancel(self, press: ButtonPress, use: TokenUse, conversation: Conversation) -> None:
        """Cancel what is offered or still waits, for the member who asked for it. Raises `MemberFault`.

        Only a status has this button. Where none was remembered, the press tells where it stands: so it can go.
        """
        request = await self._store.request_of_token(use)
        view = await self._of(press.author, request, otherwise=Sentence("cancel-not-yours"))
        if view.status_ref is None and (view.is_status_lost or not view.is_open):
            await self._store.status_posted(request, Posted(ref=press.message, conversation=conversation.key))
            self._deliveries.wake(request)
        await self._cancel(request)

    async def cancel_newest(self, member: Member) -> None:
        """Cancel what waits of the member's newest request that waits. Raises `MemberFault` if none does."""
        newest = await self._store.newest_waiting(member)
        if newest is None:
            raise NotFound(Sentence("cancel-nothing"))
        await self._cancel(newest)

    async def send_again(self, member: Member, use: TokenUse) -> None:
        """Deliver once more what may not have arrived, for the member who asked for it. Raises `MemberFault`."""
        request = await self._store.request_of_token(use)
        await self._of(member, request, otherwise=Sentence("send-not-yours"))
        if not await self._store.redeliver(request):
            raise NotAllowed(Sentence("send-not-needed"))
        self._deliveries.wake(request)

    async def delete(self, press: ButtonPress, use: TokenUse, conversation: Conversation) -> None:
        """Take what a request has shown out of the chat, for the member who asked for it. Raises `MemberFault`."""
        request = await self._store.request_of_token(use)
        await self._of(press.author, request, otherwise=Sentence("delete-not-yours"))
        try:
            for ref in await self._store.messages_of(request):
                await conversation.delete(ref)
        except Forbidden as fault:  # some platforms let us for a while only
            raise NotAllowed(Sentence("delete-not-possible")) from fault

    async def _cancel(self, request: RequestId) -> None:
        if not await self._store.cancel(request):
            raise NotAllowed(Sentence("cancel-too-late"))
        self._accepting.withdraw(request)

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
        asking = ParsedPrompt(wish=wish, prompts=tuple(prompts))
        order = Submission(event=press, asking=asking, sources=view.sources, repeats=view.id)
        acceptance = await self._accepting.accept(order, conversation)
        if acceptance.accepted is Accepted.SAME_REPEAT:
            is_offered = (await self._store.view(acceptance.request)).is_offered
            raise NotAllowed(Sentence("again-offered") if is_offered else Sentence("again-open"))

    async def _of(self, member: Member, request: RequestId, *, otherwise: Sentence) -> RequestView:
        """A request of a member's own. Raises `NotAllowed` with a sentence where it is somebody else's."""
        view = await self._store.view(request)
        if view.account != await self._store.account(member):
            raise NotAllowed(otherwise)
        return view
