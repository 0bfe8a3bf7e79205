"""Personal links to join, as browsers, scanners and strangers ask for them over HTTP."""

import asyncio
import json
import logging
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import jwt
import pytest
from sqlalchemy import Connection, text

from bot.app import App
from bot.join.html import Html
from bot.join.links import hashed
from bot.sandbox.workspace import Person
from bot.sandbox.world import World, world
from bot.store.address import database_at, engine_for


@dataclass
class Scene:
    """ana rings ben and cy."""

    world: World
    ana: Person
    ben: Person
    cy: Person

    @property
    def app(self) -> App:
        assert self.world.app is not None
        return self.world.app

    def browser(self) -> httpx.AsyncClient:
        return httpx.AsyncClient(base_url=self.app.url)

    async def link(self, person: Person, label: str = "Accept") -> str:
        """The link behind the newest such button that they see, copied rather than pressed."""
        await self.world.settled()
        elements = (e for shown in person.messages() for block in shown.blocks for e in block.get("elements", []))
        links = [e["url"] for e in elements if e.get("url") and e["text"]["text"] == label]
        return str(links[-1])

    def accepted(self) -> set[str]:
        session = self.world.on_stream().session
        return set(session.accepted_by) if session else set()

    def later(self, **by: float) -> None:
        """Real time passes: links do not follow the clock that the sandbox turns."""
        self.app.join_links.real_now = lambda: datetime.now(UTC) + timedelta(**by)


@pytest.fixture
async def scene(request: pytest.FixtureRequest) -> AsyncIterator[Scene]:
    async with world(**getattr(request, "param", {})) as made:
        ana, ben, cy = (made.workspace.person(name) for name in ("ana", "ben", "cy"))
        made.workspace.channel("support", ana, ben, cy)
        await ana.types('/ring @ben @cy "Prod is down"', at="#support")
        await made.settled()
        yield Scene(made, ana, ben, cy)
        await made.settled()


def with_settings(**settings: Any) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("scene", [settings], indirect=True, ids=["-".join(settings)])


async def post(browser: httpx.AsyncClient, path: str, origin: str | None = None, **more: Any) -> httpx.Response:
    """As the page itself asks."""
    headers = {"Origin": origin or str(browser.base_url).rstrip("/"), **more.pop("headers", {})}
    return await browser.post(path, headers=headers, **more)


# --- opened


async def test_opening_a_link_accepts_nothing_and_uses_nothing_up(scene: Scene) -> None:
    link = await scene.link(scene.ben)
    async with scene.browser() as scanner:
        pages = [await scanner.get(link) for _ in range(3)]
        assert [page.status_code for page in pages] == [200] * 3
        assert (await scanner.head(link)).status_code == 200
        assert not scanner.cookies
    await scene.world.settled()
    assert scene.accepted() == set()
    assert scene.world.stream_id(scene.ben) in scene.world.on_stream().ringing
    async with scene.browser() as browser:
        assert (await post(browser, link)).status_code == 200


async def test_the_pages_own_post_accepts_on_stream_and_gives_a_cookie(scene: Scene) -> None:
    link = await scene.link(scene.ben)
    async with scene.browser() as browser:
        told = (await post(browser, link)).json()
        assert told["me"] == {"id": scene.world.stream_id(scene.ben), "name": "ben", "is_caller": False}
        assert told["call"]["id"] == scene.world.on_stream().id
        [cookie] = browser.cookies.jar
        assert (cookie.path, cookie.secure, cookie.has_nonstandard_attr("HttpOnly")) == ("/join", False, True)
        assert cookie.get_nonstandard_attr("SameSite") == "Lax"
    await scene.world.settled()
    assert scene.accepted() == {scene.world.stream_id(scene.ben)}
    await scene.ben.sees("You accepted @ana's call")
    scene.ben.sees_not("Here is your way into the call")
    await scene.ana.sees("@ben accepted: come in")


async def test_a_press_that_comes_after_the_page_says_nothing_more(scene: Scene) -> None:
    link = await scene.link(scene.ben)
    accept = scene.ben.messages()[-1]
    async with scene.browser() as browser:
        await post(browser, link)
        await scene.ben.presses("Accept", on=accept, stale=True)
    await scene.world.settled()
    assert scene.accepted() == {scene.world.stream_id(scene.ben)}
    scene.ben.sees_not("You have accepted")
    scene.ben.sees_not("already")


