"""The table of settings: its rows agree with the values that travel, and every part of the program walks over it."""

from dataclasses import fields

import pytest

from bot.application.texts import LANGUAGES, MessageCatalog, plain
from bot.application.wording import settings_line
from bot.domain.catalogue.models import ImageModel
from bot.domain.catalogue.picture_settings import SETTINGS, OfferedValues, PictureSettings, Ratio, Setting
from bot.domain.errors import CommandFault
from bot.domain.events import CommandCall
from bot.domain.prompt.commands import MENU, menu_of, parse_prompt
from bot.domain.prompt.flags import FLAGS
from bot.domain.requests.requests import PictureWish
from bot.storage.requests.kept_settings import to_kept, to_settings
from tests.catalogue import built_in_catalogue

CATALOGUE, TEXTS = built_in_catalogue(), MessageCatalog()
EVERY = [
    (setting, model, value)
    for setting in SETTINGS
    for model in CATALOGUE.models
    for value in setting.offered_by(model.offered)
]
NAMES = [f"{setting.name}-{model.name}-{value}" for setting, model, value in EVERY]


def read(text: str, **options: str) -> PictureWish:
    return parse_prompt(CommandCall(name="imagine", argument=text, options=options), CATALOGUE).wish


def has_choice(model: ImageModel, setting: Setting) -> bool:
    return bool(setting.offered_by(model.offered))


def test_every_field_has_a_row_and_every_row_a_field() -> None:
    names = [setting.name for setting in SETTINGS]
    assert [field.name for field in fields(PictureSettings)] == names
    assert [field.name for field in fields(OfferedValues)] == names


def test_every_flag_means_one_setting_and_stands_in_the_menu() -> None:
    spellings = [(each, setting.flag) for setting in SETTINGS for each in (setting.flag, *setting.spellings)]
    assert len(dict(spellings)) == len(spellings)
    assert dict(spellings).items() <= FLAGS.items()
    for command in MENU:
        if command.takes_pictures:
            assert {setting.flag for setting in SETTINGS} <= {option.name for option in command.options}


def test_some_models_offer_a_setting_and_others_do_not() -> None:
    for setting in SETTINGS:
        assert {has_choice(model, setting) for model in CATALOGUE.models} == {True, False}, setting.name


@pytest.mark.parametrize(("setting", "model", "value"), EVERY, ids=NAMES)
def test_a_value_travels_from_every_spelling_to_the_store_and_back(
    setting: Setting, model: ImageModel, value: Ratio | str
) -> None:
    wish = read("a fox", model=model.name, **{setting.flag: str(value)})
    assert getattr(wish.settings, setting.name) == value
    for spelling in (setting.flag, *setting.spellings):
        for typed in (str(value), str(value).lower(), str(value).upper()):
            assert read(f"a fox --{spelling} {typed} --model {model.name}") == wish
    assert to_settings(to_kept(wish.settings)) == wish.settings
    assert setting.label(value) in settings_line(wish, CATALOGUE).split(" · ")


def test_the_menu_offers_every_value_with_the_models_that_have_it() -> None:
    options = {option.name: option for option in menu_of(CATALOGUE)[0].options}
    for setting, model, value in EVERY:
        [offered] = [each for each in options[setting.flag].values if each.value == str(value)]
        assert offered.models is not None
        assert model.name in offered.models


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_value_that_a_model_lacks_is_refused_in_a_sentence_that_names_the_model(language: str) -> None:
    for setting, _, value in EVERY:
        for model in CATALOGUE.models:
            if value in setting.offered_by(model.offered):
                continue
            with pytest.raises(CommandFault) as caught:
                read(f"a fox --{setting.flag} {value} --model {model.name}")
            told = plain(TEXTS.say(caught.value.sentences[0], language))
            assert model.title in told
            assert (str(value) if has_choice(model, setting) else f"--{setting.flag}") in told


def test_what_another_version_kept_counts_as_not_chosen() -> None:
    kept = {"ratio": "wide", "size": 4, "mood": "sad"}
    assert to_settings(kept) == PictureSettings()
    assert to_settings({**kept, "size": "4K"}) == PictureSettings(size="4K")


def test_a_model_that_cannot_be_sent_a_setting_offers_all_others() -> None:
    for model in CATALOGUE.models:
        for setting in SETTINGS:
            limited = model.limited_to(frozenset(each.name for each in SETTINGS if each is not setting))
            assert not has_choice(limited, setting)
            for other in SETTINGS:
                assert other is setting or other.offered_by(limited.offered) == other.offered_by(model.offered)
