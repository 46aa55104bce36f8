"""Forms that gateways give a picture in, seldom and against their own format."""

import base64
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import quote

import pytest

from bot.image_api.endpoint import HttpEndpoint
from tests.simulators.image_api import chat_answers
from tests.simulators.image_api.answers import Answer
from tests.simulators.image_api.gateway import GatewaySimulator
from tests.unit.image_api.formats.chat_endpoint import chat_endpoint
from tests.unit.image_api.orders import FOX, LARGE, endpoint, paint
from tests.unit.image_api.streaming.folder_sink import FolderSink

ENDPOINTS: Mapping[str, Callable[[str], HttpEndpoint]] = {"gemini": endpoint, "openai": chat_endpoint}


def base64_of(picture: bytes) -> str:
    return base64.b64encode(picture).decode()


TEXTS: Mapping[str, Callable[[str], str]] = {
    "base64 scheme": lambda data: f"Here: ![i](base64://{data}) done",
    "base64 scheme alone": lambda data: f"Here: base64://{data} done",
    "no type": lambda data: f"Here: ![i](data:;base64,{data}) done",
    "another type": lambda data: f"Here: ![i](data:application/octet-stream;base64,{data}) done",
    "a title": lambda data: f'Here: ![i](data:image/png;base64,{data} "a title") done',
    "a title in single quotes": lambda data: f"Here: ![i](data:image/png;base64,{data} 'a title') done",
    "percent-encoded": lambda data: f"Here: ![i](data:image/png;base64,{quote(data, safe='')}) done",
}


def native(text: str) -> Answer:
    body = {"candidates": [{"content": {"parts": [{"text": text}]}, "finishReason": "STOP"}]}
    return Answer(body=body, is_judged=False)


@pytest.mark.parametrize("picture", [FOX, LARGE])
@pytest.mark.parametrize("form", TEXTS)
async def test_a_picture_in_words(simulator: GatewaySimulator, sink: FolderSink, form: str, picture: bytes) -> None:
    text = TEXTS[form](base64_of(picture))
    pieces = [chat_answers.delta(content=piece) for piece in chat_answers.in_pieces(text, 999)]
    letters = [chat_answers.delta(content=piece) for piece in text[:60]] + [chat_answers.delta(content=text[60:])]
    answers = [
        (chat_endpoint, chat_answers.said(text, is_judged=False)),
        (chat_endpoint, chat_answers.events(*pieces, is_judged=False)),
        (chat_endpoint, chat_answers.events(*letters, is_judged=False)),
        (endpoint, native(text)),
    ]
    for make, answer in answers:
        if answer.headers and "alone" in form:  # single letters of a bare address may be words
            continue
        simulator.answer = answer
        api = make(simulator.base_url)
        (made,) = await paint(api, sink)
        await api.close()
        assert sink.content(made.picture) == picture
        assert made.words
        assert "".join(made.words.words.split()) == "Here:done"


LINKS: Mapping[str, tuple[str, Callable[[str], Answer]]] = {
    "a block of JSON": ("openai", lambda url: chat_answers.said(f'```json\n{{"url":"{url}"}}\n```', is_judged=False)),
    "JSON alone": ("openai", lambda url: chat_answers.said(f'{{"image_url": "{url}", "n": 1}}', is_judged=False)),
    "JSON among words": ("openai", lambda url: chat_answers.said(f'Done.\n{{"url":"{url}"}}', is_judged=False)),
    "a block of JSON, native": ("gemini", lambda url: native(f'```json\n{{"url":"{url}"}}\n```')),
    "a chat on a native endpoint": ("gemini", lambda url: chat_answers.said(f"![i]({url})", is_judged=False)),
    "data on a native endpoint": ("gemini", lambda url: Answer(body={"data": [{"url": url}]}, is_judged=False)),
    "native text on a chat endpoint": ("openai", native),
}


@pytest.mark.parametrize("form", LINKS)
async def test_an_address(simulator: GatewaySimulator, sink: FolderSink, form: str) -> None:
    name, answer = LINKS[form]
    simulator.files["fox"] = Answer(body=FOX, is_judged=False)
    simulator.answer = answer(f"{simulator.base_url}/files/fox")
    api = ENDPOINTS[name](simulator.base_url)
    (made,) = await paint(api, sink)
    await api.close()
    assert sink.content(made.picture) == FOX
    assert made.words is None or made.words.words == "Done."


async def test_words_about_a_scheme_stay_words(simulator: GatewaySimulator, sink: FolderSink) -> None:
    text = "Use base64://abc or data:;base64,abc and so on; a tub"
    answer: Any = chat_answers.events(*(chat_answers.delta(content=piece) for piece in text), is_judged=False)
    simulator.answer = answer
    api = chat_endpoint(simulator.base_url)
    with pytest.raises(Exception, match="words") as caught:
        await paint(api, sink)
    await api.close()
    assert caught.value.words.words == text  # type: ignore[attr-defined]  # what is raised is told by the line before
