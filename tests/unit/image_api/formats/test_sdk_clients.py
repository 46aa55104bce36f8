"""Google's and OpenAI's own libraries, as they are, understand the simulated gateway: so it speaks their formats."""

import asyncio
import base64
from collections.abc import AsyncIterator, Iterator

import openai
import pytest
from google import genai
from google.genai import errors, types

from tests.simulators.image_api.answers import Text
from tests.simulators.image_api.chat_answers import delta, events, markdown
from tests.simulators.image_api.chat_shapes import PICTURE_SHAPES as CHAT_SHAPES
from tests.simulators.image_api.gateway import KEY, GatewaySimulator
from tests.simulators.image_api.gemini_shapes import PICTURE_SHAPES as GEMINI_SHAPES
from tests.simulators.image_api.gemini_shapes import REFUSALS
from tests.simulators.image_api.images_shapes import REFUSALS as IMAGE_REFUSALS
from tests.unit.image_api.orders import FOX, OTHER, PRO

FLARE = "gpt-image-2.5-flare"
NO_RETRIES = types.HttpRetryOptions(attempts=1)


@pytest.fixture
async def simulator() -> AsyncIterator[GatewaySimulator]:
    async with GatewaySimulator(picture=FOX, asks_for_us=False) as simulator:
        yield simulator


# google-genai, whose plain client is asked in a thread


@pytest.fixture(params=["v1beta", "v1"])
def google(simulator: GatewaySimulator, request: pytest.FixtureRequest) -> Iterator[genai.Client]:
    options = types.HttpOptions(base_url=simulator.base_url, api_version=request.param, retry_options=NO_RETRIES)
    client = genai.Client(api_key=KEY, http_options=options)
    yield client
    client.close()


async def generate(client: genai.Client, *parts: types.Part) -> types.GenerateContentResponse:
    config = types.GenerateContentConfig(
        response_modalities=["TEXT", "IMAGE"],
        image_config=types.ImageConfig(aspect_ratio="16:9", image_size="2K"),
    )
    contents = types.Content(role="user", parts=[types.Part(text="a red fox"), *parts])
    return await asyncio.to_thread(client.models.generate_content, model=PRO, contents=contents, config=config)


def pictures_of(response: types.GenerateContentResponse) -> list[bytes | None]:
    return [part.inline_data.data for part in response.parts or [] if part.inline_data]


async def test_google_text_to_picture(simulator: GatewaySimulator, google: genai.Client) -> None:
    assert pictures_of(await generate(google)) == [FOX]
    (request,) = simulator.requests
    assert (request.model, request.parts) == (PRO, [{"text": "a red fox"}])


async def test_google_edit(simulator: GatewaySimulator, google: genai.Client) -> None:
    source = types.Part.from_bytes(data=OTHER, mime_type="image/jpeg")
    assert pictures_of(await generate(google, source)) == [FOX]
    _, sent = simulator.requests[0].parts
    assert base64.urlsafe_b64decode(sent["inlineData"]["data"]) == OTHER


@pytest.mark.parametrize("shape", ["2", "5", "7", "8", "13-escapes"])
async def test_google_shapes(simulator: GatewaySimulator, google: genai.Client, shape: str) -> None:
    simulator.answer = GEMINI_SHAPES[shape](FOX, OTHER)
    assert FOX in pictures_of(await generate(google))


@pytest.mark.parametrize(("shape", "code"), [("28", 429), ("30-overloaded", 503), ("27-google", 400), ("36-list", 503)])
async def test_google_errors(simulator: GatewaySimulator, google: genai.Client, shape: str, code: int) -> None:
    simulator.answer = REFUSALS[shape]
    with pytest.raises(errors.APIError) as caught:
        await generate(google)
    assert caught.value.code == code


async def test_google_lists_models(simulator: GatewaySimulator) -> None:
    options = types.HttpOptions(base_url=simulator.base_url, api_version="v1beta")
    with genai.Client(api_key=KEY, http_options=options) as client:
        names = [model.name for model in await asyncio.to_thread(client.models.list)]
    assert names == [f"models/{name}" for name in simulator.models]


# openai


@pytest.fixture
async def chat(simulator: GatewaySimulator) -> AsyncIterator[openai.AsyncOpenAI]:
    async with openai.AsyncOpenAI(api_key=KEY, base_url=f"{simulator.base_url}/v1", max_retries=0) as client:
        yield client


MARKDOWN = f"![image](data:image/png;base64,{base64.b64encode(FOX).decode()})"