async def test_the_token_is_the_persons_and_brief_and_made_anew_by_the_cookie(scene: Scene) -> None:
    async with scene.browser() as browser:
        told = (await post(browser, await scene.link(scene.ben))).json()
        fresh = (await post(browser, f"{told['at']}/token")).json()
        for token in (told["token"], fresh["token"]):
            claims = jwt.decode(token, scene.world.coordinator.app.api_secret, algorithms=["HS256"])
            assert claims["user_id"] == scene.world.stream_id(scene.ben)
            assert claims["exp"] - claims["iat"] <= 11 * 60


async def test_reloading_works_by_the_cookie_and_accepts_nothing_again(scene: Scene) -> None:
    async with scene.browser() as browser:
        at = (await post(browser, await scene.link(scene.ben))).json()["at"]
        assert at.startswith(f"/join/call/{scene.world.on_stream().id}/")
        assert (await browser.get(at)).status_code == 200
        told = (await post(browser, at)).json()
        assert (told["at"], told["me"]["name"], told["call"]["rings_me"]) == (at, "ben", False)


async def test_the_callers_link_finds_the_ring_and_joins_nobody(scene: Scene) -> None:
    link = await scene.link(scene.ana, "Join")
    async with scene.browser() as browser:
        told = (await post(browser, link)).json()
    assert told["me"]["is_caller"] and told["call"]["rings"]
    await scene.world.settled()
    assert scene.accepted() == set()
    assert "is ringing" in scene.ana.screen(at="#support")


# --- refused


async def test_a_used_link_lets_nobody_in_again(scene: Scene) -> None:
    link = await scene.link(scene.ben)
    async with scene.browser() as browser, scene.browser() as stranger:
        at = (await post(browser, link)).json()["at"]
        for one in (browser, stranger):
            answer = await post(one, link)
            assert (answer.status_code, answer.json()) == (410, {"problem": "used"})
        page = await stranger.get(link)
        assert page.status_code == 410
        assert "Send me a new link in Slack" in page.text and at not in page.text
        assert f'href="{at}"' in (await browser.get(link)).text  # This browser is in: it is led back.


async def test_the_message_gets_a_new_link_when_its_link_was_used(scene: Scene) -> None:
    first = await scene.link(scene.ana, "Join")
    async with scene.browser() as browser:
        assert (await post(browser, first)).status_code == 200
        second = await scene.link(scene.ana, "Join")
        assert second != first
        assert (await post(browser, second)).status_code == 200
    assert await scene.link(scene.ana, "Join") not in (first, second)


async def test_of_two_who_open_a_link_at_once_one_gets_in(scene: Scene) -> None:
    link = await scene.link(scene.ben)
    async with scene.browser() as one, scene.browser() as two:
        answers = await asyncio.gather(post(one, link), post(two, link))
    assert sorted(answer.status_code for answer in answers) == [200, 410]


async def test_a_link_lives_for_the_ring_and_five_minutes_of_real_time(scene: Scene) -> None:
    link = await scene.link(scene.ben)
    async with scene.browser() as browser:
        scene.later(minutes=6, seconds=1)
        assert (await browser.get(link)).status_code == 410
        assert (await post(browser, link)).json() == {"problem": "expired"}
        assert scene.accepted() == set()
        scene.later(minutes=5, seconds=55)
        assert (await post(browser, link)).status_code == 200


async def test_the_sandboxes_clock_does_not_age_a_link(scene: Scene) -> None:
    link = await scene.link(scene.ana, "Join")
    await scene.ben.presses("Accept")
    await scene.world.joins(scene.ben)
    await scene.world.after(hours=1)
    async with scene.browser() as browser:
        assert (await post(browser, link)).status_code == 200


async def test_nobody_sits_on_anothers_seat(scene: Scene) -> None:
    async with scene.browser() as bens, scene.browser() as cys:
        ben_at = (await post(bens, await scene.link(scene.ben))).json()["at"]
        cy_at = (await post(cys, await scene.link(scene.cy))).json()["at"]
        assert ben_at != cy_at
        page = await cys.get(ben_at)
        assert page.status_code == 403 and "Send me a new link in Slack" in page.text
        for path in (ben_at, f"{ben_at}/token", f"{ben_at}/accept", f"{ben_at}/other"):
            assert (await post(cys, path)).status_code == 403
        cookie = cys.cookies[f"ringer_{cy_at.rpartition('/')[2]}"]
        renamed = f"ringer_{ben_at.rpartition('/')[2]}={cookie}"
        assert (await post(cys, ben_at, headers={"Cookie": renamed})).status_code == 403


async def test_two_people_in_one_browser_keep_their_own_seats(scene: Scene) -> None:
    async with scene.browser() as browser:
        ats = [(await post(browser, await scene.link(person))).json()["at"] for person in (scene.ben, scene.cy)]
        names = [(await post(browser, at)).json()["me"]["name"] for at in ats]
    assert names == ["ben", "cy"]


