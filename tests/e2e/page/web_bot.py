"""A bot on its own page as its owner runs it: a process with a page server, and a simulated gateway."""

from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.e2e.page.page_client import PageClient, tab
from tests.e2e.program import Program
from tests.e2e.site import Site, png
from tests.simulators.image_api.gateway import GatewaySimulator

HOLD_DELIVERY = """
    CREATE TRIGGER hold_delivery BEFORE UPDATE ON transcript WHEN json_array_length(new.body, '$.pictures') > 0
    BEGIN SELECT RAISE(ABORT, 'held by the test'); END
"""
"""No picture comes onto the page; it lies in the same database as everything else."""


@dataclass
class WebSite(Site):
    """A data folder, and the endpoint that its bot asks for pictures."""

    def platform_section(self) -> str:
        return '[platforms.web]\nlisten = "127.0.0.1:0"\n'

    def environment(self) -> Mapping[str, str]:
        return {}

    def secrets(self) -> Iterable[str]:
        return []

    @asynccontextmanager
    async def running(self) -> AsyncIterator[Program]:
        """Run the bot, and yield it once it has told where its page is."""
        async with self.started() as program:
            await program.until_linked()
            yield program

    @asynccontextmanager
    async def opened(self) -> AsyncIterator[tuple[Program, PageClient]]:
        """Run the bot with its page open in a tab."""
        async with self.running() as program, tab(program.link) as page:
            yield program, page

    def hold_delivery(self) -> None:
        """Let no picture come onto the page from now on."""
        self.ask(HOLD_DELIVERY)

    def resume_delivery(self) -> None:
        self.ask("DROP TRIGGER hold_delivery")


@asynccontextmanager
async def web_site(folder: Path) -> AsyncIterator[WebSite]:
    """Make a site with a configuration.

    At the end its ledger must agree, and every request must be valid for the gateways.
    """
    async with GatewaySimulator(picture=png()) as endpoint:
        site = WebSite(folder, endpoint)
        site.configure()
        yield site
        await site.check_ledger()
