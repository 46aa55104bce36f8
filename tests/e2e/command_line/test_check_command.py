"""`plantain check` as an owner runs it: a process, real endpoints, a real folder, and a bot that may be at work."""

import os
import sqlite3
from collections.abc import AsyncIterator, Mapping
from contextlib import closing
from pathlib import Path

import pytest

from bot.domain.credits import CreditPolicy
from bot.storage.engines.database import Database
from bot.storage.store import SqlStore
from bot.wiring.clock import SystemClock
from tests.contract.stores import accept, claimed, ended, leave, made, note
from tests.e2e.page.page_client import tab, with_pictures
from tests.e2e.program import running
from tests.programs.child import ROOT
from tests.programs.warm_program import run_warm
from tests.simulators.discord.api import DiscordSimulator
from tests.simulators.image_api.file_host import FileHost, Reply
from tests.simulators.image_api.gateway import KEY, GatewaySimulator
from tests.simulators.telegram.api import TelegramSimulator

DEMO = '[[endpoints]]\nformat = "demo"\n'
PRO, FLASH = "gemini-3-pro-image", "gemini-2.5-flash-image"


@pytest.fixture
async def gateway() -> AsyncIterator[GatewaySimulator]:
    async with GatewaySimulator(models=(PRO, FLASH, "gpt-4o-image", "sora_image")) as gateway:
        yield gateway
        assert gateway.requests == [], "a check must cost nothing"


def endpoint(name: str, base_url: str, *, wire_format: str = "gemini", models: str = PRO, key: str = "KEY") -> str:
    return (
        f'[[endpoints]]\nname = "{name}"\nformat = "{wire_format}"\nbase_url = "{base_url}"\n'
        f'api_key = "env:{key}"\nmodels = ["{models}"]\n'
    )


async def check(
    folder: Path, *sections: str, environment: Mapping[str, str] | None = None
) -> tuple[int, list[str], str]:
    """Run `plantain check`: its exit status, the lines it printed, and what it said on stderr."""
    (folder / "config.toml").write_text("\n".join(sections))
    variables = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "KEY": KEY, **(environment or {})}
    arguments = ("bot", "check", "--config", "config.toml")
    status, out, err = await run_warm(*arguments, folder=folder, environment=variables)
    told = out + err
    assert "Traceback" not in told
    assert KEY not in told
    assert "\x1b" not in told
    return status, out.splitlines(), err


async def test_all_is_well(tmp_path: Path, gateway: GatewaySimulator) -> None:
    status, lines, err = await check(
        tmp_path,
        endpoint("apiyi", gateway.base_url),
        endpoint("other", gateway.base_url, wire_format="openai-chat", models="gpt-4o-image"),
        '[[endpoints]]\nformat = "demo"\n',
    )
    assert (status, err) == (0, "")
    assert lines[0].startswith(f"ok     data folder     {tmp_path}/plantain-data: writable, ")
    assert lines[0].endswith(" GB free, will be made")
    assert lines[1:] == [
        "ok     database        not there yet; the first run makes it",
        "ok     endpoint apiyi  the key is accepted; 4 models, yours among them",
        "ok     endpoint other  the key is accepted; 4 models, yours among them",
        "ok     endpoint demo   built in; it needs no key",
        "note   costs           a member's credits for a day cost you nothing",
    ]
    assert not (tmp_path / "plantain-data").exists()


