"""Home, `/ring list`, help, and the README's table of buttons."""

from dataclasses import replace

import pytest

from bot.call import planning
from bot.call.values import Call, CallKind, EndReason
from bot.sandbox.workspace.blocks import check_view
from bot.slack import blocks
from bot.slack.blocks.actions import LABELS
from bot.slack.blocks.home import Shelf, shelf
from tests.buttons import buttons_table
from tests.drawn import (
    ACCEPTED,
    ANA,
    BEGUN,
    BEN,
    BUSY,
    CY,
    DEE,
    JOINED,
    NOT_RUNG,
    OVER,
    PLAN,
    PLAN_NO,
    RINGING,
    TOLD,
    TONIGHT,
    new,
    pressable,
    seen,
)
from tests.test_blocks_cases import START


@pytest.mark.parametrize(
    ("call", "user", "stands"),
    [
        pytest.param(RINGING, BEN, Shelf.INCOMING, id="being rung"),
        pytest.param(RINGING, ANA, Shelf.OUTGOING, id="ringing"),
        pytest.param(new(BEN), ANA, Shelf.OUTGOING, id="about to ring"),
        pytest.param(new(BEN), BEN, None, id="about to be rung, unheard of"),
        pytest.param(new(BEN, ring_by=None), ANA, Shelf.SCHEDULED, id="being planned"),
        pytest.param(new(BEN, ring_by=None), BEN, None, id="about to be invited, unheard of"),
        pytest.param(ACCEPTED, BEN, Shelf.LIVE, id="accepted"),
        pytest.param(ACCEPTED, CY, Shelf.INCOMING, id="still being rung"),
        pytest.param(BUSY, CY, Shelf.LIVE, id="declined, and on"),
        pytest.param(TOLD, BEN, Shelf.LIVE, id="told"),
        pytest.param(PLAN, BEN, Shelf.SCHEDULED, id="invited"),
        pytest.param(planning.begin(PLAN, TONIGHT).call, BEN, Shelf.SCHEDULED, id="its time has come"),
        pytest.param(OVER, CY, Shelf.RECENT, id="over"),
        pytest.param(NOT_RUNG, ANA, Shelf.RECENT, id="nobody rung"),
        pytest.param(NOT_RUNG, BEN, None, id="not rung, unheard of"),
        pytest.param(replace(OVER, end_reason=EndReason.REFUSED), ANA, None, id="refused"),
        pytest.param(RINGING, DEE, None, id="somebody else's"),
    ],
)
def test_where_a_call_stands(call: Call, user: str, stands: Shelf | None) -> None:
    assert shelf(call, user) is stands


def test_home_shows_each_call_with_its_buttons() -> None:
    calls = [replace(call, id=f"c{n}") for n, call in enumerate([OVER, PLAN, JOINED, RINGING])]
    view = blocks.home(calls, BEN, now=START)
    assert check_view(view) == []
    assert seen(view["blocks"]).splitlines() == [
        "Incoming",
        "Ana and you, with Cy",
        "Ana is ringing you until 10:01",
        "Live",
        "Ana and you, with Cy",
        "Going on · you: in the call",
        "Scheduled",
        "Ana and you, with Cy",
        "“the plan”",
        "Planned for today 18:00",
        "Recent",
        "Ana and you, with Cy",
        "You were there. Everybody left: the call ended after 12 min. · today 10:12",
    ]
    assert pressable(view["blocks"]) == [
        *["Accept", "Decline", "Decline with…"],
        *["Join", "Leave"],
        *["Join early", "Can't make it"],
    ]


def test_a_plan_that_stream_does_not_have_yet_is_not_about_to_ring() -> None:
    assert seen(blocks.home([new(BEN, ring_by=None)], ANA, now=START)["blocks"]).splitlines() == [
        "Scheduled",
        "You and Ben",
        "Being planned",
    ]


@pytest.mark.parametrize(
    ("call", "says"),
    [
        pytest.param(BEGUN, "About to ring", id="invited"),
        pytest.param(planning.begin(PLAN_NO, TONIGHT).call, "About to ring · you said you can't make it", id="said no"),
        pytest.param(replace(BEGUN, kind=CallKind.NOTIFY), "About to tell", id="a notify"),
    ],
)
def test_a_plan_whose_time_has_come_is_not_going_on_yet(call: Call, says: str) -> None:
    assert seen(blocks.home([call], BEN, now=TONIGHT)["blocks"]).splitlines()[-1] == says


def test_home_without_calls_explains_the_commands_by_their_names_here() -> None:
    said = seen(blocks.home([], ANA, now=START, ring="/klingel", notify="/sag")["blocks"])
    assert "/klingel @name" in said
    assert "/sag #channel" in said


def test_more_calls_than_slack_takes_are_a_number() -> None:
    calls = [replace(JOINED, id=f"c{n}") for n in range(50)]
    view = blocks.home(calls, ANA, now=START)
    assert len(view["blocks"]) <= 100
    assert seen(view["blocks"]).endswith("10 more not shown")
    drawn = blocks.listing(calls, ANA, now=START)
    assert len(drawn.blocks) <= 50
    assert seen(drawn.blocks).endswith("30 more not shown")
    assert drawn.text == "You have 50 calls."


def test_a_list_shows_what_is_open_only() -> None:
    assert blocks.listing([OVER], ANA, now=START).text == "You have no calls now. Type `/ring @name` to ring somebody."


def test_the_table_names_every_button_and_every_place() -> None:
    table = buttons_table()
    shown = {label for line in table.splitlines()[2:] for label in line.split("|")[4].strip().split(" · ")}
    assert shown - {"none"} == set(LABELS.values())
    assert all(len(line.split("|")) == 6 for line in table.splitlines())


def test_help_names_the_commands_as_they_are_here() -> None:
    said = seen(blocks.help("/klingel", "/sag").blocks)
    assert "/klingel list" in said
    assert "/sag #channel" in said
    assert "/ring" not in said
