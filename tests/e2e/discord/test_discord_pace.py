"""A channel of Discord takes five messages and five edits in five seconds: they belong to pictures."""

import time
from dataclasses import replace
from pathlib import Path

from tests.e2e.discord.discord_bot import DiscordSite, discord_site
from tests.e2e.site import png
from tests.simulators.discord.pace import MOST, SECONDS, Pace
from tests.simulators.discord.world.state import Channel
from tests.simulators.image_api import gemini_shapes as shapes

MEMBERS = 12
PAINTING_SECONDS = 5.0
SOON_SECONDS = 3.0
LEFT = "SELECT requests.in_reply_to, jobs.left_at FROM requests JOIN jobs ON jobs.request = requests.id"


async def test_pictures_of_a_full_channel_come_soon_after_they_were_painted(tmp_path: Path) -> None:
    """Twelve members at once, painted four at a time in five seconds each: every picture within three seconds.

    On a busy machine it may take longer, but never because anything else than pictures had filled the channel.
    """
    async with discord_site(tmp_path) as site:
        site.configure(jobs="most_at_once = 4")
        site.endpoint.answer = replace(shapes.one_picture(png()), latency_seconds=PAINTING_SECONDS)
        discord = site.discord
        discord.rest.pace = Pace()
        channel = discord.add_channel(discord.add_guild())
        async with site.running() as bot:
            asked = [
                discord.members.say(discord.add_person(f"p{number}"), channel, f"<@{discord.world.bot.id}> a fox")
                for number in range(MEMBERS)
            ]
            shown_at = await _shown_at(site, channel)
            await site.until_delivered(MEMBERS)
            assert await bot.stop() == 0
        painted_at = {str(ref).partition(":")[2]: left + PAINTING_SECONDS for ref, left in _left(site)}
        assert set(shown_at) == {str(each.id) for each in asked}
        full = [window for window in discord.rest.pace.full if _pictures_in(window, shown_at) < MOST]
        late = [number for number in shown_at if _was_kept_out(painted_at[number], shown_at[number], full)]
        assert late == []
        assert discord.rest.pace.refused == 0
        assert all(each.files for each in discord.messages(channel, by_bot=True))  # no status stays behind


def _pictures_in(window: tuple[float, float], shown_at: dict[str, float]) -> int:
    """Count the pictures among the messages of a full window. We see them up to a second after they came."""
    return sum(window[1] - SECONDS <= at <= window[1] + 1 for at in shown_at.values())


def _was_kept_out(painted_at: float, shown_at: float, full: list[tuple[float, float]]) -> bool:
    """Whether the channel took no more messages at a time at which a picture was due for three seconds."""
    return any(begun < shown_at and ended > painted_at + SOON_SECONDS for begun, ended in full)


def _left(site: DiscordSite) -> list[tuple[str, float]]:
    """Return the message that each request answers, and when its job left for the endpoint."""
    return [(ref, left / 1_000_000) for ref, left in site.ask(LEFT)]


async def _shown_at(site: DiscordSite, channel: Channel) -> dict[str, float]:
    """Wait until every request has its picture. Return when each was there, on the machine's clock."""
    shown: dict[str, float] = {}

    def all_are_there() -> bool:
        for message in site.discord.messages(channel, by_bot=True):
            if message.files and message.reference:
                shown.setdefault(str(message.reference["message_id"]), time.time())
        return len(shown) == MEMBERS

    await site.until(all_are_there)
    return shown
