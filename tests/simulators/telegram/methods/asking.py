"""The methods that ask: about the bot, files, chats and their members."""

from collections.abc import Mapping
from typing import Any

from tests.simulators.telegram.chats.chats import Chat
from tests.simulators.telegram.chats.files import DOWNLOAD_BYTES
from tests.simulators.telegram.chats.people import Person, Status, as_member
from tests.simulators.telegram.chats.world import World
from tests.simulators.telegram.methods.access import chat_of
from tests.simulators.telegram.methods.sending import Method
from tests.simulators.telegram.refusals import bad_request
from tests.simulators.telegram.requests import Call

Json = dict[str, Any]


class Asking:
    """Each method takes a call and gives what the Bot API answers."""

    def __init__(self, world: World) -> None:
        self._world = world

    def methods(self) -> Mapping[str, Method]:
        return {
            "getMe": self.get_me,
            "getFile": self.get_file,
            "getChat": self.get_chat,
            "getChatMember": self.get_member,
            "getChatAdministrators": self.get_administrators,
            "getChatMemberCount": self.get_member_count,
            "leaveChat": self.leave,
        }

    async def get_me(self, _: Call) -> Json:
        """Return the bot's account. Privacy mode is what can_read_all_group_messages denies."""
        return {
            **self._world.bot.as_user(),
            "can_join_groups": True,
            "can_read_all_group_messages": self._world.reads_everything,
            "supports_inline_queries": False,
            "can_connect_to_business": False,
            "has_main_web_app": False,
        }

    async def get_file(self, call: Call) -> Json:
        if not call.text("file_id"):
            raise bad_request("file_id not specified")
        kept = self._world.files.find(call.text("file_id"))
        if kept is None:
            raise bad_request("invalid file_id")
        if len(kept.content) > DOWNLOAD_BYTES:
            raise bad_request("file is too big")
        return kept.as_file()

    async def get_chat(self, call: Call) -> Json:
        return chat_of(self._world, call, reads_only=True).as_full_info()

    async def get_member(self, call: Call) -> Json:
        chat = chat_of(self._world, call)
        number = call.integer("user_id")
        if number == self._world.bot.id:
            return as_member(self._world.bot, chat.bot_status)
        if chat.person and number == chat.person.id:
            return as_member(chat.person, "member")
        if number in chat.members:
            return _member(chat, *chat.members[number])
        if number in self._world.people:
            return as_member(self._world.people[number], "left")
        raise bad_request("PARTICIPANT_ID_INVALID")

    async def get_administrators(self, call: Call) -> list[Json]:
        """Return the administrators. Other bots are left out, as by default."""
        chat = chat_of(self._world, call)
        if chat.is_private:
            raise bad_request("there are no administrators in the private chat")
        found = [
            _member(chat, person, status)
            for person, status in chat.members.values()
            if status in {"creator", "administrator"} and not person.is_bot
        ]
        is_admin = chat.bot_status == "administrator"
        return found + ([as_member(self._world.bot, "administrator")] if is_admin else [])

    async def get_member_count(self, call: Call) -> int:
        return len(chat_of(self._world, call).members) + 1

    async def leave(self, call: Call) -> bool:
        chat = chat_of(self._world, call)
        if chat.is_private:
            raise bad_request("chat member status can't be changed in private chats")
        chat.set_bot_status("left", by=self._world.bot)
        return True


def _member(chat: Chat, person: Person, status: Status) -> Json:
    return as_member(person, status, is_anonymous=person.id in chat.anonymous_admins)
