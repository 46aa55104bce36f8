"""Take the README's picture of the page anew: `python -m docs.take_screenshot [--dark] [--phone] [FILE]`.

It runs the demo and a Chromium, says what a newcomer might say, and waits for the pictures.
"""

import argparse
import asyncio
import tempfile
from pathlib import Path

from playwright.async_api import Page, ViewportSize, async_playwright, expect

from tests.chromium import find_chromium
from tests.e2e.program import running

DESKTOP: ViewportSize = {"width": 980, "height": 960}
PHONE: ViewportSize = {"width": 390, "height": 844}


async def take(target: Path, *, is_dark: bool, is_phone: bool) -> None:
    """Write the screenshot."""
    with tempfile.TemporaryDirectory() as folder:
        async with (
            running("demo", "--listen", "127.0.0.1:0", "--data", folder) as demo,
            async_playwright() as playwright,
        ):
            browser = await playwright.chromium.launch(executable_path=find_chromium(), args=["--no-sandbox"])
            page = await browser.new_page(
                viewport=PHONE if is_phone else DESKTOP,
                device_scale_factor=1.25,
                color_scheme="dark" if is_dark else "light",
                locale="en-GB",
                reduced_motion="reduce",
            )
            await page.goto(demo.link)
            await _converse(page)
            await page.screenshot(path=target)
            await browser.close()


async def _converse(page: Page) -> None:
    await _say(page, "/imagine a red fox in snow at sunset --ar 16:9 --size 4K")
    pictures = page.locator("article.is-bot .picture img")
    await expect(pictures).to_have_count(1, timeout=30_000)
    await page.locator("article.is-bot").last.get_by_role("button", name="Edit").click()
    await page.keyboard.type("make it night")
    await page.keyboard.press("Enter")
    await expect(page.get_by_text("Painting: began 1 second ago")).to_be_visible(timeout=30_000)
    await page.wait_for_function(
        "[...document.querySelectorAll('.picture img')].every(image => image.complete && image.naturalWidth)"
    )


async def _say(page: Page, text: str) -> None:
    await page.locator("#words").fill(text)
    await page.keyboard.press("Escape")
    await page.keyboard.press("Enter")


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("file", type=Path, nargs="?", default=Path("docs/page.png"))
    parser.add_argument("--dark", action="store_true")
    parser.add_argument("--phone", action="store_true")
    arguments = parser.parse_args()
    asyncio.run(take(arguments.file, is_dark=arguments.dark, is_phone=arguments.phone))
