"""What the thread under a card tells, line by line."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.call import meeting
from bot.call.values import Call, CallKind, Event, TimelineEntry, as_planned
from bot.slack import blocks
from bot.slack.blocks.lines import is_for_the_channel
from tests.drawn import (
    ACCEPTED,
    ALL_NO,
    ANA,
    BEN,
    CALLED_OFF,
    CANCELLED,
    CHANNEL,
    CY,
    DEE,
    ENDED,
    LATER,
    NOT_JOINED,
    NOT_RUNG,
    OVER,
    PLAN,
    RINGING,
    SOON,
    TOLD,
    TONIGHT,
    TYPED_BUSY,
    UNANSWERED,
    WAITED_FOR,
    plain,
    read,
)
from tests.test_blocks_cases import START


def entry(event: Event, user: str = "", users: tuple[str, ...] = (), text: str = "") -> TimelineEntry:
    return TimelineEntry(event, SOON, user or None, users, text)


@pytest.mark.parametrize(
    ("said", "call", "line"),
    [
        (entry(Event.RINGING, ANA, (BEN, CY)), RINGING, "Ana is ringing Ben and Cy."),
        (entry(Event.SCHEDULED, ANA, (BEN,)), PLAN, "Ana planned a call with Ben for today 18:00."),
        (entry(Event.NOTIFIED, ANA, (BEN,)), TOLD, "Ana told Ben about this call."),
        (entry(Event.NOTIFIED, ANA, (BEN,)), CHANNEL, "Ana told #plans about this call."),
        (entry(Event.SKIPPED, text="<@U0CY> is a bot <!here>."), RINGING, "Cy is a bot &lt;!here&gt;."),
        (entry(Event.SKIPPED, users=(CY,)), RINGING, "Cy cannot be rung."),
        (entry(Event.SKIPPED, users=(CY,)), TOLD, "Cy cannot be told."),
        (entry(Event.ACCEPTED, BEN), ACCEPTED, "Ben accepted."),
        (entry(Event.REJECTED, BEN, text="decline"), RINGING, "Ben declined."),
        (entry(Event.REJECTED, BEN, text="busy"), RINGING, "Ben declined (busy)."),
        (entry(Event.REJECTED, BEN, text="cancel"), RINGING, "Ben declined."),
        (entry(Event.REJECTED, CY, text="busy"), TYPED_BUSY, "Cy declined (“busy”)."),
        (entry(Event.REJECTED, BEN, text="on a <train>"), RINGING, "Ben declined (“on a &lt;train&gt;”)."),
        (entry(Event.REJECTED, BEN, text="Can't make it"), PLAN, "Ben can't make it."),
        (entry(Event.MISSED, users=(BEN, CY)), RINGING, "Ben and Cy missed it at 10:00."),
        (entry(Event.JOINED, BEN), ACCEPTED, "Ben joined."),
        (entry(Event.LEFT, BEN), ACCEPTED, "Ben left."),
        (entry(Event.RUNG_AGAIN, ANA, (CY,)), ACCEPTED, "Ana is ringing Cy again."),
        (entry(Event.ADDED, BEN, (DEE,)), ACCEPTED, "Ben added Dee."),
        (entry(Event.NOT_RUNG, users=(DEE,)), ACCEPTED, "Dee could not be rung."),
        (entry(Event.NOT_RUNG, users=(DEE,)), TOLD, "Stream could not tell Dee about this call."),
        (
            entry(Event.EDITED, ANA, text="x\n*y*"),
            PLAN,
            "Ana changed the plan: now planned for today 18:00, about “x ∗y∗”.",
        ),
        (
            entry(Event.EDITED, ANA, text=as_planned(TONIGHT, "2026-12-01 or so")),
            replace(PLAN, starts_at=TONIGHT + timedelta(hours=1)),
            "Ana changed the plan: now planned for today 18:00, about “2026-12-01 or so”.",
        ),
        (
            entry(Event.EDITED, ANA, text="2026-12-01 or so"),
            PLAN,
            "Ana changed the plan: now planned for today 18:00, about “2026-12-01 or so”.",
        ),
        (entry(Event.REMOVED, ANA, (CY,)), PLAN, "Ana removed Cy."),
        (entry(Event.REMINDED, users=(ANA, BEN)), PLAN, "Reminded Ana and Ben that it starts at 18:00."),
        (entry(Event.CAN_MAKE_IT, BEN), PLAN, "Ben can make it after all."),
        (
            entry(Event.ENDED),
            OVER,
            "Everybody left: the call ended after 12 min. There: Ana and Ben. Not there: Cy (missed).",
        ),
        (
            entry(Event.ENDED, ANA),
            ENDED,
            "Ana ended the call for all after 12 min. There: Ana and Ben. Not there: Cy.",
        ),
        (
            entry(Event.ENDED, ANA),
            meeting.end(WAITED_FOR, ANA, LATER, is_admin=False).call,
            "Ana ended the call for all after 12 min. There: Ana. Not there: Ben and Cy.",
        ),
        (
            entry(Event.ENDED, ANA),
            meeting.end(RINGING, ANA, LATER, is_admin=False).call,
            "Ana ended the call for all before anybody accepted.",
        ),
        (entry(Event.ENDED, ANA), CANCELLED, "Ana cancelled the call."),
        (entry(Event.ENDED), ALL_NO, "Everybody declined."),
        (entry(Event.ENDED), UNANSWERED, "Nobody answered. Not there: Ben (declined) and Cy (missed)."),
        (entry(Event.ENDED), NOT_JOINED, "Nobody joined, so the call is over. Accepted: Ben. Not there: Cy (missed)."),
        (entry(Event.ENDED), NOT_RUNG, "Stream did not take the call in time, so nobody was rung."),
        (entry(Event.ENDED, ANA), CALLED_OFF, "Ana cancelled the call planned for today 18:00."),
    ],
    ids=lambda each: each.event.value if isinstance(each, TimelineEntry) else "",
)
def test_a_line(said: TimelineEntry, call: Call, line: str) -> None:
    assert plain(read(blocks.line(said, call))) == [line]


@pytest.mark.parametrize("event", Event)
def test_every_event_has_a_line(event: Event) -> None:
    assert blocks.line(entry(event, BEN, (CY,)), RINGING)


CHANNELS_PLAN = replace(PLAN, kind=CallKind.NOTIFY, to_channel=True)


@pytest.mark.parametrize(
    ("event", "call", "is_shown"),
    [
        pytest.param(Event.RUNG_AGAIN, CHANNEL, True, id="told again"),
        pytest.param(Event.EDITED, CHANNELS_PLAN, True, id="a plan was changed"),
        pytest.param(Event.NOTIFIED, replace(CHANNEL, starts_at=START), True, id="a plan has begun"),
        pytest.param(Event.ENDED, replace(CANCELLED, starts_at=START, rung_at=None, to_channel=True), True, id="off"),
        pytest.param(Event.NOTIFIED, CHANNEL, False, id="told by the card just now"),
        pytest.param(Event.JOINED, replace(CHANNEL, starts_at=START), False, id="somebody joined what was planned"),
        pytest.param(Event.ENDED, replace(OVER, to_channel=True), False, id="over"),
        pytest.param(Event.RUNG_AGAIN, TOLD, False, id="people by name told again"),
        pytest.param(Event.EDITED, PLAN, False, id="a plan of people by name"),
    ],
)
def test_which_lines_a_channel_sees_outside_the_thread(event: Event, call: Call, is_shown: bool) -> None:
    assert is_for_the_channel(entry(event, ANA), call) is is_shown
