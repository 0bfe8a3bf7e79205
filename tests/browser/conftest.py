"""A real Chromium, and the sandbox open in it: ana's pane on the left, ben's on the right."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Locator, Playwright, async_playwright
from playwright.async_api import Page as Tab

from bot.sandbox.page import Page
from bot.sandbox.workspace import Channel, Person
from bot.sandbox.world import World, world

KNOWN = ("/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--disable-quic",
    "--use-fake-device-for-media-stream",
    "--use-fake-ui-for-media-stream",
]
TUESDAY_TEN = datetime(2026, 12, 1, 9, 0, tzinfo=UTC)
"""10:00 in Berlin."""
WIDE = (1280, 800)
NARROW = (390, 844)
WITHIN = 15_000
"""Milliseconds that something may take to be on the screen, on a busy machine."""


def chromium(playwright: Playwright) -> str:
    """Where a Chromium is: as CHROMIUM says, Debian's, or Playwright's own."""
    own = [os.environ["CHROMIUM"]] if "CHROMIUM" in os.environ else []
    places = [*own, *KNOWN, playwright.chromium.executable_path]
    found = next((place for place in places if Path(place).exists()), None)
    if found:
        return found
    why = f"no Chromium in any of {', '.join(places)}: install one, or name it in CHROMIUM"
    if os.environ.get("CI") == "true":
        pytest.fail(why)
    pytest.skip(why)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        started = await playwright.chromium.launch(executable_path=chromium(playwright), args=FLAGS)
        yield started
        await started.close()


@dataclass
class Seat:
    """One person's pane, in the words of who looks at it."""

    tab: Tab
    name: str

    @property
    def pane(self) -> Locator:
        return self.tab.locator(f'.pane[data-who="{self.name}"]')

    def button(self, name: str, *, exact: bool = True) -> Locator:
        return self.pane.get_by_role("button", name=name, exact=exact)

    def link(self, name: str) -> Locator:
        """A button that opens a page of its own."""
        return self.pane.get_by_role("link", name=name)

    @property
    def line(self) -> Locator:
        """Where they type."""
        return self.pane.locator(".pane-main .composer-text")

    async def types(self, text: str) -> None:
        await self.line.fill(text)
        await self.line.press("Enter")

    async def goes_to(self, place: str) -> None:
        await self.pane.get_by_role("navigation").get_by_role("button", name=place).click()

    def message(self, text: str) -> Locator:
        """The newest message with this text in the place that is open."""
        return self.pane.locator(".pane-main .message", has_text=text).last

    def choice(self, words: str) -> Locator:
        """One of what a menu or the line one types in offers."""
        return self.pane.locator("li[role=option]", has_text=words)

    @property
    def modal(self) -> Locator:
        return self.pane.get_by_role("dialog")


@dataclass
class Scene:
    """The sandbox, and the page in a browser."""

    world: World
    page: Page
    tab: Tab
    support: Channel
    people: dict[str, Person]
    trouble: list[str]
    """What the browser's console complained of."""

    def seat(self, name: str) -> Seat:
        return Seat(self.tab, name)

    @property
    def ana(self) -> Seat:
        return self.seat("ana")

    @property
    def ben(self) -> Seat:
        return self.seat("ben")

    async def opens(self) -> None:
        await self.tab.goto(self.page.url)
        await self.tab.locator("body[data-ready]").wait_for()


@asynccontextmanager
async def opened(browser: Browser, size: tuple[int, int], scheme: str = "light") -> AsyncIterator[Scene]:
    async with world(start=TUESDAY_TEN) as made:
        people = {name: made.workspace.person(name) for name in ("ana", "ben")}
        people["cy"] = made.workspace.person("cy", tz="America/New_York", clock_24h=False)
        support = made.workspace.channel("support", *people.values())
        page = Page(made)
        await page.start()
        dark = "dark" if scheme == "dark" else "light"
        context = await browser.new_context(viewport={"width": size[0], "height": size[1]}, color_scheme=dark)  # type: ignore[arg-type]
        context.set_default_timeout(WITHIN)
        tab = await context.new_page()
        scene = Scene(made, page, tab, support, people, [])
        tab.on("console", lambda said: scene.trouble.append(said.text) if said.type in ("error", "warning") else None)
        tab.on("pageerror", lambda error: scene.trouble.append(str(error)))
        try:
            await scene.opens()
            yield scene
            assert scene.trouble == []
            await made.settled()
            assert made.workspace.warnings == []
        finally:
            await context.close()
            await page.stop()


@pytest_asyncio.fixture(loop_scope="session")
async def scene(browser: Browser, request: pytest.FixtureRequest) -> AsyncIterator[Scene]:
    size, scheme = getattr(request, "param", (WIDE, "light"))
    async with opened(browser, size, scheme) as made:
        yield made
