"""A chain of kills of one bot on one platform: each at a call that its seed names; after the last all is judged.

In each step somebody asks for pictures, the program dies, and the next step starts it again; so every start but the
first has to make good what the kill before it left. In the end it runs unharmed until nothing is under way, and
everybody is looked at: the member, the owner's bills, the ledger.
"""

import asyncio
import random
import re
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

from aiohttp import ClientError

from tests.e2e.discord.discord_member import discord_member
from tests.e2e.member import Member
from tests.e2e.page.web_member import web_member
from tests.e2e.program import Program
from tests.e2e.site import Site
from tests.e2e.telegram.telegram_member import telegram_member
from tests.simulators.seen import Seen, Shown, doubled, left_behind
from tests.simulators.waiting import WITHIN_SECONDS

PLATFORMS: Mapping[str, Callable[[Path], AbstractAsyncContextManager[Member]]] = {
    "web": web_member,
    "telegram": telegram_member,
    "discord": discord_member,
}

MOST_ATTEMPTS = 3
DAILY = 1_000

REACH = {"database": 220, "socket": 60, "file": 45, "part": 14}
"""How many calls of a kind one step comes to, about; a plan beyond what a step comes to dies when it is idle."""

HELD = {"upload": ("unread", "before", "after"), "stop": ("at once", "unread", "after")}
"""The moments of an upload at which a process dies, or is told to stop; a stop may also come when nothing is held."""

STILL_OPEN = re.compile(r"\bPainting\b|\bin line\b|\bOn its way\b")
"""What only a request that is not over may say."""

MOST_TO_DELIVER_SECONDS = 5 * WITHIN_SECONDS
"""How long the last outcomes may take: a group of Telegram takes 20 messages a minute, and some need several."""

OPEN_ROWS = (
    "SELECT (SELECT count(*) FROM jobs WHERE state IN ('offered', 'queued', 'painting'))"
    " + (SELECT count(*) FROM deliveries WHERE kind = 'outcome' AND state = 'due')"
)


@dataclass(frozen=True, slots=True)
class Kill:
    """When a process dies: at a call, while an upload of pictures hangs, or so long after it was told to stop."""

    kind: str
    moment: str
    number: int

    @property
    def plan(self) -> str:
        """The kill as the victim's process reads it."""
        return f"{self.kind}:{self.moment}:{self.number}"


@dataclass(slots=True)
class Judgement:
    """What a chain came to."""

    platform: str
    kills: Counter[str] = field(default_factory=Counter)  # by kind; `idle` where a plan was not reached
    requests: int = 0
    doubled: int = 0  # pictures that a member sees more often than they were made
    doubled_for: int = 0  # requests with a picture that came more than once
    faults: list[str] = field(default_factory=list)

    @property
    def holds(self) -> bool:
        """Whether nothing was lost, and no more seen twice than a kill between sending and remembering can bring."""
        most = self.kills.total() if self.platform == "telegram" else 0
        return not self.faults and max(self.doubled, self.doubled_for) <= most


def chain_of(seed: int, length: int) -> list[Kill]:
    """Return the kills that a seed stands for."""
    chance = random.Random(seed)  # noqa: S311 - moments, not secrets
    kills = []
    for _ in range(length):
        kind = chance.choice([*REACH, *HELD])
        moment = chance.choice(HELD.get(kind, ("before", "after")))
        most = REACH.get(kind, 2 if kind == "upload" else 400)
        kills.append(Kill(kind, moment, chance.randrange(1, most + 1)))
    return kills


async def run_chain(platform: str, folder: Path, seed: int, length: int) -> Judgement:
    """Kill a bot on a platform time and again, then judge what everybody is left with."""
    judgement = Judgement(platform)
    async with PLATFORMS[platform](folder) as member:
        site = member.site
        _let_ask_for_much(site)
        site.module = "tests.crash.victim"
        for step, kill in enumerate(chain_of(seed, length)):
            site.variables = {"PLANTAIN_KILL": kill.plan}
            await _step(member, f"picture {seed} {step}", kill, judgement)
        site.module, site.variables = "bot", {}
        async with member.running() as program:
            await site.until_written(OPEN_ROWS, lambda rows: rows == [(0,)], within=MOST_TO_DELIVER_SECONDS)
            with suppress(TimeoutError):  # what never comes is told below
                await member.until(lambda: not _unseen(member))
            await member.until(lambda: not _still_open(member))
            _judge(member, judgement)
            assert await program.stop() == 0
        await site.check_ledger()
    return judgement


def _let_ask_for_much(site: Site) -> None:
    """Change what the platform's driver has configured: more at once, and credits enough for a whole chain."""
    file = site.folder / "config.toml"
    jobs = f"most_at_once = 2\nmax_attempts = {MOST_ATTEMPTS}\ngrace_seconds = 5"
    text = file.read_text().replace("most_at_once = 1", jobs)
    file.write_text(re.sub("daily = .*", f"daily = {DAILY}\nconfirm_above = {DAILY}", text))


async def _step(member: Member, words: str, kill: Kill, judgement: Judgement) -> None:
    """Have somebody ask for one picture and for two together, until the process dies or everything is done."""
    member.site.program = None
    living = asyncio.create_task(_live(member, words, kill))
    dying = asyncio.create_task(_until_dead(member.site))
    await asyncio.wait({living, dying}, return_when=asyncio.FIRST_COMPLETED)
    is_over = living.done() and living.exception() is None  # then it was killed because all was done
    has_died = dying.done() or (not is_over and _has_died(member.site))  # who speaks to it may be the first to notice
    for task in (living, dying):
        task.cancel()
    lived, _ = await asyncio.gather(living, dying, return_exceptions=True)
    if isinstance(lived, Exception) and not has_died:
        raise lived
    judgement.kills[kill.kind if has_died or lived is True else "idle"] += 1
    judgement.requests += 2


