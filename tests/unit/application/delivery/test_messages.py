"""What is said of a result and of the models, in both languages."""

import re

import pytest

from bot.application.intake.info_commands import describe_settings
from bot.application.texts import LANGUAGES, MessageCatalog, plain
from bot.application.wording import difference
from bot.domain.catalogue.models import ModelCatalog
from bot.domain.catalogue.picture_settings import SETTINGS, PictureSettings, Ratio
from bot.domain.chat import StoredPicture
from bot.domain.prompt.choosing import short_name
from bot.domain.prompt.flags import SWITCHES
from bot.domain.requests.requests import PictureWish
from tests.catalogue import built_in_catalogue

PRO, FLASH = "gemini-3-pro-image", "gemini-2.5-flash-image"
WIDE = Ratio(16, 9)
TEXTS = MessageCatalog()


def told(
    model: str, ratio: Ratio | None, size: str | None, pixels: tuple[int, int], language: str = "en"
) -> str | None:
    wish = PictureWish(prompt="a fox", model=model, settings=PictureSettings(ratio=ratio, size=size))
    picture = StoredPicture(sha256="0" * 64, mime="image/png", width=pixels[0], height=pixels[1], size_bytes=1)
    sentence = difference(wish, picture, built_in_catalogue())
    return None if sentence is None else plain(TEXTS.say(sentence, language))


@pytest.mark.parametrize(
    ("model", "ratio", "size", "text"),
    [
        (PRO, WIDE, "4K", "Asked for 16:9 · 4K (5504×3072); the model made 2048×1024."),
        (PRO, None, "4K", "Asked for 4K; the model made 2048×1024."),
        (FLASH, WIDE, None, "Asked for 16:9 (1344×768); the model made 2048×1024."),
    ],
)
def test_a_difference_is_told_with_what_was_asked_for(
    model: str, ratio: Ratio | None, size: str | None, text: str
) -> None:
    assert told(model, ratio, size, (2048, 1024)) == text


def test_a_difference_is_told_in_chinese_too() -> None:
    text = "要求的是 16:9 · 4K（5504×3072），模型给出的是 1376×768。"
    assert told(PRO, WIDE, "4K", (1376, 768), "zh-CN") == text
    assert told(PRO, None, "4K", (1376, 768), "zh-CN") == "要求的是 4K，模型给出的是 1376×768。"


@pytest.mark.parametrize(
    ("model", "ratio", "size", "pixels"),
    [
        (PRO, WIDE, "4K", (5632, 3072)),
        (FLASH, None, None, (800, 600)),
        ("sora_image", None, None, (1, 1)),
        ("a model that has left the catalogue", WIDE, "4K", (1, 1)),
    ],
)
def test_nothing_is_told_of_a_picture_that_is_as_asked(
    model: str, ratio: Ratio | None, size: str | None, pixels: tuple[int, int]
) -> None:
    assert told(model, ratio, size, pixels) is None


def help_text(catalogue: ModelCatalog, language: str) -> list[str]:
    return [plain(TEXTS.say(sentence, language)) for sentence in describe_settings(catalogue)]


@pytest.mark.parametrize("language", LANGUAGES)
def test_help_names_every_flag_that_can_be_used_and_every_model(language: str) -> None:
    catalogue = built_in_catalogue()
    told = help_text(catalogue, language)
    for flag in (*(each.flag for each in SETTINGS), "model", *SWITCHES):
        assert any(f"--{flag}" in line for line in told), flag
    for model in catalogue.models:
        assert (
            len([line for line in told if re.match(rf"{re.escape(model.title)} ?[(（]{short_name(model)}", line)]) == 1
        )


@pytest.mark.parametrize("language", LANGUAGES)
def test_help_names_every_value_with_its_model_or_with_its_flag(language: str) -> None:
    catalogue = built_in_catalogue()
    told = help_text(catalogue, language)
    for setting in SETTINGS:
        for model in catalogue.models:
            for value in setting.offered_by(model.offered):
                lines = [line for line in told if str(value) in re.split("[ ,.;，。；：]+", line)]
                assert [line for line in lines if line.startswith((model.title, f"--{setting.flag}"))], str(value)


def test_help_names_the_usual_shapes_once_and_of_each_model_what_is_its_own() -> None:
    told = help_text(built_in_catalogue(), "en")
    assert "--ar can be 1:1, 2:3, 3:2, 3:4, 4:3, 4:5, 5:4, 9:16, 16:9, 21:9." in told
    assert sum("21:9" in line for line in told) == 1
    assert "Nano Banana Pro (pro): 1K, 2K, 4K; 2–4 credits a picture." in told
    assert "Nano Banana (flash): 1 credit a picture." in told
    assert any(line.startswith("Nano Banana 2 (nano-banana-2): 1:4, 4:1, 1:8, 8:1 · 512, 1K, 2K, 4K") for line in told)
    assert "Sora Image (sora): without --ar; 1 credit a picture." in told


def test_help_is_as_short_in_chinese() -> None:
    told = help_text(built_in_catalogue(["gemini-3-pro-image", "sora_image"]), "zh-CN")
    assert "--ar 可以是 1:1, 2:3, 3:2, 3:4, 4:3, 4:5, 5:4, 9:16, 16:9, 21:9。" in told
    assert "Nano Banana Pro（pro）：1K, 2K, 4K；每张 2–4 积分。" in told
    assert "Sora Image（sora）：没有 --ar；每张 1 积分。" in told


def test_help_says_nothing_of_settings_that_no_model_has() -> None:
    told = help_text(built_in_catalogue(["sora_image"]), "en")
    assert not [line for line in told for each in SETTINGS if f"--{each.flag}" in line]
    assert "Sora Image (sora): 1 credit a picture." in told
