"""What tests of a conversation say in it."""

from datetime import UTC, datetime

from bot.domain.chat import Action, Member, MessageRef, Phase, Progress, Sentence, Verb
from tests.simulators.telegram.api import TelegramSimulator
from tests.simulators.telegram.chats.messages import Message
from tests.simulators.telegram.chats.people import Person
from tests.tokens import AN_ID

AGAIN = Action(verb=Verb.AGAIN, target=AN_ID, label=Sentence("action-again"))
PAINTING = Progress(phase=Phase.PAINTING, since=datetime(2026, 11, 28, tzinfo=UTC), expected_seconds=40)


def member(person: Person) -> Member:
    return Member(platform="telegram", id=str(person.id), name=person.first_name, language="en")


def ref_of(simulator: TelegramSimulator, message: Message) -> MessageRef:
    return MessageRef(f"{simulator.bot.id}:{message.chat_id}:{message.id}")
