"""The join page in a real Chromium: rung, accepted, joined, left, ended; each person with a browser of their own."""

import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from importlib import resources
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, BrowserContext, Locator, Route, expect
from playwright.async_api import Page as Tab

from bot.sandbox.workspace import Person
from bot.sandbox.world import World, world
from tests.browser.conftest import NARROW, TUESDAY_TEN, WIDE, WITHIN

pytestmark = pytest.mark.asyncio(loop_scope="session")
expect.set_options(timeout=WITHIN)

AXE = resources.files("axe_playwright_python").joinpath("axe.min.js").read_text("utf-8")
SERIOUS = {"serious", "critical"}


@dataclass
class Joining:
    """ana, ben and cy in Slack, and what their browsers show."""

    world: World
    browser: Browser
    stack: AsyncExitStack
    ana: Person
    ben: Person
    cy: Person
    size: tuple[int, int] = WIDE
    scheme: Any = "light"
    trouble: list[str] = field(default_factory=list)
    """What the browsers' consoles complained of."""
    contexts: dict[str, BrowserContext] = field(default_factory=dict)

    async def rings(self, text: str = '/ring @ben @cy "Prod is down"') -> None:
        await self.ana.types(text, at="#support")
        await self.world.settled()

    async def context(self, person: Person) -> BrowserContext:
        if person.name not in self.contexts:
            width, height = self.size
            made = await self.browser.new_context(
                viewport={"width": width, "height": height}, color_scheme=self.scheme, reduced_motion="reduce"
            )
            made.set_default_timeout(WITHIN)
            self.stack.push_async_callback(made.close)
            self.contexts[person.name] = made
        return self.contexts[person.name]

    async def opens(self, person: Person, url: str | None) -> Tab:
        """A new tab in that person's browser."""
        assert url
        tab = await (await self.context(person)).new_page()
        tab.on("console", lambda said: self.trouble.append(said.text) if said.type in ("error", "warning") else None)
        tab.on("pageerror", lambda error: self.trouble.append(str(error)))
        await tab.goto(url)
        return tab

    async def accepts(self, person: Person) -> Tab:
        """Press Accept, which opens the page."""
        return await self.opens(person, (await person.presses("Accept")).url)

    async def waits(self) -> Tab:
        """The caller opens the link they were sent when the ring started."""
        tab = await self.opens(self.ana, (await self.ana.presses("Join", on="You are ringing")).url)
        await expect(button(tab, "Cancel the call")).to_be_visible()
        return tab

    async def both_in(self) -> tuple[Tab, Tab]:
        await self.rings("/ring @ben")
        anas = await self.waits()
        bens = await self.accepts(self.ben)
        await button(bens, "Join now").click()
        for tab in (anas, bens):
            await expect(people(tab)).to_have_count(2)
        await self.world.settled()
        return anas, bens

    def is_in(self, person: Person) -> bool:
        return self.world.on_stream().is_in(self.world.stream_id(person))


@pytest_asyncio.fixture(loop_scope="session")
async def joining(browser: Browser, request: pytest.FixtureRequest) -> AsyncIterator[Joining]:
    size, scheme, settings = getattr(request, "param", (WIDE, "light", {}))
    async with world(start=TUESDAY_TEN, **settings) as made, AsyncExitStack() as stack:
        ana, ben, cy = (made.workspace.person(name) for name in ("ana", "ben", "cy"))
        made.workspace.channel("support", ana, ben, cy)
        joining = Joining(made, browser, stack, ana, ben, cy, size, scheme)
        yield joining
        await made.settled()
        assert joining.trouble == []
        assert not made.workspace.warnings and not made.coordinator.warnings


def with_settings(**settings: Any) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("joining", [(WIDE, "light", settings)], indirect=True, ids=["-".join(settings)])


def button(tab: Tab | Locator, name: str) -> Locator:
    return tab.get_by_role("button", name=name, exact=True)


def heading(tab: Tab, words: str) -> Locator:
    return tab.get_by_role("heading", name=words)


def people(tab: Tab) -> Locator:
    return tab.get_by_role("list", name="In the call").get_by_role("listitem")


# --- ring, accept, join


