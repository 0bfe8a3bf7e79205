"""The sandbox's page as people use it: by clicking, by keyboard, at both widths, light and dark."""

import re
import time
from datetime import timedelta
from importlib import resources

import pytest
from playwright.async_api import Page as Tab
from playwright.async_api import expect

from bot.sandbox.faults import Kind, Road
from tests.browser.conftest import NARROW, WIDE, Scene

pytestmark = pytest.mark.asyncio(loop_scope="session")
expect.set_options(timeout=15_000)


def at(*looks: tuple[tuple[int, int], str]) -> pytest.MarkDecorator:
    """For a scene in windows of these sizes and colours."""
    return pytest.mark.parametrize("scene", looks, indirect=True, ids=lambda look: f"{look[0][0]}-{look[1]}")


EVERY_LOOK = at((WIDE, "light"), (WIDE, "dark"), (NARROW, "light"), (NARROW, "dark"))


# --- the guided story


async def step(scene: Scene, name: str) -> None:
    """The story stands at this step."""
    await expect(scene.tab.locator('.story-steps [aria-current="step"] .step-name')).to_have_text(name)


async def joins(page: Tab) -> None:
    await page.get_by_role("button", name=re.compile("^Join")).click()


@at((WIDE, "light"), (NARROW, "light"))
async def test_the_guided_story_is_played_by_clicking_alone(scene: Scene) -> None:
    tab, context = scene.tab, scene.tab.context
    offer = tab.locator(".story-now .button.primary")
    await step(scene, "Ring")
    await offer.click()
    await scene.ana.button("Send").click()
    if await scene.ben.pane.is_hidden():
        await step(scene, "It rings")
        await offer.click()
    await step(scene, "Accept")
    async with context.expect_page() as opening:
        await scene.ben.link("Accept").click()
    bens = await opening.value
    await joins(bens)
    await step(scene, "Come in")
    await offer.click()
    async with context.expect_page() as opening:
        await scene.ana.link("Join").last.click()
    anas = await opening.value
    await joins(anas)
    await step(scene, "Hang up")
    for page in (bens, anas):
        await page.get_by_role("button", name=re.compile("^Leave")).click()
    await step(scene, "It is over")
    await offer.click()
    await expect(tab.locator(".story-words")).to_contain_text("That was a call")
    assert scene.world.on_stream().ended_at
    await expect(tab.locator(".story-steps .done")).to_have_count(7)


async def test_the_story_is_put_away_and_comes_back_where_it_was(scene: Scene) -> None:
    await scene.tab.get_by_role("button", name="Close the story").click()
    story = scene.tab.get_by_role("region", name="The guided story")
    await expect(story).to_be_hidden()
    await scene.ana.types('/ring @ben "Lunch?"')
    await expect(scene.ben.message("is ringing you")).to_be_visible()
    await scene.opens()
    await expect(story).to_be_hidden()
    await scene.tab.get_by_role("button", name="The guided story").click()
    await step(scene, "Accept")


# --- ringing


async def test_a_ring_is_answered_with_the_keyboard_alone(scene: Scene) -> None:
    keys = scene.tab.keyboard
    await scene.ana.line.focus()
    await keys.type("/ri")
    await expect(scene.ana.choice("/ring")).to_be_visible()
    await keys.press("Tab")
    await keys.type("@b")
    await expect(scene.ana.choice("ben")).to_be_visible()
    await keys.press("Enter")
    await expect(scene.ana.line).to_have_value("/ring @ben ")
    await keys.type('"Lunch?"')
    await keys.press("Enter")
    decline = scene.ben.button("Decline")
    await expect(decline).to_be_visible()
    for _ in range(60):
        if await decline.evaluate("node => node === document.activeElement"):
            break
        await keys.press("Tab")
    await expect(decline).to_be_focused()
    await keys.press("Enter")
    await expect(scene.ana.message("declined")).to_be_visible()
    # The button is gone; the focus stays with what was pressed.
    await expect(scene.ben.button("Decline")).to_have_count(0)
    focused = await scene.ben.message("You declined").evaluate("node => node.contains(document.activeElement)")
    assert focused


