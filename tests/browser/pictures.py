"""The README's pictures of the sandbox, taken anew in a real browser: `uv run python -m tests.browser.pictures`."""

import asyncio
from pathlib import Path

from playwright.async_api import Browser, async_playwright, expect

from tests.browser.conftest import FLAGS, NARROW, WIDE, Scene, chromium, opened

PICTURES = Path(__file__).parents[2] / "bot" / "sandbox" / "pictures"
MOST_BYTES = 150_000


async def take() -> None:
    PICTURES.mkdir(exist_ok=True)
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium(playwright), args=FLAGS)
        await _a_ring(browser)
        await _behind_it(browser)
        await _on_a_phone(browser)
        await browser.close()


async def _a_ring(browser: Browser) -> None:
    async with opened(browser, WIDE) as scene:
        await scene.ana.types('/ring @ben @cy "Prod is down"')
        await scene.ben.pane.get_by_role("combobox", name="Decline with…").click()
        await _notices_gone(scene)
        await _picture(scene, "ring.png")


async def _behind_it(browser: Browser) -> None:
    async with opened(browser, WIDE, "dark") as scene:
        await scene.ana.types('/ring @ben "Retro" tomorrow 9:30')
        await expect(scene.ben.message("invites you")).to_be_visible()
        await scene.tab.get_by_role("button", name="API calls").click()
        await _notices_gone(scene)
        await _picture(scene, "behind.png")


async def _on_a_phone(browser: Browser) -> None:
    async with opened(browser, NARROW) as scene:
        await scene.ana.types('/ring @ben "Lunch?"')
        await scene.tab.locator(".switch", has_text="ben").click()
        await expect(scene.ben.message("is ringing you")).to_be_visible()
        await _notices_gone(scene)
        await _picture(scene, "phone.png")


async def _notices_gone(scene: Scene) -> None:
    await expect(scene.tab.locator(".notice:visible")).to_have_count(0, timeout=15_000)


async def _picture(scene: Scene, name: str) -> None:
    await scene.tab.screenshot(path=PICTURES / name)
    size = (PICTURES / name).stat().st_size
    assert size < MOST_BYTES, f"{name} has {size} bytes"


if __name__ == "__main__":
    asyncio.run(take())
