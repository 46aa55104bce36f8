"""A picture that has arrived whole counts, whatever is wrong with the answer round it: it is paid for."""

import asyncio
import base64
import gzip
import json
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from structlog.testing import capture_logs

from bot.domain.image_faults import AnsweredInWords, ConnectionLost, ImageFault
from bot.image_api.endpoint import HttpEndpoint
from tests.unit.image_api.formats.chat_endpoint import chat_endpoint
from tests.unit.image_api.orders import FOX, OTHER, endpoint, impatient_catalogue, paint
from tests.unit.image_api.streaming.folder_sink import FolderSink

FOX_64 = base64.b64encode(FOX).decode()
MARKDOWN = f"![a](data:image/png;base64,{FOX_64})"
PICTURE: dict[str, Any] = {"inlineData": {"mimeType": "image/png", "data": FOX_64}}


def native(*parts: Any) -> bytes:
    return json.dumps({"candidates": [{"content": {"parts": parts}, "finishReason": "STOP"}]}).encode()


def event(content: str | None = None, finish: str | None = None) -> bytes:
    delta = {} if content is None else {"content": content}
    return b"data: " + json.dumps({"choices": [{"delta": delta, "finish_reason": finish}]}).encode() + b"\n\n"


def head(*lines: str) -> bytes:
    return "\r\n".join(["HTTP/1.1 200 OK", *lines, "\r\n"]).encode()


CHUNKED = head("Content-Type: application/json", "Transfer-Encoding: chunked")
CLOSED = head("Connection: close")
GZIPPED = head("Connection: close", "Content-Encoding: gzip")


def chunk(data: bytes) -> bytes:
    return b"%x\r\n%b\r\n" % (len(data), data)


def sized(data: bytes, off_by: int) -> bytes:
    return head(f"Content-Length: {len(data) + off_by}") + data


WHOLE = native({"text": "a fox"}, PICTURE)
PACKED = gzip.compress(WHOLE)
END = WHOLE.index(FOX_64.encode()) + len(FOX_64)

NATIVE: dict[str, bytes] = {
    "no last chunk": CHUNKED + chunk(WHOLE),
    "garbage for the last chunk": CHUNKED + chunk(WHOLE) + b"ZZ\r\n",
    "a length too large": sized(WHOLE, 100),
    "a length too small": sized(WHOLE, -5),
    "cut within the JSON after the picture": sized(WHOLE[: END + 2], 50),
    "cut at the last character of the picture": CLOSED + WHOLE[:END],
    "no trailer of gzip": GZIPPED + PACKED[:-8],
    "a wrong trailer of gzip": GZIPPED + PACKED[:-8] + bytes(8),
    "bytes that are no UTF-8": CLOSED + WHOLE.replace(b"a fox", b"a \xff\xfe\xf0\x9f"),
    "control characters": CLOSED + WHOLE.replace(b"a fox", b"a \x01\nfox"),
    "an escape that is none": CLOSED + WHOLE.replace(b"a fox", b"a \\x fox"),
    "something after the JSON": CLOSED + WHOLE + b"<!-- cached -->",
    "quotes after the JSON": CLOSED + WHOLE + b'"}"}',
    "garbage after the base64": CLOSED + WHOLE.replace(FOX_64.encode(), FOX_64.encode() + b"!!"),
    "line breaks in the base64": CLOSED
    + WHOLE.replace(FOX_64.encode(), FOX_64[:76].encode() + b"\r\n" + FOX_64[76:].encode()),
    "an error beside the picture": CLOSED + b'{"error":{"message":"boom","code":500},' + WHOLE[1:],
    "status 201": CLOSED.replace(b"200 OK", b"201 Created") + WHOLE,
    "very many words beside it": CLOSED + native({"text": "word " * 400_000}, PICTURE),
}
CHAT: dict[str, bytes] = {
    "cut after its finish": CHUNKED + chunk(event(MARKDOWN) + event(finish="stop")),
    "cut after its end": CHUNKED + chunk(event(MARKDOWN) + event(finish="stop") + b"data: [DONE]\n\n"),
    "cut after the picture": CHUNKED + chunk(event(MARKDOWN)),
    "cut within the event of the picture": CHUNKED
    + chunk(event("![a]("))
    + chunk(event(MARKDOWN[5:]).partition(b')"')[0]),
    "an error after the picture": CLOSED + event(MARKDOWN) + b'data: {"error":{"message":"boom"}}\n\n',
    "a broken event before it": CLOSED + b"data: {bad json\n\n" + event(MARKDOWN) + event(finish="stop"),
    "a broken event after it": CLOSED + event(MARKDOWN) + b'data: {"a":"\n\ndata: ]\n\n',
}
SOUND = {"status 201", "very many words beside it"}


@asynccontextmanager
async def answering(*answers: bytes, stays_open: bool = False) -> AsyncIterator[str]:
    """Run a server that gives each connection the next answer, and counts nothing else."""
    left = list(answers)

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
        await reader.readexactly(int(asked.partition("content-length: ")[2].partition("\r\n")[0]))
        writer.write(left.pop(0))
        await writer.drain()
        if stays_open:
            await reader.read()
        writer.close()

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"


