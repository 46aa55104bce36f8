"""What members do and see, told once for every platform; each scenario has a chat, a bot and 20 credits of its own.

What a platform does differently is in its driver, a `Member`, as data or in how it does things; no scenario asks where
it is.
"""

import asyncio
import base64
import io
from typing import Any

from PIL import Image

from tests.e2e.member import Member
from tests.e2e.site import DAILY, noise, png
from tests.simulators.image_api import gemini_shapes as shapes

FOX = "/imagine a red fox"
PAINTED = "SELECT state FROM jobs"


async def a_command_with_flags_becomes_a_picture_with_its_settings_and_price(member: Member) -> None:
    gate = member.site.hold_painting()
    async with member.running() as bot:
        await member.say(f"{FOX} --ar 16:9 --size 1K")
        await member.until_painting()
        await member.until_told("2 credits, 18 left")
        gate.set()
        shown = await member.until_shown()
        assert await member.credits_left() == DAILY - 2
        assert await bot.stop() == 0
    assert "a red fox" in shown.words
    assert "Nano Banana Pro · 16:9 · 1K · 64×36" in shown.words
    assert "2 credits, 18 left" in shown.words
    assert shown.labels == ("Again", "Edit", "Make 4K", "Delete")
    assert settings_of(member) == {"aspectRatio": "16:9", "imageSize": "1K"}
    assert prompt_of(member) == "a red fox"


async def flags_are_read_as_phones_write_them(member: Member) -> None:
    async with member.running():
        await member.say(f"{FOX} —ar 16：9")
        await member.until_shown()
    assert settings_of(member)["aspectRatio"] == "16:9"
    assert prompt_of(member) == "a red fox"


async def a_picture_that_is_sent_along_is_edited(member: Member) -> None:
    async with member.running():
        await member.say("/edit make it night", pictures=[png("blue")])
        await member.until_shown()
        assert await member.credits_left() == DAILY - 2
    assert prompt_of(member) == "make it night"
    assert [colour_of(picture) for picture in pictures_sent(member)] == ["blue"]


async def an_answer_to_our_picture_edits_the_original_and_not_the_copy_of_the_platform(member: Member) -> None:
    async with member.running():
        await member.say(FOX)
        first = await member.until_shown()
        await member.say("/edit make it night", answering=first)
        await member.until_shown(2)
    assert prompt_of(member) == "make it night"
    assert pictures_sent(member) == [png()]


async def again_after_a_restart_costs_once_more(member: Member) -> None:
    async with member.running() as bot:
        await member.say(FOX)
        shown = await member.until_shown()
        assert await bot.stop() == 0
    async with member.running():
        await member.press(shown, "Again")
        await member.until_shown(2)
        assert await member.credits_left() == DAILY - 4
    assert len(member.site.endpoint.requests) == 2
    assert prompt_of(member) == "a red fox"


async def what_waits_is_cancelled_and_costs_nothing(member: Member) -> None:
    gate = member.site.hold_painting()
    async with member.running():
        await member.say(FOX)
        await member.until_painting()
        await member.say("/imagine an owl")
        await member.press(await member.until_told("an owl", "Next in line"), "Cancel")
        await member.until_told("Cancelled. Nothing was charged.")
        gate.set()
        await member.until_shown()
        assert await member.credits_left() == DAILY - 2
    assert len(member.site.endpoint.requests) == 1


async def of_several_pictures_those_that_came_are_shown_with_numbers_and_the_rest_costs_nothing(member: Member) -> None:
    let_paint_two_of_three(member)
    async with member.running():
        await member.say("/imagine a {red, blue, green} car")
        shown = await member.until_shown()
        assert await member.credits_left() == DAILY - 4
        assert [colour_of(picture) for picture in await member.pictures(shown)] == ["red", "green"]
    assert "1: a red car" in shown.words
    assert "3: a green car" in shown.words
    assert "1 of 3 didn't come, and cost nothing:" in shown.words
    assert "The safety filter held the picture back." in shown.words
    assert set(shown.labels) == {"Try again", "Again", "Edit 1", "Edit 3", "Delete"}  # as they fit into rows


async def one_of_several_pictures_is_edited_by_its_number(member: Member) -> None:
    let_paint_two_of_three(member)
    async with member.running():
        await member.say("/imagine a {red, blue, green} car")
        several = await member.until_shown()
        await member.say("/edit #3 make it night", answering=several)
        await member.until_shown(2)
    assert prompt_of(member) == "make it night"
    assert pictures_sent(member) == [png("green")]


