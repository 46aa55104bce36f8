"""A compressed answer comes out as it went in, in small pieces, or ends in a fault."""

import gzip
import zlib
from collections.abc import AsyncIterator

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.image_faults import ConnectionLost, UnreadableAnswer
from bot.image_api.compression import PIECE_BYTES, unpacked
from tests.unit.image_api.spellings import UNHURRIED, chunked, cuts


def response(encoding: str, body: bytes, borders: list[int]) -> httpx.Response:
    async def chunks() -> AsyncIterator[bytes]:
        for chunk in chunked(body, borders):
            yield chunk

    return httpx.Response(200, headers={"content-encoding": encoding}, content=chunks())


async def pieces_of(encoding: str, body: bytes, borders: list[int]) -> list[bytes]:
    return [piece async for piece in unpacked(response(encoding, body, borders))]


@UNHURRIED
@given(st.binary(max_size=2000), cuts(2000))
async def test_what_was_packed_comes_out_however_it_is_cut(body: bytes, borders: list[int]) -> None:
    assert b"".join(await pieces_of("gzip", gzip.compress(body), borders)) == body
    assert b"".join(await pieces_of("Deflate ", zlib.compress(body), borders)) == body
    assert b"".join(await pieces_of("identity", body, borders)) == body


async def test_a_bomb_comes_out_in_small_pieces() -> None:
    bomb = gzip.compress(bytes(20_000_000))
    pieces = await pieces_of("gzip", bomb, [])
    assert sum(map(len, pieces)) == 20_000_000
    assert max(map(len, pieces)) <= PIECE_BYTES


@pytest.mark.parametrize("length", [0, 1, 9, 15, -1])
async def test_one_cut_short_has_broken_off(length: int) -> None:
    with pytest.raises(ConnectionLost):
        await pieces_of("gzip", gzip.compress(b"a red fox" * 40)[:length], [])


@pytest.mark.parametrize(("encoding", "body"), [("gzip", b'{"candidates":[]}'), ("br", b"\x8b\x00\x80")])
async def test_one_that_is_not_what_it_says_cannot_be_read(encoding: str, body: bytes) -> None:
    with pytest.raises(UnreadableAnswer):
        await pieces_of(encoding, body, [])
