"""Pure functions that convert Telegram's messages and button presses to the core's values."""

import re
from dataclasses import dataclass

from telegram import (
    CallbackQuery,
    ChatMember,
    ChatMemberRestricted,
    ChatMemberUpdated,
    Document,
    ExternalReplyInfo,
    Message,
    PhotoSize,
    Sticker,
    User,
)
from telegram.constants import ChatMemberStatus

from adapters.telegram.chat_ref import PLATFORM, to_ref
from adapters.telegram.prompts import AskedFor, asked_for, read_payload
from bot.domain.chat import Member, PictureRef
from bot.domain.events import (
    ButtonPress,
    Event,
    FormSubmit,
    IncomingMessage,
    Opened,
    PictureSeen,
    RepliedMessage,
    TakenBack,
)

_PICTURE_ENDINGS = (".png", ".jpg", ".jpeg", ".webp", ".heic", ".heif", ".avif", ".gif", ".bmp", ".tif", ".tiff")
_ASKING = frozenset({"imagine", "edit"})
_COMMAND = re.compile(r"\s*[/／](?P<name>[A-Za-z]\w*)(?:@(?P<bot>\w+))?(?=\s|$)", re.ASCII)
_NAME = re.compile(r"(?<![^\s/／\w])(?:[/／]\w+)?@(\w+)", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Me:
    """The bot itself, as Telegram knows it."""

    id: int
    username: str
    language: str  # for members whose language Telegram does not tell

    def is_named(self, name: str) -> bool:
        """Whether a user name is the bot's, ignoring case."""
        return name.casefold() == self.username.casefold()


def words_of(message: Message) -> str:
    """Return a message's text or caption."""
    return message.text or message.caption or ""


def command_of(message: Message) -> str | None:
    """Return the name of the command with which a message begins, or None."""
    match = _COMMAND.match(words_of(message))
    return match["name"].casefold() if match else None


def is_for_another(message: Message, me: Me) -> bool:
    """Whether the message's command names another bot."""
    match = _COMMAND.match(words_of(message))
    return match is not None and match["bot"] is not None and not me.is_named(match["bot"])


def is_private(message: Message) -> bool:
    """Whether the message is in a private chat with the bot."""
    return message.chat.type == "private"


def is_addressed(message: Message, me: Me) -> bool:
    """Whether a message is certainly meant for the bot: in private, with its name, or as a reply to it."""
    answered = answered_message(message)
    is_answer = answered is not None and answered.from_user is not None and answered.from_user.id == me.id
    return is_private(message) or is_answer or any(me.is_named(name) for name in _NAME.findall(words_of(message)))


def answered_message(message: Message) -> Message | None:
    """Return the message that this one replies to, or None.

    In a topic, Telegram marks a message without a reply as a reply to the message that created the topic: ignore that.
    """
    answered = message.reply_to_message
    return None if answered is not None and answered.forum_topic_created else answered


def to_member(user: User, language: str) -> Member:
    """Convert a user. `language` is used if Telegram does not tell theirs."""
    # A deleted account has an empty first name, and some proxies to Telegram send null.
    name = " ".join(part for part in (user.first_name, user.last_name) if part) or user.username or str(user.id)
    return Member(platform=PLATFORM, id=str(user.id), name=name, language=user.language_code or language)


def to_picture_ref(carrier: Message | ExternalReplyInfo) -> PictureRef | None:
    """Return the picture of a message: a photo's largest size, an image document, or a sticker without motion."""
    if carrier.photo:
        return PictureRef(max(carrier.photo, key=_area).file_id)
    if carrier.document and is_picture(carrier.document):
        return PictureRef(carrier.document.file_id)
    if carrier.sticker and is_still(carrier.sticker):
        return PictureRef(carrier.sticker.file_id)
    return None


def is_picture(document: Document) -> bool:
    """Whether a file is a picture, by MIME type or name: phones send HEIC and AVIF without a MIME type."""
    kind, name = (document.mime_type or "").casefold(), (document.file_name or "").casefold()
    return kind.startswith("image/") or name.endswith(_PICTURE_ENDINGS)


def is_still(sticker: Sticker) -> bool:
    """Whether a sticker is a picture, not an animation or video."""
    return not (sticker.is_animated or sticker.is_video)


def to_replied_message(message: Message, me: Me) -> RepliedMessage | None:
    """Return the message that this one replies to, with its picture.

    Of a message in another chat or topic, the update contains only a part.
    """
    if message.external_reply is not None:
        return _from_elsewhere(message.external_reply, message, me)
    answered = answered_message(message)
    if answered is None:
        return None
    picture = to_picture_ref(answered)
    return RepliedMessage(
        ref=to_ref(me.id, answered.chat.id, answered.message_id),
        pictures=(picture,) if picture else (),
        album=to_album(answered, me),
    )


def _from_elsewhere(answered: ExternalReplyInfo, message: Message, me: Me) -> RepliedMessage:
    """Return a replied message of another topic or another chat.

    For another chat, the reference names the reply itself, not the replied message: results that we posted in another
    chat do not count here. The picture is edited in the form in which Telegram passes it on.
    """
    picture = to_picture_ref(answered)
    is_same_chat = answered.chat is not None and answered.chat.id == message.chat.id
    message_id = answered.message_id if is_same_chat and answered.message_id else message.message_id
    return RepliedMessage(ref=to_ref(me.id, message.chat.id, message_id), pictures=(picture,) if picture else ())


def to_album(message: Message, me: Me) -> str | None:
    """Return the key of the album that a message is part of, or None."""
    album = message.media_group_id
    return None if album is None else f"{me.id}:{message.chat.id}:album:{album}"


def to_incoming_message(message: Message, author: Member, me: Me) -> IncomingMessage:
    """Convert a message."""
    album, picture = to_album(message, me), to_picture_ref(message)
    ref = to_ref(me.id, message.chat.id, message.message_id)
    return IncomingMessage(
        key=album or ref,
        author=author,
        is_private=is_private(message),
        text=_without_our_name(words_of(message), me),
        pictures=(picture,) if picture else (),
        replied_to=to_replied_message(message, me),
        ref=ref,
        community=None if is_private(message) else str(message.chat.id),
        album=album,
        is_addressed=is_addressed(message, me),
    )


def to_picture_seen(message: Message, author: Member, me: Me) -> PictureSeen | None:
    """Convert one picture of an album. Return None for any other message."""
    album, picture = to_album(message, me), to_picture_ref(message)
    if album is None or picture is None:
        return None
    key = f"{to_ref(me.id, message.chat.id, message.message_id)}:picture"
    return PictureSeen(key=key, author=author, album=album, order=message.message_id, picture=picture)


def to_form_submit(message: Message, author: Member, me: Me) -> FormSubmit | None:
    """Convert a reply to one of our questions. Return None if it is not such a reply, or if it is a command.

    A member who followed the link of such a question submits no words.
    """
    asked, words = _linked_to(message), ""
    if command_of(message) is None:
        asked, words = asked_for(answered_message(message), me.id), _without_our_name(words_of(message), me)
    if asked is None:
        return None
    ref, picture = to_ref(me.id, message.chat.id, message.message_id), to_picture_ref(message)
    return FormSubmit(
        key=ref,
        author=author,
        token=asked.token,
        words=words,
        message=to_ref(me.id, message.chat.id, asked.message_id),
        ref=ref,
        pictures=(picture,) if picture else (),
        community=None if is_private(message) else str(message.chat.id),
    )


def _linked_to(message: Message) -> AskedFor | None:
    """Return the action in the payload of the link that opened this private chat, or None."""
    if not is_private(message) or command_of(message) != "start":
        return None
    return read_payload(words_of(message).partition(" ")[2].strip())


def to_opened(message: Message, author: Member, me: Me) -> Opened | None:
    """Convert `/start` in a private chat, with any payload. Return None for any other message."""
    if not is_private(message) or command_of(message) != "start":
        return None
    return Opened(key=to_ref(me.id, message.chat.id, message.message_id), author=author)


def to_taken_back(change: ChatMemberUpdated, me: Me) -> TakenBack | None:
    """Convert a change after which the bot can post again. Return None if it could before, or cannot now."""
    if _is_out(change.old_chat_member) == _is_out(change.new_chat_member) or _is_out(change.new_chat_member):
        return None
    key = f"{to_ref(me.id, change.chat.id, 0)}:taken-back:{change.date.timestamp():.0f}"
    return TakenBack(key=key, author=to_member(change.from_user, me.language))


def _is_out(member: ChatMember) -> bool:
    """Whether a bot with this membership cannot post in the chat."""
    is_kept_silent = isinstance(member, ChatMemberRestricted) and not (member.is_member and member.can_send_messages)
    return member.status in (ChatMemberStatus.LEFT, ChatMemberStatus.BANNED) or is_kept_silent


def is_request(event: Event) -> bool:
    """Whether an event certainly asks for a picture, so that it can be acknowledged at once."""
    if isinstance(event, FormSubmit):
        return True
    if not isinstance(event, IncomingMessage):
        return False
    command = _COMMAND.match(event.text)
    if command is not None:
        return command["name"].casefold() in _ASKING
    return event.is_private and event.replied_to is None  # a reply may be just talk


def to_button_press(query: CallbackQuery, me: Me) -> ButtonPress | None:
    """Convert a button press. Return None if the button cannot be one of ours."""
    if query.message is None or query.data is None:
        return None
    return ButtonPress(
        key=f"{me.id}:press:{query.id}",
        author=to_member(query.from_user, me.language),
        token=query.data,
        message=to_ref(me.id, query.message.chat.id, query.message.message_id),
    )


def _without_our_name(words: str, me: Me) -> str:
    """Remove the bot's name from the beginning of a text: it is not part of the prompt."""
    name, _, rest = words.lstrip().partition(" ")
    return rest if name.startswith("@") and me.is_named(name[1:]) else words


def _area(size: PhotoSize) -> int:
    return size.width * size.height
