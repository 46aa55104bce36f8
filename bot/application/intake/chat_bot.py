"""Routes each incoming event to one use case, and answers every event that cannot be done.

Help and refusals are of use only to the member who caused them. If the chat's rate limit leaves no room, such an answer
is dropped and replaced by a reaction. In a chat where everybody reads them, help and credits are posted once a minute.
"""

from dataclasses import replace
from functools import partial

import structlog

from bot.application.intake.answers import Answers
from bot.application.intake.button_actions import ButtonActions
from bot.application.intake.generate_commands import GenerateCommands
from bot.application.intake.info_commands import InfoCommands
from bot.application.intake.kept_pictures import KeptPictures
from bot.application.intake.public_answers import PublicAnswers
from bot.application.intake.waiting_notes import WaitingNotes
from bot.application.wording import PROMPT_LIMIT, excerpt
from bot.domain.chat import OutgoingMessage, Quoted, Sentence, Verb
from bot.domain.errors import CommandFault, Dropped, MemberFault, PlatformFault, StoreUnavailable, UnknownToken
from bot.domain.events import (
    ButtonPress,
    CommandCall,
    Event,
    FormSubmit,
    IncomingMessage,
    Opened,
    PictureSeen,
    TakenBack,
)
from bot.domain.prompt.commands import nearest_command, read_call
from bot.domain.tokens import TokenUse, read_token
from bot.ports import Conversation

log = structlog.get_logger()