async def test_a_cookie_lasts_twelve_hours(scene: Scene) -> None:
    async with scene.browser() as browser:
        at = (await post(browser, await scene.link(scene.ben))).json()["at"]
        scene.later(hours=11, minutes=59)
        assert (await post(browser, at)).status_code == 200
        scene.later(hours=12, minutes=1)
        assert (await post(browser, at)).status_code == 403


async def test_a_page_that_refuses_says_what_to_do_without_javascript(scene: Scene) -> None:
    async with scene.browser() as browser:
        page = (await browser.get(f"/join/{'x' * 43}")).text
    assert re.search(r"<noscript>.*press Join.*</noscript>", page)


@pytest.mark.parametrize(
    "path", ["/join/", "/join/x", f"/join/{'x' * 43}", "/join/call/x", "/join/../x", "/join/page/x"]
)
async def test_what_leads_nowhere_is_said_so(scene: Scene, path: str) -> None:
    async with scene.browser() as browser:
        assert (await browser.get(path)).status_code == 404


async def test_a_link_to_a_call_that_is_over_says_how_it_ended(scene: Scene) -> None:
    link = await scene.link(scene.cy)
    await scene.ana.presses("Cancel", on="You are ringing")
    await scene.world.settled()
    async with scene.browser() as browser:
        told = (await post(browser, link)).json()
        assert told["over"] == "It was cancelled."
        assert "token" not in told and not browser.cookies


@pytest.mark.parametrize("how", ["used", "too old"])
async def test_an_old_link_to_a_call_that_is_over_says_that_and_no_more(scene: Scene, how: str) -> None:
    link = await scene.link(scene.ben)
    async with scene.browser() as browser:
        if how == "used":
            await post(browser, link)
            await scene.world.settled()
        await scene.ana.presses("End for all" if how == "used" else "Cancel", at="#support")
        await scene.world.settled()
        scene.later(minutes=10)
        page, asked = await browser.get(link), await post(browser, link)
    assert page.status_code == 410 and "This call is over" in page.text
    assert "Prod is down" not in page.text and "Send me a new link" not in page.text
    assert (asked.status_code, asked.json()) == (410, {"problem": "over"})


async def test_no_token_for_a_call_that_is_over(scene: Scene) -> None:
    async with scene.browser() as browser:
        at = (await post(browser, await scene.link(scene.ben))).json()["at"]
        assert (await post(browser, f"{at}/token")).json()["token"]
        await scene.world.settled()
        await scene.ana.presses("End for all", at="#support")
        await scene.world.settled()
        assert (await post(browser, f"{at}/token")).json() == {"problem": "over"}


@with_settings(public_url="https://Ringer.Example.com:443")
async def test_the_public_address_may_be_written_otherwise_than_browsers_do(scene: Scene) -> None:
    path = "/join/" + (await scene.link(scene.ben)).rpartition("/")[2]
    async with scene.browser() as browser:
        assert (await post(browser, path, origin="https://ringer.example.com")).status_code == 200


async def test_a_host_that_is_none_is_refused(scene: Scene) -> None:
    link = await scene.link(scene.ben)
    async with scene.browser() as browser:
        for host in ("[", "a b:x", "ringer:99999"):
            answer = await post(browser, link, origin=f"http://{host}x", headers={"Host": host})
            assert answer.status_code in (400, 403)


async def test_of_many_calls_the_oldest_cookies_go(scene: Scene) -> None:
    older = [f"ringer_{number:012x}" for number in range(50)]
    async with scene.browser() as browser:
        header = {"Cookie": "; ".join(["theme=dark", *(f"{name}=x" for name in older)])}
        answer = await post(browser, await scene.link(scene.ben), headers=header)
    given = dict(cookie.partition("=")[::2] for cookie in answer.headers.get_list("Set-Cookie"))
    gone = [name for name, rest in given.items() if "Max-Age=0" in rest]
    assert gone == older[:11] and len(given) == 12


# --- a new link


async def test_a_new_link_is_sent_to_its_owner_alone_and_not_too_often(scene: Scene) -> None:
    link = await scene.link(scene.ben)
    async with scene.browser() as browser, scene.browser() as stranger:
        await post(browser, link)
        assert (await post(stranger, f"{link}/again")).json() == {"sent": True}
        assert (await post(stranger, f"{link}/again")).status_code == 429
        await scene.world.settled()
        await scene.ben.sees("Here is your way into the call. This link is yours alone.")
        for other in (scene.ana, scene.cy):
            other.sees_not("Here is your way into the call")
        new = await scene.link(scene.ben, "Join")
        assert new != link
        assert (await post(browser, new)).status_code == 200


