"""Discord as members meet it: commands, forms and buttons in servers, alone, and where the bot itself is not."""

import base64
import io
from typing import Any

import pytest
from PIL import Image

from tests.e2e.discord.discord_bot import DiscordSite
from tests.e2e.discord.discord_counting import all_charged, credits_left, painted_in
from tests.e2e.site import DAILY, OUTCOMES, png
from tests.simulators.discord.world.files import Upload
from tests.simulators.discord.world.state import Channel, Permission, Person

BLUE = Upload(name="blue.png", data=png("blue", (80, 60)))


def pictures_sent(site: DiscordSite) -> list[tuple[tuple[int, int], Any]]:
    """Return size and colour of each picture that went along with the last request to the endpoint."""
    sent = []
    for part in site.endpoint.requests[-1].parts:
        if "inlineData" in part:
            data = base64.b64decode(part["inlineData"]["data"])
            with Image.open(io.BytesIO(data)) as picture:
                sent.append((picture.size, picture.convert("RGB").getpixel((0, 0))))
    return sent


def settings_sent(site: DiscordSite) -> Any:
    """Return what the last request to the endpoint says of the picture's shape."""
    return site.endpoint.requests[-1].body["generationConfig"].get("imageConfig")


def told_alone(site: DiscordSite, person: Person) -> list[str]:
    return [message.text for message in site.discord.ephemeral_messages(person)]


# Asked for


@pytest.mark.parametrize(("command", "words"), [("edit", "prompt"), ("imagine", "prompt")])
async def test_a_picture_with_a_command_goes_to_the_endpoint(
    site: DiscordSite, channel: Channel, anna: Person, command: str, words: str
) -> None:
    async with site.running() as bot:
        site.discord.members.slash(anna, channel, command, picture=BLUE, **{words: "make it night"})
        (shown,) = await site.until_shown(channel)
        assert await bot.stop() == 0
    assert shown.files[0].data == png()
    assert pictures_sent(site) == [((80, 60), (0, 0, 255))]


async def test_flags_typed_in_a_prompt_reach_the_endpoint(site: DiscordSite, channel: Channel, anna: Person) -> None:
    async with site.running() as bot:
        site.discord.members.slash(anna, channel, "imagine", prompt="a fox --ar 16:9 --size 2K")
        (shown,) = await site.until_shown(channel)
        assert await bot.stop() == 0
    assert settings_sent(site) == {"aspectRatio": "16:9", "imageSize": "2K"}
    assert site.endpoint.requests[-1].parts == [{"text": "a fox"}]
    assert "16:9 · 2K" in shown.text


async def test_anybodys_picture_is_edited_from_its_menu(
    site: DiscordSite, channel: Channel, anna: Person, boris: Person
) -> None:
    async with site.running() as bot:
        theirs = site.discord.members.say(boris, channel, "look at this", files=[BLUE])
        used = site.discord.members.use_menu(anna, theirs, "Edit image")
        await site.until(lambda: used.modal)
        site.discord.members.submit(used, {"words": "as a drawing"})
        await site.until_shown(channel)
        assert await credits_left(site, anna, channel) == DAILY - await all_charged(site)
        assert await credits_left(site, boris, channel) == DAILY
        assert await bot.stop() == 0
    assert pictures_sent(site) == [((80, 60), (0, 0, 255))]
    assert site.endpoint.requests[-1].parts[0] == {"text": "as a drawing"}


# Buttons and forms


async def test_buttons_and_open_forms_outlive_the_process(
    site: DiscordSite, channel: Channel, anna: Person, boris: Person
) -> None:
    async with site.running() as bot:
        site.discord.members.slash(anna, channel, "imagine", prompt="a red fox")
        (first,) = await site.until_shown(channel)
        of_button = site.discord.members.press(anna, first, "Edit")
        theirs = site.discord.members.say(boris, channel, files=[BLUE])
        of_menu = site.discord.members.use_menu(anna, theirs, "Edit image")
        await site.until(lambda: of_button.modal and of_menu.modal)
        await site.until_written("SELECT COUNT(*) FROM transcript", lambda rows: rows == [(1,)])
        await bot.kill()
    async with site.running() as bot:
        site.discord.members.press(anna, first, "Again")
        await site.until_shown(channel, 2)
        site.discord.members.submit(of_button, {"words": "in snow"})
        await site.until_shown(channel, 3)
        assert pictures_sent(site) == [((64, 36), (255, 0, 0))]
        site.discord.members.submit(of_menu, {"words": "as a drawing"})
        await site.until_shown(channel, 4)
        assert pictures_sent(site) == [((80, 60), (0, 0, 255))]
        site.discord.members.press(anna, first, "Delete")
        await site.until(lambda: first.is_deleted)
        assert await bot.stop() == 0