async def test_declining_in_words(scene: Scene) -> None:
    await scene.ana.types('/ring @ben "Lunch?"')
    await scene.ben.pane.get_by_role("combobox", name="Decline with…").click()
    await scene.ben.choice("In words…").click()
    words = scene.ben.modal.get_by_role("textbox", name="What to tell the caller")
    await expect(words).to_be_focused()
    await words.fill("On a train")
    await scene.ben.modal.get_by_role("button", name="Decline").click()
    await expect(scene.ben.modal).to_have_count(0)
    await expect(scene.ben.message("You declined")).to_contain_text("“On a train”")
    await scene.ana.button("replies", exact=False).click()
    await expect(scene.ana.pane.get_by_role("complementary", name="Thread")).to_contain_text("declined (“On a train”)")


async def test_a_form_says_what_is_wrong_under_the_field_and_keeps_what_was_filled_in(scene: Scene) -> None:
    await scene.ana.types("/ring")
    modal = scene.ana.modal
    await modal.get_by_role("textbox", name="Topic").fill("Retro")
    await modal.get_by_role("button", name="Ring", exact=True).click()
    who = modal.get_by_role("combobox", name="Who")
    await expect(who).to_have_attribute("aria-invalid", "true")
    await expect(who).to_be_focused()
    await expect(modal.get_by_text("Please complete this required field.")).to_be_visible()
    await who.press("Enter")
    await scene.tab.keyboard.type("an")
    await scene.tab.keyboard.press("Enter")
    await scene.tab.keyboard.press("Escape")
    await modal.get_by_role("button", name="Ring", exact=True).click()
    await expect(modal.get_by_text("you cannot ring yourself")).to_be_visible()
    await expect(modal.get_by_role("textbox", name="Topic")).to_have_value("Retro")
    await who.press("Enter")
    await scene.tab.keyboard.type("ben")
    await scene.tab.keyboard.press("Enter")
    await scene.tab.keyboard.press("Escape")
    await expect(modal).to_be_visible()
    await modal.get_by_role("button", name="Ring", exact=True).click()
    await expect(modal).to_have_count(0)
    await expect(scene.ben.message("Retro")).to_contain_text("is ringing you")


async def test_escape_closes_a_form_and_gives_the_focus_back(scene: Scene) -> None:
    await scene.ana.types("/ring")
    await expect(scene.ana.modal).to_be_visible()
    await scene.tab.keyboard.press("Escape")
    await expect(scene.ana.modal).to_have_count(0)
    await expect(scene.ana.line).to_be_focused()


async def test_a_question_is_asked_before_a_call_is_ended_for_all(scene: Scene) -> None:
    await scene.ana.types('/ring @ben "Lunch?"')
    async with scene.tab.context.expect_page():
        await scene.ben.link("Accept").click()
    await scene.ana.button("End for all").click()
    asked = scene.ana.pane.get_by_role("alertdialog", name="End for all?")
    await expect(asked.get_by_role("button", name="Keep it going")).to_be_focused()
    await scene.tab.keyboard.press("Escape")
    await expect(asked).to_have_count(0)
    assert scene.world.on_stream().ended_at is None
    await scene.ana.button("End for all").click()
    await asked.get_by_role("button", name="End for all").click()
    await expect(scene.ana.message("is over")).to_be_visible()
    assert scene.world.on_stream().ended_at


async def test_a_menu_half_chosen_survives_a_redraw(scene: Scene) -> None:
    await scene.ana.types('/ring @ben @cy "Lunch?"')
    menu = scene.ben.pane.get_by_role("combobox", name="Decline with…")
    await menu.click()
    meeting = scene.ben.choice("In a meeting")
    await scene.tab.keyboard.press("ArrowDown")
    await expect(meeting).to_have_class(re.compile("active"))
    # The message says something else now, around the same buttons.
    dm = scene.world.workspace.dm(scene.people["ben"])
    shown = dm.messages[-1]
    said = [{"type": "section", "text": {"type": "mrkdwn", "text": "*Still ringing*"}}, *shown.blocks[1:]]
    scene.world.workspace.state.edit(shown, text="Still ringing", blocks=said, metadata=None)
    await expect(scene.ben.message("Still ringing")).to_be_visible()
    await expect(meeting).to_be_visible()
    await expect(meeting).to_have_class(re.compile("active"))
    await scene.tab.keyboard.press("Enter")
    await expect(scene.ana.message("declined (“In a meeting”)")).to_be_visible()


