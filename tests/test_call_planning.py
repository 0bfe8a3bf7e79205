"""Calls for later, and what time does, case by case."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.call import inviting, meeting, planning, ringing
from bot.call.change import Change, Outcome
from bot.call.due import PREPARED_WITHIN, due_at, tick
from bot.call.values import Call, CallKind, CallStatus, EndReason, Event, MemberState, Rules
from tests.test_call_cases import (
    ANA,
    BEN,
    CY,
    DOT,
    NOON,
    RULES,
    TEN,
    accepted,
    asked,
    at,
    events,
    not_yet_planned,
    over,
    person,
    planned,
    refused,
    rung,
    state,
    states,
    the,
    told,
)

LATE = NOON + timedelta(minutes=2)


def early(call: Call, user: str, minutes: float = 8) -> Call:
    return meeting.joined(call, user, f"{user}-early", NOON - timedelta(minutes=minutes)).call


def test_at_its_time_those_are_rung_who_did_not_say_no_and_are_not_in() -> None:
    call = early(planning.cant_make_it(planned(BEN, CY, DOT), BEN, at(5)).call, CY)
    begun = tick(call, NOON, RULES).call
    assert (begun.status, begun.ring_by) == (CallStatus.PREPARING, NOON + timedelta(seconds=60))
    ringing_now = ringing.rang(begun, NOON + timedelta(seconds=1)).call
    assert states(ringing_now) == {BEN: "rejected", CY: "accepted", DOT: "ringing"}
    assert ringing_now.status is CallStatus.ACCEPTED
    an_hour = tick(ringing_now, NOON + timedelta(hours=1), RULES).call
    assert not an_hour.is_over, "cy is in"


def test_who_came_early_and_left_again_is_rung() -> None:
    call = meeting.left(early(planned(BEN), BEN), BEN, "UBEN-early", NOON - timedelta(minutes=5)).call
    begun = ringing.rang(tick(call, NOON, RULES).call, NOON).call
    assert states(begun) == {BEN: "ringing"}


def test_an_early_accept_before_stream_has_rung_rings_nobody_by_itself() -> None:
    begun = tick(planned(BEN, CY), NOON, RULES).call
    joined = meeting.joined(begun, BEN, "s", NOON + timedelta(seconds=1)).call
    assert (joined.status, states(joined)) == (CallStatus.PREPARING, {BEN: "accepted", CY: "invited"})
    assert states(ringing.rang(joined, NOON + timedelta(seconds=2)).call) == {BEN: "accepted", CY: "ringing"}


def test_who_comes_early_does_not_start_the_call() -> None:
    call = early(planned(BEN), BEN)
    assert (call.status, call.started_at, the(call, BEN).is_in) == (CallStatus.SCHEDULED, None, True)


def test_when_all_are_in_at_its_time_it_goes_on_and_rings_nobody() -> None:
    begun = tick(early(planned(BEN), BEN), NOON, RULES).call
    assert (begun.status, begun.accepted_at, states(begun)) == (CallStatus.ACCEPTED, NOON, {BEN: "accepted"})


def test_when_all_said_no_it_ends_at_its_time() -> None:
    call = planning.cant_make_it(planned(BEN), BEN, at(5)).call
    assert not call.is_over
    over(tick(call, NOON, RULES), EndReason.REJECTED)


def test_a_call_due_while_all_was_down_was_missed() -> None:
    change = tick(planned(BEN), LATE, RULES)
    over(change, EndReason.MISSED)
    assert the(change.call, BEN).missed_at == NOON
    assert events(change) == [Event.MISSED, Event.ENDED]


def test_slept_through_with_somebody_in_it_goes_on() -> None:
    change = tick(early(planned(BEN, CY), BEN), LATE, RULES)
    assert (change.call.status, states(change.call)) == (CallStatus.ACCEPTED, {BEN: "accepted", CY: "missed"})


@pytest.mark.parametrize(
    "call",
    [
        pytest.param(not_yet_planned(BEN), id="a plan that Stream never had"),
        pytest.param(planned(BEN, kind=CallKind.NOTIFY), id="a notify, which nobody can miss"),
    ],
)
def test_nobody_missed(call: Call) -> None:
    over(tick(call, LATE, RULES), EndReason.NOT_RUNG)


def test_people_of_a_notify_are_told_at_its_time_within_a_minute() -> None:
    begun = tick(planned(BEN, kind=CallKind.NOTIFY), NOON, RULES).call
    assert (begun.status, begun.ring_by) == (CallStatus.PREPARING, NOON + timedelta(seconds=60))
    over(tick(begun, NOON + timedelta(seconds=60), RULES), EndReason.NOT_RUNG)


def test_just_at_its_ring_by_it_was_slept_through() -> None:
    over(tick(planned(BEN), NOON + timedelta(seconds=60), RULES), EndReason.MISSED)


@pytest.mark.parametrize("kind", [CallKind.RING, CallKind.NOTIFY])
def test_a_plan_that_stream_has_when_its_time_is_over_was_not_ready_whoever_sees_that_first(
    kind: CallKind,
) -> None:
    call, over_at = not_yet_planned(BEN, kind=kind), NOON + timedelta(seconds=60)
    for change in (planning.scheduled(call, over_at, RULES), tick(call, over_at, RULES)):
        over(change, EndReason.NOT_RUNG)
        assert change.call.why == planning.NOT_READY
        assert events(change) == [Event.ENDED], "those invited know nothing of it"
    just = planning.scheduled(call, over_at - timedelta(seconds=1), RULES).call
    assert just.status is CallStatus.SCHEDULED


def _edit(call: Call, user: str = ANA, **fields: object) -> Change:
    asked_for = {"starts_at": NOON, "topic": "", "people": call.callees, **fields}
    return planning.edit(call, user, at(9), RULES, **asked_for)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("change", "told_of"),
    [
        pytest.param(_edit(planned(BEN), topic="lunch"), [Event.EDITED], id="a topic"),
        pytest.param(_edit(planned(BEN), starts_at=LATE), [Event.EDITED], id="a time"),
        pytest.param(_edit(planned(BEN), people=[person(BEN), person(CY)]), [Event.ADDED], id="somebody more"),
        pytest.param(_edit(planned(BEN, CY), people=[person(CY)]), [Event.REMOVED], id="somebody less"),
    ],
)
def test_an_edit_is_told(change: Change, told_of: list[Event]) -> None:
    assert (change.outcome, events(change)) == (Outcome.DONE, told_of)
    assert change.call.edits == (1 if Event.EDITED in told_of else 0), "who comes or goes is no change of the plan"


@pytest.mark.parametrize(
    ("change", "outcome"),
    [
        pytest.param(_edit(planned(BEN)), Outcome.NOTHING, id="an edit of nothing"),
        pytest.param(_edit(planned(BEN), BEN), Outcome.NOT_THE_CALLER, id="an edit by a callee"),
        pytest.param(_edit(rung(BEN)), Outcome.NOT_SCHEDULED, id="an edit of a ring"),
        pytest.param(_edit(planned(BEN), people=[]), Outcome.NOBODY_TO_RING, id="an edit that leaves nobody"),
        pytest.param(planning.cant_make_it(rung(BEN), BEN, at(9)), Outcome.NOT_SCHEDULED, id="can't make a ring"),
        pytest.param(planning.cant_make_it(planned(BEN), CY, at(9)), Outcome.NOT_A_MEMBER, id="a stranger's no"),
        pytest.param(
            planning.cant_make_it(early(planned(BEN), BEN), BEN, NOON - timedelta(minutes=3)),
            Outcome.ACCEPTED_BEFORE,
            id="can't make it by somebody who is in",
        ),
        pytest.param(
            _edit(planned(BEN), people=[person(f"U{n}") for n in range(100)]), Outcome.TOO_MANY, id="an edit to 100"
        ),
        pytest.param(planning.cant_make_it(planned(BEN), ANA, at(9)), Outcome.NOT_RINGING, id="the caller's own no"),
        pytest.param(planning.can_make_it(rung(BEN), BEN, at(9), RULES), Outcome.NOT_SCHEDULED, id="too late to come"),
        pytest.param(planning.can_make_it(planned(BEN), CY, at(9), RULES), Outcome.NOT_A_MEMBER, id="a stranger's yes"),
        pytest.param(planning.can_make_it(planned(BEN), BEN, at(9), RULES), Outcome.NOTHING, id="yes without a no"),
        pytest.param(planning.snooze(planned(BEN), CY, at(9)), Outcome.NOT_A_MEMBER, id="a stranger's snooze"),
        pytest.param(planning.begin(rung(BEN), at(9)), Outcome.NOTHING, id="the time of a call that was not planned"),
        pytest.param(
            planning.begin(tick(planned(BEN), NOON, RULES).call, NOON), Outcome.NOTHING, id="its time, a second time"
        ),
        pytest.param(
            planning.snooze(planned(BEN), BEN, NOON - timedelta(seconds=50)), Outcome.TOO_SOON, id="a snooze too late"
        ),
        pytest.param(
            planning.snooze(planning.cant_make_it(planned(BEN), BEN, at(1)).call, BEN, at(9)),
            Outcome.ALREADY_REJECTED,
            id="a snooze after no",
        ),
    ],
)
def test_what_changes_nothing_says_why(change: Change, outcome: Outcome) -> None:
    refused(change, outcome)


def test_a_no_was_said_to_the_old_time() -> None:
    call = planning.cant_make_it(planned(BEN), BEN, at(5)).call
    assert state(_edit(call, topic="lunch").call, BEN) is MemberState.REJECTED
    assert state(_edit(call, starts_at=LATE).call, BEN) is MemberState.INVITED


def test_an_edit_of_people_leaves_a_snooze_alone() -> None:
    snoozed = planning.snooze(planned(BEN), BEN, NOON - timedelta(minutes=9)).call
    edited = _edit(snoozed, people=[person(BEN), person(CY)]).call
    assert the(edited, BEN).remind_at == NOON - timedelta(minutes=4)


def test_whoever_is_added_to_a_plan_is_reminded_like_the_others() -> None:
    call = inviting.add_people(planned(BEN), ANA, [person(CY)], at(9)).call
    assert the(call, CY).remind_at == NOON - RULES.reminder


def test_reminded_are_those_who_did_not_say_no_and_are_not_in() -> None:
    call = early(planning.cant_make_it(planned(BEN, CY, DOT), BEN, at(5)).call, CY, 20)
    change = tick(call, NOON - RULES.reminder, RULES)
    assert [(entry.event, entry.users) for entry in change.timeline] == [(Event.REMINDED, (ANA, DOT))]
    assert due_at(change.call, RULES) == NOON


def test_a_channels_people_have_its_card_and_no_reminder() -> None:
    call = planned(BEN, CY, kind=CallKind.NOTIFY, to_channel=True)
    assert [member.user for member in call.members if member.remind_at] == [ANA]


HUDDLE = Rules(huddle=True)
DUE: dict[str, tuple[Call, Rules, object]] = {
    "a ring that Stream has not answered, at its ring-by": (asked(BEN), RULES, at(60)),
    "a call still being prepared for later, a day on": (
        replace(asked(BEN), ring_by=None),
        RULES,
        asked(BEN).created_at + PREPARED_WITHIN,
    ),
    "a plan, first at its reminder": (planned(BEN), RULES, NOON - RULES.reminder),
    "a ring, at the first deadline": (rung(BEN), RULES, at(60)),
    "an accepted call nobody joined, after the grace": (accepted(rung(BEN), BEN), RULES, at(5) + RULES.join_grace),
    "an accepted call nobody joined, after the grace of who accepted last": (
        accepted(accepted(rung(BEN, CY), BEN), CY, 50),
        RULES,
        at(50) + RULES.join_grace,
    ),
    "an accepted call nobody joined, while somebody is rung, at their deadline": (
        accepted(rung(BEN, CY), BEN),
        Rules(join_grace=timedelta(seconds=30)),
        at(60),
    ),
    "an accepted call in a huddle, after an hour": (accepted(rung(BEN), BEN), HUDDLE, at(5) + timedelta(hours=1)),
    "a notify nobody joined, after a day": (told(BEN), RULES, TEN + timedelta(hours=24)),
    "a call somebody is in: nothing": (meeting.joined(rung(BEN), BEN, "s", at(5)).call, RULES, None),
    "a call that is over: nothing": (ringing.cancel(rung(BEN), ANA, at(1)).call, RULES, None),
}


@pytest.mark.parametrize("case", DUE)
def test_what_is_due_next(case: str) -> None:
    call, rules, when = DUE[case]
    assert due_at(call, rules) == when


ENDS_BY_ITSELF: dict[str, tuple[Call, Rules, object, EndReason]] = {
    "Stream was silent until ring-by": (asked(BEN), RULES, at(60), EndReason.NOT_RUNG),
    "nobody answered by the deadline": (rung(BEN, CY), RULES, at(60), EndReason.MISSED),
    "accepted, but nobody joined": (accepted(rung(BEN), BEN), RULES, at(305), EndReason.NOT_JOINED),
    "accepted by one who left before anybody joined, and missed by the other": (
        meeting.leave(accepted(rung(BEN, CY), BEN), BEN, at(9)).call,
        RULES,
        at(60),
        EndReason.LEFT,
    ),
    "a huddle of an hour": (accepted(rung(BEN), BEN), HUDDLE, at(3605), EndReason.ENDED),
}


@pytest.mark.parametrize("case", ENDS_BY_ITSELF)
def test_what_time_ends(case: str) -> None:
    call, rules, when, reason = ENDS_BY_ITSELF[case]
    change = tick(call, when, rules)  # type: ignore[arg-type]
    over(change, reason)
    assert not tick(change.call, when, rules).changed  # type: ignore[arg-type]


def test_whoever_is_gone_by_its_time_is_named_and_left_out() -> None:
    due = tick(planned(BEN, CY), NOON, RULES).call
    change = planning.without(due, {BEN: "ben is gone."}, NOON)
    (entry,) = change.timeline
    assert (entry.event, entry.users, entry.text) == (Event.SKIPPED, (BEN,), "ben is gone.")
    assert states(ringing.rang(change.call, NOON).call) == {BEN: "not_rung", CY: "ringing"}


def test_with_everybody_gone_nobody_is_rung() -> None:
    due = tick(planned(BEN), NOON, RULES).call
    change = planning.without(due, {BEN: "ben is gone."}, NOON)
    assert change.call.end_reason is EndReason.NOT_RUNG
    assert change.call.why == planning.NOBODY_LEFT


def test_with_everybody_else_gone_the_call_of_who_came_early_goes_on() -> None:
    due = tick(early(planned(BEN, CY), CY), NOON, RULES).call
    change = planning.without(due, {BEN: "ben is gone."}, NOON)
    assert not change.call.is_over
    assert ringing.rang(change.call, NOON).call.status is CallStatus.ACCEPTED


def test_a_look_that_comes_after_the_ring_changes_nothing() -> None:
    ringing_now = ringing.rang(tick(planned(BEN), NOON, RULES).call, NOON).call
    assert not planning.without(ringing_now, {BEN: "ben is gone."}, NOON).changed


def test_people_who_come_and_go_are_no_change_of_the_plan_to_the_others() -> None:
    call = planned(BEN, CY)
    assert call.starts_at is not None
    people = planning.edit(call, ANA, at(5), RULES, starts_at=call.starts_at, topic=call.topic, people=[person(DOT)])
    assert people.call.edits == 0
    topic = planning.edit(call, ANA, at(5), RULES, starts_at=call.starts_at, topic="New", people=[person(BEN)])
    assert topic.call.edits == 1