async def made_of(
    make: Callable[[str], HttpEndpoint], answer: bytes, sink: FolderSink
) -> tuple[list[bytes], list[Any]]:
    """Return the pictures of an answer, and what the log says about it."""
    async with answering(answer) as url:
        api = make(url)
        with capture_logs() as logged:
            made = await paint(api, sink)
        await api.close()
    return [sink.content(one.picture) for one in made], [line for line in logged if line["log_level"] == "warning"]


@pytest.mark.parametrize("name", NATIVE)
async def test_a_whole_picture_in_a_broken_answer(sink: FolderSink, name: str) -> None:
    pictures, logged = await made_of(endpoint, NATIVE[name], sink)
    assert pictures == [FOX]
    assert bool(logged) is (name not in SOUND)


@pytest.mark.parametrize("name", CHAT)
async def test_a_whole_picture_in_a_broken_stream(sink: FolderSink, name: str) -> None:
    pictures, logged = await made_of(chat_endpoint, CHAT[name], sink)
    assert pictures == [FOX]
    assert logged


async def test_half_a_picture_is_none_however_it_broke_off(sink: FolderSink) -> None:
    for answer in (CLOSED + WHOLE[: END - 40], sized(WHOLE[: END - 40], 90), GZIPPED + PACKED[: len(PACKED) - 400]):
        async with answering(answer) as url:
            api = endpoint(url)
            with pytest.raises(ConnectionLost):
                await paint(api, sink)
            await api.close()
    assert sink.names == []


async def test_half_an_address_is_not_fetched(sink: FolderSink) -> None:
    async with answering(CHUNKED + chunk(event("Here: http://127.0.0.1:9/fox.png?sig=1"))) as url:
        api = chat_endpoint(url)
        with pytest.raises(ConnectionLost):
            await paint(api, sink)
        await api.close()


async def test_words_that_are_whole_are_an_answer(sink: FolderSink) -> None:
    async with answering(sized(native({"text": "No."}), 9)) as url:
        api = endpoint(url)
        with pytest.raises(AnsweredInWords):
            await paint(api, sink)
        await api.close()


async def test_a_draft_that_the_model_calls_a_thought_is_no_picture(sink: FolderSink) -> None:
    thought = json.dumps({"candidates": [{"content": {"parts": [{"thought": True, **PICTURE}]}}]}).encode()
    async with answering(CHUNKED + chunk(b"data: " + thought + b"\n\n")) as url:
        api = endpoint(url)
        with pytest.raises(ImageFault):
            await paint(api, sink)
        await api.close()


async def test_the_time_is_over_and_the_picture_is_there(sink: FolderSink) -> None:
    async with answering(CHUNKED + chunk(WHOLE[: END + 3]), stays_open=True) as url:
        api = endpoint(url, catalogue=impatient_catalogue())
        (made,) = await paint(api, sink)
        await api.close()
    assert sink.content(made.picture) == FOX


# Finished, and the connection stays open


@pytest.mark.parametrize(
    "answer",
    [
        CHUNKED + chunk(WHOLE),
        CHUNKED + chunk(event(MARKDOWN) + event(finish="stop") + b"data: [DONE]\n\n"),
        CHUNKED + chunk(event(MARKDOWN) + event(finish="stop") + b"data: [DONE]"),
        CHUNKED + chunk(event(MARKDOWN) + event(finish="stop")),
        CHUNKED + chunk(event(MARKDOWN, finish="stop")) + chunk(b": PING\n\n"),
        CHUNKED + chunk(event(MARKDOWN)) + chunk(b"data: [DONE]\n\n"),
    ],
)
async def test_what_is_finished_is_taken_though_the_connection_stays_open(sink: FolderSink, answer: bytes) -> None:
    async with answering(answer, stays_open=True) as url:
        api = chat_endpoint(url) if b"choices" in answer else endpoint(url)
        began = time.monotonic()
        (made,) = await paint(api, sink)
        await api.close()
    assert sink.content(made.picture) == FOX
    assert time.monotonic() - began < 8


# Very many events


@pytest.mark.parametrize("count", [3_000, 20_000])
async def test_thousands_of_events(sink: FolderSink, count: int) -> None:
    said = [event("w ") for _ in range(count)]
    thought = [event().replace(b"{}", b'{"reasoning_content": "hmm"}') for _ in range(count)]
    letters = [event(letter) for letter in MARKDOWN[: count // 2]] + [event(MARKDOWN[count // 2 :])]
    body = b"".join([*thought, *said, *letters, event(finish="stop"), b"data: [DONE]\n\n"])
    pictures, logged = await made_of(chat_endpoint, CLOSED + body, sink)
    assert (pictures, logged) == ([FOX], [])


async def test_events_of_google_format(sink: FolderSink) -> None:
    words = b'data: {"candidates":[{"content":{"parts":[{"text":"w "}]}}]}\n\n' * 5_000
    pictures, logged = await made_of(
        endpoint, CLOSED + words + b"data: " + native({"inlineData": {"data": base64.b64encode(OTHER).decode()}}), sink
    )
    assert (pictures, logged) == ([OTHER], [])
