"""What the tests of Telegram look at."""

from collections.abc import Sequence

from tests.e2e.telegram.telegram_bot import TelegramSite
from tests.simulators.telegram.chats.messages import Message
from tests.simulators.telegram.room import Room


def pictures_of(site: TelegramSite, request: int = -1) -> list[str]:
    """Return the types of the pictures that were sent with a request to the gateway."""
    return [part["inlineData"]["mimeType"] for part in site.endpoint.requests[request].parts if "inlineData" in part]


def prompts_of(site: TelegramSite) -> list[str]:
    """Return the words of every request to the gateway, as it came."""
    return [request.parts[-1]["text"] for request in site.endpoint.requests]


async def until_told(site: TelegramSite, chat: Room, words: str) -> Sequence[Message]:
    """Wait until an outcome holds these words and its status has gone. Return the bot's messages that hold them."""

    def telling() -> list[Message]:
        return [message for message in chat.by(site.telegram.bot) if words in message.text]

    await site.until(lambda: len(telling()) == 1 and "Again" in telling()[0].buttons)
    return telling()
