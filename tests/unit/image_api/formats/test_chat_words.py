"""What a member reads of an answer: no base64, no address of a picture, no progress. And any JSON has an outcome."""

import asyncio
import json
import re
import tempfile
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.image_faults import ImageFault
from bot.image_api.formats.chat_answer import chat_strings, choose
from bot.image_api.formats.pictures_in_text import to_link, to_pieces
from bot.image_api.formats.wire_format import Link
from bot.image_api.streaming.body_reader import read_body
from bot.image_api.streaming.body_stream import Body
from tests.unit.image_api.streaming.folder_sink import FolderSink
from tests.unit.image_api.streaming.spellings import UNHURRIED

PICTURE = "https://elsewhere.test/cdn/fox.png"


async def body_of(document: Any, folder: Path) -> Body:
    async def chunks() -> Any:
        yield json.dumps(document).encode()

    async with AsyncExitStack() as files:
        return await read_body(chunks(), FolderSink(folder), files, rule=chat_strings)


async def pieces_of(folder: Path, *texts: str) -> list[str | Link]:
    """Return the words and links in texts. A picture that has arrived is shown as what it is."""
    body = await body_of({"choices": list(texts)}, folder)
    pieces = to_pieces(body.events[0]["choices"], body)
    return [piece if isinstance(piece, str | Link) else type(piece).__name__ for piece in pieces]


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("A fox.", ["A fox."]),
        (" \n ", []),
        ("> A fox says: hello", ["> A fox says: hello"]),
        ("> 🎨 生成中...\n> Progress: 34%\n进度 100%\nA fox.", ["A fox."]),
        (f"> 进度 34% ![f]({PICTURE}) > 进度 100%", [Link(PICTURE)]),
        (f"![f]({PICTURE})![f]({PICTURE})", [Link(PICTURE)]),
        (f"![f]({PICTURE}) and ![g]({PICTURE}?2)", [Link(PICTURE), "and", Link(f"{PICTURE}?2")]),
        (f"![f](<{PICTURE}> 'a fox')", [Link(PICTURE)]),
        (f"![f]({PICTURE}?name=fox_(1).png)", [Link(f"{PICTURE}?name=fox_(1).png")]),
        (f"({PICTURE})", [Link(PICTURE)]),
        (f"{PICTURE}\\u0026a=1\\u0026b=2", [Link(f"{PICTURE}&a=1&b=2")]),
        (f"<{PICTURE}>", [Link(PICTURE)]),
        (f"See {PICTURE}, {PICTURE}?2!", ["See", Link(PICTURE), Link(f"{PICTURE}?2")]),
        (f"[View]({PICTURE})", [Link(PICTURE)]),
        (f"[下载]({PICTURE})", [Link(PICTURE)]),
        (f"![f]({PICTURE})\n[下载](https://elsewhere.test/download/1)", [Link(PICTURE)]),
        (
            f"![f]({PICTURE}) [here](https://elsewhere.test/foxes)",
            [Link(PICTURE), "[here](https://elsewhere.test/foxes)"],
        ),
        ("https://elsewhere.test/p/81723?token=x", [Link("https://elsewhere.test/p/81723?token=x")]),
        ("Read https://elsewhere.test/p/81723", ["Read https://elsewhere.test/p/81723"]),
        ("https://elsewhere.test/fox.mp4?sig=a", ["https://elsewhere.test/fox.mp4?sig=a"]),
        ("https://elsewhere.test/a?Signature=x and more", [Link("https://elsewhere.test/a?Signature=x"), "and more"]),
        ("![](data:image/png;base64,QUJD) and " + PICTURE, ["ArrivedPicture", "and"]),
        ("![](attachment://fox.png)", ["![](attachment://fox.png)"]),
        ("It is \N{OBJECT REPLACEMENT CHARACTER}0\N{OBJECT REPLACEMENT CHARACTER}.", ["It is 0."]),
        ("QUJD" * 99, []),
        ("Here: data:application/zip;base64," + "QUJD" * 99 + " done", ["Here:  done"]),
        ('{"prompt": "a {fox}"}\nA fox.', ["A fox."]),
        ('```\n{"prompt": "a fox"}\n```\nA fox.', ["A fox."]),
        ('{"name": "fox"}', ['{"name": "fox"}']),
        ('{"prompt": "a fox', ['{"prompt": "a fox']),
        ('{"a":' * 3000, ['{"a":' * 3000]),
        ('```json\n{"name": "fox"}\n```', ['```json\n{"name": "fox"}\n```']),
    ],
)
async def test_what_is_found_in_a_text(tmp_path: Path, text: str, pieces: list[str | Link]) -> None:
    assert await pieces_of(tmp_path, text) == pieces


async def test_only_what_is_most_surely_a_picture_counts_in_the_whole_answer(tmp_path: Path) -> None:
    texts = (f"See {PICTURE}.", "![](data:image/png;base64,QUJD)", f"[download]({PICTURE})")
    assert await pieces_of(tmp_path, *texts) == ["See .", "ArrivedPicture"]


def test_a_link_is_as_it_was_meant() -> None:
    assert to_link(r"https://elsewhere.test/?a=1\u0026b=\u002B&amp;c=3") == Link("https://elsewhere.test/?a=1&b=+&c=3")


MARKUP = [
    "![",
    "](",
    ")",
    "[",
    "]",
    "<img src=",
    ">",
    "{",
    '{"prompt":',
    "}",
    "```",
    "\n",
    "http://",
    "\\u0026",
    "下载",
]
MEANING = [
    "> 进度 34%",
    "> 生成失败",
    "> 失败原因：",
    "data:image/png;base64,",
    "QUJD" * 70,
    PICTURE,
    "fox ",
    "\ufffc0",
]
TEXTS = st.lists(st.sampled_from(MARKUP + MEANING), max_size=12).map("".join)
NOT_FOR_MEMBERS = re.compile(r"[0-9a-f]{16}:\d|(?:QUJD){64}")
"""Our own markers, and base64."""

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | TEXTS,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["type", "text", "image_url", "url", "b64_json", "content", "images", "index", "data"]),
            inner,
            max_size=4,
        )
    ),
    max_leaves=8,
)
MESSAGES = st.fixed_dictionaries(
    {}, optional={"content": TEXTS | VALUES, "images": VALUES, "refusal": VALUES, "reasoning_content": TEXTS}
)
CHOICES = st.fixed_dictionaries(
    {},
    optional={
        "message": MESSAGES,
        "delta": MESSAGES | VALUES,
        "finish_reason": st.sampled_from([None, "stop", "error", "length", 3, ["x"], {}]),
        "error": VALUES,
    },
)
ANSWERS = st.fixed_dictionaries(
    {}, optional={"choices": st.lists(CHOICES | VALUES, max_size=2) | VALUES, "data": VALUES, "usage": VALUES}
)


@given(document=ANSWERS | VALUES)
@UNHURRIED
def test_any_json_has_results_or_one_fault(document: Any) -> None:
    with tempfile.TemporaryDirectory() as folder:
        body = asyncio.run(_body_or_none(document, Path(folder)))
    if body is None:
        return
    try:
        said = [one.words for one in choose(body)]
        assert said != []
    except ImageFault as fault:
        said = [fault.words.words if fault.words else None]
    assert not any(NOT_FOR_MEMBERS.search(words) for words in said if words)


async def _body_or_none(document: Any, folder: Path) -> Body | None:
    try:
        return await body_of(document, folder)
    except ImageFault:
        return None
