"""OpenAI's format for pictures: what is asked, in JSON and as a form, and what its answers and refusals mean."""

from collections.abc import AsyncIterator, Iterator

import pytest
from pydantic import SecretStr

from bot.domain.catalogue.picture_settings import PictureSettings, Ratio
from bot.domain.image_faults import (
    EndpointBusy,
    EndpointRateLimited,
    FundsUsedUp,
    ImageFault,
    LinkBroken,
    ModelUnavailable,
    NoPictureMade,
    OrganizationUnverified,
    PromptRefused,
    SettingRejected,
    UnreadableAnswer,
)
from bot.domain.requests.requests import PictureWish
from bot.image_api.endpoint import Access, HttpEndpoint
from bot.image_api.formats.images import ImagesFormat
from bot.image_api.links.linked_pictures import LinkedPictures
from bot.pictures.workshop import Workshop
from bot.ports import ImageRequest, SourcePicture
from tests.catalogue import built_in_catalogue
from tests.simulators.image_api.answers import Answer, Base64Of
from tests.simulators.image_api.chat_answers import one_picture as chat_picture
from tests.simulators.image_api.gateway import KEY, GatewaySimulator
from tests.simulators.image_api.images_shapes import REFUSALS, images, one_link, one_picture
from tests.unit.image_api.orders import FOX, LARGE, OTHER, NotedJournal, paint, source
from tests.unit.image_api.streaming.folder_sink import FolderSink

FLARE = "gpt-image-2.5-flare"
WIDE = Ratio(16, 9)


@pytest.fixture
async def api(simulator: GatewaySimulator) -> AsyncIterator[HttpEndpoint]:
    api = HttpEndpoint(
        Access(name="gateway", base_url=simulator.base_url, api_key=SecretStr(KEY), most_request_bytes=100_000_000),
        ImagesFormat("medium"),
        catalogue=built_in_catalogue(),
        links=LinkedPictures(allowed_hosts=frozenset({"127.0.0.1"})),
        workshop=Workshop(),
    )
    yield api
    await api.close()


def wanted(
    *sources: SourcePicture, prompt: str = "a red fox", ratio: Ratio | None = None, size: str | None = "1K"
) -> ImageRequest:
    wish = PictureWish(prompt=prompt, model=FLARE, settings=PictureSettings(ratio=ratio, size=size))
    return ImageRequest(wish=wish, sources=sources)


async def fault_of(api: HttpEndpoint, sink: FolderSink) -> ImageFault:
    with pytest.raises(ImageFault) as caught:
        await paint(api, sink, wanted())
    assert sink.names == []
    assert KEY not in caught.value.owner_text
    return caught.value


# What is asked


@pytest.mark.parametrize(
    ("ratio", "size", "sent"),
    [
        (None, "1K", {}),
        (None, "2K", {"size": "2048x2048"}),
        (WIDE, "1K", {"size": "1536x864"}),
        (WIDE, "4K", {"size": "3840x2160"}),
        (Ratio(2, 3), "1K", {"size": "1024x1536"}),
    ],
)
async def test_the_request_as_openai_documents_it(
    simulator: GatewaySimulator,
    api: HttpEndpoint,
    sink: FolderSink,
    ratio: Ratio | None,
    size: str,
    sent: dict[str, str],
) -> None:
    await paint(api, sink, wanted(ratio=ratio, size=size))
    (request,) = simulator.requests
    assert (request.path, request.headers["authorization"]) == ("/v1/images/generations", f"Bearer {KEY}")
    assert request.headers["content-type"] == "application/json"
    assert request.body == {"model": FLARE, "prompt": "a red fox", "quality": "medium", **sent}


def every_choice() -> Iterator[tuple[str, Ratio, str]]:
    for model in built_in_catalogue().models:
        if "openai-images" in model.formats:
            yield from ((model.name, ratio, size) for ratio in model.offered.ratio for size in model.offered.size)


@pytest.mark.parametrize(("model", "ratio", "size"), [*every_choice()])
async def test_every_size_of_the_catalogue_is_one_that_openai_takes(
    simulator: GatewaySimulator, api: HttpEndpoint, sink: FolderSink, model: str, ratio: Ratio, size: str
) -> None:
    wish = PictureWish(prompt="a red fox", model=model, settings=PictureSettings(ratio=ratio, size=size))
    await paint(api, sink, ImageRequest(wish=wish))
    width, _, height = simulator.requests[0].body["size"].partition("x")
    assert abs(int(width) / int(height) * ratio.height / ratio.width - 1) < 0.01


