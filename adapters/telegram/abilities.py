"""Finds out what the bot can post in a chat, before anything is charged."""

import structlog
from telegram import Bot, ChatFullInfo, ChatMember, ChatMemberRestricted, ReactionTypeEmoji
from telegram.constants import ChatMemberStatus
from telegram.error import TelegramError

from adapters.telegram.chat_ref import ChatRef
from adapters.telegram.faults import to_fault
from adapters.telegram.memory import ChatMemory, Rights
from bot.domain.chat import Abilities, PictureLimits
from bot.domain.errors import Forbidden

log = structlog.get_logger()

UNDERSTOOD = "👀"
"""The reaction with which the bot acknowledges a message."""

# Telegram keeps photos of up to 2560 pixels and scales larger ones down. Apps first load a version of 1280 pixels. With
# 1280 as our limit, every 1K picture of 16:9 (1376 pixels) would need a second message with its original.
PHOTO = PictureLimits(
    most_bytes=10_000_000,
    mimes=frozenset({"image/jpeg", "image/png", "image/webp"}),
    most_sides=10_000,
    most_ratio=20,
    kept_side=2_560,
)
FILE = PictureLimits(most_bytes=50_000_000)

_ABSENT = (ChatMemberStatus.LEFT, ChatMemberStatus.BANNED)
_IN_CHARGE = (ChatMemberStatus.OWNER, ChatMemberStatus.ADMINISTRATOR)


def to_abilities(chat_ref: ChatRef, rights: Rights, *, is_topic_closed: bool) -> Abilities:
    """Convert the bot's rights in a chat or topic to `Abilities`."""
    may_write = rights.may_write and (rights.is_administrator or not is_topic_closed)
    return Abilities(
        may_post=may_write,
        may_attach=may_write and (rights.may_send_photos or rights.may_send_files),
        shown=PHOTO if rights.may_send_photos else None,
        file=FILE if rights.may_send_files else None,
        shows_activity=True,
    )


async def find_abilities(bot: Bot, chat_ref: ChatRef, memory: ChatMemory) -> Abilities:
    """Find out what the bot can post in a chat now. If Telegram does not answer, the last known rights are used."""
    chat_id = memory.now_at(chat_ref.chat_id)
    thread_id = memory.thread_in(chat_id, chat_ref.thread_id)
    rights = await find_rights(bot, chat_ref, memory)
    return to_abilities(chat_ref, rights, is_topic_closed=memory.is_topic_closed(chat_id, thread_id))


async def find_rights(bot: Bot, chat_ref: ChatRef, memory: ChatMemory) -> Rights:
    """Return the bot's rights in a chat: from the cache, or else from Telegram.

    If Telegram does not answer, return the last known rights, or else assume that everything is allowed.
    """
    chat_id = memory.now_at(chat_ref.chat_id)
    known = Rights() if chat_ref.is_private else memory.rights_in(chat_id)
    if known is not None:
        return known
    try:
        rights = to_rights(await bot.get_chat(chat_id), await bot.get_chat_member(chat_id, chat_ref.bot_id))
    except TelegramError as error:
        if isinstance(to_fault(error, is_repeatable=True), Forbidden):
            rights = Rights(may_write=False, may_send_photos=False, may_send_files=False)
        else:  # refuse no request because of this: if the bot may not write, sending will fail and say so
            log.info("telegram-rights-not-known", fault=type(error).__name__)
            return memory.rights_in(chat_id, is_any_age=True) or Rights()
    memory.keep_rights(chat_id, rights)
    return rights


def to_rights(chat: ChatFullInfo, member: ChatMember) -> Rights:
    """Read the bot's rights. An administrator may do everything.

    Any other member has the chat's permissions, minus what is denied to the bot itself.
    """
    # The library gives the same value if a chat allows all reactions and if it allows none. Only a try shows which.
    emoji = [one.emoji for one in chat.available_reactions or () if isinstance(one, ReactionTypeEmoji)]
    may_react = not chat.available_reactions or UNDERSTOOD in emoji
    if member.status in _IN_CHARGE:
        return Rights(is_administrator=True, may_react=may_react)
    if member.status in _ABSENT:
        return Rights(may_write=False, may_send_photos=False, may_send_files=False)
    everybody = chat.permissions
    own = member if isinstance(member, ChatMemberRestricted) else None
    return Rights(
        may_write=_is_so(everybody and everybody.can_send_messages, own and own.can_send_messages),
        may_send_photos=_is_so(everybody and everybody.can_send_photos, own and own.can_send_photos),
        may_send_files=_is_so(everybody and everybody.can_send_documents, own and own.can_send_documents),
        may_react=may_react,
    )


def _is_so(*said: bool | object | None) -> bool:
    """Whether no value is False. None (not stated) counts as allowed."""
    return not any(each is False for each in said)
