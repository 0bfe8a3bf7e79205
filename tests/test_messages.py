"""Which messages a call has, and when one of them is to be drawn anew."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from bot.call import answering, inviting, meeting, planning, ringing
from bot.call.change import Change, Outcome, ended
from bot.call.due import tick
from bot.call.values import Call, CallKind, EndReason, Rejection
from bot.messages import MessageKey, MessageKind, face, wanted
from tests.test_call_cases import (
    ANA,
    BEN,
    CY,
    NOON,
    RULES,
    accepted,
    asked,
    at,
    not_yet_planned,
    person,
    planned,
    rung,
    told,
)


def keys(call: Call) -> set[str]:
    return {f"{key.kind}{' ' + key.user if key.user else ''}{f' {key.nth}' if key.nth else ''}" for key in wanted(call)}


def again(call: Call) -> Call:
    declined = answering.reject(call, BEN, Rejection(), at(5)).call
    return ringing.rang(inviting.ring_again(declined, ANA, at(9)).call, at(10), [BEN]).call


REMINDED = tick(planned(BEN), NOON - RULES.reminder, RULES).call
WANTED: dict[str, tuple[Call, set[str]]] = {
    "before Stream has rung: none": (asked(BEN), set()),
    "a ring": (rung(BEN, CY), {"incoming UBEN 1", "incoming UCY 1", "outgoing UANA", "card"}),
    "an accept calls the caller in": (
        accepted(rung(BEN), BEN),
        {"incoming UBEN 1", "outgoing UANA", "called_in UANA", "card"},
    ),
    "ring again is a message of its own": (
        again(rung(BEN, CY)),
        {"incoming UBEN 1", "incoming UBEN 2", "incoming UCY 1", "outgoing UANA", "card"},
    ),
    "nobody rung is its caller's business alone": (
        ringing.not_rung(asked(BEN), "Stream refused.", at(1)).call,
        {"not_rung UANA"},
    ),
    "a ring cancelled before Stream rang leaves nothing": (ringing.cancel(asked(BEN), ANA, at(1)).call, set()),
    "people told of a call have a message each": (told(BEN), {"told UBEN", "outgoing UANA", "card"}),
    "a channel told of a call has the card": (told(BEN, to_channel=True), {"outgoing UANA", "card"}),
    "a plan that Stream does not have yet: none": (not_yet_planned(BEN), set()),
    "a plan invites": (planned(BEN), {"invite UBEN", "invite UANA", "card"}),
    "a plan for a channel invites nobody but by its card": (
        planned(BEN, kind=CallKind.NOTIFY, to_channel=True),
        {"invite UANA", "card"},
    ),
    "a reminder": (REMINDED, {"invite UBEN", "invite UANA", "reminder UBEN 1", "reminder UANA 1", "card"}),
    "a plan that Stream never had, and whose time has passed, is told to its caller": (
        tick(not_yet_planned(BEN), NOON + timedelta(hours=1), RULES).call,
        {"not_rung UANA"},
    ),
}


@pytest.mark.parametrize("case", WANTED)
def test_a_call_has_these_messages(case: str) -> None:
    call, there = WANTED[case]
    assert keys(call) == there


def test_a_refused_command_leaves_no_message() -> None:
    call = ended(asked(BEN), asked(BEN), EndReason.REFUSED, at(1), outcome=Outcome.DONE).call
    assert keys(call) == set()


def test_the_callees_come_before_the_card() -> None:
    assert [key.kind for key in wanted(rung(BEN))][-1] is MessageKind.CARD


CARD = MessageKey(MessageKind.CARD)
BENS = MessageKey(MessageKind.INCOMING, BEN, 1)
ANAS = MessageKey(MessageKind.OUTGOING, ANA)
INVITE = MessageKey(MessageKind.INVITE, BEN)

DRAWN_ANEW: dict[str, tuple[Call, Callable[[Call], Change], set[MessageKey], set[MessageKey]]] = {
    "another's decline is on the card, not in one's own message": (
        rung(BEN, CY),
        lambda call: answering.reject(call, CY, Rejection(), at(5)),
        {CARD},
        {BENS, ANAS},
    ),
    "one's own answer is in one's own message": (
        rung(BEN, CY),
        lambda call: answering.reject(call, BEN, Rejection(), at(5)),
        {CARD, BENS},
        {ANAS},
    ),
    "the first accept takes the caller's Cancel away": (
        rung(BEN, CY),
        lambda call: answering.accept(call, CY, at(5)),
        {CARD, ANAS},
        {BENS},
    ),
    "the caller's leaving takes their Leave away": (
        accepted(rung(BEN, CY), CY),
        lambda call: meeting.leave(call, ANA, at(9)),
        {CARD, ANAS},
        {BENS},
    ),
    "the end is in every message": (
        rung(BEN, CY),
        lambda call: meeting.end(call, ANA, at(9), is_admin=False),
        {CARD, BENS, ANAS},
        set(),
    ),
    "one more member is in every message": (
        rung(BEN),
        lambda call: inviting.add_people(call, ANA, [person(CY)], at(9)),
        {CARD, BENS, ANAS},
        set(),
    ),
    "a new topic of a plan": (
        planned(BEN),
        lambda call: planning.edit(call, ANA, at(9), RULES, starts_at=NOON, topic="lunch", people=call.callees),
        {CARD, INVITE},
        set(),
    ),
    "being taken out of a plan": (
        planned(BEN, CY),
        lambda call: planning.edit(call, ANA, at(9), RULES, starts_at=NOON, topic="", people=[person(CY)]),
        {CARD, INVITE},
        set(),
    ),
    "a snooze is in one's own reminder": (
        REMINDED,
        lambda call: planning.snooze(call, BEN, NOON - RULES.reminder),
        {MessageKey(MessageKind.REMINDER, BEN, 1)},
        {MessageKey(MessageKind.REMINDER, ANA, 1), INVITE},
    ),
    "another's no to a plan": (
        planned(BEN, CY),
        lambda call: planning.cant_make_it(call, CY, at(9)),
        {CARD},
        {INVITE},
    ),
}


@pytest.mark.parametrize("case", DRAWN_ANEW)
def test_a_message_is_drawn_anew_when_what_it_shows_has_changed(case: str) -> None:
    before, make, anew, as_before = DRAWN_ANEW[case]
    call = make(before).call
    assert {key for key in anew | as_before if face(before, key) != face(call, key)} == anew