PROMPTS = ["make it night", "把它变成夜晚", '--x"; name="n"\r\n\r\n9\r\n', "line\nline", "\N{FOX FACE}"]


@pytest.mark.parametrize("prompt", PROMPTS)
async def test_pictures_go_along_as_files_of_a_form(
    simulator: GatewaySimulator, api: HttpEndpoint, sink: FolderSink, prompt: str
) -> None:
    (made,) = await paint(api, sink, wanted(source(OTHER, mime="image/jpeg"), prompt=prompt, ratio=WIDE))
    (request,) = simulator.requests
    assert request.path == "/v1/images/edits"
    assert request.body == {
        "model": FLARE,
        "prompt": prompt,
        "quality": "medium",
        "size": "1536x864",
        "image": [("1.jpeg", OTHER, "image/jpeg")],
    }
    assert sink.content(made.picture) == FOX


async def test_several_pictures_keep_their_order_and_their_size(
    simulator: GatewaySimulator, api: HttpEndpoint, sink: FolderSink
) -> None:
    await paint(api, sink, wanted(source(LARGE), source(OTHER, mime="image/jpeg"), source(FOX)))
    (request,) = simulator.requests
    assert [data for _, data, _ in request.body["image"]] == [LARGE, OTHER, FOX]
    assert int(request.headers["content-length"]) > len(LARGE) + len(OTHER) + len(FOX)


# What comes back


async def test_a_picture_in_base64(simulator: GatewaySimulator, api: HttpEndpoint, sink: FolderSink) -> None:
    simulator.answer = one_picture(LARGE)
    (made,) = await paint(api, sink, wanted())
    assert (sink.content(made.picture), made.words) == (LARGE, None)


async def test_a_picture_at_an_address(simulator: GatewaySimulator, api: HttpEndpoint, sink: FolderSink) -> None:
    simulator.answer = one_link(simulator.put("fox.png", OTHER))
    journal = NotedJournal()
    (made,) = await paint(api, sink, wanted(), journal)
    assert (sink.content(made.picture), made.words) == (OTHER, None)
    assert [link.endpoint for link in journal.found_links] == ["gateway"]


async def test_an_address_without_a_picture(simulator: GatewaySimulator, api: HttpEndpoint, sink: FolderSink) -> None:
    simulator.answer = one_link(f"{simulator.base_url}/files/gone.png")
    assert type(await fault_of(api, sink)) is LinkBroken


async def test_an_answer_in_the_chat_format(simulator: GatewaySimulator, api: HttpEndpoint, sink: FolderSink) -> None:
    simulator.answer = Answer(body=chat_picture(FOX).body, is_judged=False)
    (made,) = await paint(api, sink, wanted())
    assert sink.content(made.picture) == FOX


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (images(), NoPictureMade),
        (images({"revised_prompt": "a fox"}), NoPictureMade),
        (images({"b64_json": Base64Of(picture=b"no picture at all")}), UnreadableAnswer),
        (Answer(body={"created": 1}, is_judged=False), UnreadableAnswer),
    ],
)
async def test_an_answer_without_a_picture(
    simulator: GatewaySimulator, api: HttpEndpoint, sink: FolderSink, answer: Answer, kind: type[ImageFault]
) -> None:
    simulator.answer = answer
    assert type(await fault_of(api, sink)) is kind


@pytest.mark.parametrize(
    ("shape", "kind", "told"),
    [
        ("moderation", PromptRefused, "refused before painting"),
        ("moderation-without-code", PromptRefused, "refused before painting"),
        ("hard-limit", FundsUsedUp, "used up"),
        ("unverified", OrganizationUnverified, "verify yours"),
        ("no-such-model", ModelUnavailable, "does not serve this model"),
        ("size", SettingRejected, "the size"),
        ("quality", SettingRejected, "the quality"),
        ("picture", SettingRejected, "a source picture"),
        ("too-many", EndpointRateLimited, "too many requests"),
        ("server", EndpointBusy, "the endpoint failed"),
    ],
)
async def test_a_refusal(
    simulator: GatewaySimulator, api: HttpEndpoint, sink: FolderSink, shape: str, kind: type[ImageFault], told: str
) -> None:
    simulator.answer = REFUSALS[shape]
    fault = await fault_of(api, sink)
    assert type(fault) is kind
    assert told in fault.owner_text