async def a_dear_request_is_confirmed_before_it_costs_anything(member: Member) -> None:
    async with member.running():
        await member.say(f"{FOX} --n 3 --size 4K")
        offer = await member.until_told("3 pictures for 12 credits; you have 20. Shall I?")
        assert offer.labels == ("Yes, for 12 credits", "No, thanks")
        assert await member.credits_left() == DAILY
        assert member.site.endpoint.requests == []
        await member.press(offer, "Yes, for 12 credits")
        shown = await member.until_shown()
        assert shown.pictures == 3
        assert await member.credits_left() == DAILY - 12


async def what_cannot_be_read_is_answered_with_what_can_and_costs_nothing(member: Member) -> None:
    async with member.running():
        await member.say(f"{FOX} --ar 7:9")
        told = await member.until_told("doesn't paint 7:9. It has ")
        assert "16:9" in told.words
        assert await member.credits_left() == DAILY
    assert member.site.endpoint.requests == []


async def a_picture_is_made_larger_by_its_button(member: Member) -> None:
    async with member.running():
        await member.say(FOX)
        await member.press(await member.until_shown(), "Make 4K")
        await member.until_shown(2)
        assert await member.credits_left() == DAILY - 2 - 4
    assert settings_of(member)["imageSize"] == "4K"


async def a_picture_is_taken_away_by_who_asked_for_it(member: Member) -> None:
    async with member.running():
        await member.say(FOX)
        await member.press(await member.until_shown(), "Delete")
        await member.until(lambda: not member.seen_with_pictures())
        assert await member.credits_left() == DAILY - 2
    assert len(member.site.endpoint.requests) == 1


async def after_a_kill_while_it_is_painted_a_picture_arrives_and_is_charged_once(member: Member) -> None:
    gate = member.site.hold_painting()
    async with member.running() as bot:
        await member.say(FOX)
        await member.until_painting()
        await bot.kill()
    gate.set()
    async with member.running():
        shown = await member.until_shown()
        assert [colour_of(picture) for picture in await member.pictures(shown)] == ["red"]
        assert len(member.seen_with_pictures()) == 1
        assert await member.credits_left() == DAILY - 2
    assert len(member.site.endpoint.requests) == 2


async def after_a_kill_when_it_was_painted_a_picture_is_only_delivered(member: Member) -> None:
    async with member.running() as bot:
        member.hold_delivery()
        await member.say(FOX)
        await member.site.until_written(PAINTED, lambda rows: rows == [("painted",)])
        await bot.kill()
        assert not member.seen_with_pictures()
    member.resume_delivery()
    async with member.running():
        await member.until_shown()
        assert len(member.seen_with_pictures()) == 1
        assert await member.credits_left() == DAILY - 2
    assert len(member.site.endpoint.requests) == 1


async def a_large_original_reaches_the_member_byte_for_byte(member: Member) -> None:
    original = await asyncio.to_thread(noise, 4096, 2848)
    assert len(original) > 34_000_000
    member.site.endpoint.answer = shapes.one_picture(original)
    async with member.running():
        await member.say("/imagine noise --size 4K")
        shown = await member.until_shown()
        (picture,) = await member.pictures(shown)
        assert (picture == original) is (len(original) <= member.ways.shows_originals_up_to_bytes)
        assert await member.original(shown) == original


def let_paint_two_of_three(member: Member) -> None:
    """Have the endpoint paint in red, hold the second picture back, and paint in green from then on."""
    blocked = shapes.EMPTY_SHAPES["16"](b"")
    member.site.endpoint.play(shapes.one_picture(png()), blocked, shapes.one_picture(png("green")))


def settings_of(member: Member) -> dict[str, Any]:
    """Return the shape and size that the endpoint was asked for last."""
    settings: dict[str, Any] = member.site.endpoint.requests[-1].body["generationConfig"]["imageConfig"]
    return settings


def prompt_of(member: Member) -> str:
    """Return the words that the endpoint was sent last."""
    return "".join(part.get("text", "") for part in member.site.endpoint.requests[-1].parts)


def pictures_sent(member: Member) -> list[bytes]:
    """Return the pictures that were sent with the last request to the endpoint."""
    parts = member.site.endpoint.requests[-1].parts
    return [base64.b64decode(part["inlineData"]["data"]) for part in parts if "inlineData" in part]


def colour_of(picture: bytes) -> str:
    """Return the colour of a picture of one colour, although a JPEG may have changed it a little."""
    red, green, blue = Image.open(io.BytesIO(picture)).convert("RGB").resize((1, 1)).tobytes()
    return max((red, "red"), (green, "green"), (blue, "blue"))[1]
