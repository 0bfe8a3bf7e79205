"""The rules of a ring, case by case."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from bot.call import answering, inviting, ringing
from bot.call.change import Change, Outcome
from bot.call.values import Call, CallKind, CallStatus, EndReason, Event, MemberState, Reason, Rejection
from tests.test_call_cases import (
    ANA,
    BEN,
    CY,
    DOT,
    accepted,
    asked,
    at,
    events,
    over,
    person,
    planned,
    refused,
    rung,
    states,
    the,
    told,
)

BUSY = Rejection(Reason.BUSY)
TIMEOUT = Rejection(Reason.TIMEOUT)


def declined(call: Call, user: str, seconds: float = 5) -> Call:
    return answering.reject(call, user, BUSY, at(seconds)).call


def missed(call: Call, *users: str) -> Call:
    return ringing.missed(call, users, at(60)).call


def rung_again(call: Call, user: str) -> Call:
    return ringing.rang(inviting.ring_again(call, ANA, at(20)).call, at(21), [user]).call


ENDED = ringing.cancel(rung(BEN), ANA, at(2)).call

ANSWERS: dict[str, tuple[Call, Callable[[Call], Change], Outcome, dict[str, str], CallStatus]] = {
    "a first accept does not stop the others' ring": (
        rung(BEN, CY),
        lambda call: answering.accept(call, BEN, at(5)),
        Outcome.ACCEPTED,
        {BEN: "accepted", CY: "ringing"},
        CallStatus.ACCEPTED,
    ),
    "a decline leaves the others ringing": (
        rung(BEN, CY),
        lambda call: answering.reject(call, BEN, BUSY, at(5)),
        Outcome.REJECTED,
        {BEN: "rejected", CY: "ringing"},
        CallStatus.RINGING,
    ),
    "accept after a decline is a join, and the decline stays on record": (
        declined(rung(BEN, CY), BEN),
        lambda call: answering.accept(call, BEN, at(9)),
        Outcome.JOIN,
        {BEN: "rejected", CY: "ringing"},
        CallStatus.ACCEPTED,
    ),
    "accept after a miss is a join, and the miss stays on record": (
        missed(accepted(rung(BEN, CY), CY), BEN),
        lambda call: answering.accept(call, BEN, at(70)),
        Outcome.JOIN,
        {BEN: "missed", CY: "accepted"},
        CallStatus.ACCEPTED,
    ),
    "join while being rung is an accept": (
        rung(BEN, CY),
        lambda call: answering.join(call, BEN, at(5)),
        Outcome.ACCEPTED,
        {BEN: "accepted", CY: "ringing"},
        CallStatus.ACCEPTED,
    ),
    "the caller cannot answer their own ring: accept is their link": (
        rung(BEN),
        lambda call: answering.accept(call, ANA, at(5)),
        Outcome.JOIN,
        {BEN: "ringing"},
        CallStatus.RINGING,
    ),
    "a client of theirs that lets it ring out has them miss it": (
        rung(BEN, CY),
        lambda call: answering.reject(call, BEN, TIMEOUT, at(15)),
        Outcome.REJECTED,
        {BEN: "missed", CY: "ringing"},
        CallStatus.RINGING,
    ),
    "an accept of a client that was rung before Stream told us so": (
        asked(BEN, CY),
        lambda call: answering.accept(call, BEN, at(1)),
        Outcome.ACCEPTED,
        {BEN: "accepted", CY: "ringing"},
        CallStatus.ACCEPTED,
    ),
    "an accept made before the decline on record, and heard of late, wins": (
        declined(rung(BEN, CY), BEN, 8),
        lambda call: answering.accept(call, BEN, at(5)),
        Outcome.ACCEPTED,
        {BEN: "accepted", CY: "ringing"},
        CallStatus.ACCEPTED,
    ),
    "a decline made before the accept on record, and heard of late, wins, but the call lives": (
        accepted(rung(BEN, CY), BEN, 8),
        lambda call: answering.reject(call, BEN, BUSY, at(5)),
        Outcome.REJECTED,
        {BEN: "rejected", CY: "ringing"},
        CallStatus.ACCEPTED,
    ),
    "join in a notify answers nothing": (
        told(BEN),
        lambda call: answering.accept(call, BEN, at(5)),
        Outcome.JOIN,
        {BEN: "notified"},
        CallStatus.NOTIFIED,
    ),
    "joining a plan early, by link, answers nothing yet": (
        planned(BEN),
        lambda call: answering.join(call, BEN, at(5)),
        Outcome.JOIN,
        {BEN: "invited"},
        CallStatus.SCHEDULED,
    ),
}


@pytest.mark.parametrize("case", ANSWERS)
def test_an_answer(case: str) -> None:
    call, answer, outcome, stand, status = ANSWERS[case]
    change = answer(call)
    assert (change.outcome, states(change.call), change.call.status) == (outcome, stand, status)


REFUSED: dict[str, tuple[Call, Callable[[Call], Change], Outcome]] = {
    "accept twice": (
        accepted(rung(BEN), BEN),
        lambda call: answering.accept(call, BEN, at(9)),
        Outcome.ALREADY_ACCEPTED,
    ),
    "decline after accept: leave is offered": (
        accepted(rung(BEN), BEN),
        lambda call: answering.reject(call, BEN, BUSY, at(9)),
        Outcome.ACCEPTED_BEFORE,
    ),
    "decline twice": (
        declined(rung(BEN, CY), BEN),
        lambda call: answering.reject(call, BEN, BUSY, at(9)),
        Outcome.ALREADY_REJECTED,
    ),
    "decline after a miss": (
        missed(accepted(rung(BEN, CY), CY), BEN),
        lambda call: answering.reject(call, BEN, BUSY, at(70)),
        Outcome.MISSED_BEFORE,
    ),
    "take it ahead twice": (
        answering.accept_ahead(asked(BEN), BEN, at(1)).call,
        lambda call: answering.accept_ahead(call, BEN, at(2)),
        Outcome.NOT_RINGING,
    ),
    "an earlier decline of a second ring, heard of late": (
        declined(rung_again(declined(rung(BEN, CY), BEN), BEN), BEN, 30),
        lambda call: answering.reject(call, BEN, BUSY, at(25)),
        Outcome.ALREADY_REJECTED,
    ),
    "accept when it is over": (ENDED, lambda call: answering.accept(call, BEN, at(9)), Outcome.OVER),
    "accept by somebody it is not for": (
        rung(BEN),
        lambda call: answering.accept(call, DOT, at(9)),
        Outcome.NOT_A_MEMBER,
    ),
    "decline by somebody it is not for": (
        rung(BEN),
        lambda call: answering.reject(call, DOT, BUSY, at(9)),
        Outcome.NOT_A_MEMBER,
    ),
    "decline by the caller": (rung(BEN), lambda call: answering.reject(call, ANA, BUSY, at(9)), Outcome.NOT_RINGING),
    "decline of a notify": (told(BEN), lambda call: answering.reject(call, BEN, BUSY, at(9)), Outcome.NOT_RINGING),
    "decline of a plan": (planned(BEN), lambda call: answering.reject(call, BEN, BUSY, at(9)), Outcome.NOT_RINGING),
    "cancel by another": (rung(BEN), lambda call: ringing.cancel(call, BEN, at(9)), Outcome.NOT_THE_CALLER),
    "cancel after the first accept": (
        accepted(rung(BEN, CY), BEN),
        lambda call: ringing.cancel(call, ANA, at(9)),
        Outcome.TOO_LATE_TO_CANCEL,
    ),
    "cancel of a notify": (told(BEN), lambda call: ringing.cancel(call, ANA, at(9)), Outcome.TOO_LATE_TO_CANCEL),
    "cancel when it is over": (ENDED, lambda call: ringing.cancel(call, ANA, at(9)), Outcome.OVER),
    "ring again by another": (
        declined(rung(BEN, CY), BEN),
        lambda call: inviting.ring_again(call, CY, at(9)),
        Outcome.NOT_THE_CALLER,
    ),
    "ring again while all still ring": (
        rung(BEN),
        lambda call: inviting.ring_again(call, ANA, at(9)),
        Outcome.NOBODY_TO_RING,
    ),
    "ring again in a notify": (
        told(BEN),
        lambda call: inviting.ring_again(call, ANA, at(9)),
        Outcome.NOT_RINGING,
    ),
    "add by somebody who has not accepted": (
        rung(BEN),
        lambda call: inviting.add_people(call, BEN, [person(CY)], at(9)),
        Outcome.MAY_NOT_ADD,
    ),
    "add those who are there": (
        rung(BEN),
        lambda call: inviting.add_people(call, ANA, [person(BEN)], at(9)),
        Outcome.NOBODY_TO_RING,
    ),
    "add a hundredth callee": (
        rung(*(f"U{n}" for n in range(99))),
        lambda call: inviting.add_people(call, ANA, [person(CY)], at(9)),
        Outcome.TOO_MANY,
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_changes_nothing_says_why(case: str) -> None:
    call, press, outcome = REFUSED[case]
    refused(press(call), outcome)


ENDS: dict[str, tuple[Change, EndReason]] = {
    "everyone declined": (
        answering.reject(declined(rung(BEN, CY), BEN), CY, BUSY, at(9)),
        EndReason.REJECTED,
    ),
    "declines mixed with misses end as nobody answered": (
        ringing.missed(declined(rung(BEN, CY), BEN), [CY], at(60)),
        EndReason.MISSED,
    ),
    "a decline after others missed it, too": (
        answering.reject(missed(rung(BEN, CY), BEN), CY, BUSY, at(61)),
        EndReason.MISSED,
    ),
    "nobody answered": (ringing.missed(rung(BEN, CY), [BEN, CY], at(60)), EndReason.MISSED),
    "the caller cancelled while it rang": (ringing.cancel(rung(BEN, CY), ANA, at(9)), EndReason.CANCELLED),
    "the caller cancelled before Stream answered": (ringing.cancel(asked(BEN), ANA, at(1)), EndReason.CANCELLED),
    "the caller cancelled a plan": (ringing.cancel(planned(BEN), ANA, at(9)), EndReason.CANCELLED),
    "Stream refused it, though somebody had taken it ahead": (
        ringing.not_rung(answering.accept_ahead(asked(BEN), BEN, at(1)).call, "Stream refused.", at(2)),
        EndReason.NOT_RUNG,
    ),
    "Stream refused it": (ringing.not_rung(asked(BEN), "Stream refused.", at(1)), EndReason.NOT_RUNG),
    "a cancel in another client before an accept in Slack": (
        ringing.cancel(accepted(rung(BEN), BEN, 8), ANA, at(5)),
        EndReason.CANCELLED,
    ),
    "all who could be rung declined": (
        answering.reject(
            ringing.could_not_ring(inviting.add_people(rung(BEN), ANA, [person(CY)], at(3)).call, [CY], at(4)).call,
            BEN,
            BUSY,
            at(9),
        ),
        EndReason.REJECTED,
    ),
}


@pytest.mark.parametrize("case", ENDS)
def test_how_a_ring_ends(case: str) -> None:
    over(*ENDS[case])


def test_each_runs_to_their_own_deadline() -> None:
    call = inviting.add_people(rung(BEN), ANA, [person(CY)], at(30)).call
    call = ringing.rang(call, at(31), [CY]).call
    assert (the(call, BEN).deadline, the(call, CY).deadline) == (at(60), at(91))
    change = ringing.missed(call, [BEN], at(60))
    assert states(change.call) == {BEN: "missed", CY: "ringing"}
    assert not change.call.is_over


def test_a_miss_seen_to_late_was_at_its_deadline() -> None:
    call = accepted(rung(BEN, CY), CY)
    assert the(ringing.missed(call, [BEN], at(600)).call, BEN).missed_at == at(60)


def test_ring_again_rings_just_those_who_declined_missed_it_or_could_not_be_rung() -> None:
    call = missed(declined(accepted(rung(BEN, CY, DOT), BEN), CY), DOT)
    again = inviting.ring_again(call, ANA, at(70))
    assert states(again.call) == {BEN: "accepted", CY: "invited", DOT: "invited"}
    assert the(again.call, CY).deadline == at(130), "to be rung by then, or not at all"
    rang = ringing.rang(again.call, at(71), [CY, DOT])
    assert states(rang.call) == {BEN: "accepted", CY: "ringing", DOT: "ringing"}
    assert [(entry.event, entry.users) for entry in rang.timeline] == [(Event.RUNG_AGAIN, (CY, DOT))]
    assert the(rang.call, CY).deadline == at(131)


def test_a_second_answer_counts_after_ring_again_even_at_once() -> None:
    again = inviting.ring_again(declined(rung(BEN, CY), BEN), ANA, at(20)).call
    change = answering.accept(again, BEN, at(20))
    assert change.outcome is Outcome.ACCEPTED


def test_whoever_is_added_while_stream_is_asked_is_rung_in_time_or_not_at_all() -> None:
    late = inviting.add_people(asked(BEN), ANA, [person(CY)], at(1)).call
    call = ringing.rang(late, at(2), [BEN]).call
    assert states(call) == {BEN: "ringing", CY: "invited"}
    assert the(call, CY).deadline == at(62)


def test_somebody_added_twice_is_added_once() -> None:
    change = inviting.add_people(rung(BEN), ANA, [person(CY), person(CY)], at(3))
    assert [member.user for member in change.call.members] == [ANA, BEN, CY]
    assert events(change) == [Event.ADDED]


def test_ninety_nine_people_are_rung_at_once() -> None:
    many = [f"U{n:02}" for n in range(99)]
    call = rung(*many)
    assert len(call.ringing) == 99
    for user in many:
        call = declined(call, user)
    assert call.end_reason is EndReason.REJECTED


def test_a_call_people_have_joined_early_goes_on_without_those_who_could_not_be_rung() -> None:
    ben = replace(person(BEN), sessions=frozenset({"s"}), joined_at=at(-9))
    call = asked(BEN, CY)
    call = call.with_member(replace(ben, state=MemberState.ACCEPTED, answered_at=at(-9)))
    change = ringing.not_rung(call, "Stream refused.", at(1))
    assert (change.call.status, states(change.call)) == (CallStatus.ACCEPTED, {BEN: "accepted", CY: "not_rung"})
    assert change.call.started_at == at(-9)


def test_a_notify_rings_nobody_and_is_told_once() -> None:
    first = ringing.rang(asked(BEN, CY, kind=CallKind.NOTIFY), at(0))
    call = first.call
    assert [(entry.event, entry.users) for entry in first.timeline] == [(Event.NOTIFIED, (BEN, CY))]
    refused(ringing.rang(call, at(9)), Outcome.DONE)
    assert (call.kind, call.status, states(call)) == (
        CallKind.NOTIFY,
        CallStatus.NOTIFIED,
        {BEN: "notified", CY: "notified"},
    )
    assert not call.ringing
