"""`plantain demo` and `plantain run`: serve until told to stop."""

import asyncio
import signal
import socket
from collections.abc import Iterator
from pathlib import Path

import click

from adapters.registry import settings_models
from bot.cli.failure import Failed
from bot.cli.logging import set_up_logging
from bot.config import Settings, load
from bot.wiring.running import run_bot

DEMO_PORTS = range(8080, 8090)
DEMO_CREDITS = 100


def demo_settings(listen: str | None, data: Path) -> Settings:
    """What the demo runs with: a configuration nobody has to write."""
    table = {
        "bot": {"data_dir": str(data)},
        "jobs": {"most_at_once": 2},
        "endpoints": [{"format": "demo"}],
        "credits": {"daily": DEMO_CREDITS},
        "platforms": {"web": {"listen": listen or _free_address()}},
    }
    return load(table, settings_models(), folder=Path.cwd(), name="the demo's configuration")


def serve(settings: Settings) -> None:
    """Run the bot until SIGTERM, SIGINT or a fault that ends it. Raises `Failed` where it cannot listen."""
    set_up_logging()
    try:
        asyncio.run(_serve(settings))
    except* OSError as group:
        fault = next(fault for fault in _flat(group) if isinstance(fault, OSError))
        raise Failed(f"{fault.strerror or fault}; another listen address in [platforms.web] may help") from fault


def _flat(group: BaseExceptionGroup[BaseException]) -> Iterator[BaseException]:
    for fault in group.exceptions:
        if isinstance(fault, BaseExceptionGroup):
            yield from _flat(fault)
        else:
            yield fault


async def _serve(settings: Settings) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    await run_bot(settings, stop, announce=_announce)


def _announce(link: str) -> None:
    click.echo(
        f"\n  Plantain is ready. Open this link in your browser; it works once:\n\n    {link}\n\n  Ctrl+C stops it.\n"
    )


def _free_address() -> str:
    """The demo's usual address, or the next one if some other program listens there."""
    for port in DEMO_PORTS:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return f"127.0.0.1:{port}"
    return "127.0.0.1:0"
