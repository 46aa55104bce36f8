"""What the catalogue says that a format carries is in its requests: a setting that is not sent would be paid for."""

import pytest

from bot.domain.models import ImageModel
from bot.domain.picture_settings import SETTINGS, PictureSettings, Setting
from bot.domain.requests.requests import PictureWish
from bot.image_api.formats.chat_completions import ChatCompletionsFormat
from bot.image_api.formats.gemini import GeminiFormat
from bot.image_api.formats.wire_format import WireFormat
from tests.catalogue import built_in_catalogue

FORMATS: dict[str, WireFormat] = {"gemini": GeminiFormat(), "openai": ChatCompletionsFormat()}
CARRIED = [
    (name, model, setting)
    for model in built_in_catalogue().models
    for name, carried in model.formats.items()
    for setting in SETTINGS
    if name in FORMATS and setting.name in carried
]


def written(wire_format: WireFormat, model: ImageModel, settings: PictureSettings) -> bytes:
    wish = PictureWish(prompt="a red fox", model=model.name, settings=settings)
    return b"".join(part for part in wire_format.to_request_body(wish, ()).parts if isinstance(part, bytes))


@pytest.mark.parametrize(
    ("name", "model", "setting"), CARRIED, ids=[f"{name}-{model.name}-{each.name}" for name, model, each in CARRIED]
)
def test_every_value_of_a_setting_makes_another_request(name: str, model: ImageModel, setting: Setting) -> None:
    values = setting.offered_by(model.offered)
    bodies = {written(FORMATS[name], model, PictureSettings.of({setting.name: value})) for value in values}
    assert len(bodies | {written(FORMATS[name], model, PictureSettings())}) == len(values) + 1
