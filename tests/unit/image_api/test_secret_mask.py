"""Whatever a gateway echoes, its key reaches no member, no terminal and no store."""

from collections.abc import AsyncIterator

import pytest
from pydantic import SecretStr

from bot.domain.catalogue.endpoint_formats import EndpointFormat
from bot.domain.image_faults import ImageFault
from bot.domain.requests.requests import PictureLink
from bot.image_api.endpoint import Access, HttpEndpoint
from bot.image_api.probe import list_models
from bot.image_api.secret_mask import SecretMask
from tests.simulators.image_api import chat_answers
from tests.simulators.image_api.answers import Answer, Base64Of
from tests.simulators.image_api.gateway import KEY, GatewaySimulator
from tests.unit.image_api.formats.chat_endpoint import chat_endpoint
from tests.unit.image_api.orders import FOX, NotedJournal, endpoint, order, paint
from tests.unit.image_api.streaming.folder_sink import FolderSink

ECHO = f"POST /v1 Authorization: Bearer {KEY} was refused"
HIDDEN = "POST /v1 Authorization: *** was refused"


@pytest.fixture
async def chat(simulator: GatewaySimulator) -> AsyncIterator[HttpEndpoint]:
    api = chat_endpoint(simulator.base_url)
    yield api
    await api.close()


def candidate(finish: str, *, message: str | None = None, parts: list[object] | None = None) -> Answer:
    inner = {"content": {"parts": parts or []}, "finishReason": finish, "finishMessage": message}
    return Answer(body={"candidates": [inner]}, is_judged=False)


WITHOUT_PICTURE = {
    "finishMessage": candidate("IMAGE_OTHER", message=ECHO),
    "finishMessage of a refusal": candidate("IMAGE_PROHIBITED_CONTENT", message=ECHO),
    "words": candidate("STOP", parts=[{"text": ECHO}]),
    "blockReasonMessage": Answer(
        body={"promptFeedback": {"blockReason": "OTHER", "blockReasonMessage": ECHO}}, is_judged=False
    ),
}
CHAT_WITHOUT_PICTURE = {
    "content": chat_answers.said(ECHO, is_judged=False),
    "refusal": chat_answers.completion({"content": None, "refusal": ECHO}, is_judged=False),
    "events": chat_answers.events(
        chat_answers.delta(content=ECHO[:40]), chat_answers.delta(content=ECHO[40:]), is_judged=False
    ),
}


async def words_of(api: HttpEndpoint, sink: FolderSink) -> str:
    with pytest.raises(ImageFault) as caught:
        await paint(api, sink)
    assert caught.value.words
    return caught.value.words.words


@pytest.mark.parametrize("name", WITHOUT_PICTURE)
async def test_the_words_of_a_fault(
    simulator: GatewaySimulator, api: HttpEndpoint, sink: FolderSink, name: str
) -> None:
    simulator.answer = WITHOUT_PICTURE[name]
    assert await words_of(api, sink) == HIDDEN


@pytest.mark.parametrize("name", CHAT_WITHOUT_PICTURE)
async def test_the_words_of_a_chat(
    simulator: GatewaySimulator, chat: HttpEndpoint, sink: FolderSink, name: str
) -> None:
    simulator.answer = CHAT_WITHOUT_PICTURE[name]
    assert await words_of(chat, sink) == HIDDEN


async def test_the_words_beside_a_picture(simulator: GatewaySimulator, api: HttpEndpoint, sink: FolderSink) -> None:
    picture = {"inlineData": {"mimeType": "image/png", "data": Base64Of(picture=FOX)}}
    simulator.answer = candidate("STOP", parts=[{"text": ECHO}, picture])
    (made,) = await paint(api, sink)
    assert made.words
    assert made.words.words == HIDDEN


async def test_a_link_with_the_key_is_fetched_and_not_stored(simulator: GatewaySimulator, sink: FolderSink) -> None:
    simulator.files["fox.png"] = Answer(body=FOX, is_judged=False)
    url = f"{simulator.base_url}/files/fox.png"
    simulator.answer = chat_answers.said(f"{ECHO} ![a]({url}?token={KEY}) and ![b]({url})", is_judged=False)
    api, journal = chat_endpoint(simulator.base_url), NotedJournal()
    (made,) = await api.paint(order(), sink, journal)
    await api.close()
    assert made.words
    assert journal.found_links == [PictureLink(endpoint="gateway", url=url, words=journal.found_links[0].words)]
    assert KEY not in f"{made.words} {journal.found_links[0].words}"


async def test_what_the_owner_reads(simulator: GatewaySimulator, sink: FolderSink) -> None:
    key = "AIzaSecretSecretSecret"
    simulator.key = key
    error = {"error": {"message": f"no such model (request id: {key})", "code": "model_not_found"}}
    simulator.answer = Answer(body=error, status=404, headers={"x-request-id": key}, is_judged=False)
    api = endpoint(simulator.base_url, key=key)
    with pytest.raises(ImageFault) as caught:
        await paint(api, sink)
    await api.close()
    assert "request ***" in caught.value.owner_text
    assert key not in f"{caught.value} {caught.value!r} {caught.value.owner_text}"


async def test_the_list_of_models(simulator: GatewaySimulator) -> None:
    simulator.models = ("gemini-3-pro-image", f"model-of-{KEY}")
    access = Access(name="gateway", base_url=simulator.base_url, api_key=SecretStr(KEY))
    found = await list_models(access, EndpointFormat.OPENAI_CHAT)
    assert found
    assert found.names == {"gemini-3-pro-image", "model-of-***"}


@pytest.mark.parametrize("configured", ["sk-0123456789abcdef", "Bearer sk-0123456789abcdef", " sk-0123456789abcdef\n"])
@pytest.mark.parametrize(
    "said",
    [
        "sk-0123456789abcdef",
        "Bearer sk-0123456789abcdef",
        "bearer  sk-0123456789abcdef",
        "0123456789abcdef",
        "sk-0123456789ABCDEF",
        "sk-0123456789a",
    ],
)
def test_a_key_in_any_of_its_forms(configured: str, said: str) -> None:
    assert SecretMask(configured).text(f"the key {said}") == "the key ***"


def test_a_password_in_the_address() -> None:
    assert SecretMask("sk-0123456789abcdef", "https://me:sesame%21open@host").text("sesame!open") == "***"


def test_a_short_key_is_no_part_of_a_word_and_the_shortest_is_none() -> None:
    assert SecretMask("none").text("none, nonetheless") == "***, nonetheless"
    assert SecretMask("x").text("x and y") == "x and y"
