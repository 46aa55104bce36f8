"""What is said of a result and of the models, in both languages."""

import pytest

from bot.application.intake.info_commands import describe_settings
from bot.application.texts import MessageCatalog, plain
from bot.application.wording import difference
from bot.domain.chat import StoredPicture
from bot.domain.models import ModelCatalog, Ratio
from bot.domain.requests.requests import PictureWish
from tests.catalogue import built_in_catalogue

PRO, FLASH = "gemini-3-pro-image", "gemini-2.5-flash-image"
WIDE = Ratio(16, 9)
TEXTS = MessageCatalog()


def told(
    model: str, ratio: Ratio | None, size: str | None, pixels: tuple[int, int], language: str = "en"
) -> str | None:
    wish = PictureWish(prompt="a fox", model=model, ratio=ratio, size=size)
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


def test_help_names_the_usual_shapes_once_and_of_each_model_what_is_its_own() -> None:
    assert help_text(built_in_catalogue(), "en") == [
        "--ar sets the shape, --size the resolution, --model the model.",
        "Or let me choose: --fast for a quick model, --best for the best.",
        "Shapes: 1:1, 2:3, 3:2, 3:4, 4:3, 4:5, 5:4, 9:16, 16:9, 21:9.",
        "Nano Banana Pro (pro): 1K, 2K, 4K; 2–4 credits a picture.",
        "Nano Banana Pro (preview) (pro-preview): 1K, 2K, 4K; 2–4 credits a picture.",
        "Nano Banana (flash): 1 credit a picture.",
        "Nano Banana 2 (nano-banana-2): 512, 1K, 2K, 4K; also 1:4, 4:1, 1:8, 8:1; 1–2 credits a picture.",
        "Nano Banana 2 Lite (lite): 1K; 1 credit a picture.",
        "Nano Banana 2.1 (2.1): 1K, 2K, 4K; also 1:4, 4:1, 1:8, 8:1; 1–2 credits a picture.",
        "GPT-4o Image (gpt-4o): a shape of its own; 1 credit a picture.",
        "Sora Image (sora): a shape of its own; 1 credit a picture.",
    ]


def test_help_is_as_short_in_chinese() -> None:
    chinese = help_text(built_in_catalogue(["gemini-3.1-flash-image", "sora_image"]), "zh-CN")
    assert chinese == [
        "--ar 设置形状，--size 设置分辨率，--model 选择模型。",
        "形状：1:1, 2:3, 3:2, 3:4, 4:3, 4:5, 5:4, 9:16, 16:9, 21:9, 1:4, 4:1, 1:8, 8:1。",
        "Nano Banana 2（nano-banana-2）：512, 1K, 2K, 4K；每张 1–2 积分。",
        "Sora Image（sora）：形状由模型决定；每张 1 积分。",
    ]


def test_help_says_nothing_of_shapes_where_no_model_has_any() -> None:
    assert help_text(built_in_catalogue(["sora_image"]), "en")[1:] == [
        "Sora Image (sora): a shape of its own; 1 credit a picture."
    ]
