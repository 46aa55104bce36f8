"""Pictures on Discord, from what somebody does to what stands in the channel."""

import asyncio
import io

from PIL import Image

from tests.e2e.discord.discord_bot import DiscordSite
from tests.e2e.site import OUTCOMES, noise, png
from tests.simulators.discord.faults import cut, held, refused
from tests.simulators.discord.world.files import Upload
from tests.simulators.discord.world.state import Channel, Permission, Person
from tests.simulators.image_api import gemini_shapes as shapes


def pictures_of(site: DiscordSite, request: int = -1) -> list[str]:
    """Return the types of the pictures that were sent with a request to the gateway."""
    return [part["inlineData"]["mimeType"] for part in site.endpoint.requests[request].parts if "inlineData" in part]


async def test_a_command_becomes_a_picture_in_its_channel(site: DiscordSite, channel: Channel, anna: Person) -> None:
    async with site.running() as bot:
        asked = site.discord.members.slash(anna, channel, "imagine", prompt="a red fox", ar="16:9", size="1K")
        (shown,) = await site.until_shown(channel)
        await site.until_gone(asked)
        assert await bot.stop() == 0
    assert shown.files[0].data == png()
    assert shown.text.startswith("a red fox\n-# Nano Banana Pro · 16:9 · 1K")
    assert [button.label for button in shown.buttons] == ["Again", "Edit", "Make 4K", "Delete"]
    assert site.ask(OUTCOMES) == [("sent",)]


async def test_the_picture_is_edited_by_an_answer_a_form_and_the_menu(
    site: DiscordSite, channel: Channel, anna: Person
) -> None:
    async with site.running() as bot:
        site.discord.members.slash(anna, channel, "imagine", prompt="a red fox")
        (first,) = await site.until_shown(channel)
        site.discord.members.say(anna, channel, "make it night", reply_to=first)
        await site.until_shown(channel, 2)
        opened = site.discord.members.press(anna, first, "Edit")
        await site.until(lambda: opened.modal)
        site.discord.members.submit(opened, {"words": "in snow", "pictures": [Upload(name="a.png", data=png("blue"))]})
        await site.until_shown(channel, 3)
        theirs = site.discord.members.say(anna, channel, files=[Upload(name="b.png", data=png("green"))])
        used = site.discord.members.use_menu(anna, theirs, "Edit image")
        await site.until(lambda: used.modal)
        site.discord.members.submit(used, {"words": "as a drawing"})
        await site.until_shown(channel, 4)
        assert await bot.stop() == 0
    assert [len(pictures_of(site, request)) for request in range(4)] == [0, 1, 2, 1]


async def test_credits_are_told_to_who_asks_alone(site: DiscordSite, channel: Channel, anna: Person) -> None:
    async with site.running():
        left = site.discord.members.slash(anna, channel, "credits")
        assert (await site.until_answered(left, "You have 20 credits")).is_ephemeral


async def test_nobody_else_can_take_a_picture_away(site: DiscordSite, channel: Channel, anna: Person) -> None:
    async with site.running():
        site.discord.members.slash(anna, channel, "imagine", prompt="a red fox")
        (shown,) = await site.until_shown(channel)
        boris = site.discord.add_person("boris")
        site.discord.members.press(boris, shown, "Delete")
        await site.until(lambda: site.discord.ephemeral_messages(boris))
        assert not shown.is_deleted


async def test_a_picture_that_is_too_large_after_all_comes_smaller(
    site: DiscordSite, channel: Channel, anna: Person
) -> None:
    site.endpoint.answer = shapes.one_picture(noise(2000, 1400))
    site.discord.fail("POST", "/channels/*/messages", refused(40005))
    async with site.running() as bot:
        site.discord.members.slash(anna, channel, "imagine", prompt="noise")
        (shown,) = await site.until_shown(channel)
        assert await bot.stop() == 0
    (file,) = shown.files
    assert len(file.data) <= 4_300_000
    assert Image.open(io.BytesIO(file.data)).size[0] <= 2000