class ChatBot:
    """Handles the events of every platform. Its `handle` is the `ports.Handle` that the platforms call."""

    def __init__(
        self,
        imagine: GenerateCommands,
        presses: ButtonActions,
        kept: KeptPictures,
        waiting: WaitingNotes,
        account: InfoCommands,
        answers: Answers,
        public: PublicAnswers,
    ) -> None:
        self._imagine = imagine
        self._presses = presses
        self._kept = kept
        self._waiting = waiting
        self._account = account
        self._answers = answers
        self._public = public

    async def handle(self, event: Event, conversation: Conversation) -> OutgoingMessage | None:
        """Handle an event, until its request is committed or its answer is queued. A fault is answered with a sentence.

        For a button press, that answer is returned instead. Raises `StoreUnavailable` if nothing could be committed.
        """
        try:
            return await self._answer(event, conversation)
        except StoreUnavailable:
            log.warning("event-not-durable", platform=event.author.platform, key=event.key)
            raise
        except PlatformFault as fault:
            log.info("event-not-answered", platform=event.author.platform, fault=type(fault).__name__)
        except Exception:
            log.exception("event-failed", platform=event.author.platform, key=event.key)
            return self._tell(event, conversation, Sentence("fault-defect"))
        return None

    async def _answer(self, event: Event, conversation: Conversation) -> OutgoingMessage | None:
        try:
            match event:
                case IncomingMessage():
                    await self._message(event, conversation)
                case ButtonPress():
                    await self._press(event, conversation)
                case FormSubmit():
                    await self._submit(event, conversation)
                case Opened():
                    await self._welcome(event, conversation)
                case PictureSeen():
                    await self._imagine.see(event)
                case TakenBack():
                    await self._waiting.tell_chat(event, conversation)
            if isinstance(event, Opened) or (isinstance(event, IncomingMessage) and event.is_private):
                await self._waiting.tell_member(event.author, conversation)
        except MemberFault as fault:
            return self._tell(event, conversation, *fault.sentences)
        return None

    async def _message(self, message: IncomingMessage, conversation: Conversation) -> None:
        call = message.call or read_call(message.text) or await self._plain_call(message, conversation)
        if call is None:
            return  # people talking among themselves
        match call.name:
            case "imagine":
                await self._imagine.imagine(message, call, conversation)
            case "edit":
                await self._imagine.edit(message, call, conversation)
            case "credits":
                await self._inform(message, conversation, await self._account.credits(message.author))
            case "help" | "start":
                await self._inform(message, conversation, await self._account.help(message.author))
            case "cancel":
                await self._presses.cancel_newest(message.author)
            case name if message.is_addressed:
                raise _unknown_command(name)
            case _:
                pass  # it is another bot's

    async def _plain_call(self, message: IncomingMessage, conversation: Conversation) -> CommandCall | None:
        """Read a message without a command as one; None if it is not meant for us.

        A reply to a message of ours that shows pictures is an edit of them. In a private chat, any other message is an
        edit if it carries or replies to pictures, and else a prompt.
        """
        if not (message.text.strip() or message.pictures):
            return None
        if await self._imagine.is_answer_to_us(message, conversation):
            return CommandCall(name="edit", argument=message.text, options={})
        if not message.is_private:
            return None
        has_pictures = bool(message.pictures or (message.replied_to and message.replied_to.pictures))
        return CommandCall(name="edit" if has_pictures else "imagine", argument=message.text, options={})

    async def _press(self, press: ButtonPress, conversation: Conversation) -> None:
        verb, use = _used(press, conversation)
        match verb:
            case Verb.AGAIN:
                await self._presses.again(press, use, conversation)
            case Verb.LARGER:
                await self._presses.larger(press, use, conversation)
            case Verb.DELETE:
                await self._presses.delete(press, use, conversation)
            case Verb.RETRY:
                await self._presses.retry(press, use, conversation)
            case Verb.CONFIRM | Verb.SEND | Verb.CANCEL:
                await self._go_on(verb, press, use, conversation)
            case Verb.SHOW | Verb.FILE:
                await self._kept.press(verb, press, use, conversation)
            case Verb.EDIT:  # for EDIT, the adapter asks for the words and sends a form
                raise UnknownToken

    async def _go_on(self, verb: Verb, press: ButtonPress, use: TokenUse, conversation: Conversation) -> None:
        """Confirm, send again or cancel a member's own request."""
        if verb is Verb.CONFIRM:
            await self._presses.confirm(press.author, use)
        elif verb is Verb.SEND:
            await self._presses.send_again(press.author, use)
        else:
            await self._presses.cancel(press, use, conversation)

    async def _submit(self, form: FormSubmit, conversation: Conversation) -> None:
        verb, use = _used(form, conversation)
        if verb is not Verb.EDIT:
            raise UnknownToken
        await self._imagine.edit_result(form, use, conversation)

    async def _welcome(self, opened: Opened, conversation: Conversation) -> None:
        """Post the welcome. When the conversation is opened again, the same message is updated with the new balance."""
        self._put(opened, conversation, await self._account.welcome(opened.author), key="welcome")

    async def _inform(self, message: IncomingMessage, conversation: Conversation, answer: OutgoingMessage) -> None:
        """Post an answer to a question. If a chat would read such answers too often, only acknowledge the question."""
        is_private = message.is_private or (await conversation.abilities()).answers_in_private
        if is_private or self._public.may_answer(conversation.key):
            self._post(message, conversation, answer)
        else:
            acknowledge = partial(conversation.acknowledge, message.ref)
            self._answers.put(conversation.key, message.author.id, acknowledge)

    def _tell(self, event: Event, conversation: Conversation, *sentences: Sentence) -> OutgoingMessage | None:
        """Answer an event's author. The answer is returned for a button press, and else queued."""
        said = OutgoingMessage(
            lines=sentences, language=event.author.language, audience=event.author, is_droppable=True
        )
        if isinstance(event, ButtonPress):
            return said
        self._post(event, conversation, said)
        return None

    def _post(self, event: Event, conversation: Conversation, message: OutgoingMessage) -> None:
        answered = event.ref if isinstance(event, IncomingMessage | FormSubmit) else None
        answer = replace(message, in_reply_to=answered, audience=event.author, is_droppable=True)
        self._put(event, conversation, answer, key=f"{event.key}:answer")

    def _put(self, event: Event, conversation: Conversation, answer: OutgoingMessage, *, key: str) -> None:
        self._answers.put(conversation.key, event.author.id, partial(_say, conversation, answer, key))


async def _say(conversation: Conversation, answer: OutgoingMessage, key: str) -> None:
    """Post an answer. If it is dropped, acknowledge the member's message instead. Raises `PlatformFault`."""
    try:
        await conversation.post(answer, key=key)
    except Dropped:
        await conversation.acknowledge(answer.in_reply_to)


def _used(event: ButtonPress | FormSubmit, conversation: Conversation) -> tuple[Verb, TokenUse]:
    """Read an event's token: the verb, its target, and where it was used. Raises `UnknownToken` if it is not ours."""
    token = read_token(event.token)
    if token is None:
        raise UnknownToken
    verb, target = token
    platform = event.author.platform
    return verb, TokenUse(target=target, platform=platform, conversation=conversation.key, message=event.message)


def _unknown_command(name: str) -> CommandFault:
    near, typed = nearest_command(name), excerpt(Quoted(name), PROMPT_LIMIT)
    if near is None:
        return CommandFault(Sentence("command-unknown", name=typed))
    return CommandFault(Sentence("command-unknown-near", name=typed, near=near))
