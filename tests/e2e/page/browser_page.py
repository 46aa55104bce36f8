"""What the tests do and look for on an open page."""

from playwright.async_api import Page

# Every visible target that is smaller than a fingertip, but for those in the flow of a text.
SMALL_TARGETS = """() => [...document.querySelectorAll("button, a")]
    .filter(one => one.checkVisibility() && one.className !== "more")
    .map(one => [one.className, one.getBoundingClientRect()])
    .filter(([, box]) => box.width < 43.9 || box.height < 43.9)
    .map(([name, box]) => `${name} ${box.width} ${box.height}`)"""

# Every visible text with its contrast against the nearest opaque background, by WCAG 2.2's formula; those below AA.
FAINT_WORDS = """() => {
    const canvas = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });
    const rgb = (...colors) => {
        canvas.clearRect(0, 0, 1, 1);
        for (const color of colors) { canvas.fillStyle = color; canvas.fillRect(0, 0, 1, 1); }
        return [...canvas.getImageData(0, 0, 1, 1).data].slice(0, 3);
    };
    const luminance = (color) => color.map(part => part / 255)
        .map(part => part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4)
        .reduce((sum, part, index) => sum + part * [0.2126, 0.7152, 0.0722][index], 0);
    const behind = (element) => {
        const layers = [];
        for (let one = element; one; one = one.parentElement) layers.unshift(getComputedStyle(one).backgroundColor);
        return layers;
    };
    const faint = [];
    for (const element of document.querySelectorAll("body *")) {
        const hasWords = [...element.childNodes].some(node => node.nodeType === 3 && node.data.trim());
        if (!hasWords || !element.checkVisibility()) continue;
        const layers = behind(element);
        const [light, dark] = [luminance(rgb(...layers)), luminance(rgb(...layers, getComputedStyle(element).color))]
            .sort((a, b) => b - a);
        const contrast = (light + 0.05) / (dark + 0.05);
        if (contrast < 4.5) faint.push([element.className, contrast]);
    }
    return faint;
}"""


async def say(page: Page, text: str) -> None:
    await page.locator("#words").fill(text)
    await page.keyboard.press("Escape")  # the suggestions, if there are any
    await page.keyboard.press("Enter")
