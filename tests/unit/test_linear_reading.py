"""Every reading of a text from outside takes time in proportion to the text, whatever stands in it.

Whoever writes such a text chooses it so that it takes longest. So each reader stands here with the texts that were
found to be its worst: repeated, from 8 KB to 512 KB. Eight times the text may take no more than twenty times as
long; a reader that goes over a text once for each of its characters takes sixty-four times as long. Whoever adds a
reader of such a text adds a row.
"""

import asyncio
import gzip
import json
import time
import zlib
from collections.abc import Callable, Mapping, Sequence
from contextlib import AsyncExitStack, suppress
from itertools import pairwise
from typing import Any

import httpx
import pytest

from adapters.discord import words as discord_words
from adapters.discord.pictures import is_picture
from adapters.registry import PLATFORMS, sentences_of
from adapters.telegram.prompts import _PAYLOAD as TELEGRAM_PAYLOAD
from adapters.telegram.sending import rendering
from adapters.telegram.translate import _COMMAND as TELEGRAM_COMMAND
from adapters.telegram.translate import _NAME as TELEGRAM_NAME
from adapters.web.labels import preferred_language
from bot.application.texts import MessageCatalog, nearest_language
from bot.domain.catalogue.picture_settings import Ratio
from bot.domain.chat import OutgoingMessage, Quoted
from bot.domain.image_faults import ImageFault
from bot.domain.prompt.written_words import asks_for_words
from bot.image_api import faults
from bot.image_api.formats import chat_answer, chatter, gemini_answer, pictures_in_text
from bot.image_api.formats.pictures_in_text import _NAMES as NAMES_OF_PICTURES
from bot.image_api.formats.unknown_places import pictures_elsewhere
from bot.image_api.links import safe_url
from bot.image_api.streaming.base64_text import Base64Text
from bot.image_api.streaming.body_reader import read_body
from bot.image_api.streaming.body_stream import Body
from bot.image_api.streaming.compression import unpacked
from bot.image_api.streaming.json_strings import JsonStrings
from tests.unit.image_api.streaming.streaming import BytesSink, stream
from tests.unit.worst_texts import (
    ADDRESSES,
    BASE64,
    BODIES,
    CHAT_TEXTS,
    CHATTER,
    ERRORS,
    HEADERS,
    MARKUP,
    PROMPTS,
    WHOLE_TAGS,
    Repeated,
)

SIZES = (8 * 1024, 64 * 1024, 512 * 1024)
MOST_RATIO = 20.0
"""How much longer eight times the text may take: between eight, which is linear, and sixty-four, which is quadratic."""

NOISE_SECONDS = 0.004
"""Less than this is not measured: a text that takes no longer counts as taking as long."""

MOST_TRIES = 4
"""A busy neighbour slows down even the processor's own time, but hardly so often, and the longer text alone."""


TEXTS = MessageCatalog(*sentences_of(PLATFORMS))

Read = Callable[[str], object]


def body_of(text: str) -> Body:
    """Make a body without pictures, of which only the words are asked for."""
    return Body((text,), JsonStrings(chat_answer.chat_strings), [])


def read_json(text: str, chunk_bytes: int = 64 * 1024) -> Body | None:
    data = text.encode()
    chunks = [data[start : start + chunk_bytes] for start in range(0, len(data), chunk_bytes)]

    async def read() -> Body:
        async with AsyncExitStack() as files:
            return await read_body(stream(chunks), BytesSink(), files, rule=chat_answer.chat_strings)

    try:
        return asyncio.run(read())
    except ImageFault:
        return None


def read_answer(text: str) -> None:
    """Do everything that is done with an answer whose content is this text, in either format."""
    message = {"choices": [{"message": {"content": text}, "finish_reason": "stop"}]}
    candidate = {"candidates": [{"content": {"parts": [{"text": text}]}, "finishReason": "STOP"}]}
    strings = JsonStrings(chat_answer.chat_strings)
    for document, choose in ((message, chat_answer.choose), (candidate, gemini_answer.choose)):
        with suppress(ImageFault):
            choose(Body((document,), strings, []))


def read_base64(text: str) -> None:
    base64 = Base64Text()
    data = text.encode()
    for start in range(0, len(data), 1000):
        base64.feed(data[start : start + 1000])
    base64.close()


def unpack(text: str, pack: Callable[[bytes], bytes], encoding: str = "gzip") -> None:
    packed = pack(text.encode())

    async def read() -> None:
        chunks = [packed[start : start + 64 * 1024] for start in range(0, len(packed), 64 * 1024)]
        response = httpx.Response(200, headers={"content-encoding": encoding}, content=stream(chunks))
        async for _ in unpacked(response):
            pass

    with suppress(ImageFault):
        asyncio.run(read())


