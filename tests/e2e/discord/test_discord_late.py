"""Pictures on Discord that come late, are too large or lost their way: each arrives once, and is paid once."""

import asyncio
import io

import pytest
from PIL import Image

from tests.e2e.discord.discord_bot import DiscordSite
from tests.e2e.discord.discord_counting import all_charged, credits_left, painted_in
from tests.e2e.site import DAILY, OUTCOMES, noise, png
from tests.simulators.discord.faults import bad_gateway
from tests.simulators.discord.world.files import Upload
from tests.simulators.discord.world.state import MEBIBYTE, Channel, Permission, Person
from tests.simulators.image_api import gemini_shapes as shapes

LARGE_BYTES = 35_000_000
OVER_SECONDS = 16 * 60
"""After this an interaction's token is worth nothing."""


async def test_a_large_result_of_a_form_comes_although_its_token_ran_out(
    site: DiscordSite, channel: Channel, anna: Person
) -> None:
    large = await asyncio.to_thread(noise, 3600, 3300)
    assert len(large) > LARGE_BYTES
    async with site.running() as bot:
        site.discord.members.slash(anna, channel, "imagine", prompt="a red fox")
        (first,) = await site.until_shown(channel)
        gate = site.hold_painting(large)
        opened = site.discord.members.press(anna, first, "Edit")
        await site.until(lambda: opened.modal)
        site.discord.members.submit(opened, {"words": "in snow"})
        await site.endpoint.wait_for_requests(2)
        site.discord.clock.advance(OVER_SECONDS)
        gate.set()
        _, second = await site.until_shown(channel, 2)
        assert await credits_left(site, anna, channel) == DAILY - await all_charged(site)
        assert await bot.stop() == 0
    assert [len(file.data) < 10 * MEBIBYTE for file in second.files] == [True]
    assert painted_in(site, channel) == [first, second]
    assert len(site.endpoint.requests) == len(("the picture", "its edit"))


async def test_a_large_result_of_the_menus_form_takes_the_place_of_an_answer_whose_token_ran_out(
    site: DiscordSite, channel: Channel, anna: Person
) -> None:
    gate = site.hold_painting(await asyncio.to_thread(noise, 3600, 3300))
    async with site.running() as bot:
        theirs = site.discord.members.say(anna, channel, files=[Upload(name="a.png", data=png("blue"))])
        opened = site.discord.members.use_menu(anna, theirs, "Edit image")
        await site.until(lambda: opened.modal)
        asked = site.discord.members.submit(opened, {"words": "in snow"})
        await site.until_answered(asked, "Painting")
        site.discord.clock.advance(OVER_SECONDS)
        gate.set()
        (shown,) = await site.until_shown(channel)
        await site.until_gone(asked)
        assert await credits_left(site, anna, channel) == DAILY - await all_charged(site)
        assert await bot.stop() == 0
    assert [len(file.data) < 10 * MEBIBYTE for file in shown.files] == [True]
    assert len(site.endpoint.requests) == 1


async def test_a_large_result_comes_directly_where_only_a_token_led_that_ran_out(
    site: DiscordSite, anna: Person
) -> None:
    foreign = site.discord.add_channel(site.discord.add_guild(has_bot=False))
    gate = site.hold_painting(await asyncio.to_thread(noise, 3600, 3300))
    async with site.running() as bot:
        asked = site.discord.members.slash(anna, foreign, "imagine", prompt="a red fox")
        await site.until_answered(asked, "Painting")
        site.discord.clock.advance(OVER_SECONDS)
        gate.set()
        (shown,) = await site.until_shown(site.discord.direct_channel(anna))
        assert await credits_left(site, anna, foreign) == DAILY - await all_charged(site)
        assert await bot.stop() == 0
    assert [len(file.data) < 10 * MEBIBYTE for file in shown.files] == [True]
    assert painted_in(site, foreign) == []
    assert len(site.endpoint.requests) == 1


