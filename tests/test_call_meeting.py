"""Being in the call, leaving it, and how it ends, case by case."""

from datetime import timedelta

import pytest

from bot.call import answering, meeting, ringing
from bot.call.change import Outcome
from bot.call.due import due_at, tick
from bot.call.values import Call, CallStatus, EndReason, Event, MemberState
from tests.test_call_cases import (
    ANA,
    BEN,
    CY,
    RULES,
    accepted,
    asked,
    at,
    events,
    over,
    planned,
    refused,
    rung,
    state,
    the,
    told,
)


def joined(call: Call, user: str, seconds: float, session: str = "s1") -> Call:
    return meeting.joined(call, user, f"{user}-{session}", at(seconds)).call


def left(call: Call, user: str, seconds: float, session: str = "s1") -> Call:
    return meeting.left(call, user, f"{user}-{session}", at(seconds)).call


def test_a_member_who_joins_on_stream_while_rung_accepts() -> None:
    change = meeting.joined(rung(BEN, CY), BEN, "s1", at(5))
    assert events(change) == [Event.ACCEPTED, Event.JOINED]
    assert (change.call.status, change.call.accepted_at, change.call.started_at) == (
        CallStatus.ACCEPTED,
        at(5),
        at(5),
    )
    assert state(change.call, CY) is MemberState.RINGING


def test_the_caller_may_wait_inside_while_it_rings() -> None:
    call = joined(rung(BEN), ANA, 2)
    assert (call.status, call.accepted_at, the(call, ANA).is_in) == (CallStatus.RINGING, None, True)


def test_a_second_device_is_not_told_and_the_first_to_leave_is_not_either() -> None:
    call = joined(rung(BEN), BEN, 5)
    second = meeting.joined(call, BEN, "UBEN-s2", at(6))
    assert second.changed and not second.timeline
    first_gone = meeting.left(second.call, BEN, "UBEN-s1", at(7))
    assert the(first_gone.call, BEN).is_in and not first_gone.timeline
    assert events(meeting.left(first_gone.call, BEN, "UBEN-s2", at(8))) == [Event.LEFT]


def test_a_leave_heard_of_before_its_join_means_that_they_came_and_went() -> None:
    change = meeting.left(rung(BEN, CY), BEN, "s1", at(9))
    assert events(change) == [Event.ACCEPTED, Event.JOINED, Event.LEFT]
    late = meeting.joined(change.call, BEN, "s1", at(5)).call
    assert (the(late, BEN).is_in, the(late, BEN).joined_at, late.accepted_at) == (False, at(5), at(5))


def test_leave_by_somebody_inside_takes_all_their_devices_and_the_others_ring_goes_on() -> None:
    call = joined(joined(rung(BEN, CY), BEN, 5), BEN, 6, "s2")
    change = meeting.leave(call, BEN, at(10))
    assert (change.outcome, events(change), the(change.call, BEN).is_in) == (Outcome.LEFT, [Event.LEFT], False)
    assert state(change.call, CY) is MemberState.RINGING
    assert not meeting.left(change.call, BEN, "UBEN-s1", at(11)).changed


def test_who_left_and_wants_in_again_takes_part_again() -> None:
    call = meeting.leave(joined(accepted(rung(BEN, CY), BEN), BEN, 6), BEN, at(10)).call
    assert not the(call, BEN).takes_part
    change = answering.join(call, BEN, at(20))
    assert (change.outcome, the(change.call, BEN).left_at, the(change.call, BEN).takes_part) == (
        Outcome.JOIN,
        None,
        True,
    )


def test_a_device_nobody_heard_of_that_leaves_after_its_person_did_brings_nobody_back() -> None:
    call = meeting.leave(joined(accepted(rung(BEN, CY), BEN), BEN, 6), BEN, at(10)).call
    late = meeting.left(call, BEN, "unheard of", at(12))
    assert (events(late), the(late.call, BEN).is_in, the(late.call, BEN).left_at) == ([], False, at(12))


def test_when_all_who_accepted_leave_before_anybody_joined_it_is_over() -> None:
    over(meeting.leave(accepted(rung(BEN), BEN), BEN, at(9)), EndReason.LEFT)