async def test_the_caller_joins_by_itself_at_the_first_accept_and_both_meet(joining: Joining) -> None:
    await joining.rings()
    anas = await joining.waits()
    rung = anas.get_by_role("list", name="Who is rung").get_by_role("listitem")
    await expect(rung).to_have_text([re.compile("ben.*ringing"), re.compile("cy.*ringing")])
    bens = await joining.accepts(joining.ben)
    await expect(heading(bens, "Prod is down")).to_be_visible()
    await expect(people(anas)).to_have_text([re.compile("ana")])
    await joining.world.settled()
    assert joining.is_in(joining.ana) and not joining.is_in(joining.ben)
    await expect(bens.get_by_text("ana is in the call.")).to_be_visible()
    await button(bens, "Join now").click()
    for tab in (anas, bens):
        await expect(people(tab)).to_have_count(2)
    await joining.world.settled()
    assert joining.is_in(joining.ben)
    await expect(bens.get_by_text("There is no media in the sandbox")).to_be_visible()
    await joining.world.after(seconds=2)
    assert "@ben joined." in joining.cy.screen(at="#support")


async def test_one_leaves_and_comes_back_and_the_other_ends_it(joining: Joining) -> None:
    anas, bens = await joining.both_in()
    await button(bens, "Leave").click()
    await expect(heading(bens, "You are not in the call")).to_be_visible()
    await expect(people(anas)).to_have_count(1)
    await joining.world.settled()
    assert not joining.is_in(joining.ben)
    await button(bens, "Back to the call").click()
    await button(bens, "Join now").click()
    await expect(people(anas)).to_have_count(2)
    await button(anas, "End for all").click()
    await button(anas.get_by_role("group", name="End the call for everybody?"), "End for all").click()
    await expect(anas.get_by_text("You ended it for all.")).to_be_visible()
    await expect(bens.get_by_text("ana ended it for all.")).to_be_visible()
    await joining.world.settled()
    assert joining.world.on_stream().ended_at is not None


async def test_the_link_leaves_the_address_bar_and_reloading_comes_back_in(joining: Joining) -> None:
    anas, bens = await joining.both_in()
    call_id = joining.world.on_stream().id
    for tab in (anas, bens):
        assert re.search(rf"/join/call/{call_id}/\w+$", tab.url)
    await bens.reload()
    await expect(people(bens)).to_have_count(2)
    await expect(people(anas)).to_have_count(2)
    stored = await bens.evaluate("() => JSON.stringify([document.cookie, {...localStorage}, {...sessionStorage}])")
    assert "eyJ" not in stored and "ringer_" not in stored  # No token is kept, and no script reads the cookie.


async def test_who_joins_from_the_lobby_again_after_a_reload_has_accepted_once(joining: Joining) -> None:
    await joining.rings("/ring @ben")
    bens = await joining.accepts(joining.ben)
    await expect(button(bens, "Join now")).to_be_visible()
    await bens.reload()
    await expect(button(bens, "Join now")).to_be_visible()
    await joining.world.after(seconds=2)  # Slack takes no more than so many posts a second in one channel.
    assert joining.ana.screen(at="#support").count("@ben accepted.") == 1


# --- the other answers


async def test_the_caller_is_told_that_everybody_declined(joining: Joining) -> None:
    await joining.rings()
    anas = await joining.waits()
    await joining.ben.presses("Decline")
    await expect(anas.get_by_role("listitem").filter(has_text="ben")).to_contain_text("declined")
    await joining.cy.presses("Decline")
    await expect(anas.get_by_text("Everybody declined.")).to_be_visible()


async def test_nobody_answers(joining: Joining) -> None:
    await joining.rings("/ring @ben")
    anas = await joining.waits()
    await joining.world.after(seconds=61)
    await expect(heading(anas, "The call is over")).to_be_visible()
    await joining.ben.sees("You missed")


async def test_the_caller_cancels_on_the_page(joining: Joining) -> None:
    await joining.rings("/ring @ben")
    anas = await joining.waits()
    await button(anas, "Cancel the call").click()
    await expect(heading(anas, "The call is over")).to_be_visible()
    await expect(anas.get_by_text("You cancelled it.")).to_be_visible()
    await joining.world.settled()
    await joining.ben.sees("@ana cancelled")


async def test_a_link_opened_when_all_is_over_says_how_it_ended(joining: Joining) -> None:
    await joining.rings("/ring @ben")
    link = (await joining.ana.presses("Join", on="You are ringing")).url
    await joining.ben.presses("Decline")
    await joining.world.settled()
    anas = await joining.opens(joining.ana, link)
    await expect(heading(anas, "This call is over")).to_be_visible()
    await expect(anas.get_by_text("Everybody declined.")).to_be_visible()


async def test_a_link_opened_late_still_finds_its_ring(joining: Joining) -> None:
    await joining.rings()
    await joining.world.after(seconds=40)
    anas = await joining.waits()
    await expect(anas.get_by_role("list", name="Who is rung")).to_contain_text("ringing")
    await joining.cy.presses("Accept")
    await expect(people(anas)).to_have_count(1)