async def test_each_fault_is_one_line_and_the_status_is_one(tmp_path: Path, gateway: GatewaySimulator) -> None:
    (tmp_path / "file").write_text("in the way")
    status, lines, err = await check(
        tmp_path,
        '[bot]\ndata_dir = "file/data"\n',
        endpoint("wrong-key", gateway.base_url, key="WRONG"),
        endpoint("not-there", "http://127.0.0.1:9"),
        endpoint("other-model", gateway.base_url, models="gemini-nano-banana-2.1"),
        environment={"WRONG": "sk-wrong-0123456789"},
    )
    assert status == 1
    assert [line[:7].strip() for line in lines] == ["FAULT", "ok", "FAULT", "FAULT", "FAULT", "note"]
    told = "\n".join(lines)
    assert "file/data cannot be written: Not a directory" in told
    assert "the endpoint does not accept the API key (HTTP 401" in told
    assert "no connection to the endpoint: " in told
    assert "the key is accepted; 4 models, but not gemini-nano-banana-2.1" in told
    assert "sk-wrong" not in told
    assert err == "plantain: 4 of 6 lines above tell of a fault; mend what they name and check again\n"


async def test_what_a_day_of_credits_can_cost_is_said_for_the_configuration_at_hand(
    tmp_path: Path, gateway: GatewaySimulator
) -> None:
    status, lines, _ = await check(
        tmp_path,
        endpoint("apiyi", gateway.base_url, models=f'{PRO}", "{FLASH}'),
        f'[credits]\ndaily = 21\n[models."{FLASH}"]\ncost = {{ any = "0.025" }}\n',
    )
    assert status == 0
    assert lines[-1] == (
        "note   costs           a member's 21 credits for a day can cost you 0.95 at most (10 × gemini-3-pro-image at "
        "0.09 = 0.90; 21 × gemini-2.5-flash-image at 0.025 = 0.53); pictures that fail and are billed all the same "
        "come on top"
    )


async def test_what_is_only_worth_knowing_is_no_fault(tmp_path: Path, gateway: GatewaySimulator) -> None:
    old, without_list = "gemini-2.5-flash-image-preview", f"{gateway.base_url}/elsewhere"
    status, lines, err = await check(tmp_path, endpoint("quiet", without_list, models=old))
    assert (status, err) == (0, "")
    assert [line for line in lines if line.startswith("note")][:2] == [
        f"note   configuration   endpoints[0].models: {old} is retired; {FLASH} is used in its place",
        "note   endpoint quiet  it answers, but says nothing about its models, so the key could not be tried",
    ]


async def test_a_model_that_is_not_listed_is_worth_knowing(tmp_path: Path, gateway: GatewaySimulator) -> None:
    gateway.models = (FLASH,)
    status, lines, _ = await check(tmp_path, endpoint("apiyi", gateway.base_url, models=f'{FLASH}", "{PRO}'))
    assert (status, lines[-2]) == (0, f"note   endpoint apiyi  the key is accepted; 1 model, but not {PRO}")


async def test_a_list_that_anybody_is_told_does_not_prove_the_key(tmp_path: Path) -> None:
    listed = Reply(body=f'{{"models": [{{"name": "models/{PRO}"}}]}}'.encode())
    async with FileHost({"/v1beta/models": listed}) as host:
        status, lines, _ = await check(tmp_path, endpoint("open", host.url("")))
    told = "it tells anybody its models, so the key could not be tried; 1 model, yours among them"
    assert (status, lines[-2]) == (0, f"note   endpoint open  {told}")


async def test_a_configuration_that_cannot_be_used_is_status_two(tmp_path: Path) -> None:
    status, lines, err = await check(tmp_path, "[[endpoints]]\nformat = 'gemini'\n")
    assert (status, lines) == (2, [])
    assert "base_url: is missing" in err


async def test_a_running_bot_is_not_disturbed(tmp_path: Path) -> None:
    config = (
        '[[endpoints]]\nformat = "demo"\nseconds = 0\n[credits]\ndaily = 9\n[platforms.web]\nlisten = "127.0.0.1:0"\n'
    )
    (tmp_path / "config.toml").write_text(config)
    async with running("run", "--config", str(tmp_path / "config.toml")) as bot, tab(bot.link) as page:
        await page.say("/imagine one")
        await page.until(with_pictures(1))
        status, lines, _ = await check(tmp_path, config)
        assert status == 0
        assert lines[0].endswith("a Plantain is at work in it")
        assert lines[1] == "ok     database       1 request; the ledger agrees"
        await page.say("/imagine two")
        await page.until(with_pictures(2))
        assert await bot.stop() == 0
    report = [line for line in bot.output if "endpoint-report" in line]
    assert len(report) == 1
    assert '"tries": 2' in report[0]