@pytest.mark.parametrize(
    ("call", "user", "outcome"),
    [
        pytest.param(rung(BEN), BEN, Outcome.NOT_IN, id="somebody who is being rung"),
        pytest.param(rung(BEN), CY, Outcome.NOT_A_MEMBER, id="a stranger"),
        pytest.param(ringing.cancel(rung(BEN), ANA, at(1)).call, BEN, Outcome.OVER, id="anybody when it is over"),
    ],
)
def test_leave_is_refused_to(call: Call, user: str, outcome: Outcome) -> None:
    refused(meeting.leave(call, user, at(9)), outcome)


def test_an_accepted_call_ends_when_stream_says_its_session_ended() -> None:
    call = left(joined(rung(BEN), BEN, 5), BEN, 60)
    over(meeting.session_ended(call, at(90)), EndReason.LEFT)


def test_whoever_was_in_when_the_session_ended_has_left_though_nobody_said_so() -> None:
    change = meeting.session_ended(joined(rung(BEN), BEN, 5), at(90))
    assert events(change) == [Event.LEFT, Event.ENDED]
    member = change.call.member(BEN)
    assert member and member.left_at == at(90)


def test_a_session_that_ended_while_it_rang_does_not_stop_the_ring() -> None:
    change = meeting.session_ended(joined(rung(BEN), ANA, 2), at(20))
    assert (change.call.status, events(change)) == (CallStatus.RINGING, [Event.LEFT])
    assert change.call.started_at is None


def test_a_session_that_ended_before_the_accept_does_not_end_the_call() -> None:
    call = accepted(left(joined(rung(BEN), ANA, 2), ANA, 4), BEN, 30)
    assert not meeting.session_ended(call, at(20)).call.is_over


def test_a_session_that_all_left_before_the_accept_and_stream_ended_after_it_does_not_end_the_call() -> None:
    call = accepted(left(joined(rung(BEN), ANA, 2), ANA, 4), BEN, 30)
    for started_at in (None, at(2)):
        assert not meeting.session_ended(call, at(34), started_at).call.is_over
    over(meeting.session_ended(joined(call, BEN, 32), at(90), at(2)), EndReason.LEFT)


def test_a_session_that_began_after_the_accept_ends_the_call_though_nobody_heard_of_its_joins() -> None:
    over(meeting.session_ended(accepted(rung(BEN), BEN, 5), at(90), at(6)), EndReason.LEFT)


def test_a_caller_who_waited_inside_and_left_does_not_keep_the_accepted_call_open_for_ever() -> None:
    call = accepted(left(joined(rung(BEN), ANA, 2), ANA, 4), BEN, 30)
    assert due_at(call, RULES) == at(30) + RULES.join_grace
    over(tick(call, at(30) + RULES.join_grace, RULES), EndReason.NOT_JOINED)


def test_a_call_whose_session_stream_never_ends_is_not_open_for_ever() -> None:
    call = left(joined(rung(BEN), BEN, 5), BEN, 60)
    over(tick(call, at(60) + timedelta(minutes=16), RULES), EndReason.LEFT)


def test_somebody_who_is_in_keeps_it_open() -> None:
    call = joined(rung(BEN), BEN, 5)
    assert not tick(call, at(60) + timedelta(days=3), RULES).changed


@pytest.mark.parametrize(
    ("call", "user", "is_admin", "outcome"),
    [
        pytest.param(accepted(rung(BEN), BEN), ANA, False, Outcome.ENDED, id="its caller may"),
        pytest.param(accepted(rung(BEN), BEN), CY, True, Outcome.ENDED, id="an admin may, member or not"),
        pytest.param(accepted(rung(BEN), BEN), BEN, False, Outcome.MAY_NOT_END, id="a callee may not"),
        pytest.param(told(BEN), ANA, False, Outcome.ENDED, id="a notify"),
        pytest.param(ringing.cancel(rung(BEN), ANA, at(1)).call, ANA, False, Outcome.OVER, id="not twice"),
    ],
)
def test_end_for_all(call: Call, user: str, is_admin: bool, outcome: Outcome) -> None:
    change = meeting.end(call, user, at(9), is_admin=is_admin)
    assert (change.outcome, change.changed) == (outcome, outcome is Outcome.ENDED)
    if outcome is Outcome.ENDED:
        over(change, EndReason.ENDED)
        assert change.call.ended_by == user


@pytest.mark.parametrize("call", [asked(BEN), rung(BEN), accepted(rung(BEN), BEN), told(BEN), planned(BEN)])
def test_an_end_elsewhere_is_reported_in_any_state(call: Call) -> None:
    over(meeting.ended_elsewhere(call, None, at(9)), EndReason.ENDED)
