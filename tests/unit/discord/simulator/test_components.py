"""Buttons, selects, modals and layouts, between the unmodified library and the simulated Discord."""

import asyncio
import io
import re
from typing import Any, Self

import discord
import pytest

from tests.simulators.discord.api import DiscordSimulator
from tests.simulators.discord.world.files import Upload
from tests.simulators.discord.world.state import Channel, Person
from tests.unit.discord.library_client import LibraryClient, picture, running


class Again(discord.ui.DynamicItem[discord.ui.Button[Any]], template=r"again:(?P<job>\d+)"):
    """A button that works after a restart."""

    def __init__(self, job: str) -> None:
        super().__init__(discord.ui.Button(label="Again", custom_id=f"again:{job}"))
        self.job = job

    @classmethod
    async def from_custom_id(
        cls, _: discord.Interaction[Any], __: discord.ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        return cls(match["job"])

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        await interaction.response.edit_message(content=f"again {self.job}")


class Words(discord.ui.Modal, title="Edit"):
    prompt: discord.ui.TextInput[Any] = discord.ui.TextInput(label="What?", custom_id="prompt", max_length=20)
    pictures = discord.ui.Label[Any](
        text="Pictures", component=discord.ui.FileUpload(custom_id="pictures", max_values=2, required=False)
    )

    async def on_submit(self, interaction: discord.Interaction) -> None:
        uploads = self.pictures.component
        assert isinstance(uploads, discord.ui.FileUpload)
        names = ", ".join([f"{each.filename} {len(await each.read())}" for each in uploads.values])
        await interaction.response.send_message(f"{self.prompt.value}: {names}")


def place(client: LibraryClient, channel: Channel) -> discord.PartialMessageable:
    return client.get_partial_messageable(channel.id)


def with_button(custom_id: str, label: str) -> discord.ui.View:
    view = discord.ui.View(timeout=None)
    view.add_item(discord.ui.Button(label=label, custom_id=custom_id))
    return view


async def test_a_button_works_after_a_restart(discord_api: DiscordSimulator, channel: Channel, anna: Person) -> None:
    async with running(discord_api, before := LibraryClient()):
        await place(before, channel).send("a fox", view=with_button("again:7", "Again"))
    after = LibraryClient()
    after.add_dynamic_items(Again)
    message = discord_api.messages(channel)[0]
    async with running(discord_api, after):
        asked = discord_api.members.press(anna, message, "Again")
        await discord_api.until(lambda: asked.answer)
    assert asked.answer is message
    assert message.text == "again 7"


async def test_a_button_that_is_not_there_cannot_be_pressed(
    discord_api: DiscordSimulator, channel: Channel, anna: Person
) -> None:
    async with running(discord_api, client := LibraryClient()):
        await place(client, channel).send("a fox", view=with_button("x", "Again"))
        with pytest.raises(AssertionError):
            discord_api.members.press(anna, discord_api.messages(channel)[0], "Edit")


async def test_a_press_is_acknowledged_without_a_change(
    discord_api: DiscordSimulator, channel: Channel, anna: Person
) -> None:
    async with running(discord_api, client := LibraryClient()):
        await place(client, channel).send("a fox", view=with_button("x", "Again"))
        asked = discord_api.members.press(anna, discord_api.messages(channel)[0], "x")
        interaction = await client.interactions.get()
        await interaction.response.defer()
        await interaction.edit_original_response(content="two foxes")
    assert asked.answer is discord_api.messages(channel)[0]
    assert asked.answer.text == "two foxes"


async def test_a_choice_from_a_select_arrives(discord_api: DiscordSimulator, channel: Channel, anna: Person) -> None:
    view = discord.ui.View(timeout=None)
    options = [discord.SelectOption(label=size) for size in ("1K", "4K")]
    view.add_item(discord.ui.Select(custom_id="size", options=options))
    async with running(discord_api, client := LibraryClient()):
        await place(client, channel).send("which?", view=view)
        discord_api.members.choose(anna, discord_api.messages(channel)[0], "size", "4K")
        interaction = await client.interactions.get()
    assert interaction.data is not None
    assert interaction.data.get("values") == ["4K"]


async def test_a_modal_is_filled_in_with_words_and_pictures(
    discord_api: DiscordSimulator, channel: Channel, anna: Person
) -> None:
    data = picture()
    async with running(discord_api, client := LibraryClient()):
        await place(client, channel).send("a fox", view=with_button("edit", "Edit"))
        asked = discord_api.members.press(anna, discord_api.messages(channel)[0], "Edit")
        await (await client.interactions.get()).response.send_modal(Words())
        upload = Upload(name="b.png", data=data)
        handed_in = discord_api.members.submit(asked, {"prompt": "at night", "pictures": [upload]})
        await discord_api.until(lambda: handed_in.answer)
    assert handed_in.answer
    assert handed_in.answer.text == f"at night: b.png {len(data)}"


async def test_a_modal_takes_no_more_than_it_says(
    discord_api: DiscordSimulator, channel: Channel, anna: Person
) -> None:
    async with running(discord_api, client := LibraryClient()):
        await place(client, channel).send("a fox", view=with_button("edit", "Edit"))
        asked = discord_api.members.press(anna, discord_api.messages(channel)[0], "Edit")
        await (await client.interactions.get()).response.send_modal(Words())
        with pytest.raises(AssertionError, match="at most 20"):
            discord_api.members.submit(asked, {"prompt": "x" * 21})


# Components V2


def layout(*items: discord.ui.Item[Any]) -> discord.ui.LayoutView:
    view = discord.ui.LayoutView(timeout=None)
    for item in items:
        view.add_item(item)
    return view


async def test_a_layout_is_read_as_its_texts_its_buttons_and_the_files_it_shows(
    discord_api: DiscordSimulator, channel: Channel
) -> None:
    container = discord.ui.Container[Any](
        discord.ui.TextDisplay("# A fox"),
        discord.ui.MediaGallery(discord.MediaGalleryItem("attachment://shown.png")),
        discord.ui.Separator(),
        discord.ui.Section("for you", accessory=discord.ui.Button(label="Again", custom_id="again:7")),
    )
    files = [discord.File(io.BytesIO(picture()), name) for name in ("shown.png", "hidden.png")]
    async with running(discord_api, client := LibraryClient()):
        sent = await place(client, channel).send(view=layout(container), files=files)
    message = discord_api.messages(channel)[0]
    assert message.text == "# A fox\nfor you"
    assert [(each.label, each.custom_id) for each in message.buttons] == [("Again", "again:7")]
    assert [each.name for each in message.shown_files] == ["shown.png"]
    assert len(sent.attachments) == 2


async def test_a_button_of_a_layout_works_after_a_restart(
    discord_api: DiscordSimulator, channel: Channel, anna: Person
) -> None:
    row = discord.ui.ActionRow[Any](discord.ui.Button(label="Again", custom_id="again:7"))
    async with running(discord_api, before := LibraryClient()):
        await place(before, channel).send(view=layout(row))
    pressed: asyncio.Queue[str] = asyncio.Queue()

    class Remembering(Again, template=r"again:(?P<job>\d+)"):
        async def callback(self, interaction: discord.Interaction[Any]) -> None:
            await interaction.response.defer()
            await pressed.put(self.job)

    after = LibraryClient()
    after.add_dynamic_items(Remembering)
    async with running(discord_api, after):
        discord_api.members.press(anna, discord_api.messages(channel)[0], "Again")
        assert await pressed.get() == "7"


async def test_content_does_not_go_with_a_layout(discord_api: DiscordSimulator, channel: Channel) -> None:
    body = {"content": "a fox", "flags": 1 << 15, "components": [{"type": 10, "content": "x"}]}
    await is_refused(discord_api, channel, body, "Components V2")


@pytest.mark.parametrize(
    ("components", "words"),
    [
        ([{"type": 17, "components": [{"type": 10, "content": "x"}] * 40}], "41 of at most 40"),
        ([{"type": 10, "content": "x" * 2001}, {"type": 10, "content": "x" * 2000}], "4001 characters"),
        ([{"type": 12, "items": [{"media": {"url": "attachment://none.png"}}]}], "no file for"),
        (
            [{"type": 1, "components": [{"type": 2, "style": 1, "label": "x", "custom_id": "x"}] * 2}],
            "is there 2 times",
        ),
        ([{"type": 1, "components": [{"type": 2, "style": 5, "label": "x", "custom_id": "x"}]}], "a button has"),
    ],
)
async def test_a_layout_has_limits(
    discord_api: DiscordSimulator, channel: Channel, components: list[Any], words: str
) -> None:
    await is_refused(discord_api, channel, {"flags": 1 << 15, "components": components}, words)


async def test_only_rows_stand_in_a_message_without_the_flag(discord_api: DiscordSimulator, channel: Channel) -> None:
    await is_refused(discord_api, channel, {"components": [{"type": 10, "content": "x"}]}, "without the flag")


async def test_a_message_with_content_turns_to_a_layout_when_the_content_is_taken_out(
    discord_api: DiscordSimulator, channel: Channel
) -> None:
    async with running(discord_api, client := LibraryClient()):
        sent = await place(client, channel).send("painting")
        with pytest.raises(discord.HTTPException):
            await sent.edit(view=layout(discord.ui.TextDisplay("a fox")))
        discord_api.forgive()
        await sent.edit(content=None, view=layout(discord.ui.TextDisplay("a fox")))
        with pytest.raises(discord.HTTPException):
            await sent.edit(content="words", view=None)
        discord_api.forgive()
    assert discord_api.messages(channel)[0].text == "a fox"


async def is_refused(discord_api: DiscordSimulator, channel: Channel, body: dict[str, Any], words: str) -> None:
    route = discord.http.Route("POST", "/channels/{channel_id}/messages", channel_id=channel.id)
    async with running(discord_api, client := LibraryClient()):
        with pytest.raises(discord.HTTPException) as caught:
            await client.http.request(route, json=body)
    assert caught.value.code == 50035
    assert words in "; ".join(discord_api.forgive())
    assert discord_api.messages(channel) == []
