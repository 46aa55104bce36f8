"""Asks a member for the words that an action needs, with a message that opens the reply field (`ForceReply`)."""

from telegram import CallbackQuery, ForceReply, MessageEntity
from telegram.constants import MessageEntityType

from adapters.telegram.chat_ref import ChatRef, numbers_of
from adapters.telegram.prompts import to_link
from adapters.telegram.sending.message_sender import MessageSender, TelegramContext
from adapters.telegram.sending.rendering import Rendered, say, units
from adapters.telegram.translate import Me
from bot.domain.chat import Sentence
from bot.domain.events import ButtonPress

_PLACEHOLDER_UNITS = 64

_PATIENCE_SECONDS = 5.0
"""How long a question waits for a spare permit. Later than that, nobody would know what the question is about."""


async def ask_for_words(
    query: CallbackQuery, press: ButtonPress, chat_ref: ChatRef, context: TelegramContext, me: Me
) -> None:
    """Ask, in reply to the message whose button was pressed. Raises `PlatformFault`, and `Dropped` in a busy chat."""
    texts, language = context.texts, press.author.language
    question = say(Sentence("ask-what-to-change"), texts, language)
    where = say(Sentence("ask-answer-here"), texts, language)
    # In a group, the reply field opens only for a mentioned member. The mention covers our question instead of showing
    # the member's name: a name is text that a member has chosen.
    named = MessageEntity(MessageEntityType.TEXT_MENTION, 0, units(question), user=query.from_user)
    bold = MessageEntity(MessageEntityType.BOLD, 0, units(question))
    url = to_link(press.token, numbers_of(press.message)[1], me.username)
    link = MessageEntity(MessageEntityType.TEXT_LINK, units(question) + 1, units(where), url=url)
    words = Rendered(text=f"{question}\n{where}", entities=(bold if chat_ref.is_private else named, link))
    placeholder = say(Sentence("ask-placeholder"), texts, language)
    field = ForceReply(selective=not chat_ref.is_private, input_field_placeholder=placeholder[:_PLACEHOLDER_UNITS])
    sender = MessageSender(chat_ref, context)
    target = sender.target(press.message)
    async with context.line.pace.spare_permit(target.chat_id, patience=_PATIENCE_SECONDS) as permits:
        await sender.send_text_if_spare(target, words, field, permits)
