"""The commands as Discord lists them, and what is offered while they are filled in."""

from typing import Any

import pytest

from adapters.discord.receiving.commands import is_same, to_commands
from bot.application.texts import MessageCatalog
from bot.domain.catalogue.picture_settings import SETTINGS
from bot.domain.events import CommandCall, IncomingMessage
from bot.domain.prompt.commands import MENU, menu_of
from bot.domain.prompt.flags import SWITCHES
from tests.catalogue import built_in_catalogue
from tests.simulators.discord.api import DiscordSimulator
from tests.simulators.discord.faults import bad_gateway
from tests.simulators.discord.world.state import Channel, Person
from tests.unit.discord.adapter import Adapter, running


@pytest.fixture
def commands() -> dict[str, dict[str, Any]]:
    return {
        each["name"]: each for each in to_commands(menu_of(built_in_catalogue()), MessageCatalog("adapters.discord"))
    }


def options_of(command: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {each["name"]: each for each in command["options"]}


def test_a_command_has_a_field_for_each_option_for_pictures_and_for_privacy(
    commands: dict[str, dict[str, Any]],
) -> None:
    ours = ["picture", "picture2", "picture3", "picture4", "private"]
    painting = [each for each in MENU if each.takes_pictures]
    assert painting
    for each in painting:
        assert list(options_of(commands[each.name])) == [*(option.name for option in each.options), *ours]


def test_switches_are_booleans_and_only_the_words_are_required(commands: dict[str, dict[str, Any]]) -> None:
    options = options_of(commands["imagine"])
    assert [name for name, option in options.items() if option["type"] == 5] == [*SWITCHES, "private"]
    assert [name for name, option in options.items() if option.get("required")] == ["prompt"]


def test_models_are_choices_and_shapes_are_offered_while_one_types(commands: dict[str, dict[str, Any]]) -> None:
    options = options_of(commands["imagine"])
    assert {"name": "Nano Banana Pro", "value": "gemini-3-pro-image"} in options["model"]["choices"]
    assert [name for name, option in options.items() if option.get("autocomplete")] == [each.flag for each in SETTINGS]


def test_names_and_descriptions_are_there_in_chinese(commands: dict[str, dict[str, Any]]) -> None:
    imagine = commands["imagine"]
    assert imagine["name_localizations"] == {"zh-CN": "画图"}
    assert imagine["description_localizations"]["zh-CN"] == "用一句话画一张图片"
    assert options_of(imagine)["picture2"]["name_localizations"] == {"zh-CN": "图片2"}
    assert commands["Edit image"]["name_localizations"] == {"zh-CN": "修改图片"}
    translated = [each["name_localizations"]["zh-CN"] for each in imagine["options"]]
    assert len(set(translated)) == len(translated)


def test_each_command_and_option_has_a_chinese_name(commands: dict[str, dict[str, Any]]) -> None:
    everything = [*commands.values(), *(option for each in commands.values() for option in each.get("options", []))]
    assert [each["name"] for each in everything if "zh-CN" not in each.get("name_localizations", {})] == []


def test_every_command_can_be_taken_along_and_used_everywhere(commands: dict[str, dict[str, Any]]) -> None:
    for command in commands.values():
        assert (command["integration_types"], command["contexts"]) == ([0, 1], [0, 1, 2])


async def test_commands_are_registered_once_and_again_only_when_they_change(
    discord_api: DiscordSimulator, anna: Person, channel: Channel
) -> None:
    async with running(Adapter(discord_api)):
        assert len(discord_api.calls("PUT", "/commands")) == 1
    async with running(Adapter(discord_api)):
        assert len(discord_api.calls("PUT", "/commands")) == 1
    discord_api.commands.registered()[0]["description"] = "something older"
    async with running(Adapter(discord_api)):
        assert len(discord_api.calls("PUT", "/commands")) == 2


async def test_commands_that_cannot_be_registered_are_no_reason_not_to_run(
    discord_api: DiscordSimulator, anna: Person
) -> None:
    discord_api.fail("GET", "/applications/*/commands", bad_gateway(503))
    async with running(Adapter(discord_api)) as adapter:
        said = discord_api.members.say(anna, discord_api.direct_channel(anna), "a fox")
        event, _ = await adapter.core.next()
    assert str(said.id) in event.key


def test_what_discord_adds_and_leaves_out_makes_no_difference() -> None:
    wanted = [{"name": "a", "options": [], "contexts": [0, 1], "required": False}]
    assert is_same(wanted, [{"name": "a", "id": "1", "version": "2", "contexts": [1, 0], "options": None}])
    assert not is_same(wanted, [{"name": "b", "contexts": [0, 1]}])
    assert not is_same(wanted, [*wanted, *wanted])


async def offered(
    discord_api: DiscordSimulator, anna: Person, channel: Channel, option: str, typed: str, **values: str
) -> list[str]:
    asked = discord_api.members.type_option(anna, channel, "imagine", option, typed, **values)
    await discord_api.until(lambda: asked.choices is not None)
    return [choice["value"] for choice in asked.choices or ()]


async def test_shapes_and_sizes_follow_the_model_that_is_chosen(
    discord_api: DiscordSimulator, adapter: Adapter, anna: Person, channel: Channel
) -> None:
    assert adapter.core.heard == []
    pro = built_in_catalogue().find("gemini-3-pro-image")
    assert pro
    sizes = await offered(discord_api, anna, channel, "size", "", model="gemini-3-pro-image")
    assert sizes == list(pro.offered.size)
    shapes = await offered(discord_api, anna, channel, "ar", "16", model="gemini-3-pro-image")
    assert shapes == [str(ratio) for ratio in pro.offered.ratio if "16" in str(ratio)]


async def test_every_setting_is_offered_for_its_model_and_arrives_as_a_flag(
    discord_api: DiscordSimulator, adapter: Adapter, anna: Person, channel: Channel
) -> None:
    for setting in SETTINGS:
        model = next(each for each in built_in_catalogue().models if setting.offered_by(each.offered))
        values = [str(value) for value in setting.offered_by(model.offered)]
        assert await offered(discord_api, anna, channel, setting.flag, "", model=model.name) == values
        discord_api.members.slash(anna, channel, "imagine", prompt="a fox", **{setting.flag: values[-1]})
        event, _ = await adapter.core.next()
        assert isinstance(event, IncomingMessage)
        assert event.call == CommandCall(name="imagine", argument="a fox", options={setting.flag: values[-1]})


async def test_without_a_model_everything_is_offered_that_some_model_has(
    discord_api: DiscordSimulator, adapter: Adapter, anna: Person, channel: Channel
) -> None:
    assert adapter.core.heard == []
    everything = {size for model in built_in_catalogue().models for size in model.offered.size}
    assert set(await offered(discord_api, anna, channel, "size", "")) == everything


async def test_what_nobody_offers_is_answered_with_what_there_is(
    discord_api: DiscordSimulator, adapter: Adapter, anna: Person, channel: Channel
) -> None:
    assert adapter.core.heard == []
    assert "1:1" in await offered(discord_api, anna, channel, "ar", "square")