async def test_a_call_planned_for_tomorrow_rings_when_the_clock_is_turned(scene: Scene) -> None:
    await scene.ana.types('/ring @ben "Retro" tomorrow 9:30')
    await expect(scene.ana.message("Retro")).to_contain_text("tomorrow at 09:30")
    await scene.world.settled()
    skip = scene.tab.get_by_role("button", name=re.compile("next due thing"))
    starts_at = scene.world.on_stream().starts_at
    assert starts_at
    while scene.world.clock.now() < starts_at:
        async with scene.tab.expect_response("**/do/skip"):
            await skip.click()
        await scene.world.settled()
    await expect(scene.ben.message("is ringing you")).to_contain_text("Retro")
    assert scene.world.clock.now() - starts_at < timedelta(minutes=1)


async def test_the_clock_runs_faster_when_told_to(scene: Scene) -> None:
    await scene.ana.types('/ring @ben "Lunch?"')
    await expect(scene.ben.message("is ringing you")).to_be_visible()
    await scene.tab.get_by_role("combobox", name="Speed of the clock").select_option("60")
    await expect(scene.ana.message("Nobody answered")).to_be_visible()


# --- reading


async def test_each_reads_times_in_their_own_zone(scene: Scene) -> None:
    await scene.ana.pane.get_by_role("combobox", name="Who sits here").select_option(label="Cy")
    await scene.ben.goes_to("support")
    await scene.ben.types('/notify @cy "Standup" at 15:00')
    await expect(scene.ben.message("Standup")).to_contain_text("15:00")
    await scene.seat("cy").goes_to("Ringer")
    await expect(scene.seat("cy").message("Standup")).to_contain_text("9:00 AM")


async def test_a_thread_opens_beside_and_takes_a_reply(scene: Scene) -> None:
    await scene.ana.types('/ring @ben "Lunch?"')
    await scene.ana.button("1 reply", exact=False).click()
    thread = scene.ana.pane.get_by_role("complementary", name="Thread")
    await expect(thread).to_contain_text("is ringing")
    reply = thread.get_by_role("combobox", name="Reply…")
    await expect(reply).to_be_focused()
    await reply.fill("Who is free?")
    await reply.press("Enter")
    await expect(thread).to_contain_text("Who is free?")
    await expect(scene.ana.button("2 replies", exact=False)).to_be_visible()
    await scene.tab.keyboard.press("Escape")
    await expect(thread).to_have_count(0)


async def test_what_is_for_one_alone_says_so_and_others_do_not_see_it(scene: Scene) -> None:
    await scene.ben.goes_to("support")
    await scene.ana.types("/ring help")
    note = scene.ana.pane.locator(".message.only").last
    await expect(note).to_contain_text("Only visible to you")
    await expect(note).to_contain_text("rings Ana and Ben")
    await expect(scene.ben.pane.locator(".message")).to_have_count(0)


async def test_what_waits_elsewhere_is_counted_told_and_read_out(scene: Scene) -> None:
    support = scene.ben.pane.get_by_role("navigation").get_by_role("button", name="support")
    await scene.ana.types("Morning @ben, look at #support")
    await expect(support).to_have_accessible_name(re.compile("support 1 unread"))
    await expect(scene.ben.pane.get_by_role("status").last).to_contain_text("ana to ben in support: Morning @ben")
    await scene.ben.pane.locator(".notice-go").click()
    await expect(scene.ben.message("Morning")).to_contain_text("@ben")
    await expect(support).to_have_accessible_name("support")


