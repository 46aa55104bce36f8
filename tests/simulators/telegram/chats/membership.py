"""A chat that changes: messages arrive in it, the bot comes and goes, topics open and close, a group moves house."""

from dataclasses import dataclass
from typing import Any, Self

from tests.simulators.telegram.chats.chats import GENERAL, Chat, Topic
from tests.simulators.telegram.chats.messages import Message
from tests.simulators.telegram.chats.people import ANONYMOUS, Person, Status, as_member
from tests.simulators.telegram.chats.privacy import is_seen
from tests.simulators.telegram.chats.world import World

Json = dict[str, Any]

TOPIC_COLOUR = 7_322_096


@dataclass(kw_only=True, eq=False, repr=False)
class ChangingChat(Chat):
    """A chat of a world, to which everything that happens in it is told."""

    world: World

    def __repr__(self) -> str:
        return f"<{self.type} {self.id}>"

    def put(self, fields: Json) -> Message:
        """Have a message stand here; nobody is told yet."""
        where = {"message_id": next(self.numbers), "date": self.world.now, "chat": self.as_chat()}
        author = fields.get("from", {})
        if author.get("is_bot") and "sender_chat" not in fields:
            self.last_bot_id = author["id"]
        message = self.keep(Message({**where, **fields}, self.world.files))
        self.world.bell.ring()
        return message

    def tell(self, message: Message, *, is_edited: bool = False) -> None:
        """Tell the bot of a message, if it is one that the bot is shown."""
        if is_seen(self, message, self.world.bot, reads_everything=self.world.reads_everything):
            kind = "channel_post" if self.type == "channel" else "message"
            self.world.updates.push(f"edited_{kind}" if is_edited else kind, message.body)

    def announce(self, by: Person, **event: Any) -> Message:
        """Post a service message."""
        author = {"sender_chat": self.as_chat()} if self.type == "channel" else {"from": by.as_user()}
        message = self.put({**author, **event})
        self.tell(message)
        return message

    # The bot and the members

    def add(self, person: Person, status: Status = "member", *, is_anonymous: bool = False) -> Person:
        """Have somebody be a member, from now on with this status."""
        self.members[person.id] = (person, status)
        (self.anonymous_admins.add if is_anonymous else self.anonymous_admins.discard)(person.id)
        return person

    def set_bot_status(self, status: Status, *, by: Person) -> None:
        """Have the bot be promoted, restricted, removed (`kicked`, in a private chat blocked) or taken back."""
        bot = self.world.bot
        before, self.bot_status = self.bot_status, status
        change = {
            "chat": self.as_chat(),
            "from": by.as_user(),
            "date": self.world.now,
            "old_chat_member": as_member(bot, before),
            "new_chat_member": as_member(bot, status),
        }
        self.world.updates.push("my_chat_member", change)

    def block(self) -> None:
        """Have the person of this private chat block the bot."""
        assert self.person is not None
        self.set_bot_status("kicked", by=self.person)

    def unblock(self) -> None:
        """Have the person of this private chat take the bot back."""
        assert self.person is not None
        self.set_bot_status("member", by=self.person)

    def migrate(self, *, by: Person) -> Self:
        """Have this basic group become a supergroup, which is another chat; the old one only says where it is."""
        assert self.type == "group"
        self.migrated_to = next(self.world.supergroup_numbers)
        moved = type(self)(
            world=self.world,
            id=self.migrated_to,
            type="supergroup",
            title=self.title,
            bot_status=self.bot_status,
            members=dict(self.members),
        )
        self.world.chats[moved.id] = moved
        self.announce(by, migrate_to_chat_id=moved.id)
        moved.announce(ANONYMOUS, sender_chat=moved.as_chat(), migrate_from_chat_id=self.id)
        return moved

    # Topics

    def open_topic(self, name: str, *, by: Person) -> Topic:
        """Have a topic in this forum; it has the number of the message that opens it."""
        assert self.is_forum
        created = {"name": name, "icon_color": TOPIC_COLOUR}
        message = self.put({"from": by.as_user(), "forum_topic_created": created, "is_topic_message": True})
        message.body["message_thread_id"] = message.id
        topic = self.topics[message.id] = Topic(id=message.id, name=name)
        self.tell(message)
        return topic

    def close_topic(self, topic: Topic, *, by: Person) -> None:
        topic.is_closed = True
        where = {"message_thread_id": topic.id, "is_topic_message": True} if topic.id != GENERAL else {}
        self.announce(by, forum_topic_closed={}, **where)

    def delete_topic(self, topic: Topic) -> None:
        """Delete a topic with all its messages. Telegram tells no bot."""
        del self.topics[topic.id]
        self.messages = {number: one for number, one in self.messages.items() if one.thread_id != topic.id}
