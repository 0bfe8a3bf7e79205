"""Stream's reports of one call, in every order, some of them twice: what stands at the end is the same.

What cannot be made equal is left out on purpose: what ended a call in one order cannot be undone by what comes later
(a cancel heard before an earlier accept of somebody who is in, an only callee's decline heard before their accept).
"""

import random
from collections.abc import Sequence
from datetime import datetime
from itertools import permutations
from typing import Any

import pytest

from bot.call import answering, due, inviting, ringing
from bot.call.values import Call, Rejection
from bot.ringer.meaning import reconciled, reported
from bot.stream import events
from bot.stream.models import CallState
from tests.test_call_cases import ANA, BEN, CY, DOT, RULES, TEN, at, rung, states, stream_id

NOW = at(50)
"""When all has been heard: before anybody's deadline."""


def accepted(user: str, seconds: float) -> events.Event:
    return events.Accepted(cid="default:call-1", at=at(seconds), user_id=stream_id(user))


def rejected(user: str, seconds: float, reason: str | None = "busy") -> events.Event:
    return events.Rejected(cid="default:call-1", at=at(seconds), user_id=stream_id(user), reason=reason)


def missed(user: str, seconds: float) -> events.Event:
    return events.Missed(cid="default:call-1", at=at(seconds), user_ids=(stream_id(user),))


def joined(user: str, seconds: float, session: str = "s1") -> events.Event:
    return events.ParticipantJoined(
        cid="default:call-1",
        at=at(seconds),
        user_id=stream_id(user),
        session_id="x",
        user_session_id=f"{user}-{session}",
    )


def left(user: str, seconds: float, session: str = "s1") -> events.Event:
    return events.ParticipantLeft(
        cid="default:call-1",
        at=at(seconds),
        user_id=stream_id(user),
        session_id="x",
        user_session_id=f"{user}-{session}",
    )


def session_ended(seconds: float) -> events.Event:
    return events.SessionEnded(cid="default:call-1", at=at(seconds), session_id="x")


def ended(seconds: float) -> events.Event:
    return events.Ended(cid="default:call-1", at=at(seconds))


def stream_says(
    *,
    accepted_by: dict[str, float] | None = None,
    rejected_by: dict[str, float] | None = None,
    missed_by: dict[str, float] | None = None,
    inside: Sequence[tuple[str, str]] = (),
    session_ended_at: float | None = None,
    ended_at: float | None = None,
) -> CallState:
    """The call as Stream has it when it is asked at last."""

    def times(of: dict[str, float] | None) -> dict[str, datetime]:
        return {stream_id(user): at(seconds) for user, seconds in (of or {}).items()}

    session: dict[str, Any] = {
        "id": "x",
        "accepted_by": times(accepted_by),
        "rejected_by": times(rejected_by),
        "missed_by": times(missed_by),
        "participants": [{"user": {"id": stream_id(u)}, "user_session_id": f"{u}-{s}"} for u, s in inside],
        "ended_at": at(session_ended_at) if session_ended_at is not None else None,
    }
    call = {"cid": "default:call-1", "id": "call-1", "type": "default", "session": session}
    return CallState.model_validate({"call": {**call, "ended_at": at(ended_at) if ended_at is not None else None}})


def outcome(call: Call, heard: Sequence[events.Event], state: CallState) -> dict[str, object]:
    for event in heard:
        call = reported(call, event, NOW).call
    call = reconciled(call, state, NOW, call).call
    return {
        "states": states(call),
        "status": call.status,
        "why": call.end_reason,
        "accepted_at": call.accepted_at,
        "in": {member.user: member.is_in for member in call.members},
        "was there": {member.user: member.joined_at for member in call.members if not member.is_in},
        "due": None if call.is_over else due.due_at(call, RULES),
    }


