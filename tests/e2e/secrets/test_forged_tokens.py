"""Members who use what was never given to their chat: nothing happens, nothing is charged, nothing is told."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.discord.discord_bot import DiscordSite, discord_site
from tests.e2e.page.page_client import PageClient, tab
from tests.e2e.page.web_bot import web_site
from tests.e2e.secrets.forging import REFUSED, SECRET, is_form, stolen_tokens, waiting_token
from tests.e2e.site import BALANCES, DAILY
from tests.e2e.telegram.telegram_bot import TelegramSite, telegram_site
from tests.simulators.discord.interactions.interactions import Asked

QUESTION = "What shall I change?"
LEFT = f"You have {DAILY} credits left today"
REQUESTS = "SELECT count(*) FROM requests"


@pytest.fixture
async def telegram(tmp_path: Path) -> AsyncIterator[TelegramSite]:
    async with telegram_site(tmp_path) as site:
        yield site


@pytest.fixture
async def discord(tmp_path: Path) -> AsyncIterator[DiscordSite]:
    async with discord_site(tmp_path) as site:
        yield site


async def test_in_telegram_nobody_uses_what_another_chat_was_shown(telegram: TelegramSite) -> None:
    ada, mallory = (telegram.telegram.person(name, language_code="en") for name in ("Ada", "Mallory"))
    group, room = telegram.telegram.supergroup("Painters", ada), telegram.telegram.private(mallory)
    bot = telegram.telegram.bot

    def refusals() -> int:
        return telegram.answers(REFUSED) + sum(message.text == REFUSED for message in room.by(bot))

    async def until_refused(count: int) -> None:
        await telegram.until(lambda: refusals() == count)

    async with telegram.running():
        group.say(ada, f"/imagine@plantain_bot {SECRET}")
        (shown,) = await telegram.until_shown(group)
        await telegram.until_delivered()
        room.say(mallory, "/credits")
        ours = await telegram.until_said(room, LEFT)
        tokens = stolen_tokens(telegram)
        for count, token in enumerate(tokens, start=1):
            room.forge(mallory, ours, token)
            if is_form(token):
                await telegram.until(lambda: QUESTION in room.last.text)
                room.say(mallory, "make it night", reply_to=room.last)
            await until_refused(count)
        for count, token in enumerate(filter(is_form, tokens), start=len(tokens) + 1):
            room.start(token.replace(":", "-") + f"-{shown.id}")
            await until_refused(count)
        room.say(mallory, "/credits")
        await telegram.until(lambda: sum(LEFT in message.text for message in room.by(bot)) == 2)
        assert all(SECRET not in message.text for message in room.by(bot))
        assert group.messages[shown.id].photo
    assert telegram.ask(REQUESTS) == [(1,)]
    assert len(telegram.endpoint.requests) == 1


async def test_in_telegram_what_waits_is_cancelled_in_its_own_chat_alone(telegram: TelegramSite) -> None:
    ada = telegram.telegram.person("Ada", language_code="en")
    group, room = telegram.telegram.supergroup("Painters", ada), telegram.telegram.private(ada)
    gate = telegram.hold_painting()
    async with telegram.running():
        room.say(ada, "/credits")
        ours = await telegram.until_said(room, LEFT)
        group.say(ada, "/imagine@plantain_bot a fox")
        group.say(ada, "/imagine@plantain_bot an owl")
        waiting = await telegram.until_said(group, "Next in line")
        room.forge(ada, ours, waiting_token(telegram))
        await telegram.until(lambda: telegram.answers("That doesn't work here"))
        group.press(ada, waiting, "Cancel")
        await telegram.until_said(group, "Cancelled. Nothing was charged.")
        gate.set()
        await telegram.until_shown(group)
    assert telegram.ask("SELECT state FROM jobs ORDER BY id") == [("painted",), ("cancelled",)]
    assert len(telegram.endpoint.requests) == 1
    assert telegram.ask(BALANCES) == [(DAILY - 2, 0)]


async def test_in_telegram_buttons_of_before_there_were_ids_work_where_they_stand(telegram: TelegramSite) -> None:
    ada, mallory = (telegram.telegram.person(name, language_code="en") for name in ("Ada", "Mallory"))
    group, room = telegram.telegram.supergroup("Painters", ada), telegram.telegram.private(mallory)
    async with telegram.running():
        group.say(ada, f"/imagine@plantain_bot {SECRET}")
        (shown,) = await telegram.until_shown(group)
        await telegram.until_delivered()
        telegram.ask("DELETE FROM shown_in")  # as if it was shown before conversations were remembered
        room.say(mallory, "/credits")
        ours = await telegram.until_said(room, LEFT)
        room.forge(mallory, ours, "again:1")
        await telegram.until(lambda: telegram.answers(REFUSED))
        group.forge(ada, shown, "edit:1")
        await telegram.until(lambda: QUESTION in group.last.text)
        answer = group.say(ada, "make it night", reply_to=group.last)
        edited = (await telegram.until_shown(group, 2))[-1]
        assert edited.reply_to == answer.id
        group.forge(ada, shown, "again:1", is_inaccessible=True)
        await telegram.until_shown(group, 3)
    assert telegram.ask(REQUESTS) == [(3,)]


async def test_on_discord_nobody_uses_what_another_channel_was_shown(discord: DiscordSite) -> None:
    anna, mallory = discord.discord.add_person("anna"), discord.discord.add_person("mallory")
    guild = discord.discord.add_guild()
    channel, other = (discord.discord.add_channel(guild, name) for name in ("pictures", "others"))
    members = discord.discord.members

    def refusals() -> int:
        told = [*discord.discord.ephemeral_messages(mallory), *discord.discord.messages(other, by_bot=True)]
        return sum(message.text == REFUSED for message in told)

    async def until_refused(count: int) -> None:
        await discord.until(lambda: refusals() == count)

    async with discord.running():
        members.slash(anna, channel, "imagine", prompt=SECRET)
        (shown,) = await discord.until_shown(channel)
        members.slash(mallory, other, "imagine", prompt="an owl")
        (own,) = await discord.until_shown(other)
        await discord.until_delivered(2)
        tokens = stolen_tokens(discord)
        for count, token in enumerate(tokens, start=1):
            pressed = members.forge(mallory, own, f"a:{token}")
            if is_form(token):
                members.submit(await shows_form(discord, pressed), {"words": "make it night"})
            await until_refused(count)
        opened = await shows_form(discord, members.press(mallory, own, "Edit"))
        menu = await shows_form(discord, members.use_menu(anna, shown, "Edit image"))
        for count, forged in enumerate((f"w:{tokens[0]}", f"m:edit:{menu.id}"), start=len(tokens) + 1):
            members.submit(opened, {"words": "make it night"}, forged_id=forged)
            await until_refused(count)
        assert all(SECRET not in message.text for message in discord.discord.messages(other, by_bot=True))
        assert shown.files
    assert discord.ask(REQUESTS) == [(2,)]
    assert len(discord.endpoint.requests) == 2


async def shows_form(discord: DiscordSite, asked: Asked) -> Asked:
    """Wait until an interaction is answered with a form."""
    await discord.until(lambda: asked.modal)
    return asked


async def test_on_the_page_nobody_uses_what_another_platform_was_shown(telegram: TelegramSite) -> None:
    telegram.configure(platform='[platforms.web]\nlisten = "127.0.0.1:0"\n')
    ada = telegram.telegram.person("Ada", language_code="en")
    group = telegram.telegram.supergroup("Painters", ada)
    async with telegram.running() as program:
        await program.until_linked()
        group.say(ada, f"/imagine@plantain_bot {SECRET}")
        await telegram.until_shown(group)
        await telegram.until_delivered()
        theirs = [ref for (ref,) in telegram.ask("SELECT ref FROM messages")]  # the status and the picture
        assert theirs
        async with tab(program.link) as page:
            await page.until(bool)
            attempts = [
                *(page.forge(token, "b:welcome") for token in stolen_tokens(telegram)),
                *(page.forge("again:1", message) for message in (*theirs, "b:request-1", "?")),
                *(page.say("/edit make it night", reply_to=message) for message in (*theirs, "b:request-1", "?")),
                *(page.say("#1 make it night", reply_to=message) for message in theirs),
            ]
            for count, attempt in enumerate(attempts, start=1):
                assert await attempt == 202
                await until_refused(page, count)
            assert page.credits_left == DAILY
            assert SECRET not in str(page.said())
    assert telegram.ask(REQUESTS) == [(1,)]
    assert len(telegram.endpoint.requests) == 1


async def until_refused(page: PageClient, count: int) -> None:
    await page.until(lambda said: sum(entry["lines"][0][0]["text"] == REFUSED for entry in said) == count)


async def test_on_the_page_no_number_of_a_row_is_told(tmp_path: Path) -> None:
    async with web_site(tmp_path) as site, site.opened() as (_, page):
        for _ in range(3):
            await page.say("/imagine a fox")
        entries = await page.until(lambda entries: sum(bool(entry["pictures"]) for entry in entries) == 3)
        shown = [entry for entry in entries if entry["pictures"]]
        tokens = [action["token"] for entry in shown for action in entry["actions"]]
        assert not [token for token in tokens if token.rpartition(":")[2].isdigit()]
        assert not [entry["key"] for entry in shown if entry["key"].rpartition("-")[2].isdigit()]
        assert all(entry["pictures"][0]["filename"] == filename_of(entry) for entry in shown)


def filename_of(entry: Any) -> str:
    """Return the file name of the one picture: its result's id, as the button to paint it again names it."""
    [again] = [action["token"] for action in entry["actions"] if action["token"].startswith("again:")]
    return f"plantain-{again.partition(':')[2]}-1.png"
