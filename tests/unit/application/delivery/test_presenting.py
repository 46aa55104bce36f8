"""How results reach chats that take less: as copies, files and links, and with a word where the original stays."""

import asyncio
import io
import re
import struct
import zlib
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

import pytest
from PIL import Image

from bot.application.delivery.presenter import Presenter
from bot.application.picture_links import SignedLinks
from bot.domain.chat import Abilities, MessageRef, OutgoingMessage, OutgoingPicture, PictureLimits
from bot.domain.errors import TooLarge
from bot.domain.presentation import FALLBACK_LEVELS, Originals, fits
from bot.domain.requests.requests import DeliveryState, RequestId
from tests.contract.stores import MORNING, picture
from tests.fakes.chat import CHAT_ABILITIES, FakeChat, keys_of
from tests.fakes.clock import PassingClock
from tests.fakes.image_api import FakePainter
from tests.unit.application.house import House, delivery_of, open_house

FIRST = RequestId(1)
SMALL = PictureLimits(most_bytes=30_000, mimes=frozenset({"image/jpeg", "image/png"}), most_sides=400)
A_PICTURE = picture("fox")
PUBLIC = "https://pictures.example.org"


def noise(width: int = 320, height: int = 200) -> bytes:
    """Make a PNG of some 190 kB that no encoder makes small without loss."""
    file = io.BytesIO()
    Image.effect_noise((width, height), 90).convert("RGB").save(file, "PNG")
    return file.getvalue()


def links(clock: PassingClock | None = None) -> SignedLinks:
    return SignedLinks(PUBLIC, "secret", clock or PassingClock(MORNING), lifetime=timedelta(days=7))


async def shown_with(
    folder: Path, abilities: Abilities, *, with_links: bool = False, **sections: Any
) -> tuple[OutgoingPicture, list[str], bytes | None]:
    """Return the one picture as it went out, what was said beside it, and the bytes that were shown."""
    painter = FakePainter(noise())
    async with open_house(folder, painter=painter, links=links() if with_links else None, **sections) as house:
        house.chat.abilities_now = abilities
        await house.chat.say("/imagine noise")
        message = house.chat.said[await house.chat.until_shown()]
        [one] = message.pictures
        return one, keys_of(message), await bytes_of(house, one)


async def bytes_of(house: House, one: OutgoingPicture) -> bytes | None:
    if one.shown is None:
        return None
    return b"".join([piece async for piece in house.files.read(one.shown.sha256)])


async def test_what_the_chat_takes_goes_out_as_it_is(tmp_path: Path) -> None:
    one, keys, data = await shown_with(tmp_path, CHAT_ABILITIES)
    assert (one.shown, one.as_file, one.link) == (one.original, False, None)
    assert data is not None
    assert Image.open(io.BytesIO(data)).size == (320, 200)
    assert "result-original-kept" not in keys


async def test_a_copy_that_the_chat_takes_and_the_original_as_a_file(tmp_path: Path) -> None:
    abilities = replace(CHAT_ABILITIES, shown=SMALL)
    one, keys, data = await shown_with(tmp_path, abilities, bot={"originals": "along"})
    assert one.shown is not None
    assert fits(one.shown, SMALL)
    assert data is not None
    assert Image.open(io.BytesIO(data)).size == (one.shown.width, one.shown.height)
    named = one.filename.removesuffix(".png")
    assert re.fullmatch(r"plantain-[a-z2-7]{24}-1", named)  # the result's public id
    assert (one.as_file, one.filename, one.shown_filename) == (True, f"{named}.png", f"{named}.jpg")
    assert "result-original-kept" not in keys


async def test_an_original_that_is_too_large_lies_behind_a_link(tmp_path: Path) -> None:
    one, keys, _ = await shown_with(tmp_path, replace(CHAT_ABILITIES, shown=SMALL, file=SMALL), with_links=True)
    assert one.link is not None
    assert one.link.startswith(f"{PUBLIC}/originals/{one.original.sha256}/{one.filename}?")
    assert (one.as_file, one.link in repr(one)) == (False, False)
    assert "result-original-kept" not in keys


async def test_without_links_it_is_said_that_the_original_stays_here(tmp_path: Path) -> None:
    one, keys, _ = await shown_with(tmp_path, replace(CHAT_ABILITIES, shown=SMALL, file=SMALL))
    assert (one.as_file, one.link) == (False, None)
    assert "result-original-kept" in keys


@pytest.mark.parametrize("refusals", range(1, FALLBACK_LEVELS + 1))
async def test_each_time_the_chat_finds_it_too_large_less_is_sent(tmp_path: Path, refusals: int) -> None:
    chat = PickyChat(refusals)
    async with open_house(tmp_path, chat=chat, painter=FakePainter(noise())) as house:
        await chat.say("/imagine noise")
        is_taken = refusals < FALLBACK_LEVELS
        state = DeliveryState.SENT if is_taken else DeliveryState.UNDELIVERABLE
        assert await delivery_of(house, FIRST) is state
        assert all(later < earlier for earlier, later in pairwise(chat.tried))
        assert len(chat.tried) == min(refusals + 1, FALLBACK_LEVELS)
        assert any(message.pictures for message in chat.said.values()) is is_taken
        if not is_taken:
            await chat.until_said("picture-waits")
        assert await house.credits_left() == 18