async def test_a_result_over_the_limit_comes_as_a_copy_and_says_so(
    site: DiscordSite, channel: Channel, anna: Person
) -> None:
    large = await asyncio.to_thread(noise, 2000, 1800)
    assert len(large) > 10 * MEBIBYTE
    site.endpoint.answer = shapes.one_picture(large)
    async with site.running() as bot:
        site.discord.members.slash(anna, channel, "imagine", prompt="noise")
        (shown,) = await site.until_shown(channel)
        assert await bot.stop() == 0
    (file,) = shown.files
    assert len(file.data) < 10 * MEBIBYTE
    assert Image.open(io.BytesIO(file.data)).size == (2000, 1800)
    assert "The original (11 MB) is too large for this chat." in shown.text


async def test_the_original_of_a_copy_is_linked_where_the_bot_has_an_address(
    site: DiscordSite, channel: Channel, anna: Person
) -> None:
    config = site.folder / "config.toml"
    linked = config.read_text().replace("[bot]\n", '[bot]\npublic_url = "https://pictures.example.org"\n')
    config.write_text(linked + '[platforms.web]\nlisten = "127.0.0.1:0"\n')
    site.endpoint.answer = shapes.one_picture(await asyncio.to_thread(noise, 2000, 1800))
    async with site.running() as bot:
        site.discord.members.slash(anna, channel, "imagine", prompt="noise")
        (shown,) = await site.until_shown(channel)
        assert await bot.stop() == 0
    (link,) = [button.url for button in shown.buttons if button.label == "Original"]
    assert link
    assert link.startswith("https://pictures.example.org/originals/")
    assert "too large for this chat" not in shown.text


async def test_a_result_comes_directly_where_pictures_are_not_allowed_any_more(
    site: DiscordSite, channel: Channel, anna: Person
) -> None:
    async with site.running() as bot:
        site.discord.members.slash(anna, channel, "imagine", prompt="a red fox")
        (first,) = await site.until_shown(channel)
        gate = site.hold_painting(png("green"))
        site.discord.members.press(anna, first, "Again")
        await site.until(lambda: any("Painting" in message.text for message in site.discord.messages(channel)))
        site.discord.deny(channel, Permission.ATTACH_FILES)
        gate.set()
        (shown,) = await site.until_shown(site.discord.direct_channel(anna))
        await site.until_written(OUTCOMES, lambda rows: rows == [("sent",)] * 2)
        assert await bot.stop() == 0
    assert shown.files[0].data == png("green")
    assert [message.text for message in site.discord.messages(channel) if "Painting" in message.text] == []


@pytest.mark.parametrize("status", [502, 503])  # the library asks once more by itself after the first alone
async def test_a_result_whose_answer_was_lost_stands_there_once(
    site: DiscordSite, channel: Channel, anna: Person, status: int
) -> None:
    async with site.running() as bot:
        site.discord.fail("POST", "/channels/*/messages", bad_gateway(status).after())
        site.discord.members.slash(anna, channel, "imagine", prompt="a red fox")
        await site.until_shown(channel)
        assert await bot.stop() == 0
    assert len(site.discord.calls("POST", f"/channels/{channel.id}/messages")) == len(("lost", "once more"))
    assert [message.files[0].data for message in painted_in(site, channel)] == [png()]
    assert len(site.endpoint.requests) == 1


async def test_a_kill_while_painting_shows_and_charges_one_picture(
    site: DiscordSite, channel: Channel, anna: Person
) -> None:
    gate = site.hold_painting()
    async with site.running() as bot:
        asked = site.discord.members.slash(anna, channel, "imagine", prompt="a red fox")
        await site.until_answered(asked, "Painting")
        await bot.kill()
    gate.set()
    async with site.running() as bot:
        await site.until_shown(channel)
        await site.until_gone(asked)
        assert await credits_left(site, anna, channel) == DAILY - await all_charged(site)
        assert await bot.stop() == 0
    assert len(painted_in(site, channel)) == 1
    assert site.ask("SELECT COUNT(*) FROM requests") == [(1,)]