async def ben_is_rung_once_more(joining: Joining) -> Tab:
    """cy and he have accepted, and he is in the lobby when ana's phone rings him again."""
    await joining.rings()
    await joining.accepts(joining.cy)
    bens = await joining.accepts(joining.ben)
    await expect(button(bens, "Join now")).to_be_visible()
    await joining.world.phone(joining.ana).rings(joining.world.on_stream().cid, [joining.world.stream_id(joining.ben)])
    return bens


async def test_a_ring_once_more_is_answered_on_the_page(joining: Joining) -> None:
    bens = await ben_is_rung_once_more(joining)
    await expect(heading(bens, "ana is ringing you")).to_be_visible()
    await button(bens, "Accept and join").click()
    await expect(people(bens)).to_have_count(1)


async def test_a_ring_once_more_of_others_does_not_ring_here(joining: Joining) -> None:
    await joining.rings()
    cys = await joining.accepts(joining.cy)
    await expect(button(cys, "Join now")).to_be_visible()
    await joining.ben.presses("Decline")
    await joining.world.settled()
    await joining.ana.presses("Ring again", at="#support")
    await joining.ben.sees("ringing you again")
    await joining.world.settled()
    await expect(button(cys, "Join now")).to_be_visible()
    await expect(button(cys, "Decline")).to_have_count(0)


async def test_a_ring_once_more_is_declined_on_the_page(joining: Joining) -> None:
    bens = await ben_is_rung_once_more(joining)
    await button(bens, "Decline").click()
    await expect(heading(bens, "You declined")).to_be_visible()
    on_stream = joining.world.on_stream()
    assert on_stream.session and joining.world.stream_id(joining.ben) in on_stream.session.rejected_by
    await button(bens, "Join after all").click()
    await button(bens, "Join now").click()
    await expect(people(bens)).to_have_count(1)


async def test_who_has_left_is_told_when_it_is_over(joining: Joining) -> None:
    anas, bens = await joining.both_in()
    await button(bens, "Leave").click()
    await expect(heading(bens, "You are not in the call")).to_be_visible()
    await joining.ana.presses("End for all", at="#support")
    await expect(heading(anas, "The call is over")).to_be_visible()
    await expect(bens.get_by_text("ana ended it for all.")).to_be_visible()


# --- links


async def test_a_used_link_is_refused_and_a_new_one_comes_by_slack(joining: Joining) -> None:
    await joining.rings("/ring @ben")
    link = (await joining.ben.presses("Accept")).url
    bens = await joining.opens(joining.ben, link)
    await expect(button(bens, "Join now")).to_be_visible()
    stranger = await joining.opens(joining.cy, link)
    await expect(heading(stranger, "This link has been used")).to_be_visible()
    await button(stranger, "Send me a new link in Slack").click()
    await expect(stranger.get_by_role("status")).to_contain_text("Sent.")
    await joining.ben.sees("Here is your way into the call")
    joining.cy.sees_not("Here is your way into the call")
    again = await joining.opens(joining.ben, link)
    await again.get_by_role("link", name="Back to your call").click()
    await expect(button(again, "Join now")).to_be_visible()
    joining.trouble[:] = [said for said in joining.trouble if "410" not in said]


async def test_an_old_link_to_a_call_that_is_over(joining: Joining) -> None:
    await joining.rings("/ring @ben")
    link = (await joining.ben.presses("Accept")).url
    bens = await joining.opens(joining.ben, link)
    await expect(button(bens, "Join now")).to_be_visible()
    await joining.ana.presses("End for all", at="#support")
    await expect(heading(bens, "The call is over")).to_be_visible()
    again = await joining.opens(joining.ben, link)
    await expect(heading(again, "This call is over")).to_be_visible()
    joining.trouble[:] = [said for said in joining.trouble if "410" not in said]


@with_settings(public_url="https://ringer.example.com")
async def test_a_page_opened_by_another_address_says_so_and_stays(joining: Joining) -> None:
    await joining.rings("/ring @ben")
    assert joining.world.app
    link = (await joining.ben.presses("Accept")).url or ""
    bens = await joining.opens(joining.ben, link.replace("https://ringer.example.com", joining.world.app.url))
    await expect(heading(bens, "This is not the page’s own address")).to_be_visible()
    await expect(bens.get_by_text("has to set PUBLIC_URL")).to_be_visible()
    joining.trouble[:] = [said for said in joining.trouble if "403" not in said]