async def test_only_who_asked_may_cancel(site: DiscordSite, channel: Channel, anna: Person, boris: Person) -> None:
    gate = site.hold_painting()
    async with site.running() as bot:
        site.discord.members.slash(anna, channel, "imagine", prompt="the first")
        await site.endpoint.wait_for_requests(1)
        waits = site.discord.members.slash(anna, channel, "imagine", prompt="the second")
        await site.until(lambda: waits.answer and waits.answer.buttons)
        assert waits.answer
        site.discord.members.press(boris, waits.answer, "Cancel")
        await site.until(lambda: site.discord.ephemeral_messages(boris))
        gate.set()
        await site.until_shown(channel, 2)
        assert await bot.stop() == 0
    (told,) = site.discord.ephemeral_messages(boris)
    assert told.text == "Only the person who asked for the picture can cancel it."


async def test_only_who_asked_may_delete(site: DiscordSite, channel: Channel, anna: Person, boris: Person) -> None:
    async with site.running() as bot:
        site.discord.members.slash(anna, channel, "imagine", prompt="a red fox")
        (shown,) = await site.until_shown(channel)
        site.discord.members.press(boris, shown, "Delete")
        await site.until(lambda: site.discord.ephemeral_messages(boris))
        assert await bot.stop() == 0
    (told,) = site.discord.ephemeral_messages(boris)
    assert told.text == "Only the person who asked for the picture can delete it."
    assert painted_in(site, channel) == [shown]
    assert shown.files[0].data == png()


# Places


async def test_where_the_bot_is_not_a_picture_comes_by_the_token_alone(site: DiscordSite, anna: Person) -> None:
    foreign = site.discord.add_channel(site.discord.add_guild(has_bot=False))
    async with site.running() as bot:
        asked = site.discord.members.slash(anna, foreign, "imagine", prompt="a red fox")
        await site.until(lambda: asked.answer and asked.answer.files)
        await site.until_written(OUTCOMES, lambda rows: rows == [("sent",)])
        assert await bot.stop() == 0
    assert asked.answer
    assert asked.answer.files[0].data == png()
    assert painted_in(site, foreign) == [asked.answer]
    assert asked.follow_ups == []
    by_token = {call.method for call in site.discord.calls() if asked.token in call.path and "/webhooks/" in call.path}
    assert by_token == {"PATCH"}
    assert site.discord.calls("POST", f"/channels/{foreign.id}/messages") == []


async def test_nobody_else_sees_what_was_asked_for_in_private(
    site: DiscordSite, channel: Channel, anna: Person, boris: Person
) -> None:
    async with site.running() as bot:
        asked = site.discord.members.slash(anna, channel, "imagine", prompt="a secret", private=True)
        await site.until(lambda: asked.answer and asked.answer.files)
        await site.until_written(OUTCOMES, lambda rows: rows == [("sent",)])
        assert asked.answer
        again = site.discord.members.press(anna, asked.answer, "Again")
        await site.until(lambda: again.answer and again.answer.files)
        await site.until_written(OUTCOMES, lambda rows: rows == [("sent",)] * 2)
        assert await bot.stop() == 0
    assert again.answer is not asked.answer
    assert site.discord.ephemeral_messages(anna) == [asked.answer, again.answer]
    assert site.discord.messages(channel) == []
    assert site.discord.ephemeral_messages(boris) == site.discord.direct_messages(boris) == []


async def test_a_bot_that_may_not_attach_files_says_so_and_takes_nothing(
    site: DiscordSite, channel: Channel, anna: Person
) -> None:
    async with site.running() as bot:
        site.discord.members.slash(anna, channel, "imagine", prompt="a red fox")
        (shown,) = await site.until_shown(channel)
        left = await credits_left(site, anna, channel)
        site.discord.deny(channel, Permission.ATTACH_FILES)
        asked = site.discord.members.slash(anna, channel, "imagine", prompt="a red fox")
        await site.until_answered(asked, "I may not send pictures here.")
        again = site.discord.members.press(anna, shown, "Again")
        await site.until(lambda: any("may not send pictures here" in told for told in told_alone(site, anna)))
        assert again.answer is None
        assert await credits_left(site, anna, channel) == left == DAILY - await all_charged(site)
        assert await bot.stop() == 0
    assert len(site.endpoint.requests) == 1
