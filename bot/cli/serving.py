"""`plantain demo` and `plantain run`: serve until a signal stops the program."""

import asyncio
import signal
import socket
from collections.abc import Iterator
from contextlib import suppress
from functools import partial
from pathlib import Path

import click
import structlog

from adapters.registry import PLATFORMS, Platforms, settings_models
from bot.cli.failure import Failed
from bot.cli.logging import set_up_logging
from bot.cli.own_process import close_to_other_processes, is_root
from bot.config import Settings, load
from bot.domain.errors import PlantainError
from bot.wiring.running import run_bot

DEMO_PORTS = range(8080, 8090)
DEMO_CREDITS = 100
SIGNALS = (signal.SIGTERM, signal.SIGINT)


def demo_settings(listen: str | None, data: Path) -> Settings:
    """Build the settings of the demo, which has no configuration file."""
    table = {
        "bot": {"data_dir": str(data)},
        "jobs": {"most_at_once": 2},
        "endpoints": [{"format": "demo"}],
        "credits": {"daily": DEMO_CREDITS},
        "platforms": {"web": {"listen": _free_address() if listen is None else listen}},
    }
    return load(table, settings_models(), folder=Path.cwd(), name="the demo's configuration")


def run(settings: Settings, platforms: Platforms = PLATFORMS) -> None:
    """Serve a configuration, and log a warning if the program runs as root. Raises `Failed` as `serve` does."""
    set_up_logging()
    if is_root():
        structlog.get_logger().warning("runs-as-root", advice="give Plantain a user of its own; it needs no rights")
    serve(settings, platforms)


def serve(settings: Settings, platforms: Platforms = PLATFORMS, *, remark: str = "") -> None:
    """Run the bot until SIGTERM, SIGINT or a fault that ends it. Raises `Failed` for any fault that ends it.

    `remark` is printed with the link that opens the page.
    """
    set_up_logging()
    close_to_other_processes()
    for note in settings.notes:
        structlog.get_logger().warning("configuration", note=note)
    try:
        asyncio.run(_serve(settings, platforms, remark))
    except PlantainError as fault:
        raise Failed(str(fault)) from fault
    except OSError as fault:
        raise Failed(f"{fault.filename or 'the system'}: {fault.strerror}") from fault
    except BaseExceptionGroup as group:
        raise Failed(_reason(group)) from group


def _reason(group: BaseExceptionGroup[BaseException]) -> str:
    """Say in one line what ended the bot: a known fault, or else a hint to look at the log."""
    faults, defects = group.split(PlantainError)
    if defects is not None:
        structlog.get_logger().error("ended-by-a-defect", exc_info=defects)
    known = next(_flat(faults), None) if faults is not None else None
    return str(known or "the bot ended because of a mistake of ours; the log above has it")


def _flat(group: BaseExceptionGroup[BaseException]) -> Iterator[BaseException]:
    for fault in group.exceptions:
        if isinstance(fault, BaseExceptionGroup):
            yield from _flat(fault)
        else:
            yield fault


async def _serve(settings: Settings, platforms: Platforms, remark: str) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()

    def end() -> None:
        click.echo("Finishing the pictures that are being made. Once more stops at once; nothing is lost.", err=True)
        stop.set()
        for number in SIGNALS:
            loop.remove_signal_handler(number)

    for number in SIGNALS:
        loop.add_signal_handler(number, end)
    await run_bot(settings, stop, announce=partial(_announce, remark), platforms=platforms)


def _announce(remark: str, link: str) -> None:
    told = f"Plantain is ready. Open this link in your browser; it works once:\n\n    {link}"
    text = "\n\n".join(f"  {part}" for part in (told, remark, "Ctrl+C stops it.") if part)
    with suppress(BrokenPipeError):  # nobody reads stdout
        click.echo(f"\n{text}\n")


def _free_address() -> str:
    """Find a free address for the demo: the first free port of `DEMO_PORTS`, else port 0, which the system chooses."""
    for port in DEMO_PORTS:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return f"127.0.0.1:{port}"
    return "127.0.0.1:0"