async def test_while_pictures_are_sent_it_is_shown_that_they_are_on_their_way(tmp_path: Path) -> None:
    chat = SlowChat()
    async with open_house(tmp_path, chat=chat) as house:
        await chat.say("/imagine a fox")
        await chat.is_sending.wait()
        await chat.until(lambda: chat.activities >= 3)
        chat.may_arrive.set()
        assert await delivery_of(house, FIRST) is DeliveryState.SENT
        before = chat.activities
        await chat.say("/credits")
        await chat.until_said("credits-left")
        assert chat.activities == before


class SlowChat(FakeChat):
    """A chat that takes pictures when it is let."""

    def __init__(self) -> None:
        super().__init__()
        self.is_sending = asyncio.Event()
        self.may_arrive = asyncio.Event()

    async def put(self, ref: MessageRef, message: OutgoingMessage) -> None:
        if message.pictures:
            self.is_sending.set()
            await self.may_arrive.wait()
        await super().put(ref, message)


class PickyChat(FakeChat):
    """A chat that finds pictures too large so many times; it keeps how many bytes each try had."""

    def __init__(self, refusals: int) -> None:
        super().__init__()
        self.refusals = refusals
        self.tried: list[int] = []

    async def put(self, ref: MessageRef, message: OutgoingMessage) -> None:
        if message.pictures:
            self.tried.append(sum(one.shown.size_bytes for one in message.pictures if one.shown))
            if self.refusals > 0:
                self.refusals -= 1
                raise TooLarge
        await super().put(ref, message)


async def test_a_picture_that_cannot_be_copied_goes_out_as_a_file(tmp_path: Path) -> None:
    broken = bytearray(noise(64, 64))
    at = broken.index(b"IDAT") + 4
    broken[at : at + 40] = bytes(40)  # a whole PNG by its chunks, whose pixels are none
    async with open_house(tmp_path, painter=FakePainter(with_right_sums(bytes(broken)))) as house:
        house.chat.abilities_now = replace(CHAT_ABILITIES, shown=replace(SMALL, most_bytes=2_000))
        await house.chat.say("/imagine noise")
        [one] = house.chat.said[await house.chat.until_shown()].pictures
        assert (one.shown, one.as_file) == (None, True)


def with_right_sums(png: bytes) -> bytes:
    """Return the same chunks, each with the checksum it should have."""
    parts, position = [png[:8]], 8
    while position < len(png):
        (length,) = struct.unpack_from(">L", png, position)
        body = png[position + 4 : position + 8 + length]
        parts.append(png[position : position + 4] + body + struct.pack(">L", zlib.crc32(body)))
        position += 12 + length
    return b"".join(parts)


async def test_presenting_twice_makes_the_same_of_it(tmp_path: Path) -> None:
    async with open_house(tmp_path, painter=FakePainter(noise())) as house:
        await house.chat.say("/imagine noise")
        await house.chat.until_shown()
        presenter = Presenter(house.files, links(), Originals.BUTTON)
        abilities = replace(CHAT_ABILITIES, shown=SMALL, file=SMALL)
        view = await house.store.view(FIRST)
        assert await presenter.present(view, abilities) == await presenter.present(view, abilities)


class TestLinks:
    def query(self, link: str) -> tuple[str, str, dict[str, str]]:
        address = urlsplit(link)
        _, _, sha256, filename = address.path.split("/")
        return sha256, unquote(filename), dict(parse_qsl(address.query))

    def test_a_link_opens_until_its_time_is_over(self) -> None:
        clock = PassingClock(MORNING)
        signed = links(clock)
        sha256, filename, query = self.query(signed.link_to(A_PICTURE, "fox 1.png"))
        assert signed.opens(sha256, filename, query)
        clock.time += timedelta(days=6, hours=23)
        assert signed.opens(sha256, filename, query)
        clock.time += timedelta(days=2)
        assert not signed.opens(sha256, filename, query)

    @pytest.mark.parametrize(
        "change",
        [
            {"until": "99999999999"},
            {"seal": "0" * 32},
            {"seal": ""},
            {"until": "-1"},
            {"until": "１"},
            {"until": "9" * 99},
        ],
    )
    def test_a_link_that_was_changed_opens_nothing(self, change: dict[str, str]) -> None:
        signed = links()
        sha256, filename, query = self.query(signed.link_to(A_PICTURE, "fox.png"))
        assert not signed.opens(sha256, filename, query | change)
        assert not signed.opens("cd" * 32, filename, query)
        assert not signed.opens(sha256, "other.png", query)
        assert not signed.opens(sha256, filename, {})

    def test_another_secret_opens_nothing(self) -> None:
        sha256, filename, query = self.query(links().link_to(A_PICTURE, "fox.png"))
        other = SignedLinks(PUBLIC, "another", PassingClock(MORNING), lifetime=timedelta(days=7))
        assert not other.opens(sha256, filename, query)
        assert "secret" not in repr(links())
