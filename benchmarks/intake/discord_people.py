"""Discord in a process of its own, with people who give commands when they are told to.

`python -m benchmarks.intake.discord_people COUNT` prints the addresses of the simulated Discord, then takes a line for
each thing to do, and answers each with a line of JSON: `ready` waits until the bot is connected; `ask N` has N people
give `/imagine` at the same moment, and tells the seconds after which each was acknowledged; `pictures` tells how many
pictures have arrived.
"""

import asyncio
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from benchmarks.answers.endpoint import ROOT
from tests.simulators.discord.api import DiscordSimulator
from tests.simulators.discord.interactions.interactions import Asked
from tests.simulators.discord.world.state import Channel, Person

PROMPT = "a red fox in snow"
WITHIN_SECONDS = 90.0


@dataclass(frozen=True, slots=True)
class People:
    """The process, from outside."""

    process: subprocess.Popen[str]
    addresses: dict[str, str]  # token, api_url, gateway_url

    def tell(self, order: str) -> Any:
        """Have something done, and return the result."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(f"{order}\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())


@contextmanager
def people_process(count: int) -> Iterator[People]:
    """Start the process with so many people."""
    command = [sys.executable, "-m", "benchmarks.intake.discord_people", str(count)]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield People(process, json.loads(process.stdout.readline()))
        finally:
            process.kill()


@dataclass
class _Town:
    discord: DiscordSimulator
    channel: Channel
    people: list[Person]
    asked: int = 0
    acknowledged: dict[int, float] = field(default_factory=dict)

    async def obey(self, order: str) -> Any:
        match order.split():
            case ["ready"]:
                await self.discord.until(self._is_ready, seconds=WITHIN_SECONDS)
                return True
            case ["ask", count]:
                return await self._ask(int(count))
            case _:
                return sum(len(message.files) for message in self.discord.messages(self.channel, by_bot=True))

    def _is_ready(self) -> bool:
        return bool(self.discord.gateway.connected) and bool(self.discord.commands.registered())

    async def _ask(self, count: int) -> list[float]:
        """Send commands and return the seconds from each command to its acknowledgement."""
        members, begun = self.people[self.asked : self.asked + count], time.monotonic()
        self.asked += count
        waiting = {number: self._command(person) for number, person in enumerate(members)}
        found: dict[int, float] = {}

        def all_are_acknowledged() -> bool:
            for number in [number for number, asked in waiting.items() if asked.callback is not None]:
                found[number] = time.monotonic() - begun
                del waiting[number]
            return not waiting

        await self.discord.until(all_are_acknowledged, seconds=WITHIN_SECONDS)
        return list(found.values())

    def _command(self, person: Person) -> Asked:
        return self.discord.members.slash(person, self.channel, "imagine", prompt=PROMPT)


async def serve(count: int) -> None:
    """Do what the lines of standard input say."""
    async with DiscordSimulator() as discord:
        guild = discord.add_guild("Painters")
        people = [discord.add_person(f"p{number}") for number in range(count)]
        for person in people:
            discord.join(guild, person)
        town = _Town(discord, discord.add_channel(guild, "pictures"), people)
        _tell({"token": discord.rest.token, "api_url": discord.api_url, "gateway_url": discord.gateway_url})
        while line := await asyncio.to_thread(sys.stdin.readline):
            _tell(await town.obey(line))


def _tell(what: object) -> None:
    print(json.dumps(what), flush=True)


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1])))
