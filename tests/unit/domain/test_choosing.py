"""Which model paints a request that names none."""

from dataclasses import replace

import pytest

from bot.domain.catalogue.models import ModelCatalog
from bot.domain.catalogue.picture_settings import PictureSettings, Ratio
from bot.domain.errors import CommandFault
from bot.domain.prompt.choosing import ModelQuery, as_offered_now, choose_model
from bot.domain.requests.requests import PictureWish
from tests.catalogue import built_in_catalogue

PRO, FLASH = "gemini-3-pro-image", "gemini-2.5-flash-image"
LITE, TWO, NEWEST = "gemini-3.1-flash-lite-image", "gemini-3.1-flash-image", "gemini-nano-banana-2.1"
SIGN = "a sign that says open"


def chosen(
    *names: str,
    trait: str | None = None,
    prompt: str = "a fox",
    ar: str = "",
    size: str | None = None,
    pictures: int = 0,
) -> str:
    asked = ModelQuery(prompt=prompt, settings=PictureSettings(ratio=Ratio.parse(ar), size=size), pictures=pictures)
    return choose_model(asked, built_in_catalogue(names), trait=trait).name


def on_trial(catalogue: ModelCatalog, name: str, share: float) -> ModelCatalog:
    return replace(
        catalogue,
        models=tuple(replace(model, share=share) if model.name == name else model for model in catalogue.models),
    )


def test_the_first_on_offer_is_the_default() -> None:
    assert chosen(LITE, PRO) == LITE


@pytest.mark.parametrize(
    ("ar", "size", "model"),
    [
        ("", "4K", PRO),
        ("1:8", None, TWO),
        ("1:8", "512", TWO),
        ("16:9", None, LITE),
        ("", "9K", LITE),  # nobody has it: the default's sentence says so
    ],
)
def test_a_ratio_or_size_that_the_default_lacks_is_had_from_the_first_that_has_it(
    ar: str, size: str | None, model: str
) -> None:
    assert chosen(LITE, PRO, TWO, ar=ar, size=size) == model


def test_more_pictures_than_the_default_takes_go_to_one_that_takes_them() -> None:
    assert chosen(FLASH, PRO, pictures=3) == FLASH
    assert chosen(FLASH, PRO, pictures=4) == PRO


def test_a_switch_takes_the_first_that_is_marked_so() -> None:
    assert chosen(NEWEST, TWO, FLASH, PRO, trait="fast") == TWO
    assert chosen(NEWEST, TWO, FLASH, PRO, trait="best") == PRO


def test_a_switch_takes_one_that_has_what_is_asked_for() -> None:
    assert chosen(FLASH, PRO, TWO, trait="fast", size="4K") == TWO
    assert chosen(FLASH, PRO, trait="fast", size="4K") == FLASH  # whose sentence says that it has no 4K


def test_a_switch_that_no_model_is_marked_for_is_answered_with_what_there_is() -> None:
    with pytest.raises(CommandFault) as caught:
        chosen(NEWEST, trait="best")
    (sentence,) = caught.value.sentences
    assert (sentence.key, sentence.arguments) == ("no-model-marked", {"flag": "--best", "models": NEWEST})


def test_words_in_the_picture_are_a_reason_to_take_a_model_that_writes_well() -> None:
    assert chosen(FLASH, PRO, prompt=SIGN) == PRO
    assert chosen(FLASH, PRO) == FLASH
    assert chosen(FLASH, TWO, prompt=SIGN) == FLASH  # nobody here writes better
    assert chosen(FLASH, PRO, TWO, prompt=SIGN, ar="1:8") == TWO  # the shape was asked for, the model was not
    assert chosen(FLASH, PRO, prompt=SIGN, trait="fast") == FLASH


def test_a_model_on_trial_is_the_default_of_its_share_of_members_and_stays_so() -> None:
    catalogue = on_trial(built_in_catalogue([PRO, NEWEST]), NEWEST, 0.05)
    members = [f"chat:{number}" for number in range(2000)]
    names = [choose_model(ModelQuery(prompt="a fox"), catalogue, member_key=member).name for member in members]
    assert 60 <= names.count(NEWEST) <= 140
    assert names == [choose_model(ModelQuery(prompt="an owl"), catalogue, member_key=member).name for member in members]


def test_whoever_is_no_member_gets_no_model_on_trial_unless_only_it_has_what_is_asked_for() -> None:
    catalogue = on_trial(built_in_catalogue([NEWEST, PRO]), NEWEST, 0.999)
    assert catalogue.default.name == PRO
    assert choose_model(ModelQuery(prompt="a fox"), catalogue).name == PRO
    assert (
        choose_model(ModelQuery(prompt="a fox", settings=PictureSettings(ratio=Ratio(1, 8))), catalogue).name == NEWEST
    )


def test_where_every_model_is_on_trial_the_first_is_the_default() -> None:
    catalogue = on_trial(built_in_catalogue([NEWEST]), NEWEST, 0.05)
    assert (catalogue.default.name, choose_model(ModelQuery(prompt="a fox"), catalogue).name) == (NEWEST, NEWEST)


def test_an_old_wish_is_painted_as_the_catalogue_is_now() -> None:
    catalogue = built_in_catalogue([PRO, FLASH])
    wish = PictureWish(
        prompt="a fox", model="nano-banana-pro-preview", settings=PictureSettings(ratio=Ratio(16, 9), size="2K")
    )
    assert as_offered_now(wish, catalogue) == replace(wish, model=PRO)
    assert as_offered_now(replace(wish, settings=PictureSettings(size="512")), catalogue) is None
    assert as_offered_now(replace(wish, settings=PictureSettings(ratio=Ratio(1, 8))), catalogue) is None
    assert as_offered_now(replace(wish, model="dall-e"), catalogue) is None


def test_an_old_wish_for_the_size_that_comes_unasked_outlives_the_choice_of_sizes() -> None:
    wish = PictureWish(prompt="a fox", model=PRO, settings=PictureSettings(size="1K"))
    limited = ModelCatalog((built_in_catalogue([PRO]).default.limited_to(frozenset()),))
    assert as_offered_now(wish, limited) == replace(wish, settings=PictureSettings())
    assert as_offered_now(replace(wish, settings=PictureSettings(size="4K")), limited) is None
    assert as_offered_now(replace(wish, settings=PictureSettings()), built_in_catalogue([PRO])) == wish