async def test_home_and_messages_are_tabs_of_the_app(scene: Scene) -> None:
    await scene.ana.types('/ring @ben "Lunch?"')
    await scene.ben.pane.get_by_role("tab", name="Home").click()
    home = scene.ben.pane.get_by_role("tabpanel", name="Home")
    await expect(home).to_contain_text("Incoming")
    await home.get_by_role("button", name="Decline", exact=True).click()
    await expect(scene.ana.message("declined")).to_be_visible()
    await scene.tab.keyboard.press("Shift+Tab")
    await scene.ben.pane.get_by_role("tab", name="Home").focus()
    await scene.tab.keyboard.press("ArrowRight")
    await expect(scene.ben.pane.get_by_role("tab", name="Messages")).to_be_focused()


async def test_three_hundred_live_messages_are_there_in_three_seconds(scene: Scene) -> None:
    state, support = scene.world.workspace.state, scene.support.conversation
    began = time.perf_counter()
    for number in range(300):
        await scene.people["ben"].types(f"message {number} to @ana", at=support)
    await expect(scene.ana.pane.locator(".message")).to_have_count(300, timeout=3000)
    assert time.perf_counter() - began < 3
    assert len(state.conversations[support.id].messages) == 300
    at_end = "node => node.scrollHeight - node.scrollTop - node.clientHeight < 2"
    assert await scene.ana.pane.locator(".messages").evaluate(at_end)


async def test_people_write_to_each_other_and_join_channels(scene: Scene) -> None:
    scene.world.workspace.channel("random", scene.people["cy"])
    await scene.ana.button("New message").click()
    await scene.ana.pane.get_by_role("menuitem", name="ben").click()
    await scene.ana.types("Psst")
    await scene.ben.goes_to("ana")
    await expect(scene.ben.message("Psst")).to_be_visible()
    await scene.ana.goes_to("random")
    await expect(scene.ana.line).to_be_hidden()
    await scene.ana.button("Join the channel").click()
    await scene.ana.types("Hello all")
    await expect(scene.ana.message("Hello all")).to_be_visible()


# --- behind the scenes


async def test_the_drawer_shows_the_calls_both_ways_without_secrets(scene: Scene) -> None:
    await scene.tab.get_by_role("button", name="API calls").click()
    await scene.ana.types('/ring @ben "Lunch?"')
    log = scene.tab.get_by_role("complementary", name="Behind the scenes")
    for road in ("Slack → bot", "bot → Slack", "bot → Stream", "Stream → bot"):
        await expect(log.locator(".road", has_text=road).first).to_be_visible()
    await log.get_by_role("searchbox").fill("/ring")
    await log.locator(".log-line", has_text="/ring <@U0BEN").click()
    await expect(log.locator("pre").first).to_contain_text("trigger_id")
    shown = await log.inner_text()
    assert "•••" in shown
    everything = [await (await scene.tab.request.get(f"{scene.page.url}/log/{n}")).text() for n in range(10)]
    settings = scene.world.settings
    for secret in (scene.world.workspace.bot_token, settings.stream_api_secret.get_secret_value(), "eyJ"):
        assert not [text for text in everything if secret in text]


async def test_things_are_broken_and_mended(scene: Scene) -> None:
    await scene.tab.get_by_role("button", name="Break things").click()
    drawer = scene.tab.get_by_role("complementary", name="Behind the scenes")
    down = drawer.get_by_role("button", name="Stream is down")
    await down.click()
    await expect(down).to_have_attribute("aria-pressed", "true")
    assert [(fault.road, fault.kind) for fault in scene.world.faults.planned] == [(Road.STREAM_API, Kind.ERROR_503)]
    await drawer.get_by_role("button", name="Mend everything").click()
    await expect(down).to_have_attribute("aria-pressed", "false")
    assert scene.world.faults.planned == []
    await drawer.get_by_role("button", name="Stop the bot").click()
    await expect(drawer.get_by_role("button", name="Start the bot again")).to_be_visible()
    await scene.ana.types("/ring @ben")
    await expect(scene.ana.message('failed with the error "dispatch_failed"')).to_be_visible()
    await drawer.get_by_role("button", name="Start the bot again").click()
    await expect(drawer.get_by_role("button", name="Stop the bot")).to_be_visible()