async def test_a_page_that_is_refused_again_and_again_is_not_reloaded_for_ever(joining: Joining) -> None:
    await joining.rings("/ring @ben")
    link = (await joining.ben.presses("Accept")).url
    context, posts = await joining.context(joining.ben), []

    async def refuse(route: Route) -> None:
        if route.request.method == "POST":
            posts.append(route.request.url)
            await route.fulfill(status=410, json={"problem": "used"})
        else:
            await route.continue_()

    await context.route(re.compile("/join/"), refuse)
    bens = await joining.opens(joining.ben, link)
    await expect(heading(bens, "You cannot be let in here")).to_be_visible()
    assert len(posts) == 2
    joining.trouble[:] = [said for said in joining.trouble if "410" not in said]


async def test_a_link_that_is_too_old(joining: Joining) -> None:
    await joining.rings("/ring @ben")
    assert joining.world.app
    joining.world.app.join_links.real_now = lambda: datetime.now(UTC) + timedelta(minutes=7)
    bens = await joining.accepts(joining.ben)
    await expect(heading(bens, "This link is too old")).to_be_visible()
    joining.trouble[:] = [said for said in joining.trouble if "410" not in said]


async def test_someone_elses_page(joining: Joining) -> None:
    await joining.rings("/ring @ben")
    bens = await joining.accepts(joining.ben)
    await expect(button(bens, "Join now")).to_be_visible()
    cys = await joining.opens(joining.cy, bens.url)
    await expect(heading(cys, "This page belongs to one person")).to_be_visible()
    joining.trouble[:] = [said for said in joining.trouble if "403" not in said]


# --- in the call


async def test_two_tabs_of_one_person_leave_by_themselves(joining: Joining) -> None:
    _, bens = await joining.both_in()
    second = await joining.opens(joining.ben, (await joining.ben.presses("Join", on="You accepted")).url)
    await button(second, "Join now").click()
    await expect(people(second)).to_have_count(3)
    await button(second, "Leave").click()
    await expect(people(bens)).to_have_count(2)
    await joining.world.settled()
    assert joining.is_in(joining.ben)
    await bens.close()
    await joining.world.settled()


async def test_closing_the_tab_is_leaving(joining: Joining) -> None:
    anas, bens = await joining.both_in()
    await bens.close()
    await expect(people(anas)).to_have_count(1)


async def test_who_may_not_end_it_for_all_is_told_who_may(joining: Joining) -> None:
    grants = joining.world.coordinator.app.call_types["default"].grants
    for role in grants:
        grants[role] = [one for one in grants[role] if one != "end-call"]
    anas, bens = await joining.both_in()
    await button(bens, "End for all").click()
    await button(bens.get_by_role("group", name="End the call for everybody?"), "End for all").click()
    await expect(bens.get_by_role("alert")).to_contain_text("Only ana, who made the call, and admins may end it")
    await expect(people(anas)).to_have_count(2)
    assert joining.world.on_stream().ended_at is None
    joining.trouble[:] = [said for said in joining.trouble if "403" not in said]


async def test_leaving_in_slack_is_leaving_on_the_page(joining: Joining) -> None:
    _, bens = await joining.both_in()
    await joining.ben.presses("Leave", on="You accepted")
    await expect(heading(bens, "You are not in the call")).to_be_visible()


async def test_ending_it_in_slack_says_on_the_page_who_did(joining: Joining) -> None:
    anas, bens = await joining.both_in()
    await joining.ana.presses("End for all", at="#support")
    await expect(anas.get_by_text("You ended it for all.")).to_be_visible()
    await expect(bens.get_by_text("ana ended it for all.")).to_be_visible()


async def test_a_lost_connection_comes_back(joining: Joining) -> None:
    anas, bens = await joining.both_in()
    joining.world.coordinator.sockets.drop(joining.world.stream_id(joining.ben))
    await expect(people(anas)).to_have_count(1)
    await expect(people(anas)).to_have_count(2)
    await expect(people(bens)).to_have_count(2)
    await joining.world.settled()
    assert joining.is_in(joining.ben)


async def test_camera_and_microphone_are_switched_and_kept(joining: Joining) -> None:
    await joining.rings("/ring @ben")
    bens = await joining.accepts(joining.ben)
    await expect(bens.locator(".preview video")).to_be_visible()
    await button(bens, "Turn off camera").click()
    await expect(bens.get_by_text("Your camera is off")).to_be_visible()
    await button(bens, "Join now").click()
    await expect(button(bens, "Turn on camera")).to_be_visible()
    await button(bens, "Turn off microphone").click()
    await expect(people(bens)).to_contain_text(["muted"])
    await button(bens, "Choose devices").click()
    await expect(bens.get_by_role("combobox", name="Camera")).to_be_visible()


