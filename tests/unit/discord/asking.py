"""What tests of answers begin with: a request of anna's, and what became of it."""

from typing import Any

from bot.domain.chat import MessageRef
from bot.domain.events import IncomingMessage
from bot.ports import Conversation
from tests.simulators.discord.interactions.interactions import Asked
from tests.simulators.discord.world.files import Upload
from tests.simulators.discord.world.state import Channel, Message, Person
from tests.unit.discord.adapter import Adapter, deliver, member, status
from tests.unit.discord.library_client import picture


async def asking(adapter: Adapter, anna: Person, channel: Channel, **options: bool) -> tuple[Asked, Conversation]:
    asked = adapter.simulator.members.slash(anna, channel, "imagine", prompt="a fox", **options)
    _, conversation = await adapter.core.next()
    return asked, conversation


async def waiting(
    adapter: Adapter, anna: Person, channel: Channel, **options: bool
) -> tuple[Asked, Conversation, MessageRef]:
    """Make a request whose status is shown. The conversation is rebuilt from its address, as a delivery has it."""
    asked, live = await asking(adapter, anna, channel, **options)
    conversation = adapter.platform.conversation(live.address)
    posted = await conversation.post(status(), key="request-5")
    return asked, conversation, posted.ref


def message_of(adapter: Adapter, ref: MessageRef) -> Message:
    return adapter.simulator.world.messages[int(ref.partition(":")[2])]


async def heard(adapter: Adapter) -> tuple[IncomingMessage, Conversation]:
    event, conversation = await adapter.core.next()
    assert isinstance(event, IncomingMessage)
    return event, conversation


def fox(name: str = "fox.png") -> Upload:
    return Upload(name=name, data=picture())


def ref_of(message: Message) -> MessageRef:
    return MessageRef(f"{message.channel.id}:{message.id}")


def answering(said: Message) -> dict[str, Any]:
    """Return what an outcome or a status says of a request that was written as a message."""
    return {"in_reply_to": ref_of(said), "requester": member(said.author), "answers_requester": True}


async def shown(adapter: Adapter, anna: Person, channel: Channel) -> Message:
    """Show a picture of ours in the channel."""
    adapter.simulator.members.slash(anna, channel, "imagine", prompt="a fox")
    _, conversation = await heard(adapter)
    posted = await conversation.post(status(), key="request-5")
    result = await deliver(adapter, conversation, await adapter.result(), status=posted.ref)
    return adapter.simulator.world.messages[int(result.ref.partition(":")[2])]