def _has_died(site: Site) -> bool:
    """Whether the program that was started last has been killed; one that was told to stop ends with 0."""
    return site.program is not None and site.program.process.returncode not in {None, 0}


async def _until_dead(site: Site) -> None:
    for _ in range(int(10 * WITHIN_SECONDS / 0.02)):
        if site.program is not None and site.program.process.returncode is not None:
            return
        await asyncio.sleep(0.02)


async def _live(member: Member, words: str, kill: Kill) -> bool:
    """Run one process until it is killed. Return whether it was killed as planned."""
    async with member.running() as program:
        if kill.moment in {"unread", *HELD["upload"]} and kill.kind in HELD:
            number = kill.number if kill.kind == "upload" else 1
            async with member.held_upload(kill.moment, number) as is_held:
                await _ask(member, words)
                await _until(member.site, words, is_held)
                was_held = is_held()
                await _end(program, kill)
                return was_held
        await _ask(member, words)
        if kill.kind in REACH:
            await _until(member.site, words, lambda: False)
            return False
        await _end(program, kill)
        return True


async def _ask(member: Member, words: str) -> None:
    with suppress(OSError, ClientError):  # the page is gone: it dies at this moment
        await member.say(f"/imagine {words} alone")
        await member.say(f"/imagine {words} twice --n 2")


async def _until(site: Site, words: str, condition: Callable[[], bool]) -> None:
    """Wait until a condition holds, or both requests have been accepted and everything is over without that."""
    question = f"SELECT ({OPEN_ROWS}), (SELECT count(*) FROM requests WHERE prompt LIKE '{words} %')"  # noqa: S608 - ours
    await site.until_written(question, lambda rows: condition() or rows == [(0, 2)])


async def _end(program: Program, kill: Kill) -> None:
    """Kill a process, or tell it to stop and kill it so long afterwards."""
    if kill.kind == "stop":
        if kill.moment == "at once":
            await asyncio.sleep(kill.number / 100)  # this is the moment, not a wait for something
        program.process.terminate()
        await asyncio.sleep(kill.number / 100)
    else:
        await program.kill()


def _still_open(member: Member) -> list[str]:
    return [shown.words for shown in member.seen() if STILL_OPEN.search(shown.words)]


def _unseen(member: Member) -> list[str]:
    """Return the prompts of which nobody sees what became of them."""
    words = [shown.words for shown in member.seen()]
    return [prompt for prompt, _ in member.site.ask(JOBS_OF_PROMPTS) if not any(prompt in said for said in words)]


def _judge(member: Member, judgement: Judgement) -> None:
    """Look at what the member sees, and at what the owner was billed for."""
    site, faults = member.site, judgement.faults
    faults += [f"{prompt}: nobody sees what became of it" for prompt in _unseen(member)]
    accepted: dict[str, int] = dict(site.ask(JOBS_OF_PROMPTS))
    seen = Counter(_prompt_of(shown.words) for shown in member.seen_with_pictures())
    bills = Counter(
        next(part["text"] for part in request.parts if "text" in part) for request in site.endpoint.requests
    )
    faults += left_behind(_heard(member.whole(), unheard=judgement.requests - len(accepted)))
    twice = doubled(member.whole(), of=_whose)
    if judgement.platform == "telegram":
        judgement.doubled_for += len(twice)
    else:
        faults += twice
    for prompt, count in accepted.items():
        judgement.doubled += max(0, seen[prompt] - 1)
        if bills[prompt] > MOST_ATTEMPTS * count:
            faults.append(f"{prompt}: {bills[prompt]} bills for {count} jobs")
    painted, settled = site.ask(PAINTED_CREDITS), site.ask(SETTLED_CREDITS)
    if painted != settled:
        faults.append(f"pictures for {painted} credits, but {settled} were taken")


_OF_REQUESTS = "FROM jobs JOIN requests ON requests.id = jobs.request"
JOBS_OF_PROMPTS = f"SELECT requests.prompt, count(*) {_OF_REQUESTS} GROUP BY requests.id"
PAINTED_CREDITS = f"SELECT coalesce(sum(requests.price), 0) {_OF_REQUESTS} WHERE jobs.state = 'painted'"
SETTLED_CREDITS = "SELECT coalesce(-sum(reserved_delta), 0) FROM ledger WHERE phase = 'settle'"


def _heard(seen: Seen, *, unheard: int) -> Seen:
    """Leave out so many commands that Discord says are thought about: they died with the program, before any row.

    Nothing was paid, and Discord itself ends such a command after 15 minutes.
    """
    thinking = [shown for shown in seen.standing if shown.last.is_loading][:unheard]
    return replace(seen, messages=[shown for shown in seen.messages if shown not in thinking])


def _whose(shown: Shown) -> object:
    """Return which request a message is for: the message it answers, else the prompt in its text.

    On Discord the name of a picture's file tells the prompt.
    """
    return (shown.chat, shown.answers, None if shown.answers else _prompt_of(shown.text))


def _prompt_of(words: str) -> str:
    found = re.search(r"picture \d+ \d+ [a-z]+", words)
    return found[0] if found else words
