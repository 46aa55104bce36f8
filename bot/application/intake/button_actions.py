"""Handles the buttons below our messages: again, retry, larger, confirm, cancel, send again, delete."""

from collections.abc import Sequence
from dataclasses import replace

from bot.application.delivery.delivery import Deliveries
from bot.application.intake.request_admission import RequestAdmission, Submission
from bot.application.intake.sources import Sources
from bot.domain.catalogue.models import ModelCatalog
from bot.domain.chat import Member, Posted, Sentence
from bot.domain.errors import Forbidden, NotAllowed, NotFound
from bot.domain.events import ButtonPress
from bot.domain.prompt.choosing import as_offered_now, largest
from bot.domain.prompt.commands import ParsedPrompt
from bot.domain.requests.acceptance import Accepted
from bot.domain.requests.request_view import RequestView
from bot.domain.requests.requests import JobState, KnownSource, RequestId
from bot.domain.tokens import TokenUse
from bot.ports import Conversation, Store

THE_SAME_IN_DETAIL = "The very same picture, unchanged, in finer detail."
"""The prompt that asks a model to make a picture larger."""


class ButtonActions:
    """Handles button presses on stored requests.

    An action that paints a picture may be used by anybody, and charges whoever pressed. The other actions are only for
    the member who made the request. Every method that takes a `TokenUse` first raises `NotFound` if the token may not
    be used there.
    """

    def __init__(
        self,
        store: Store,
        catalogue: ModelCatalog,
        sources: Sources,
        admission: RequestAdmission,
        deliveries: Deliveries,
    ) -> None:
        self._store = store
        self._catalogue = catalogue
        self._sources = sources
        self._admission = admission
        self._deliveries = deliveries

    async def again(self, press: ButtonPress, use: TokenUse, conversation: Conversation) -> None:
        """Paint the request of a result again, charged to the presser. Raises `MemberFault`."""
        _, request = await self._store.result_of_token(use)
        view = await self._store.view(request)
        await self._repeat(press, view, [job.prompt for job in view.jobs], conversation)

    async def retry(self, press: ButtonPress, use: TokenUse, conversation: Conversation) -> None:
        """Paint the failed pictures of a request again, charged to the presser. Raises `MemberFault`.

        If none failed, all are painted again.
        """
        view = await self._store.view(await self._store.request_of_token(use))
        missing = [job.prompt for job in view.jobs if job.state is JobState.FAILED]
        await self._repeat(press, view, missing or [job.prompt for job in view.jobs], conversation)

    async def larger(self, press: ButtonPress, use: TokenUse, conversation: Conversation) -> None:
        """Paint a picture again in the largest size of its model, charged to the presser. Raises `MemberFault`."""
        made, request = await self._store.result_of_token(use)
        view = await self._store.view(request)
        wish = largest(view.wish, self._catalogue)
        if wish is None:
            raise NotFound(Sentence("again-not-offered"))
        sources = (KnownSource(sha256=made.picture.sha256),)
        await self._sources.check_kept(sources)
        parsed = ParsedPrompt(wish=replace(wish, prompt=THE_SAME_IN_DETAIL), prompts=(THE_SAME_IN_DETAIL,))
        submission = Submission(event=press, parsed=parsed, sources=sources, repeats=view.id)
        if (await self._admission.accept(submission, conversation)).accepted is Accepted.SAME_REPEAT:
            raise NotAllowed(Sentence("again-open"))

    async def confirm(self, member: Member, use: TokenUse) -> None:
        """Confirm an offer, for the member it was made to. Raises `MemberFault`; then the offer stays open."""
        request = await self._store.request_of_token(use)
        view = await self._of(member, request, otherwise=Sentence("confirm-not-yours"))
        if view.claims is None:
            await self._admission.check_room(view.wish)
        if not await self._store.confirm(request):
            raise NotAllowed(Sentence("confirm-too-late"))
        self._admission.begin(request, view.sources)

    async def cancel(self, press: ButtonPress, use: TokenUse, conversation: Conversation) -> None:
        """Cancel an offer or the jobs that still wait, for the member who made the request. Raises `MemberFault`.

        Only a status message has this button. If the store has no reference to the status, the press provides it, so
        that the status can be removed.
        """
        request = await self._store.request_of_token(use)
        view = await self._of(press.author, request, otherwise=Sentence("cancel-not-yours"))
        if view.status_ref is None and (view.is_status_lost or not view.is_open):
            await self._store.status_posted(request, Posted(ref=press.message, conversation=conversation.key))
            self._deliveries.wake(request)
        await self._cancel(request)

    async def cancel_newest(self, member: Member) -> None:
        """Cancel the waiting jobs of the member's newest request that has any. Raises `MemberFault` if none has."""
        newest = await self._store.newest_waiting(member)
        if newest is None:
            raise NotFound(Sentence("cancel-nothing"))
        await self._cancel(newest)

    async def send_again(self, member: Member, use: TokenUse) -> None:
        """Deliver an outcome again that may not have arrived, for the member who made the request.

        Raises `MemberFault`.
        """
        request = await self._store.request_of_token(use)
        await self._of(member, request, otherwise=Sentence("send-not-yours"))
        if not await self._store.redeliver(request):
            raise NotAllowed(Sentence("send-not-needed"))
        self._deliveries.wake(request)

    async def delete(self, press: ButtonPress, use: TokenUse, conversation: Conversation) -> None:
        """Delete a request's messages from the chat, for the member who made the request. Raises `MemberFault`."""
        request = await self._store.request_of_token(use)
        await self._of(press.author, request, otherwise=Sentence("delete-not-yours"))
        try:
            for ref in await self._store.messages_of(request):
                await conversation.delete(ref)
        except Forbidden as fault:  # some platforms let us delete only for a while
            raise NotAllowed(Sentence("delete-not-possible")) from fault

    async def _cancel(self, request: RequestId) -> None:
        if not await self._store.cancel(request):
            raise NotAllowed(Sentence("cancel-too-late"))
        self._admission.withdraw(request)

    async def _repeat(
        self, press: ButtonPress, view: RequestView, prompts: Sequence[str], conversation: Conversation
    ) -> None:
        """Accept prompts of a stored request again.

        While the presser's last repeat of the request is open, another press starts nothing: two browser tabs, or an
        impatient thumb, must not cost twice.
        """
        wish = as_offered_now(view.wish, self._catalogue)
        if wish is None:
            raise NotFound(Sentence("again-not-offered"))
        if len(set(prompts)) == 1:
            wish = replace(wish, prompt=prompts[0])
        await self._sources.check_kept(view.sources)
        parsed = ParsedPrompt(wish=wish, prompts=tuple(prompts))
        submission = Submission(event=press, parsed=parsed, sources=view.sources, repeats=view.id)
        acceptance = await self._admission.accept(submission, conversation)
        if acceptance.accepted is Accepted.SAME_REPEAT:
            is_offered = (await self._store.view(acceptance.request)).is_offered
            raise NotAllowed(Sentence("again-offered") if is_offered else Sentence("again-open"))

    async def _of(self, member: Member, request: RequestId, *, otherwise: Sentence) -> RequestView:
        """Read a request of this member. Raises `NotAllowed` with the sentence `otherwise` if it is somebody else's."""
        view = await self._store.view(request)
        if view.account != await self._store.account(member):
            raise NotAllowed(otherwise)
        return view
