"""Calls to draw: made by hypothesis through the real transitions, so that every picture is of a call that can be."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.call import answering, due, inviting, meeting, planning, ringing
from bot.call.change import Change, Outcome, nothing, then
from bot.call.values import (
    Call,
    CallKind,
    CallStatus,
    EndReason,
    Event,
    Member,
    MemberState,
    Reason,
    Rejection,
    Rules,
    TimelineEntry,
)

START = datetime(2026, 12, 1, 10, tzinfo=UTC)
CALLER = "U0ANA00000"
RULES = Rules()
TOPICS = (
    "",
    "the plan",
    "<!channel> & *x*",
    "<https://evil.example|click> `code` _it_ ~no~\n> quote\n• list",
    "&" * 200,
    "x" * 200,
    "‮evil‬ \u0000\u0007 tab\there",
    "<@U0EVE00000> <!subteam^S1> <!date^1^{time}|x>",
)
REJECTIONS = (
    Rejection(),
    Rejection(Reason.BUSY),
    Rejection(Reason.TIMEOUT),
    Rejection(Reason.CANCEL),
    Rejection(Reason.TEXT, "In a meeting"),
    *(Rejection(Reason.TEXT, topic) for topic in TOPICS if topic),
)


def callee(number: int) -> str:
    return f"U{number:09}"


@dataclass(frozen=True)
class Story:
    calls: tuple[Call, ...]
    """Each state the call was in, in order."""
    timeline: tuple[TimelineEntry, ...]
    now: datetime

    @property
    def call(self) -> Call:
        return self.calls[-1]


Act = Callable[[Call, str, int, datetime], Change]


def _edit(call: Call, user: str, pick: int, now: datetime) -> Change:
    at = (call.starts_at or now) + timedelta(minutes=pick)
    keep = call.callees[pick % 2 :]
    people = (*keep, Member(callee(500 + pick))) if pick % 3 else keep
    return planning.edit(call, call.caller, now, RULES, starts_at=at, topic=TOPICS[pick % len(TOPICS)], people=people)


def _called_off(call: Call, user: str, pick: int, now: datetime) -> Change:
    return ringing.cancel(call, call.caller, now)


def _put(call: Call, user: str, pick: int, now: datetime) -> Change:
    """Stream answers: down for later, or rung."""
    if call.starts_at is not None and call.ring_by is None:
        return planning.scheduled(call, now, RULES)
    return ringing.rang(call, now)


def _rung_again(call: Call, user: str, pick: int, now: datetime) -> Change:
    """The last of them declines, and is rung again."""
    no = answering.reject(call, call.members[-1].user, Rejection(), now)
    asked = then(no, inviting.ring_again(no.call, call.caller, now))
    return then(asked, ringing.rang(asked.call, now))


def _changes_their_mind(call: Call, user: str, pick: int, now: datetime) -> Change:
    first = planning.cant_make_it(call, user, now)
    return then(first, planning.can_make_it(first.call, user, now, RULES))


def _all_decline(call: Call, user: str, pick: int, now: datetime) -> Change:
    change = nothing(call, Outcome.NOTHING)
    for each in call.callees:
        change = then(change, answering.reject(change.call, each.user, REJECTIONS[pick % 2], now))
    return change


ACTS: dict[str, Act] = {
    "all decline": _all_decline,
    "rung again": _rung_again,
    "changes their mind": _changes_their_mind,
    "put": _put,
    "not rung": lambda call, user, pick, now: ringing.not_rung(call, TOPICS[pick % len(TOPICS)] or "No answer.", now),
    "accept": lambda call, user, pick, now: answering.accept(call, user, now),
    "join": lambda call, user, pick, now: answering.join(call, user, now),
    "reject": lambda call, user, pick, now: answering.reject(call, user, REJECTIONS[pick % len(REJECTIONS)], now),
    "cancel": _called_off,
    "joined": lambda call, user, pick, now: meeting.joined(call, user, f"s{pick}", now),
    "left": lambda call, user, pick, now: meeting.left(call, user, f"s{pick}", now),
    "leave": lambda call, user, pick, now: meeting.leave(call, user, now),
    "session ended": lambda call, user, pick, now: meeting.session_ended(call, now),
    "end": lambda call, user, pick, now: meeting.end(call, user, now, is_admin=pick % 2 == 0),
    "ended elsewhere": lambda call, user, pick, now: meeting.ended_elsewhere(call, user if pick % 2 else None, now),
    "ring again": lambda call, user, pick, now: inviting.ring_again(call, call.caller, now),
    "add": lambda call, user, pick, now: inviting.add_people(call, user, [Member(callee(700 + pick))], now),
    "could not ring": lambda call, user, pick, now: ringing.could_not_ring(call, {c.user for c in call.callees}, now),
    "can't make it": lambda call, user, pick, now: planning.cant_make_it(call, user, now),
    "can make it": lambda call, user, pick, now: planning.can_make_it(call, user, now, RULES),
    "snooze": lambda call, user, pick, now: planning.snooze(call, user, now),
    "gone": lambda call, user, pick, now: planning.without(call, {user: f"Skipped <@{user}>: deactivated."}, now),
    "edit": _edit,
    "wait": lambda call, user, pick, now: nothing(call, Outcome.NOTHING),
}


@st.composite
def new_calls(draw: st.DrawFn, most: int = 4) -> Call:
    number = draw(st.one_of(st.integers(1, 4), st.just(most)))
    later = draw(st.booleans())
    kind = draw(st.sampled_from(CallKind))
    return Call(
        id="call-1",
        type="default",
        team="T1",
        channel="C0PLANS000",
        caller=CALLER,
        kind=kind,
        created_at=START,
        ring_timeout=timedelta(seconds=60),
        topic=draw(st.one_of(st.sampled_from(TOPICS), st.text(max_size=200))),
        video=draw(st.booleans()),
        members=(Member(CALLER, state=MemberState.CALLER), *(Member(callee(n)) for n in range(number))),
        starts_at=START + timedelta(hours=1) if later else None,
        ring_by=None if later else START + timedelta(seconds=60),
        to_channel=kind is CallKind.NOTIFY and draw(st.booleans()),
    )


@st.composite
def stories(draw: st.DrawFn, most: int = 4) -> Story:
    call = draw(new_calls(most))
    now = START
    calls = [call]
    timeline: list[TimelineEntry] = []
    moves = st.tuples(st.sampled_from(sorted(ACTS)), st.integers(0, 5), st.integers(0, 12), st.sampled_from(PAUSES))
    for name, who, pick, pause in [("put", 0, 0, 1), *draw(st.lists(moves, max_size=14))]:
        now += timedelta(seconds=pause)
        for change in (due.tick(call, now, RULES), None):
            if change is None:
                user = call.members[who % len(call.members)].user
                change = ACTS[name](call, user, pick, now)
            for entry in change.timeline:
                timeline.append(replace(entry, seq=len(timeline) + 1))
            if change.call != call:
                call = change.call
                calls.append(call)
    return Story(tuple(calls), tuple(timeline), now)


PAUSES = (0, 1, 7, 61, 600, 3600)

READERS = (CALLER, *(callee(n) for n in range(4)), callee(501), callee(701), "U0STRANGER")


def by_hand(status: CallStatus, **fields: object) -> Call:
    """A call put together for one case."""
    call = Call(
        id="call-1",
        type="default",
        team="T1",
        channel="C0PLANS000",
        caller=CALLER,
        kind=CallKind.RING,
        created_at=START,
        ring_timeout=timedelta(seconds=60),
        status=status,
        members=(Member(CALLER, state=MemberState.CALLER),),
    )
    return replace(call, **fields)  # type: ignore[arg-type]


def test_the_stories_reach_every_status_every_end_and_every_event() -> None:
    statuses: set[CallStatus] = set()
    reasons: set[EndReason] = set()
    events: set[Event] = set()

    @settings(max_examples=2000, database=None, derandomize=True, deadline=None)
    @given(stories())
    def reach(story: Story) -> None:
        statuses.update(call.status for call in story.calls)
        reasons.update(call.end_reason for call in story.calls if call.end_reason)
        events.update(entry.event for entry in story.timeline)

    reach()
    assert statuses == set(CallStatus)
    assert reasons == set(EndReason) - {EndReason.REFUSED}
    assert events == set(Event)
