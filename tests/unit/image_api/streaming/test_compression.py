"""A compressed answer comes out as it went in, in small pieces, or ends in a fault."""

import gzip
import zlib
from collections.abc import AsyncIterator

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.image_faults import ConnectionLost, UnreadableAnswer
from bot.image_api.streaming.compression import MOST_MEMBERS, PIECE_BYTES, unpacked
from tests.unit.image_api.streaming.spellings import UNHURRIED, chunked, cuts


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


@pytest.mark.parametrize(
    ("encoding", "body"),
    [("gzip", gzip.compress(b"a red fox" * 40, mtime=0).replace(b"\x08", b"\x09", 1)), ("br", b"\x8b\x00\x80")],
)
async def test_one_that_is_not_what_it_says_cannot_be_read(encoding: str, body: bytes) -> None:
    with pytest.raises(UnreadableAnswer):
        await pieces_of(encoding, body, [])


@pytest.mark.parametrize("body", [b'{"candidates":[]}', b"data: {}\n\n", b"\xef\xbb\xbf{}", b"\x89PNG", b"x" * 200_000])
async def test_what_was_unpacked_on_its_way_and_still_says_gzip_is_read_as_it_is(body: bytes) -> None:
    for borders in ([], [1], [1, 2, 3]):
        assert b"".join(await pieces_of("gzip", body, borders)) == body


@UNHURRIED
@given(st.lists(st.binary(max_size=300), min_size=1, max_size=6), cuts(2000))
async def test_several_members_come_out_as_one(parts: list[bytes], borders: list[int]) -> None:
    packed = b"".join(map(gzip.compress, parts))
    assert b"".join(await pieces_of("gzip", packed, borders)) == b"".join(parts)
    assert b"".join(await pieces_of("gzip", packed + b"\0\0\0", borders)) == b"".join(parts)


@pytest.mark.parametrize("length", [-1, -9, -20])
async def test_a_second_member_cut_short_has_broken_off(length: int) -> None:
    packed = gzip.compress(b"a red fox") + gzip.compress(b"in snow" * 40)
    with pytest.raises(ConnectionLost):
        await pieces_of("gzip", packed[:length], [])


async def test_a_member_that_ends_just_where_a_piece_is_full_is_whole() -> None:
    for size in (PIECE_BYTES - 1, PIECE_BYTES, PIECE_BYTES + 1, 3 * PIECE_BYTES):
        packed = gzip.compress(bytes(size)) * 2
        assert len(b"".join(await pieces_of("gzip", packed, []))) == 2 * size


@pytest.mark.parametrize("size", [1, 15, 4097, PIECE_BYTES, 3 * PIECE_BYTES + 7])
@pytest.mark.parametrize("trailer", [b"", b"\0" * 8, b"\0" * 5])
async def test_all_data_but_the_last_byte_comes_out_before_a_broken_trailer_is_told(size: int, trailer: bytes) -> None:
    body = (b"a red fox in snow" * (size // 17 + 1))[:size]
    pieces: list[bytes] = []

    async def read() -> None:
        async for piece in unpacked(response("gzip", gzip.compress(body)[:-8] + trailer, [])):
            pieces.append(piece)  # noqa: PERF401 - what came before the fault is what counts

    with pytest.raises((ConnectionLost, UnreadableAnswer)):
        await read()
    assert body.startswith(b"".join(pieces))
    assert len(b"".join(pieces)) >= size - 1


async def test_there_is_an_end_to_members() -> None:
    with pytest.raises(UnreadableAnswer):
        await pieces_of("gzip", gzip.compress(b"") * (MOST_MEMBERS + 1), [])
