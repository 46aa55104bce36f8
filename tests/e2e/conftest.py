"""A browser, and the page open in it."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, async_playwright, expect

from tests.chromium import find_chromium
from tests.page.alone import PageAlone, page_alone
from tests.simulators.waiting import WITHIN_SECONDS

pytest.register_assert_rewrite("tests.e2e.scenarios")

expect.set_options(timeout=WITHIN_SECONDS * 1000)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=find_chromium(), args=["--no-sandbox"])
        yield browser
        await browser.close()


@pytest_asyncio.fixture(loop_scope="module")
async def alone(tmp_path: Path) -> AsyncIterator[PageAlone]:
    async with page_alone(tmp_path) as alone:
        yield alone


@pytest_asyncio.fixture(loop_scope="module")
async def page(browser: Browser, alone: PageAlone) -> AsyncIterator[Page]:
    """Open a tab. A fault of a script or of the security policy fails the test."""
    context = await browser.new_context(locale="en-GB", reduced_motion="reduce")
    page = await context.new_page()
    faults: list[str] = []
    page.on("pageerror", lambda fault: faults.append(str(fault)))
    page.on("console", lambda said: faults.append(said.text) if "Content Security Policy" in said.text else None)
    await page.goto(alone.link)
    await expect(page.locator("#log")).to_have_attribute("aria-busy", "false")
    yield page
    await context.close()
    assert faults == []