async def test_a_page_that_lost_its_stream_takes_up_where_it_was(scene: Scene) -> None:
    await scene.ana.types("before")
    await expect(scene.ana.message("before")).to_be_visible()
    await scene.tab.context.set_offline(True)
    await scene.people["ben"].types("while away", at=scene.support.conversation)
    await scene.tab.context.set_offline(False)
    await expect(scene.ana.message("while away")).to_be_visible()
    scene.trouble.clear()  # The browser says that it was offline.


# --- looks


@at((NARROW, "light"))
async def test_on_a_phone_one_pane_is_shown_and_switched(scene: Scene) -> None:
    await expect(scene.ana.pane).to_be_visible()
    await expect(scene.ben.pane).to_be_hidden()
    await scene.ana.types('/ring @ben "Lunch?"')
    switch = scene.tab.locator(".switch", has_text="ben")
    await expect(switch.locator(".badge")).to_have_text(re.compile(r"^\d unread$|^\d+ unread"))
    await switch.click()
    await expect(scene.ben.message("is ringing you")).to_be_visible()
    await expect(scene.ana.pane).to_be_hidden()
    wider = "() => document.documentElement.scrollWidth > innerWidth"
    assert not await scene.tab.evaluate(wider), "nothing sticks out at the side"


async def test_dark_and_light_are_chosen_and_kept(scene: Scene) -> None:
    colour = "() => getComputedStyle(document.body).backgroundColor"
    light = await scene.tab.evaluate(colour)
    await scene.tab.get_by_role("button", name="Dark colours").click()
    dark = await scene.tab.evaluate(colour)
    assert dark != light
    await scene.opens()
    assert await scene.tab.evaluate(colour) == dark


@EVERY_LOOK
async def test_axe_finds_nothing_serious(scene: Scene) -> None:
    await scene.tab.emulate_media(reduced_motion="reduce")
    await scene.ana.types('/ring @ben "Lunch?"')
    await expect(scene.ana.message("is ringing")).to_be_visible()
    await no_serious_finding(scene.tab)
    await scene.tab.get_by_role("button", name="API calls").click()
    await no_serious_finding(scene.tab)
    await scene.tab.get_by_role("tab", name="Break things").click()
    await scene.tab.get_by_role("button", name="Slack is down").click()
    await scene.tab.get_by_role("button", name="Mend everything").click()
    await no_serious_finding(scene.tab)
    await scene.tab.keyboard.press("Escape")
    await scene.ana.types("/ring")
    await scene.ana.modal.get_by_role("button", name="Ring", exact=True).click()
    await expect(scene.ana.modal.locator(".wrong").first).to_be_visible()
    await no_serious_finding(scene.tab)
    await scene.ana.modal.get_by_role("combobox", name="Who").press("Enter")
    await no_serious_finding(scene.tab)


AXE = resources.files("axe_playwright_python").joinpath("axe.min.js").read_text("utf-8")


async def no_serious_finding(tab: Tab) -> None:
    await tab.evaluate(AXE)
    found = await tab.evaluate("() => axe.run(document, {resultTypes: ['violations']})")
    serious = [
        (each["id"], [node["html"] for node in each["nodes"]], each["nodes"][0]["failureSummary"])
        for each in found["violations"]
        if each["impact"] in ("serious", "critical")
    ]
    assert serious == []


async def test_another_site_in_the_same_browser_can_do_nothing(scene: Scene) -> None:
    ask = scene.tab.request
    act = f"{scene.page.url}/do/turn"
    before = scene.world.clock.now()
    foreign = {"Origin": "https://elsewhere.example"}
    assert (await ask.post(act, data={"seconds": 600}, headers=foreign)).status == 403
    assert (await ask.get(scene.page.url, headers={"Host": "elsewhere.example"})).status == 403
    assert (await ask.post(act, data="{}", headers={"Content-Type": "text/plain"})).status == 415
    assert scene.world.clock.now() - before < timedelta(minutes=5)
    answer = await ask.get(scene.page.url)
    assert "default-src 'none'" in answer.headers["content-security-policy"]
