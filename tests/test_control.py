"""The sandbox's control interface, over HTTP as another program would use it: everything it documents is done once."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import aiohttp
import pytest

from bot.sandbox.control import Control
from bot.sandbox.world import World, world


@dataclass
class Hand:
    """Another program, with the control address in its hand."""

    world: World
    url: str
    session: aiohttp.ClientSession

    async def does(self, act: str, **asked: Any) -> Any:
        status, answer = await self.tries(act, **asked)
        assert status == 200, answer
        return answer

    async def tries(self, act: str, **asked: Any) -> tuple[int, Any]:
        verb, path = act.split()
        params, body = (asked, None) if verb == "GET" else ({}, asked)
        async with self.session.request(verb, self.url + path, params=params, json=body) as answer:
            return answer.status, await answer.json()

    async def reads(self, who: str, text: str, **more: str) -> str:
        return str((await self.does("GET /sees", who=who, text=text, **more))["text"])


@pytest.fixture
async def hand() -> AsyncIterator[Hand]:
    async with world() as made, aiohttp.ClientSession() as session:
        people = [made.workspace.person(name) for name in ("ana", "ben", "cy", "dee")]
        made.workspace.channel("support", *people)
        control = Control(made)
        await control.start()
        try:
            yield Hand(made, control.url, session)
        finally:
            await control.stop()


async def test_it_lists_everything_there_is_each_with_what_it_takes(hand: Hand) -> None:
    listed = await hand.does("GET /")
    assert {"POST /types", "POST /presses", "GET /sees", "POST /turn", "POST /faults"} <= set(listed)
    assert all(said for said in listed.values())
    for act in listed:
        status, _ = await hand.tries(act, who="nobody-of-that-name")
        assert status not in (404, 405, 500), act


async def test_a_ring_from_typing_to_the_end(hand: Hand) -> None:
    await hand.does("POST /types", who="ana", at="#support", text='/ring @ben @cy "Prod is down"')
    assert "“Prod is down”" in await hand.reads("ben", "@ana is ringing you")
    assert (await hand.does("GET /buttons", who="ben", on="is ringing you"))["buttons"] == ["Accept", "Decline"]
    await hand.does("POST /chooses", who="cy", options=["Busy"], of="Decline with…")
    pressed = await hand.does("POST /presses", who="ben", label="Accept")
    assert pressed["url"].startswith("http://127.0.0.1:"), "the page that the link button opened"
    await hand.reads("ana", "@ben accepted: come in")
    await hand.does("POST /joins", who="ben")
    await hand.does("POST /joins", who="ana")
    (call,) = await hand.does("GET /calls")
    assert len(call["participants"]) == len(call["members"]) - 1 == 2
    assert list(call["reject_reasons"].values()) == ["busy"]
    assert call["ended_at"] is None
    await hand.does("POST /turn", seconds=720)
    await hand.does("POST /leaves", who="ben")
    await hand.does("POST /leaves", who="ana")
    await hand.does("POST /turn", seconds=60)
    assert "12 min" in await hand.reads("ana", "the call ended", at="#support")
    (call,) = await hand.does("GET /calls")
    assert call["ended_at"]
    assert "Prod is down" in (await hand.does("GET /screen", who="cy"))["screen"]


async def test_a_modal_is_filled_in_and_submitted(hand: Hand) -> None:
    await hand.does("POST /types", who="ana", at="#support", text="/ring")
    answer = await hand.does("POST /submits", who="ana")
    assert answer["errors"], "who is to be rung was not said"
    await hand.does("POST /picks", who="ana", label="Who", people=["ben"])
    await hand.does("POST /fills", who="ana", label="Topic", value="From a modal")
    assert (await hand.does("POST /submits", who="ana"))["errors"] == {}
    assert "From a modal" in await hand.reads("ben", "is ringing you")
    await hand.does("POST /types", who="ana", at="#support", text="/ring")
    await hand.does("POST /closes", who="ana")
    assert "── Modal ──" not in (await hand.does("GET /screen", who="ana"))["screen"]


async def test_new_people_channels_and_groups(hand: Hand) -> None:
    person = await hand.does("POST /people", name="eve", tz="Asia/Tokyo")
    assert person["id"].startswith("U")
    assert (await hand.does("POST /channels", name="night", members=["ana", "eve"]))["id"].startswith("C")
    assert (await hand.does("POST /groups", handle="watch", members=["eve", "ben"]))["id"].startswith("S")
    await hand.does("POST /types", who="ana", at="#night", text="/ring @watch")
    await hand.reads("eve", "is ringing you")
    await hand.reads("ben", "is ringing you")


async def test_home_is_opened(hand: Hand) -> None:
    await hand.does("POST /types", who="ana", at="#support", text="/ring @ben")
    await hand.reads("ben", "is ringing you")
    await hand.does("POST /opens_home", who="ben")
    await hand.does("POST /settled")
    assert "Home" in (await hand.does("GET /screen", who="ben"))["screen"]


async def test_the_clock_is_turned(hand: Hand) -> None:
    await hand.does("POST /types", who="ana", at="#support", text="/ring @ben")
    await hand.does("POST /settled")
    before = hand.world.clock.now()
    answer = await hand.does("POST /turn", seconds=61)
    assert answer["now"] > before.isoformat()
    await hand.reads("ben", "You missed a call from @ana")


async def test_something_is_broken_and_mended(hand: Hand) -> None:
    broken = await hand.does("POST /faults", road="stream.api", kind="500", times=None)
    assert broken["road"] == "stream.api"
    await hand.does("POST /types", who="ana", at="#support", text="/ring @ben")
    await hand.does("POST /turn", seconds=61)
    await hand.reads("ana", "Nobody was rung")
    await hand.does("DELETE /faults")
    await hand.does("POST /presses", who="ana", label="Try again")
    await hand.reads("ben", "is ringing you")


async def test_the_bot_is_stopped_and_started(hand: Hand) -> None:
    await hand.does("POST /types", who="ana", at="#support", text="/ring @ben")
    await hand.reads("ben", "is ringing you")
    await hand.does("POST /bot/stop")
    assert hand.world.app is None
    assert (await hand.does("POST /bot/start"))["bot"].startswith("http://127.0.0.1:")
    await hand.does("POST /presses", who="ben", label="Decline")
    await hand.reads("ana", "Everybody declined", at="#support")


@pytest.mark.parametrize(
    ("act", "asked", "why"),
    [
        ("POST /types", {"who": "zed", "text": "hi"}, "there is nobody called zed"),
        ("POST /types", {"text": "hi"}, "who"),
        ("POST /types", {"who": "ana", "text": "/ring @ben", "at": "#nowhere"}, "there is no channel #nowhere"),
        ("POST /presses", {"who": "ana", "label": "Dance"}, "ana does not see a button 'Dance'"),
        ("GET /sees", {"who": "ana", "text": "Dance", "within": "0.01"}, "ana does not see 'Dance'"),
        ("POST /submits", {"who": "ana"}, "ana has no modal open"),
        ("POST /turn", {"seconds": -1}, "a clock is never turned back"),
        ("POST /turn", {"seconds": "soon"}, "soon"),
        ("POST /faults", {"road": "sea", "kind": "500"}, "sea"),
        ("POST /faults", {"road": "slack.api", "kind": "500", "depth": 3}, "depth"),
        ("POST /people", {"name": "eve", "wings": 2}, "wings"),
        ("POST /joins", {"who": "ana"}, "there is no call on Stream"),
        ("POST /leaves", {"who": "ana", "cid": "default:x"}, "there is no call default:x on Stream"),
        ("POST /bot/start", {}, "the bot is running already"),
    ],
)
async def test_what_cannot_be_done_is_a_400_that_says_why(
    hand: Hand, act: str, asked: dict[str, Any], why: str
) -> None:
    status, answer = await hand.tries(act, **asked)
    assert status == 400
    assert why in answer["error"], answer


async def test_who_is_not_in_the_call_cannot_join_it(hand: Hand) -> None:
    await hand.does("POST /types", who="ana", at="#support", text="/ring @ben")
    await hand.does("POST /settled")
    status, answer = await hand.tries("POST /joins", who="dee")
    assert (status, answer["error"]) == (400, "no call has brought dee to Stream yet")


async def test_what_is_not_json_is_a_400_too(hand: Hand) -> None:
    for body in (b"{", b"[1]", b'"word"', b"\xff"):
        async with hand.session.post(f"{hand.url}/types", data=body) as answer:
            assert answer.status == 400, body
            assert (await answer.json())["error"]
