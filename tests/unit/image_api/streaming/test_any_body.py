"""Whatever an endpoint answers, there is an answer or one fault, and no file is left open or kept by mistake."""

import random
from collections.abc import Sequence
from contextlib import AsyncExitStack

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.domain.image_faults import ImageFault, UnreadableAnswer
from bot.image_api.answers import elsewhere_in, read_answer
from bot.image_api.formats.chat_completions import ChatCompletionsFormat
from bot.image_api.formats.gemini import GeminiFormat
from bot.image_api.formats.wire_format import WireFormat
from bot.image_api.streaming.body_reader import read_body
from bot.image_api.streaming.body_stream import ArrivedPicture, Body
from tests.simulators.image_api import chat_empty_shapes, chat_link_shapes, chat_shapes, gemini_shapes
from tests.simulators.image_api.answers import Answer
from tests.unit.image_api.streaming.spellings import chunked, cuts
from tests.unit.image_api.streaming.streaming import BytesSink, stream
from tests.unit.image_api.streaming.test_event_streams import mutated

SMALL = b"\x89PNG\r\n\x1a\n" + bytes(range(90))
ADDRESS = "https://elsewhere.test/fox.png"


def written(answer: Answer) -> bytes:
    return b"".join(answer.pieces())


CHAT = [
    *(make(SMALL, SMALL[::-1]) for make in chat_shapes.PICTURE_SHAPES.values()),
    *(make(SMALL, SMALL[::-1])[0] for make in chat_shapes.UNKNOWN_PLACES.values()),
    *(make(ADDRESS) for make in chat_link_shapes.LINK_SHAPES.values()),
    *(make(SMALL) for make in chat_empty_shapes.EMPTY_SHAPES.values()),
]
GEMINI = [
    *(make(SMALL, SMALL[::-1]) for make in gemini_shapes.PICTURE_SHAPES.values()),
    *(make(SMALL) for make in gemini_shapes.EMPTY_SHAPES.values()),
]
SEEDS: Sequence[tuple[WireFormat, bytes]] = [
    *((ChatCompletionsFormat(), written(answer)) for answer in CHAT),
    *((GeminiFormat(), written(answer)) for answer in GEMINI),
]


async def pictures_of(wire_format: WireFormat, body: Body) -> list[ArrivedPicture]:
    answer = read_answer(wire_format, body, {})
    assert answer.chosen or answer.faults
    chosen = [one.picture for one in answer.chosen if isinstance(one.picture, ArrivedPicture)]
    return [*chosen, *(found.picture for pictures in elsewhere_in(answer) for found in pictures)]


async def check(wire_format: WireFormat, data: bytes, borders: list[int]) -> int:
    """Return how many pictures came of it. Each must be finished once."""
    sink, finished = BytesSink(), 0
    try:
        async with AsyncExitStack() as files:
            body = await read_body(stream(chunked(data, borders)), sink, files, rule=wire_format.rule)
            pictures = await pictures_of(wire_format, body)
            assert len({id(picture) for picture in pictures}) == len(pictures)
            for picture in pictures:
                try:
                    await picture.finish()
                    finished += 1
                except UnreadableAnswer:
                    pass
    except ImageFault:
        assert sink.kept == {}
    assert sink.still_open == 0
    assert len(sink.kept) <= finished
    return finished


@settings(max_examples=1000, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from(SEEDS), st.randoms(use_true_random=False), cuts(3000))
async def test_a_broken_answer(seed: tuple[WireFormat, bytes], dice: random.Random, borders: list[int]) -> None:
    wire_format, body = seed
    await check(wire_format, mutated(body, dice), borders)


async def test_two_answers_of_the_catalogue_in_one_body() -> None:
    dice = random.Random(20261128)  # noqa: S311  # the same each time
    for _ in range(1000):
        wire_format, body = dice.choice(SEEDS)
        _, other = dice.choice(SEEDS)
        await check(wire_format, body[: dice.randrange(len(body))] + other[dice.randrange(len(other)) :], [])


async def test_every_answer_of_the_catalogue_is_the_same_however_it_is_cut() -> None:
    for wire_format, body in SEEDS:
        whole = await check(wire_format, body, [])
        for length in (1, 7, 160, 161):
            assert await check(wire_format, body, list(range(0, len(body), length))) == whole, body[:300]
