"""Who is in a chat: people, bots, and those who speak for a chat instead of themselves."""

from dataclasses import dataclass
from typing import Any, Literal

Json = dict[str, Any]
Status = Literal["creator", "administrator", "member", "restricted", "left", "kicked"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """A user of Telegram, which may be a bot."""

    id: int
    first_name: str
    last_name: str | None = None
    username: str | None = None
    language_code: str | None = None
    is_bot: bool = False

    def as_user(self) -> Json:
        user = {
            "id": self.id,
            "is_bot": self.is_bot,
            "first_name": self.first_name,
            "last_name": self.last_name,
            "username": self.username,
            "language_code": self.language_code,
        }
        return {name: value for name, value in user.items() if value is not None}


ANONYMOUS = Person(id=1_087_968_824, first_name="Group", username="GroupAnonymousBot", is_bot=True)
"""`from` of what an administrator says in the name of the group."""

FOR_A_CHANNEL = Person(id=136_817_688, first_name="Channel", username="Channel_Bot", is_bot=True)
"""`from` of what somebody says in a group in the name of a channel."""

FORWARDER = Person(id=777_000, first_name="Telegram")
"""`from` of a channel's post that was put into the group where it is discussed."""

_POWERS = (
    "can_manage_chat",
    "can_delete_messages",
    "can_manage_video_chats",
    "can_restrict_members",
    "can_promote_members",
    "can_change_info",
    "can_invite_users",
    "can_post_stories",
    "can_edit_stories",
    "can_delete_stories",
)
_PERMISSIONS = (
    "can_send_messages",
    "can_send_audios",
    "can_send_documents",
    "can_send_photos",
    "can_send_videos",
    "can_send_video_notes",
    "can_send_voice_notes",
    "can_send_polls",
    "can_send_other_messages",
    "can_add_web_page_previews",
    "can_react_to_messages",
    "can_edit_tag",
    "can_change_info",
    "can_invite_users",
    "can_pin_messages",
    "can_manage_topics",
)


def as_member(person: Person, status: Status, *, is_anonymous: bool = False) -> Json:
    """Return Telegram's `ChatMember`. A member who is restricted may do nothing."""
    member: Json = {"user": person.as_user(), "status": status}
    if status in {"creator", "administrator"}:
        member["is_anonymous"] = is_anonymous
    if status == "administrator":
        member |= {"can_be_edited": False, **dict.fromkeys(_POWERS, True)}
    if status == "restricted":
        member |= {"is_member": True, "until_date": 0, **dict.fromkeys(_PERMISSIONS, False)}
    if status == "kicked":
        member["until_date"] = 0
    return member