STORIES: dict[str, tuple[tuple[events.Event, ...], CallState]] = {
    "two accept and join": (
        (accepted(BEN, 5), joined(BEN, 6), accepted(CY, 8), joined(CY, 9), joined(ANA, 7)),
        stream_says(accepted_by={BEN: 5, CY: 8}, inside=[(BEN, "s1"), (CY, "s1"), (ANA, "s1")]),
    ),
    "one declines, one accepts, joins and leaves, the session ends": (
        (rejected(BEN, 3), accepted(CY, 5), joined(CY, 6), left(CY, 12), session_ended(42)),
        stream_says(rejected_by={BEN: 3}, accepted_by={CY: 5}, session_ended_at=42),
    ),
    "one declines on one device and accepts on another": (
        (rejected(BEN, 5), accepted(BEN, 8), joined(BEN, 9)),
        stream_says(rejected_by={BEN: 5}, accepted_by={BEN: 8}, inside=[(BEN, "s1")]),
    ),
    "one accepts on one device and declines on another": (
        (accepted(BEN, 5), rejected(BEN, 8), joined(BEN, 9)),
        stream_says(rejected_by={BEN: 8}, accepted_by={BEN: 5}, inside=[(BEN, "s1")]),
    ),
    "one misses it on a device and accepts on another": (
        (missed(BEN, 15), accepted(BEN, 10), joined(BEN, 20), missed(CY, 15)),
        stream_says(accepted_by={BEN: 10}, missed_by={BEN: 15, CY: 15}, inside=[(BEN, "s1")]),
    ),
    "the caller waits inside, leaves, and comes back after the accept": (
        (joined(ANA, 1), left(ANA, 2), accepted(BEN, 10), joined(ANA, 11, "s2"), joined(BEN, 12)),
        stream_says(accepted_by={BEN: 10}, inside=[(ANA, "s2"), (BEN, "s1")]),
    ),
    "the caller was in before the accept, and nobody since": (
        (joined(ANA, 1), left(ANA, 2), session_ended(8), accepted(BEN, 10)),
        stream_says(accepted_by={BEN: 10}, session_ended_at=8),
    ),
    "one comes with two devices and leaves with one": (
        (accepted(BEN, 5), joined(BEN, 6, "s1"), joined(BEN, 7, "s2"), left(BEN, 9, "s1")),
        stream_says(accepted_by={BEN: 5}, inside=[(BEN, "s2")]),
    ),
    "one joins without accepting, leaves, and the call is ended": (
        (joined(BEN, 4), left(BEN, 6), rejected(CY, 3), rejected(DOT, 3), ended(20)),
        stream_says(rejected_by={CY: 3, DOT: 3}, ended_at=20),
    ),
}
ENDS_AT_ONCE = {"one joins without accepting, leaves, and the call is ended"}
"""`call.ended` is final: what comes after it is not heard, so here it comes last."""


@pytest.mark.parametrize("name", STORIES)
def test_in_any_order_the_same_stands_at_the_end(name: str) -> None:
    heard, state = STORIES[name]
    ring = rung(BEN, CY, DOT)
    in_order = outcome(ring, sorted(heard, key=lambda event: getattr(event, "at", TEN)), state)
    first, last = (heard[:-1], heard[-1:]) if name in ENDS_AT_ONCE else (heard, ())
    for order in permutations(first):
        if _ends_before_all_is_heard(order):
            continue
        assert outcome(ring, (*order, *last), state) == in_order, [event.type for event in order]


def _ends_before_all_is_heard(order: Sequence[events.Event]) -> bool:
    """A session's end ends an accepted call for good, so nothing that is heard after it counts."""
    last = next((n for n, event in enumerate(order) if isinstance(event, events.SessionEnded)), len(order))
    return last < len(order) - 1 and isinstance(order[last], events.SessionEnded) and _at(order[last]) > at(40)


def _at(event: events.Event) -> datetime:
    when: datetime = getattr(event, "at", TEN)
    return when


@pytest.mark.parametrize("name", STORIES)
@pytest.mark.parametrize("seed", range(20))
def test_said_twice_in_any_order_it_is_the_same(name: str, seed: int) -> None:
    heard, state = STORIES[name]
    ring = rung(BEN, CY, DOT)
    in_order = outcome(ring, sorted(heard, key=_at), state)
    lasts = [event for event in heard if isinstance(event, events.Ended | events.SessionEnded) and _at(event) > at(15)]
    shuffled = [event for event in (*heard, *heard) if event not in lasts]
    random.Random(seed).shuffle(shuffled)
    assert outcome(ring, (*shuffled, *lasts, *lasts), state) == in_order


def test_what_was_answered_before_they_were_rung_again_answers_nothing_new() -> None:
    call = answering.reject(rung(BEN, CY), BEN, Rejection(), at(5)).call
    again = ringing.rang(inviting.ring_again(call, ANA, at(20)).call, at(21)).call
    for late in (rejected(BEN, 5), rejected(BEN, 5.3, None), missed(BEN, 15), accepted(BEN, 4)):
        assert not reported(again, late, NOW).changed, late.type
    old_news = stream_says(rejected_by={BEN: 5.3}, missed_by={BEN: 15})
    assert not reconciled(again, old_news, NOW, again).changed
    taken = reported(again, accepted(BEN, 30), NOW).call
    assert states(taken)[BEN] == "accepted"
    assert states(reconciled(taken, old_news, NOW, taken).call)[BEN] == "accepted"


def test_who_has_joined_since_stream_was_asked_is_not_gone() -> None:
    asked_about = reported(rung(BEN, CY), accepted(BEN, 5), NOW).call
    old_news = stream_says(accepted_by={BEN: 5})
    both_in = reported(reported(asked_about, joined(BEN, 6), NOW).call, joined(ANA, 7), NOW).call
    assert not reconciled(both_in, old_news, NOW, asked_about).changed
    left_unheard = reconciled(both_in, old_news, NOW, both_in).call
    assert not left_unheard.inside
