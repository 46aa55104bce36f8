"""What goes wrong around the program is one line and an exit status, never a traceback."""

import asyncio
import os
from pathlib import Path

import pytest

from tests.e2e.program import running
from tests.programs.child import ROOT, run_child


async def run(folder: Path, *arguments: str) -> tuple[int, str]:
    """Run the program to its end; its exit status and what it wrote."""
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)}
    status, out, err = await run_child("-m", "bot", *arguments, folder=folder, environment=environment)
    assert "Traceback" not in out + err, out + err
    return status, out + err


async def test_a_checkout_that_is_not_installed_has_a_version_too(tmp_path: Path) -> None:
    status, told = await run(tmp_path, "--version")
    assert (status, told.startswith("python -m bot "), told.count("\n")) == (0, True, 1)


async def test_a_folder_in_use_is_refused(tmp_path: Path) -> None:
    data = tmp_path / "data"
    async with running("demo", "--listen", "127.0.0.1:0", "--data", str(data)):
        status, told = await run(tmp_path, "demo", "--listen", "127.0.0.1:0", "--data", str(data))
    assert status == 1
    assert told == (
        f"plantain: the data folder {data} is in use by another Plantain; stop that one, or choose another folder\n"
    )


async def test_a_data_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    status, told = await run(tmp_path, "demo", "--listen", "127.0.0.1:0", "--data", "file/data")
    assert status == 1
    assert told.startswith("plantain: the data folder ")
    assert "file/data cannot be made: Not a directory" in told


async def test_a_database_that_is_none_is_named(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data/plantain.db").write_text("not a database" * 100)
    status, told = await run(tmp_path, "demo", "--listen", "127.0.0.1:0", "--data", "data")
    assert status == 1
    assert "data/plantain.db cannot be used: file is not a database" in told


async def test_an_address_that_is_taken_is_named(tmp_path: Path) -> None:
    server = await asyncio.start_server(lambda _, writer: writer.close(), "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with server:
        status, told = await run(tmp_path, "demo", "--listen", f"127.0.0.1:{port}", "--data", "data")
    assert status == 1
    assert f"the page cannot be served at 127.0.0.1:{port}: Address already in use" in told


@pytest.mark.parametrize(
    ("config", "told"),
    [
        ("[[endpoints]]\nformat = 'demo'\n", "names no platform"),
        ("[bto]\n[[endpoints]]\nformat = 'demo'\n", "bto: there is no such key; did you mean bot?"),
        ("[platforms.web]\n", "endpoints: at least one is needed"),
    ],
)
async def test_a_configuration_that_cannot_be_used_ends_with_status_two(tmp_path: Path, config: str, told: str) -> None:
    (tmp_path / "config.toml").write_text(config)
    status, said = await run(tmp_path, "run", "--config", "config.toml")
    assert (status, told in said) == (2, True)


RUN = """
[[endpoints]]
format = "demo"
[platforms.web]
listen = "127.0.0.1:0"
"""


@pytest.mark.parametrize("command", ["run", "demo"])
async def test_that_it_runs_as_root_is_said_once(command: str, tmp_path: Path) -> None:
    """Nobody is bothered in a demo, and nobody who gave the bot a user of its own."""
    (tmp_path / "config.toml").write_text(RUN)
    arguments = {
        "run": ["--config", str(tmp_path / "config.toml")],
        "demo": ["--listen", "127.0.0.1:0", "--data", str(tmp_path / "demo")],
    }[command]
    async with running(command, *arguments) as program:
        assert await program.stop() == 0
    told = "".join(program.output)
    assert told.count("runs-as-root") == (command == "run" and os.geteuid() == 0), told


async def test_a_stop_is_clean(tmp_path: Path) -> None:
    async with running("demo", "--listen", "127.0.0.1:0", "--data", str(tmp_path)) as demo:
        assert await demo.stop() == 0
    assert "Traceback" not in "".join(demo.output)
    assert "a member's 100 credits for a day could cost you 5.50 at most" in "".join(demo.output)