async def test_another_call_that_rings_is_taken_or_declined(joining: Joining) -> None:
    anas, bens = await joining.both_in()
    await joining.cy.types('/ring @ben "Lunch"', at="#support")
    ring = bens.get_by_role("region", name="cy is ringing you")
    await expect(ring).to_contain_text("Lunch")
    await button(ring, "Decline").click()
    await expect(ring).to_have_count(0)
    await joining.cy.sees("@ben declined")
    await joining.cy.types('/ring @ben "Dinner"', at="#support")
    await button(ring, "Accept").click()
    await expect(people(anas)).to_have_count(1)
    await expect(bens).to_have_title(re.compile("In the call · Dinner"))
    await joining.world.settled()
    assert joining.world.on_stream().custom["topic"] == "Dinner" and joining.is_in(joining.ben)


async def test_ones_own_other_ring_is_shown_and_cancelled(joining: Joining) -> None:
    _, bens = await joining.both_in()
    await joining.ben.types("/ring @cy", at="#support")
    ring = bens.get_by_role("region", name="You are ringing cy")
    await button(ring, "Cancel").click()
    await expect(ring).to_have_count(0)
    await joining.cy.sees("@ben cancelled")


# --- what is missing


@with_settings(stream_sdk_url="")
async def test_without_an_sdk_the_page_says_what_is_missing(joining: Joining) -> None:
    await joining.rings("/ring @ben")
    link = (await joining.ana.presses("Join", on="You are ringing")).url
    tab = await joining.opens(joining.ana, link)
    await expect(tab.get_by_text("STREAM_SDK_URL")).to_be_visible()
    assert tab.url == link  # Nothing was used up.


@with_settings(stream_sdk_url="http://127.0.0.1:9/client.mjs")
async def test_an_sdk_that_does_not_come_uses_no_link_up(joining: Joining) -> None:
    await joining.rings("/ring @ben")
    anas = await joining.opens(joining.ana, (await joining.ana.presses("Join", on="You are ringing")).url)
    await expect(heading(anas, "Stream’s browser SDK could not be loaded")).to_be_visible()
    await expect(button(anas, "Try again")).to_be_visible()
    joining.trouble.clear()


# --- for everybody


LOOKS: list[Any] = [(size, scheme, {}) for size in (WIDE, NARROW) for scheme in ("light", "dark")]


@pytest.mark.parametrize("joining", LOOKS, indirect=True, ids=lambda look: f"{look[0][0]}-{look[1]}")
async def test_every_view_is_fit_for_everybody(joining: Joining) -> None:
    await joining.rings()
    anas = await joining.waits()
    await _fit(anas)
    link = (await joining.ben.presses("Accept")).url
    bens = await joining.opens(joining.ben, link)
    await expect(button(bens, "Join now")).to_be_visible()
    await _fit(bens)
    await button(bens, "Join now").click()
    await expect(people(bens)).to_have_count(2)
    await button(bens, "Choose devices").click()
    await button(bens, "End for all").click()
    await _fit(bens)
    await joining.cy.types("/ring @ben", at="#support")
    await expect(bens.get_by_role("region", name="cy is ringing you")).to_be_visible()
    await _fit(bens)
    await button(bens, "Leave").click()
    await expect(heading(bens, "You are not in the call")).to_be_visible()
    await _fit(bens)
    refused = await joining.opens(joining.cy, link)
    await _fit(refused)
    joining.trouble.clear()


async def _fit(tab: Tab) -> None:
    """Nothing sticks out, and axe has no serious finding."""
    assert await tab.evaluate("() => document.documentElement.scrollWidth <= innerWidth"), "wider than the screen"
    await tab.evaluate(AXE)
    found = (await tab.evaluate("() => axe.run(document, {resultTypes: ['violations']})"))["violations"]
    assert not [(one["id"], [n["html"] for n in one["nodes"]]) for one in found if one["impact"] in SERIOUS]


async def test_the_keyboard_alone_suffices(joining: Joining) -> None:
    await joining.rings("/ring @ben")
    bens = await joining.accepts(joining.ben)
    await expect(button(bens, "Join now")).to_be_visible()
    await _tabs_to(bens, "Join now")
    await bens.keyboard.press("Enter")
    await expect(people(bens)).to_have_count(1)
    await _tabs_to(bens, "Leave")
    await bens.keyboard.press("Space")
    await expect(heading(bens, "You are not in the call")).to_be_visible()


async def _tabs_to(tab: Tab, name: str) -> None:
    for _ in range(20):
        await tab.keyboard.press("Tab")
        if await button(tab, name).evaluate("(node) => node === document.activeElement"):
            return
    raise AssertionError(f"Tab does not come to {name}")