async def test_who_lost_their_cookie_is_sent_a_new_link(scene: Scene) -> None:
    async with scene.browser() as browser, scene.browser() as elsewhere:
        at = (await post(browser, await scene.link(scene.ben))).json()["at"]
        assert (await post(elsewhere, f"{at}/again")).json() == {"sent": True}
    await scene.ben.sees("Here is your way into the call")


async def test_no_link_is_sent_to_a_call_that_is_over_or_unknown(scene: Scene) -> None:
    link = await scene.link(scene.ben)
    await scene.ana.presses("Cancel", on="You are ringing")
    await scene.world.settled()
    async with scene.browser() as browser:
        assert (await post(browser, f"{link}/again")).status_code == 404
        assert (await post(browser, f"/join/{'x' * 43}/again")).status_code == 404


# --- another call that rings


async def test_a_call_that_rings_meanwhile_is_taken_with_a_seat_of_its_own(scene: Scene) -> None:
    async with scene.browser() as browser:
        at = (await post(browser, await scene.link(scene.ben))).json()["at"]
        await scene.cy.types("/ring @ben", at="#support")
        await scene.world.settled()
        second = scene.world.on_stream()
        other = (await post(browser, f"{at}/other", json={"call_id": second.id})).json()["at"]
        assert (await post(browser, other)).json()["call"]["id"] == second.id
        await scene.world.settled()
        assert second.session and scene.world.stream_id(scene.ben) in second.session.accepted_by


async def test_nobody_takes_a_call_that_is_not_theirs(scene: Scene) -> None:
    async with scene.browser() as browser:
        at = (await post(browser, await scene.link(scene.ben))).json()["at"]
        await scene.ana.types("/ring @cy", at="#support")
        await scene.world.settled()
        bodies: list[Any] = [{"call_id": scene.world.on_stream().id}, {"call_id": "none"}, {"call_id": 1}, [], None]
        for body in bodies:
            assert (await post(browser, f"{at}/other", json=body)).status_code == 404


# --- what others can make of it


FOREIGN: dict[str, dict[str, str]] = {
    "another site": {"Origin": "https://evil.example"},
    "a page without an origin": {"Origin": "null"},
    "a sibling site": {"Sec-Fetch-Site": "same-site"},
}


@pytest.mark.parametrize("headers", FOREIGN.values(), ids=FOREIGN)
async def test_no_other_page_can_post(scene: Scene, headers: dict[str, str]) -> None:
    link = await scene.link(scene.ben)
    async with scene.browser() as browser:
        assert (await post(browser, link, headers=headers)).status_code == 403
        assert (await browser.post(link)).status_code == 403
        await scene.world.settled()
        assert scene.accepted() == set()
        at = (await post(browser, link)).json()["at"]
        for path in (at, f"{at}/token", f"{at}/accept", f"{at}/other", f"{at}/again", f"{link}/again"):
            assert (await post(browser, path, headers=headers)).status_code == 403


@with_settings(public_url="https://ringer.example.com")
async def test_behind_a_proxy_links_and_origins_are_the_public_ones_and_cookies_secure(scene: Scene) -> None:
    link = await scene.link(scene.ben)
    assert link.startswith("https://ringer.example.com/join/")
    path = link.removeprefix("https://ringer.example.com")
    async with scene.browser() as browser:
        assert (await post(browser, path)).status_code == 403
        answer = await post(browser, path, origin="https://ringer.example.com")
        assert answer.status_code == 200
        assert "Secure" in answer.headers["Set-Cookie"]


@with_settings(public_url="https://example.com/calls")
async def test_below_a_path_everything_is_below_it(scene: Scene) -> None:
    link = await scene.link(scene.ben)
    path = link.removeprefix("https://example.com/calls")  # As a proxy passes it on.
    async with scene.browser() as browser:
        page = await browser.get(path)
        assert 'src="/calls/join/page/main.js"' in page.text and '"/join/' not in page.text
        answer = await post(browser, path, origin="https://example.com")
        assert answer.json()["at"].startswith("/calls/join/call/")
        assert "Path=/calls/join" in answer.headers["Set-Cookie"]
        assert f'data-at="/calls{path}/again"' in (await browser.get(path)).text


STREAMS = {"https://*.stream-io-api.com", "wss://*.stream-io-video.com"}
BASES = {
    "stream's own": ("https://video.stream-io-api.com", STREAMS),
    "a proxy of one's own": (
        "https://proxy.example.com",
        STREAMS | {"https://proxy.example.com", "wss://proxy.example.com"},
    ),
    "a stand-in": ("http://127.0.0.1:9", {"http://127.0.0.1:9", "ws://127.0.0.1:9"}),
}


