"""The simulated gateway refuses what the real ones would refuse, answers as badly as asked, and runs as a process."""

from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.programs.child import child
from tests.simulators.image_api.answers import Answer
from tests.simulators.image_api.chat_answers import completion, image_url, one_picture, said
from tests.simulators.image_api.gateway import KEY, GatewaySimulator
from tests.simulators.image_api.gemini_shapes import REFUSALS
from tests.unit.image_api.orders import FOX, drawn, endpoint, paint
from tests.unit.image_api.streaming.folder_sink import FolderSink

GEMINI_PATH = "/v1beta/models/any:generateContent"
CHAT_PATH = "/v1/chat/completions"
GOOD = {"responseModalities": ["TEXT", "IMAGE"]}
TEXT = {"text": "a fox"}
PNG = image_url("data:image/png;base64,QUJD")


def request(*parts: dict[str, Any], config: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    return {"contents": [{"role": "user", "parts": list(parts)}], "generationConfig": config or GOOD, **more}


def chat_request(*parts: dict[str, Any], content: Any = None, **more: Any) -> dict[str, Any]:
    return {
        "model": "any",
        "stream": False,
        "messages": [{"role": "user", "content": list(parts) or content or "a fox"}],
        **more,
    }


async def post(simulator: GatewaySimulator, path: str, body: Any) -> httpx.Response:
    async with httpx.AsyncClient() as client:
        headers = {"Authorization": f"Bearer {KEY}"}
        return await client.post(simulator.base_url + path, json=body, headers=headers)


# What it refuses


@pytest.mark.parametrize(
    "body",
    [
        request(TEXT, config={"response_modalities": ["IMAGE"]}),
        request(TEXT, config={"responseModalities": ["TEXT"]}),
        request(TEXT, config={**GOOD, "imageConfig": {}}),
        request(TEXT, config={**GOOD, "imageConfig": {"imageSize": "4k"}}),
        request(TEXT, config={**GOOD, "imageConfig": {"aspectRatio": "7:5"}}),
        request(TEXT, config={**GOOD, "imageConfig": {"ratio": "1:1"}}),
        request(TEXT, config={**GOOD, "candidateCount": 2}),
        request(TEXT, seed=1),
        request({"text": " "}),
        request({"text": "a fox", "inlineData": {"mimeType": "image/png", "data": "QUJD"}}),
        request(TEXT, {"inlineData": {"mimeType": "image/jpg", "data": "QUJD"}}),
        request(TEXT, {"inlineData": {"mimeType": "image/png", "data": ""}}),
        request(TEXT, {"inlineData": {"mimeType": "image/png", "data": "***"}}),
        request(TEXT, {"inlineData": {"mime_type": "image/png", "data": "QUJD"}}),
        request(TEXT, {"picture": "QUJD"}),
        {},
    ],
    ids=str,
)
async def test_what_google_would_refuse_fails_the_test(body: dict[str, Any]) -> None:
    await refuses(GEMINI_PATH, body)


@pytest.mark.parametrize(
    "body",
    [
        chat_request(stream=True),
        chat_request(size="1024x1024"),
        chat_request(extra_body={"google": {"image_config": {"aspect_ratio": "16:9"}}}),
        chat_request(content=" "),
        chat_request(messages=[{"role": "user", "content": "a fox"}, {"role": "user", "content": "in snow"}]),
        chat_request(messages=[{"role": "system", "content": "a fox"}]),
        chat_request({"type": "text", "text": "a fox"}, image_url("https://elsewhere.test/fox.png")),
        chat_request({"type": "text", "text": "a fox"}, image_url("data:image/gif;base64,QUJD")),
        chat_request({"type": "text", "text": "a fox"}, image_url("data:image/png;base64,***")),
        chat_request({"type": "text", "text": ""}, PNG),
    ],
    ids=str,
)
async def test_what_gateways_could_not_read_fails_the_test(body: dict[str, Any]) -> None:
    await refuses(CHAT_PATH, body)


@pytest.mark.parametrize(
    "body",
    [
        chat_request(messages=[]),
        chat_request(messages=[{"role": "member", "content": "a fox"}]),
        chat_request({"type": "text", "words": "a fox"}),
        chat_request({"type": "image_url", "image_url": "data:image/png;base64,QUJD"}),
        chat_request({"type": "picture", "text": "a fox"}),
        chat_request(model=None),
        {},
    ],
    ids=str,
)
async def test_what_openai_would_refuse_fails_the_test(body: dict[str, Any]) -> None:
    await refuses(CHAT_PATH, body)


async def refuses(path: str, body: Any) -> None:
    simulator = GatewaySimulator(picture=FOX)
    with pytest.raises(AssertionError) as caught:
        async with simulator:
            assert (await post(simulator, path, body)).status_code == 400
    assert simulator.violations
    assert str(caught.value) == "\n".join(simulator.violations)
    assert len(simulator.requests) == 1


@pytest.mark.parametrize(
    ("path", "body"),
    [
        (
            GEMINI_PATH,
            request(
                TEXT,
                {"inlineData": {"mimeType": "image/webp", "data": "QUJD"}},
                config={**GOOD, "imageConfig": {"imageSize": "4K", "aspectRatio": "1:8"}},
            ),
        ),
        ("/v1/models/any:generateContent", request(TEXT)),
        (CHAT_PATH, chat_request()),
        (CHAT_PATH, chat_request({"type": "text", "text": "a fox"}, PNG)),
    ],
)
async def test_what_they_would_take_passes(path: str, body: dict[str, Any]) -> None:
    async with GatewaySimulator(picture=FOX) as simulator:
        assert (await post(simulator, path, body)).status_code == 200
    assert simulator.violations == []


@pytest.mark.parametrize(
    "answer",
    [
        said("a fox", finish="error"),
        completion({"content": 7}),
        Answer(body={"choices": []}),
        Answer(body={"object": "chat.completion.chunk", "choices": []}),
    ],
    ids=lambda answer: str(answer.body)[:40],
)
async def test_an_answer_of_ours_that_openai_would_not_give_fails_the_test(answer: Answer) -> None:
    simulator = GatewaySimulator()
    simulator.answer = answer
    with pytest.raises(AssertionError, match="our own answer"):
        async with simulator:
            await post(simulator, CHAT_PATH, chat_request())


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_pictures_are_never_asked_for_where_none_are_made(method: str) -> None:
    async with GatewaySimulator() as simulator, httpx.AsyncClient() as client:
        response = await client.request(method, f"{simulator.base_url}/v1/images/generations")
        violations, simulator.violations = simulator.violations, []
    assert (response.status_code, violations) == (
        404,
        [f"{method} /v1/images/generations: pictures are not made there"],
    )


async def test_the_key_is_never_sent_to_where_a_picture_lies() -> None:
    simulator = GatewaySimulator()
    with pytest.raises(AssertionError, match=r"fox\.png") as caught:
        async with simulator, httpx.AsyncClient(headers={"Authorization": f"Bearer {KEY}"}) as client:
            await client.get(simulator.put("fox.png", FOX))
    assert KEY not in str(caught.value)


@pytest.mark.parametrize("path", [GEMINI_PATH, CHAT_PATH, "/v1/models", "/v1beta/models"])
async def test_nobody_is_let_in_without_the_key(path: str) -> None:
    async with GatewaySimulator() as simulator, httpx.AsyncClient() as client:
        response = await client.request("GET" if path.endswith("models") else "POST", simulator.base_url + path)
    assert response.status_code == 401
    assert simulator.requests == []


# What it answers


async def test_answers_are_given_one_after_the_other_and_by_path() -> None:
    async with GatewaySimulator(picture=FOX) as simulator:
        simulator.play(REFUSALS["34"], REFUSALS["32"], said("a fox"))
        simulator.by_path[GEMINI_PATH] = REFUSALS["31-retired"]
        statuses = [(await post(simulator, CHAT_PATH, chat_request())).status_code for _ in range(4)]
        other = await post(simulator, GEMINI_PATH, request(TEXT))
    assert (statuses, other.status_code) == ([413, 403, 200, 200], 404)


async def test_it_lists_its_models_in_both_formats() -> None:
    async with (
        GatewaySimulator(models=("one", "two")) as simulator,
        httpx.AsyncClient(base_url=simulator.base_url, headers={"x-goog-api-key": KEY}) as client,
    ):
        openai, google = [(await client.get(path)).json() for path in ("/v1/models", "/v1beta/models")]
    assert [model["id"] for model in openai["data"]] == ["one", "two"]
    assert [model["name"] for model in google["models"]] == ["models/one", "models/two"]


async def test_a_file_is_as_it_was_put() -> None:
    async with GatewaySimulator() as simulator, httpx.AsyncClient() as client:
        url = simulator.put("a/fox.png", FOX)
        moved = simulator.put("moved", Answer(body=b"", status=302, headers={"Location": url}))
        found = await client.get(moved, follow_redirects=True)
        missing = await client.get(f"{simulator.base_url}/files/other.png")
    assert (found.content, found.headers["content-type"], missing.status_code) == (FOX, "image/png", 404)
    assert found.headers["content-length"] == str(len(FOX))
    assert simulator.fetched == ["moved", "a/fox.png", "other.png"]


@pytest.mark.parametrize(
    "broken", [one_picture(FOX, cut_at=500), one_picture(FOX, length_off_by=1)], ids=["cut", "longer than it is"]
)
async def test_an_answer_that_breaks_off_is_no_whole_answer(broken: Answer) -> None:
    async with GatewaySimulator() as simulator:
        simulator.answer = broken
        with pytest.raises(httpx.RemoteProtocolError):
            await post(simulator, CHAT_PATH, chat_request())


async def test_an_answer_in_drops_is_the_same_answer() -> None:
    async with GatewaySimulator() as simulator:
        simulator.play(one_picture(FOX), one_picture(FOX, latency_seconds=0.01, chunk_bytes=99, pause_seconds=0.001))
        whole, drops = [(await post(simulator, CHAT_PATH, chat_request())).json() for _ in range(2)]
    assert whole == drops


async def test_as_a_process_it_paints_and_counts(tmp_path: Path) -> None:
    picture = tmp_path / "fox.png"
    picture.write_bytes(drawn())
    async with child("-m", "tests.simulators.image_api.gateway", "--port", "0", "--picture", str(picture)) as process:
        assert process.stdout is not None
        base_url = (await process.stdout.readline()).decode().strip()
        api = endpoint(base_url)
        sink = FolderSink(tmp_path)
        (made,) = await paint(api, sink)
        await api.close()
        assert sink.content(made.picture) == drawn()
        async with httpx.AsyncClient() as client:
            assert (await client.get(f"{base_url}/_requests")).json() == {"count": 1}
        process.terminate()
        assert await process.wait() == 0