async def test_a_kill_during_delivery_shows_the_picture_once(site: DiscordSite, channel: Channel, anna: Person) -> None:
    async with site.running() as bot:
        gate = asyncio.Event()
        site.discord.fail("POST", "/channels/*/messages", held(gate).after())
        asked = site.discord.members.slash(anna, channel, "imagine", prompt="a red fox")
        await site.until(lambda: len(site.discord.messages(channel)) == len(("the answer", "the picture")))
        await bot.kill()
    gate.set()
    site.discord.rest.faults.forget()
    async with site.running() as bot:
        await site.until_written(OUTCOMES, lambda rows: rows == [("sent",)])
        await site.until_gone(asked)
        assert await bot.stop() == 0
    assert len(await site.until_shown(channel)) == 1


async def test_a_picture_that_was_ready_at_a_kill_comes_although_its_token_is_over(
    site: DiscordSite, channel: Channel, anna: Person
) -> None:
    async with site.running() as bot:
        site.discord.fail("POST", "/channels/*/messages", refused(50001), times=1000)
        site.discord.fail("PATCH", "/webhooks/*", cut(), times=1000)
        site.discord.members.slash(anna, channel, "imagine", prompt="a red fox")
        await site.until_written("SELECT state FROM jobs", lambda rows: rows == [("painted",)])
        await bot.kill()
    site.discord.rest.faults.forget()
    site.discord.clock.advance(20 * 60)
    async with site.running() as bot:
        (shown,) = await site.until_shown(channel)
        assert await bot.stop() == 0
    assert shown.files[0].data == png()


async def test_a_private_picture_that_takes_long_comes_directly_after_a_kill(
    site: DiscordSite, channel: Channel, anna: Person
) -> None:
    gate = site.hold_painting()
    async with site.running() as bot:
        asked = site.discord.members.slash(anna, channel, "imagine", prompt="a secret", private=True)
        await site.until_answered(asked, "Painting")
        await bot.kill()
    gate.set()
    site.discord.clock.advance(20 * 60)
    async with site.running() as bot:
        await site.until(lambda: any(message.files for message in site.discord.direct_messages(anna)))
        await site.until_written(OUTCOMES, lambda rows: rows == [("sent",)])
        assert await bot.stop() == 0
    assert site.discord.messages(channel) == []


async def test_an_app_that_was_taken_along_paints_where_the_bot_is_not(site: DiscordSite, anna: Person) -> None:
    foreign = site.discord.add_channel(site.discord.add_guild(has_bot=False))
    async with site.running() as bot:
        asked = site.discord.members.slash(anna, foreign, "imagine", prompt="a red fox")
        await site.until(lambda: asked.answer and asked.answer.files)
        await site.until_written(OUTCOMES, lambda rows: rows == [("sent",)])
        assert asked.answer
        again = site.discord.members.press(anna, asked.answer, "Again")
        await site.until(lambda: again.answer and again.answer.files)
        assert await bot.stop() == 0
    assert site.discord.calls("POST", asked.token) == []


async def test_a_bot_that_may_not_send_pictures_takes_no_credits(
    site: DiscordSite, channel: Channel, anna: Person
) -> None:
    site.discord.deny(channel, Permission.ATTACH_FILES)
    async with site.running():
        asked = site.discord.members.slash(anna, channel, "imagine", prompt="a red fox")
        await site.until_answered(asked, "may not send pictures here")
    assert site.ask("SELECT COUNT(*) FROM requests") == [(0,)]


async def test_a_picture_by_word_in_a_direct_chat(site: DiscordSite, anna: Person) -> None:
    chat = site.discord.direct_channel(anna)
    async with site.running() as bot:
        said = site.discord.members.say(anna, chat, "a red fox")
        (shown,) = await site.until_shown(chat)
        assert await bot.stop() == 0
    assert shown.reference
    assert shown.reference["message_id"] == str(said.id)


async def test_a_wrong_token_is_one_line(site: DiscordSite) -> None:
    site.token = "an.unknown.token"
    async with site.started() as bot:
        assert await bot.ended() == 1
    assert "developer portal" in bot.output[-1]
    assert bot.output[-1].startswith("plantain: ")