def members_of(data: bytes) -> bytes:
    return gzip.compress(b"", mtime=0) * (len(data) // 20)


def read_link(text: str) -> None:
    with suppress(ImageFault):
        safe_url.to_safe_url(pictures_in_text.to_link(text).url)


def read_redirect(text: str) -> None:
    with suppress(ImageFault):
        safe_url.to_safe_url("https://elsewhere.test/fox.png").onward(text)


def render_telegram(text: str) -> None:
    rendering.render(OutgoingMessage(lines=(Quoted(text),), language="en"), TEXTS, most=rendering.TEXT_UNITS)


def look_elsewhere(text: str) -> None:
    pictures_elsewhere(Body(({"choices": [text], text: {text: text}},), JsonStrings(chat_answer.chat_strings), []), ())


READERS: Mapping[str, tuple[Read, Sequence[Repeated]]] = {
    "an answer's text": (read_answer, CHATTER),
    "names of pictures": (lambda text: sum(1 for _ in NAMES_OF_PICTURES.finditer(text)), (*MARKUP, *WHOLE_TAGS)),
    "the order repeated": (chatter.without_echo, CHATTER),
    "progress and base64": (chatter.without_status, CHATTER),
    "a failure told in words": (chatter.failure_in, CHATTER),
    "an address": (read_link, ADDRESSES),
    "a redirect": (read_redirect, (*ADDRESSES, *(Repeated(one.unit, after=one.after) for one in ADDRESSES))),
    "a JSON body": (read_json, BODIES),
    "a JSON body in small chunks": (lambda text: read_json(text, 700), BODIES),
    "base64": (read_base64, (*BASE64, *(Repeated(one.unit, before="data:") for one in BASE64))),
    "a body packed": (lambda text: unpack(text, gzip.compress), (Repeated("a"),)),
    "a body packed as deflate": (lambda text: unpack(text, zlib.compress, "deflate"), (Repeated("a"),)),
    "a body in many members": (lambda text: unpack(text, members_of), (Repeated("a"),)),
    "a body packed in name only": (lambda text: unpack(text, lambda data: data), (Repeated("a"),)),
    "pictures in unknown places": (look_elsewhere, (*MARKUP, Repeated("thought"), Repeated("thumb"))),
    "an error's body": (lambda text: faults.fault_of_answer(500, {}, text.encode()), ERRORS),
    "an error in an answer": (lambda text: faults.fault_in_json({}, {"error": {"message": text}}), ERRORS),
    "an error in a word": (lambda text: faults.fault_in_json({}, {"error": {"code": text, "param": text}}), ERRORS),
    "Retry-After": (lambda text: faults.fault_of_answer(429, {"retry-after": text, "date": text}, b""), HEADERS),
    "a prompt that asks for words": (asks_for_words, PROMPTS),
    "a ratio": (Ratio.parse, (*HEADERS, Repeated(" ", before="1", after="x"))),
    "Telegram, somebody's words": (render_telegram, CHAT_TEXTS),
    "Telegram, a command": (TELEGRAM_COMMAND.match, CHAT_TEXTS),
    "Telegram, names in a text": (lambda text: TELEGRAM_NAME.sub("", text), CHAT_TEXTS),
    "Telegram, a link of ours": (
        TELEGRAM_PAYLOAD.fullmatch,
        (Repeated("a", before="https://t.me/"), Repeated("1", before="https://t.me/a?start=a-", after="x")),
    ),
    "Discord, somebody's words": (discord_words.plain, CHAT_TEXTS),
    "Discord, the name of a file": (lambda text: is_picture(None, text), (Repeated(".png"), Repeated("."))),
    "Accept-Language": (lambda text: preferred_language(text, TEXTS, "en"), HEADERS),
    "a member's language": (nearest_language, HEADERS),
}


def seconds(read: Read, text: str) -> float:
    """Measure this thread's processor time, the least of some tries. Other threads that are busy do not count."""
    least = float("inf")
    for _ in range(3):
        began = time.thread_time()
        read(text)
        least = min(least, time.thread_time() - began)
        if least > 5 * NOISE_SECONDS:
            break
    return max(least, NOISE_SECONDS)


@pytest.mark.parametrize("name", READERS)
def test_eight_times_the_text_takes_about_eight_times_as_long(name: str) -> None:
    read, worst = READERS[name]
    for repeated in worst:
        for small, large in pairwise(SIZES):
            found = least_ratio(read, repeated.of(small), repeated.of(large))
            assert found <= MOST_RATIO, f"{repeated}: {found:.0f} times as long for {large:,} bytes"


def least_ratio(read: Read, small: str, large: str, *, most_tries: int = MOST_TRIES) -> float:
    least = float("inf")
    for _ in range(most_tries):
        least = min(least, seconds(read, large) / seconds(read, small))
        if least <= MOST_RATIO:
            break
    return least


def test_the_table_knows_a_reader_that_is_not_linear() -> None:
    def quadratic(text: str) -> Any:
        return [text.count("x") for _ in range(0, len(text), 64)]

    assert least_ratio(quadratic, "a" * SIZES[1], "a" * SIZES[2], most_tries=1) > MOST_RATIO


def test_a_body_of_the_table_is_json_where_it_is_to_be() -> None:
    assert json.loads(BODIES[0].of(100))
