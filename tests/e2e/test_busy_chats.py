"""A chat in which more is asked than its platform lets us answer is no harm to any other chat."""

import asyncio
import time
from pathlib import Path

from bot.application.intake.answers import MOST_IN_CHAT
from tests.e2e.discord.discord_bot import discord_site
from tests.e2e.telegram.telegram_bot import telegram_site
from tests.simulators.discord.faults import held
from tests.simulators.telegram.faults import HANG_BEFORE, FloodControl

PRIVATE_CHATS = 110


async def test_forty_questions_in_a_group_of_telegram_hold_back_no_private_chat(tmp_path: Path) -> None:
    async with telegram_site(tmp_path) as site:
        telegram = site.telegram
        # Faster than Telegram's own limit: a busy machine sends unevenly, and this is about order.
        telegram.limit_writing(FloodControl(clock=time.monotonic, per_second=3.0))
        troll, bob = telegram.person("Troll", language_code="en"), telegram.person("Bob", language_code="en")
        group = telegram.supergroup("Painters", troll, bob)
        others = [telegram.private(telegram.person(f"Member {n}", language_code="en")) for n in range(PRIVATE_CHATS)]
        async with site.running() as bot:
            for _ in range(20):
                group.say(troll, "/help@plantain_bot")
            asked = group.say(bob, "/credits@plantain_bot")
            for _ in range(20):
                group.say(troll, "/help@plantain_bot")
            for other in others:
                assert other.person is not None
                other.say(other.person, "/help")
            await site.until(lambda: not telegram.updates.pending)  # the offset has passed all of them
            await site.until(lambda: all(other.by(telegram.bot) for other in others))
            await site.until(lambda: asked.reactions)
            assert await bot.stop() == 0
        assert asked.reactions == ["👀"]
        assert len(group.by(telegram.bot)) == 1, "what one of them asked, all have read"


async def test_a_group_that_telegram_lets_nobody_write_to_holds_back_no_request(tmp_path: Path) -> None:
    async with telegram_site(tmp_path) as site:
        telegram = site.telegram
        ada = telegram.person("Ada", language_code="en")
        group, room = telegram.supergroup("Painters", ada), telegram.private(ada)
        telegram.fail("sendMessage", HANG_BEFORE, chat=group, times=None)
        async with site.running() as bot:
            for _ in range(150):
                group.say(ada, "/help@plantain_bot")
            room.say(ada, "a red fox")
            await site.until_shown(room)
            await site.until(lambda: not telegram.updates.pending)
            assert not group.by(telegram.bot)
            telegram.mend("sendMessage")
            assert await bot.stop() == 0


async def test_a_channel_of_discord_that_takes_nothing_holds_back_no_other(tmp_path: Path) -> None:
    async with discord_site(tmp_path) as site:
        discord, gate = site.discord, asyncio.Event()
        troll, bob = discord.add_person("troll"), discord.add_person("bob")
        slow, quick = discord.direct_channel(troll), discord.direct_channel(bob)
        discord.fail("POST", f"/channels/{slow.id}/messages", held(gate), times=1000)
        async with site.running() as bot:
            for _ in range(40):
                discord.members.say(troll, slow, "/help")
            discord.members.say(bob, quick, "/help")
            await site.until(lambda: discord.messages(quick, by_bot=True))
            assert not discord.messages(slow, by_bot=True)
            discord.members.say(bob, quick, "a red fox")
            await site.until_shown(quick)
            gate.set()
            await site.until(lambda: discord.messages(slow, by_bot=True))
            assert await bot.stop() == 0
        assert len(discord.messages(slow, by_bot=True)) <= 1 + MOST_IN_CHAT
