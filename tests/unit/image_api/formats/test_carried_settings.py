"""What the catalogue says that a format carries is in its requests: a setting that is not sent would be paid for."""

import pytest

from bot.domain.catalogue.endpoint_formats import EndpointFormat
from bot.domain.catalogue.models import ImageModel
from bot.domain.catalogue.picture_settings import SETTINGS, PictureSettings, Setting
from bot.domain.requests.requests import PictureWish
from bot.image_api.formats.chat_completions import ChatCompletionsFormat
from bot.image_api.formats.gemini import GeminiFormat
from bot.image_api.formats.images import ImagesFormat
from bot.image_api.formats.wire_format import WireFormat
from tests.catalogue import built_in_catalogue

FORMATS: dict[str, WireFormat] = {
    EndpointFormat.GEMINI: GeminiFormat(),
    EndpointFormat.OPENAI_CHAT: ChatCompletionsFormat(),
    EndpointFormat.OPENAI_IMAGES: ImagesFormat("medium"),
}
CARRIED = [
    (name, model, setting)
    for model in built_in_catalogue().models
    for name, carried in model.formats.items()
    for setting in SETTINGS
    if name in FORMATS and setting.name in carried
]


def written(wire_format: WireFormat, model: ImageModel, settings: PictureSettings) -> bytes:
    wish = PictureWish(prompt="a red fox", model=model.name, settings=settings)
    return b"".join(part for part in wire_format.to_request(wish, model, ()).parts if isinstance(part, bytes))


def test_every_format_over_http_is_looked_at() -> None:
    assert set(FORMATS) == {*EndpointFormat} - {EndpointFormat.DEMO}


def test_no_format_of_a_model_carries_what_the_format_has_no_place_for() -> None:
    for each in EndpointFormat:
        assert each.facts.carries <= {setting.name for setting in SETTINGS}


@pytest.mark.parametrize(
    ("name", "model", "setting"), CARRIED, ids=[f"{name}-{model.name}-{each.name}" for name, model, each in CARRIED]
)
def test_every_value_of_a_setting_makes_another_request(name: str, model: ImageModel, setting: Setting) -> None:
    values = setting.offered_by(model.offered)
    bodies = {value: written(FORMATS[name], model, PictureSettings.of({setting.name: value})) for value in values}
    assert len(set(bodies.values())) == len(values)
    # What a model paints unasked need not be said.
    nothing = written(FORMATS[name], model, PictureSettings())
    assert {value for value, body in bodies.items() if body == nothing} <= {getattr(model.unasked, setting.name)}
