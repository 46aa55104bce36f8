"""Pictures that members sent, fetched from Discord's file host."""

from collections.abc import AsyncIterator

import pytest

from bot.domain.chat import PictureRef
from bot.domain.errors import Gone, PlatformFault, RateLimited, Unavailable
from bot.ports import Conversation
from tests.simulators.discord.api import DiscordSimulator
from tests.simulators.discord.faults import Fault, bad_gateway, cut
from tests.simulators.discord.world.files import LINK_SECONDS, Upload
from tests.simulators.discord.world.state import Person
from tests.unit.discord.adapter import Adapter
from tests.unit.discord.asking import fox, heard
from tests.unit.discord.library_client import picture


async def sent(adapter: Adapter, anna: Person, upload: Upload) -> tuple[Conversation, PictureRef]:
    """Send a picture in a direct message, and return it as the core hears of it."""
    adapter.simulator.members.say(anna, adapter.simulator.direct_channel(anna), files=[upload])
    event, conversation = await heard(adapter)
    (ref,) = event.pictures
    return conversation, ref


async def read(pieces: AsyncIterator[bytes]) -> list[bytes]:
    return [piece async for piece in pieces]


async def test_a_large_picture_comes_in_pieces(adapter: Adapter, anna: Person) -> None:
    large = picture() + bytes(1_000_000)
    conversation, ref = await sent(adapter, anna, Upload(name="large.png", data=large))
    pieces = await read(conversation.open_picture(ref))
    assert b"".join(pieces) == large
    assert max(map(len, pieces)) <= 64 * 1024


@pytest.mark.parametrize(
    ("fault", "times", "told"),
    [
        (bad_gateway(503), 1, Unavailable),
        (cut(), 2, Unavailable),  # aiohttp asks once more by itself
        (Fault(status=429), 1, RateLimited),
    ],
)
async def test_what_may_pass_is_told_as_such(
    adapter: Adapter, anna: Person, fault: Fault, times: int, told: type[PlatformFault]
) -> None:
    conversation, ref = await sent(adapter, anna, fox())
    adapter.simulator.fail("GET", "/attachments/*", fault, times=times)
    with pytest.raises(told):
        await read(conversation.open_picture(ref))
    assert b"".join(await read(conversation.open_picture(ref))) == picture()


async def test_a_picture_whose_message_was_deleted_is_gone(
    discord_api: DiscordSimulator, adapter: Adapter, anna: Person
) -> None:
    conversation, ref = await sent(adapter, anna, fox())
    discord_api.members.delete(discord_api.messages(discord_api.direct_channel(anna))[0])
    with pytest.raises(Gone):
        await read(conversation.open_picture(ref))


async def test_a_picture_of_a_command_is_gone_when_its_link_is_over(
    discord_api: DiscordSimulator, adapter: Adapter, anna: Person
) -> None:
    discord_api.members.slash(anna, discord_api.direct_channel(anna), "edit", prompt="make it night", picture=fox())
    event, conversation = await heard(adapter)
    discord_api.clock.advance(LINK_SECONDS + 1)
    with pytest.raises(Gone):
        await read(conversation.open_picture(event.pictures[0]))


async def test_a_fresh_link_is_asked_for_once(discord_api: DiscordSimulator, adapter: Adapter, anna: Person) -> None:
    conversation, ref = await sent(adapter, anna, fox())
    discord_api.clock.advance(LINK_SECONDS + 1)
    assert b"".join(await read(conversation.open_picture(ref))) == picture()
    assert len(discord_api.rest.fetched) == len(("the old link", "the fresh one"))
