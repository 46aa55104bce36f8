"""The commands imagine and edit: turn a member's message into a submission."""

from collections.abc import Sequence
from functools import partial

from bot.application.intake.answers import Answers
from bot.application.intake.request_admission import RequestAdmission, Submission
from bot.application.intake.sources import Sources, SourceSelection
from bot.domain.catalogue.models import ModelCatalog
from bot.domain.chat import OutgoingMessage, Sentence
from bot.domain.errors import CommandFault
from bot.domain.events import CommandCall, FormSubmit, IncomingMessage, PictureSeen
from bot.domain.prompt.commands import ParsedPrompt, parse_prompt
from bot.domain.requests.requests import KnownSource, Source
from bot.domain.tokens import TokenUse
from bot.ports import Conversation, Store


class GenerateCommands:
    """Reads prompts, options and source pictures, and submits them for admission."""

    def __init__(
        self, store: Store, catalogue: ModelCatalog, sources: Sources, admission: RequestAdmission, answers: Answers
    ) -> None:
        self._store = store
        self._catalogue = catalogue
        self._sources = sources
        self._admission = admission
        self._answers = answers

    async def imagine(self, message: IncomingMessage, call: CommandCall, conversation: Conversation) -> None:
        """Paint from words, and from the pictures that the message carries or replies to.

        Raises `MemberFault` if the request cannot be accepted; then nothing is charged.
        """
        meant = await self._sources.of(message, call, conversation.key)
        await self._take(message, meant, conversation)

    async def edit(self, message: IncomingMessage, call: CommandCall, conversation: Conversation) -> None:
        """Edit the pictures that a message carries or replies to. Raises `MemberFault`, as `imagine` does."""
        meant = await self._sources.of(message, call, conversation.key)
        if not meant.sources:
            raise CommandFault(Sentence("edit-without-picture"))
        if not meant.call.argument.strip():
            raise CommandFault(Sentence("edit-without-words"))
        await self._take(message, meant, conversation)

    async def see(self, seen: PictureSeen) -> None:
        """Remember a picture of an album. It may become a source of the request that the album has made."""
        request = await self._store.see_picture(seen)
        if request is not None:
            self._admission.bring_in(request)

    async def is_answer_to_us(self, message: IncomingMessage, conversation: Conversation) -> bool:
        """Whether a message replies to a message of ours that shows pictures."""
        if message.replied_to is None:
            return False
        platform, ref = message.author.platform, message.replied_to.ref
        return bool(await self._store.results_shown_in(platform, conversation.key, ref))

    async def edit_result(self, form: FormSubmit, use: TokenUse, conversation: Conversation) -> None:
        """Edit a picture of ours as a form says, charged to whoever filled it in. Raises `MemberFault`."""
        made, _ = await self._store.result_of_token(use)
        if not form.words.strip():
            raise CommandFault(Sentence("edit-without-words"))
        sources: tuple[Source, ...] = (KnownSource(sha256=made.picture.sha256), *form.pictures)
        await self._sources.check_kept(sources)
        parsed = self._read(form, CommandCall(name="edit", argument=form.words, options={}), sources)
        await self._admission.accept(Submission(event=form, parsed=parsed, sources=sources), conversation)

    async def _take(self, message: IncomingMessage, meant: SourceSelection, conversation: Conversation) -> None:
        parsed = self._read(message, meant.call, meant.sources)
        submission = Submission(event=message, parsed=parsed, sources=meant.sources, album=message.album)
        await self._admission.accept(submission, conversation)
        if meant.notes:
            note = OutgoingMessage(lines=meant.notes, language=message.author.language, in_reply_to=message.ref)
            post = partial(conversation.post, note, key=f"{message.key}:note")
            self._answers.put(conversation.key, message.author.id, post)

    def _read(
        self, message: IncomingMessage | FormSubmit, call: CommandCall, sources: Sequence[Source]
    ) -> ParsedPrompt:
        author = message.author
        member_key = f"{author.platform}:{author.id}"
        return parse_prompt(call, self._catalogue, member_key=member_key, pictures=len(sources))
