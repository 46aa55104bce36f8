"""The program as a process, in a town of the delivery benchmarks."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from benchmarks.answers.endpoint import ROOT
from benchmarks.delivery.scenes import SCENES
from benchmarks.delivery.town import Town


@contextmanager
def program(scene: str, town: Town) -> Iterator[int]:
    """Run `plantain run` there, until it listens; its process number."""
    with tempfile.TemporaryDirectory() as folder:
        config, log = Path(folder) / "config.toml", Path(os.environ.get("BENCH_LOG", os.devnull))
        config.write_text(_configuration(scene, town.addresses), encoding="utf-8")
        command = [sys.executable, "-m", "bot", "run", "--config", str(config)]
        secrets = {"BENCH_KEY": "sk-benchmark-0123456789", "BENCH_TOKEN": town.addresses["token"]}
        with (
            log.open("ab") as output,
            subprocess.Popen(command, cwd=ROOT, env=os.environ | secrets, stdout=output, stderr=output) as process,
        ):
            try:
                if not town.tell("ready") or process.poll() is not None:
                    raise RuntimeError("the program did not begin to listen; with BENCH_LOG=FILE it says why")
                yield process.pid
            finally:
                process.kill()


def cpu_seconds(pid: int) -> float:
    """Return the CPU time that a process has used up to now, without its children."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _configuration(scene: str, addresses: Mapping[str, str]) -> str:
    at_once = SCENES[scene].at_once
    platform = "discord" if "api_url" in addresses else "telegram"
    urls = {name: url for name, url in addresses.items() if name not in {"token", "endpoint"}}
    return (
        f"[bot]\nmention_after_seconds = 0\n[jobs]\nmost_at_once = {at_once}\n"
        f'[[endpoints]]\nname = "benchmark"\nformat = "gemini"\nbase_url = "{addresses["endpoint"]}"\n'
        f'api_key = "env:BENCH_KEY"\nmost_at_once = {at_once}\nmodels = ["gemini-3-pro-image"]\n'
        "[credits]\ndaily = 1000\n"
        f'[platforms.{platform}]\ntoken = "env:BENCH_TOKEN"\n'
        + "".join(f'{name} = "{url}"\n' for name, url in urls.items())
    )
