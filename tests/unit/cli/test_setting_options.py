"""The options of `plantain imagine`: one for each setting, with the words of the menus."""

from click.testing import CliRunner

from bot.application.texts import MessageCatalog, plain
from bot.cli import plantain
from bot.domain.catalogue.picture_settings import SETTINGS


def test_help_names_every_setting_and_what_it_is() -> None:
    told = " ".join(CliRunner().invoke(plantain, ["imagine", "--help"]).output.split())
    texts = MessageCatalog()
    for setting in SETTINGS:
        summary = plain(texts.say(setting.summary, "en"))
        assert f"--{setting.flag} VALUE {summary}." in told