@pytest.mark.parametrize(("base_url", "reached"), BASES.values(), ids=BASES)
def test_the_page_may_reach_stream_wherever_it_is(base_url: str, reached: set[str]) -> None:
    policy = Html(sdk_url="https://cdn.example.com/a/b.mjs?bundle", stream_base_url=base_url).headers[
        "Content-Security-Policy"
    ]
    assert reached <= set(policy.partition("connect-src ")[2].partition(";")[0].split())
    assert "https://cdn.example.com;" in policy
    assert ("*." in policy) == base_url.startswith("https")


@with_settings(join_url_template="https://meet.example.com/{id}")
async def test_with_an_app_of_ones_own_there_is_no_page(scene: Scene) -> None:
    assert (await scene.link(scene.ben)).startswith("https://meet.example.com/")
    async with scene.browser() as browser:
        assert (await browser.get(f"/join/{'x' * 43}")).status_code == 404
        assert (await browser.get("/join/page/main.js")).status_code == 404


async def test_every_answer_says_what_browsers_may_do_with_it(scene: Scene) -> None:
    link = await scene.link(scene.ben)
    async with scene.browser() as browser:
        answers = [
            await browser.get(link),
            await post(browser, link),
            await browser.get(link),
            await browser.post(link),
        ]
        answers += [await browser.get("/join/nowhere")]
    for answer in answers:
        headers = answer.headers
        assert headers["Referrer-Policy"] == "no-referrer"
        assert headers["Cache-Control"] == "no-store"
        assert headers["X-Content-Type-Options"] == "nosniff"
        policy = dict(one.partition(" ")[::2] for one in headers["Content-Security-Policy"].split("; "))
        assert policy["default-src"] == policy["frame-ancestors"] == policy["base-uri"] == "'none'"
        stream = scene.world.coordinator.url
        assert policy["connect-src"].split() == ["'self'", stream, stream.replace("http", "ws", 1)]
        scripts = policy["script-src"].split()
        assert [one for one in scripts if "sha256" not in one] == ["'self'", stream]
        assert "unsafe" not in headers["Content-Security-Policy"]


@with_settings(stream_sdk_url="")
async def test_without_an_sdk_the_page_names_none(scene: Scene) -> None:
    async with scene.browser() as browser:
        page = await browser.get(await scene.link(scene.ben))
    assert "importmap" not in page.text
    assert "script-src 'self';" in page.headers["Content-Security-Policy"]


async def test_the_page_tells_nothing_of_anybody(scene: Scene) -> None:
    ben, cy = await scene.link(scene.ben), await scene.link(scene.cy)
    async with scene.browser() as browser:
        one, other = await browser.get(ben), await browser.get(cy)
    assert one.text == other.text
    for secret in (ben.rpartition("/")[2], "ey", "Prod is down", scene.world.settings.stream_api_key):
        assert secret not in re.sub(r"Huddle Ringer|they|Key", "", one.text)


async def test_links_and_cookies_are_in_no_log_and_no_database(scene: Scene, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    link = await scene.link(scene.ben)
    async with scene.browser() as browser:
        told = (await post(browser, link)).json()
        await browser.get(link)
        await post(browser, told["at"])
        [cookie] = [cookie.value for cookie in browser.cookies.jar]
    token = link.rpartition("/")[2]
    held = _everything(scene.world.settings.database_url)
    assert cookie and hashed(token) in held and hashed(cookie) in held
    ours = [record.getMessage() for record in caplog.records if record.name.split(".")[0] not in ("httpx", "httpcore")]
    for secret in (token, cookie, told["token"]):
        assert secret not in held
        assert not [line for line in ours if secret in line]


def _everything(database_url: str) -> str:
    engine = engine_for(database_at(database_url))
    with engine.connect() as connection:
        held = json.dumps([_rows(connection, table) for table in ("links", "cookies", "calls", "messages", "work")])
    engine.dispose()
    return held


def _rows(connection: Connection, table: str) -> list[list[str]]:
    return [[str(value) for value in row] for row in connection.execute(text(f"SELECT * FROM {table}"))]


async def test_links_that_are_long_over_are_forgotten(scene: Scene) -> None:
    link = await scene.link(scene.ben)
    scene.later(hours=25)
    await scene.app.prune()
    found = await scene.app.store.look(lambda tx: tx.link(hashed(link.rpartition("/")[2])))
    assert found is None
