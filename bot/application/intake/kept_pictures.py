"""Handles the buttons that send a stored picture: one that could not be delivered, or an original as a file.

They paint nothing.
"""

from functools import partial

import structlog

from bot.application.delivery.delivery import Deliveries
from bot.application.delivery.presenter import file_of
from bot.application.intake.answers import Answers
from bot.application.intake.public_answers import PublicAnswers
from bot.application.intake.request_admission import RequestAdmission, Submission
from bot.application.intake.sources import Sources
from bot.application.wording import PROMPT_LIMIT, excerpt, megabytes
from bot.domain.chat import ConversationKey, Member, OutgoingMessage, Quoted, Sentence, StoredPicture, Verb
from bot.domain.errors import Forbidden, NotAllowed, NotFound, TooLarge
from bot.domain.events import ButtonPress
from bot.domain.presentation import file_limits, fits
from bot.domain.prompt.commands import ParsedPrompt
from bot.domain.requests.acceptance import Accepted
from bot.domain.requests.request_view import RequestView, Result
from bot.domain.requests.requests import JobState, KnownSource, RequestId, ShownElsewhere
from bot.domain.tokens import TokenUse
from bot.ports import Conversation, Store

log = structlog.get_logger()


class KeptPictures:
    """Shows undelivered pictures to their member, and sends originals. Raises `MemberFault` if that is not possible."""

    def __init__(
        self,
        store: Store,
        sources: Sources,
        admission: RequestAdmission,
        deliveries: Deliveries,
        answers: Answers,
        files_sent: PublicAnswers,
    ) -> None:
        self._store = store
        self._sources = sources
        self._admission = admission
        self._deliveries = deliveries
        self._answers = answers
        self._files_sent = files_sent

    async def press(self, verb: Verb, press: ButtonPress, use: TokenUse, conversation: Conversation) -> None:
        """Handle a press of a `SHOW` or `FILE` button."""
        await (self.show if verb is Verb.SHOW else self.send_file)(press, use, conversation)

    async def show(self, press: ButtonPress, use: TokenUse, conversation: Conversation) -> None:
        """Deliver waiting pictures to the conversation in which their member presses the button.

        Pictures that are paid for cost nothing more. Pictures whose credits were given back are offered at today's
        price.
        """
        waiting = await self._store.waiting(use.target) if isinstance(use.target, str) else None
        view = await self._store.view(waiting.request) if waiting else None
        if waiting is None or view is None or view.account != await self._store.account(press.author):
            await self._store.request_of_token(use)  # a token must not tell others what exists elsewhere
            raise NotAllowed(Sentence("show-not-yours")) if waiting else NotFound(Sentence("show-not-waiting"))
        if waiting.is_refunded:
            await self._offer(press, view, conversation)
            return
        abilities = await conversation.abilities()
        if not (abilities.may_post and abilities.may_attach):
            raise NotAllowed(Sentence("not-allowed-here"))
        there = ShownElsewhere(member=press.author, address=conversation.address, conversation=conversation.key)
        if not await self._store.show_elsewhere(view.id, there):
            raise NotFound(Sentence("show-not-waiting"))
        self._deliveries.wake(view.id)

    async def _offer(self, press: ButtonPress, view: RequestView, conversation: Conversation) -> None:
        """Offer pictures whose credits were given back, at today's price. Only one offer of them is open at a time."""
        pictures = tuple(KnownSource(sha256=result.picture.sha256) for result in view.results)
        try:
            await self._sources.check_kept(pictures)
        except NotFound as fault:
            raise NotFound(Sentence("show-not-waiting")) from fault
        prompts = tuple(job.prompt for job in view.jobs if job.state is JobState.PAINTED)
        parsed = ParsedPrompt(wish=view.wish, prompts=prompts)
        submission = Submission(event=press, parsed=parsed, sources=view.sources, repeats=view.id, claims=view.id)
        if (await self._admission.accept(submission, conversation)).accepted is Accepted.SAME_REPEAT:
            raise NotAllowed(Sentence("show-open"))

    async def send_file(self, press: ButtonPress, use: TokenUse, conversation: Conversation) -> None:
        """Send the original of a picture as a file to a chat in which it was shown, at most once a minute."""
        result, request = await self._store.result_of_token(use)
        await self._check_file(result.picture, conversation)
        await self._sources.check_kept((KnownSource(sha256=result.picture.sha256),))
        if not self._files_sent.may_answer(ConversationKey(f"{conversation.key} {result.public_id}")):
            raise NotAllowed(Sentence("file-sent-already"))
        send = partial(self._send, press, request, result, conversation)
        self._answers.put(conversation.key, press.author.id, send)

    async def _check_file(self, picture: StoredPicture, conversation: Conversation) -> None:
        limits = file_limits(picture, await conversation.abilities())
        if limits is None:
            raise NotAllowed(Sentence("file-not-here"))
        if not fits(picture, limits):
            raise NotAllowed(_too_large(picture))

    async def _send(self, press: ButtonPress, request: RequestId, result: Result, conversation: Conversation) -> None:
        """Post the file, or the reason why that is not possible. Raises `PlatformFault`."""
        file = OutgoingMessage(
            lines=(excerpt(Quoted(result.prompt), PROMPT_LIMIT),),
            language=press.author.language,
            pictures=(file_of(result),),
            in_reply_to=press.message,
        )
        try:
            posted = await conversation.post(file, key=f"{press.key}:file")
        except FileNotFoundError:
            await _say(conversation, press, Sentence("picture-not-kept"))
        except TooLarge:
            await _say(conversation, press, _too_large(result.picture))
        except Forbidden:
            await _say(conversation, press, Sentence("file-not-here"))
        else:
            await self._store.remember_file(request, posted, result.number)


def _too_large(picture: StoredPicture) -> Sentence:
    return Sentence("result-original-kept", count=1, megabytes=megabytes(picture.size_bytes))


async def _say(conversation: Conversation, press: ButtonPress, sentence: Sentence) -> None:
    member: Member = press.author
    said = OutgoingMessage(lines=(sentence,), language=member.language, audience=member, is_droppable=True)
    await conversation.post(said, key=f"{press.key}:file")