async def test_books_that_do_not_agree_are_a_fault(tmp_path: Path) -> None:
    await fill(tmp_path / "plantain-data/plantain.db", {})
    with closing(sqlite3.connect(tmp_path / "plantain-data/plantain.db")) as database, database:
        database.execute("INSERT INTO accounts (id) VALUES (7)")
        database.execute("INSERT INTO balances VALUES (7, 'gift', 5, 0, 0, 0)")
    status, lines, _ = await check(tmp_path, '[[endpoints]]\nformat = "demo"\n')
    assert status == 1
    assert lines[1].startswith("FAULT  database       account 7, bucket gift: 5 available and 0 reserved, but")


async def fill(path: Path, tries: Mapping[str, tuple[int, int, float]]) -> None:
    """Write tries into a database: by endpoint how many painted, how many failed, and the seconds of each."""
    database = await Database.open(path)
    store = SqlStore(database, CreditPolicy(daily=1_000), SystemClock())
    for name, (painted, failed, seconds) in tries.items():
        for number in range(painted):
            await accept(store, f"{name}-{number}")
            job = await claimed(store)
            for _ in range(failed if number == 0 else 0):
                await leave(store, job, name)
                await note(store, job, ended("busy", endpoint=name, seconds=0.1))
            await leave(store, job, name)
            await note(store, job, ended(endpoint=name, seconds=seconds))
            await store.painted(job.job, job.attempt, [made(f"{name}-{number}")])
    await database.close()


async def test_a_new_endpoint_is_shown_beside_the_old(tmp_path: Path) -> None:
    await fill(tmp_path / "plantain-data/plantain.db", {"old": (18, 1, 41.26), "new": (1, 0, 9.0)})
    status, lines, _ = await check(tmp_path, '[[endpoints]]\nformat = "demo"\n')
    assert status == 0
    assert lines[-5:] == [
        "",
        "The last 7 days   share     tries  errors   median  most often",
        "nano-banana-2",
        "  old             95.0%        19    5.3%   41.3 s  busy 1",
        "  new              5.0%         1    0.0%    9.0 s",
    ]
    assert max(len(line) for line in lines[-5:]) <= 80


async def test_the_token_of_a_discord_bot_is_tried(tmp_path: Path) -> None:
    async with DiscordSimulator() as discord:
        section = f'[platforms.discord]\ntoken = "env:TOKEN"\napi_url = "{discord.api_url}"\n'
        status, lines, _ = await check(tmp_path, DEMO, section, environment={"TOKEN": discord.rest.token})
        assert status == 0
        assert any(line.startswith("ok     discord") and "it reads what is written" in line for line in lines)
        status, lines, _ = await check(tmp_path, DEMO, section, environment={"TOKEN": "an.unknown.token"})
    assert status == 1
    assert any(line.startswith("FAULT  discord") and "does not know the token" in line for line in lines)


async def test_the_token_of_a_telegram_bot_is_tried(tmp_path: Path) -> None:
    async with TelegramSimulator() as telegram:
        section = f'[platforms.telegram]\ntoken = "env:TOKEN"\nbase_url = "{telegram.base_url}"\n'
        environment = {"TOKEN": telegram.token}
        status, lines, _ = await check(tmp_path, DEMO, section, environment=environment)
        assert status == 0
        assert any(line.startswith("ok     telegram") and "@plantain_bot; privacy mode is on" in line for line in lines)
        status, lines, _ = await check(tmp_path, DEMO, section, environment={"TOKEN": f"1:{'x' * 35}"})
    assert status == 1
    assert any(line.startswith("FAULT  telegram") and "does not know the token" in line for line in lines)