async def test_openai_text_to_picture(simulator: GatewaySimulator, chat: openai.AsyncOpenAI) -> None:
    answer = await chat.chat.completions.create(model=PRO, messages=[{"role": "user", "content": "a red fox"}])
    assert (answer.choices[0].message.content, answer.choices[0].finish_reason) == (MARKDOWN, "stop")
    (request,) = simulator.requests
    assert request.body == {"model": PRO, "messages": [{"role": "user", "content": "a red fox"}]}


async def test_openai_edit(simulator: GatewaySimulator, chat: openai.AsyncOpenAI) -> None:
    url = f"data:image/jpeg;base64,{base64.b64encode(OTHER).decode()}"
    answer = await chat.chat.completions.create(
        model=PRO,
        stream=False,
        messages=[
            {
                "role": "user",
                "content": [
                    {"type": "text", "text": "make it night"},
                    {"type": "image_url", "image_url": {"url": url}},
                ],
            }
        ],
    )
    assert answer.choices[0].message.content == MARKDOWN
    assert simulator.requests[0].body["messages"][0]["content"][1]["image_url"]["url"] == url


@pytest.mark.parametrize("shape", [shape for shape in CHAT_SHAPES if shape.startswith(("37", "42"))])
async def test_openai_shapes(simulator: GatewaySimulator, chat: openai.AsyncOpenAI, shape: str) -> None:
    simulator.answer = CHAT_SHAPES[shape](FOX, OTHER)
    answer = await chat.chat.completions.create(model=PRO, messages=[{"role": "user", "content": "a red fox"}])
    assert "base64" in (answer.choices[0].message.content or "")


async def test_openai_stream(simulator: GatewaySimulator, chat: openai.AsyncOpenAI) -> None:
    simulator.answer = events(delta(role="assistant", content=""), delta(content=Text(*markdown(FOX))), delta("stop"))
    stream = await chat.chat.completions.create(
        model=PRO, stream=True, messages=[{"role": "user", "content": "a red fox"}]
    )
    said = [chunk.choices[0].delta.content or "" async for chunk in stream]
    assert "".join(said) == MARKDOWN


@pytest.mark.parametrize(
    ("shape", "error"),
    [
        ("28-header", openai.RateLimitError),
        ("27-gateway", openai.AuthenticationError),
        ("32", openai.PermissionDeniedError),
        ("30-500", openai.InternalServerError),
        ("35-blocked", openai.BadRequestError),
    ],
)
async def test_openai_errors(
    simulator: GatewaySimulator, chat: openai.AsyncOpenAI, shape: str, error: type[openai.APIStatusError]
) -> None:
    simulator.answer = REFUSALS[shape]
    with pytest.raises(error) as caught:
        await chat.chat.completions.create(model=PRO, messages=[{"role": "user", "content": "a red fox"}])
    assert caught.value.status_code == REFUSALS[shape].status


@pytest.mark.parametrize("size", ["auto", "1536x864"])
async def test_openai_generates_an_image(simulator: GatewaySimulator, chat: openai.AsyncOpenAI, size: str) -> None:
    answer = await chat.images.generate(model=FLARE, prompt="a red fox", size=size, quality="xhigh")
    assert [image.b64_json for image in answer.data or []] == [base64.b64encode(FOX).decode()]
    (request,) = simulator.requests
    assert (request.path, request.model) == ("/v1/images/generations", FLARE)


@pytest.mark.parametrize("several", [False, True])
async def test_openai_edits_an_image(simulator: GatewaySimulator, chat: openai.AsyncOpenAI, *, several: bool) -> None:
    files = [("1.jpeg", OTHER, "image/jpeg"), ("2.png", FOX, "image/png")]
    answer = await chat.images.edit(model=FLARE, prompt="make it night", image=files if several else files[0])
    assert [image.b64_json for image in answer.data or []] == [base64.b64encode(FOX).decode()]
    (request,) = simulator.requests
    assert (request.path, request.body["image"]) == ("/v1/images/edits", files if several else files[:1])


@pytest.mark.parametrize(
    ("shape", "error"),
    [
        ("moderation", openai.BadRequestError),
        ("unverified", openai.PermissionDeniedError),
        ("no-such-model", openai.NotFoundError),
        ("too-many", openai.RateLimitError),
        ("server", openai.InternalServerError),
    ],
)
async def test_openai_errors_of_images(
    simulator: GatewaySimulator, chat: openai.AsyncOpenAI, shape: str, error: type[openai.APIStatusError]
) -> None:
    simulator.answer = IMAGE_REFUSALS[shape]
    with pytest.raises(error):
        await chat.images.generate(model=FLARE, prompt="a red fox")


async def test_openai_lists_models(simulator: GatewaySimulator, chat: openai.AsyncOpenAI) -> None:
    assert [model.id async for model in chat.models.list()] == list(simulator.models)
