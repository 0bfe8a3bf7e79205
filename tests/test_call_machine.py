"""Whatever the order, repetition or interleaving of presses, reports of Stream and time, a call obeys its rules."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from bot.call import answering, due, inviting, meeting, planning, ringing
from bot.call.change import Change, Outcome
from bot.call.values import (
    UNANSWERED,
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
from bot.messages import MessageKey, MessageKind, face, wanted
from bot.ringer.meaning import reported
from bot.slack.blocks import Drawn, draw
from bot.stream import events
from tests.test_call_cases import ANA, BEN, CY, DOT, NOON, TEN, asked, not_yet_planned, person, stream_id

EVE = "UEVE"
"""A member of nothing."""
USERS = st.sampled_from([ANA, BEN, CY, DOT, EVE])
SESSIONS = st.sampled_from(["s1", "s2", "s3"])
BACK = st.sampled_from([0.0, 0.5, 5.0, 30.0, 59.0, 120.0, 3600.0])
"""How late a report comes, in seconds."""
PAUSES = st.sampled_from([0.0, 0.3, 1.0, 20.0, 59.5, 61.0, 301.0, 540.0, 3600.0, 7300.0, 100_000.0])
REJECTIONS = st.sampled_from(
    [Rejection(), Rejection(Reason.BUSY), Rejection(Reason.TIMEOUT), Rejection(Reason.TEXT, "on a train")]
)
REASONS = st.sampled_from([None, "decline", "busy", "timeout", "cancel", "rejected", "on a train"])
ANSWERS = frozenset({Event.ACCEPTED, Event.REJECTED, Event.MISSED})
ASKED_ANEW = frozenset({Event.RINGING, Event.RUNG_AGAIN, Event.CAN_MAKE_IT, Event.EDITED})


@dataclass(frozen=True)
class Picture:
    face: object
    drawn: Drawn


def pictures(call: Call) -> dict[MessageKey, Picture]:
    keys = (*wanted(call), *(MessageKey(MessageKind.INVITE, user) for user in (BEN, CY, DOT)))
    return {key: Picture(face(call, key), draw(call, key, message_id="m", now=TEN)) for key in keys}


class CallLife(RuleBasedStateMachine):
    call_rules = Rules()

    @initialize(
        kind=st.sampled_from(CallKind),
        callees=st.sampled_from([(BEN,), (BEN, CY), (BEN, CY, DOT)]),
        later=st.booleans(),
        to_channel=st.booleans(),
    )
    def begins(self, kind: CallKind, callees: tuple[str, ...], later: bool, to_channel: bool) -> None:
        make = not_yet_planned if later else asked
        self.call = make(*callees, kind=kind, to_channel=to_channel and kind is CallKind.NOTIFY)
        self.now = TEN
        self.timeline: list[TimelineEntry] = []
        self.pictures = pictures(self.call)
        self.gone_by = False

    # --- what every change is held to

    def change(self, make: Callable[[Call], Change]) -> Change:
        before = self.call
        change = make(before)
        assert change.before == before
        assert change.changed or not change.timeline
        if before.is_over:
            assert not change.changed, "what has ended changed again"
        self.call = change.call
        self.timeline += change.timeline
        if change.call != before:
            self.messages_only_grow(before)
            self.pictures_follow()
        return change

    def report(self, make: Callable[[Call], Change]) -> None:
        """The same told twice is told once."""
        self.change(make)
        again = make(self.call)
        assert not again.changed, again

    def messages_only_grow(self, before: Call) -> None:
        there = {member.user for member in self.call.members}
        kept = {key for key in wanted(before) if not key.user or key.user in there}
        assert kept <= set(wanted(self.call))

    def pictures_follow(self) -> None:
        """What a message shows changes only where its face does."""
        new = pictures(self.call)
        for key in new.keys() & self.pictures.keys():
            if self.pictures[key].face == new[key].face:
                assert self.pictures[key].drawn == new[key].drawn, key
        self.pictures = new

    # --- Stream's answers to what it was asked

    @rule()
    def stream_has_it(self) -> None:
        def put(call: Call) -> Change:
            if call.starts_at is not None and call.ring_by is None:
                return planning.scheduled(call, self.now, self.call_rules)
            return ringing.rang(call, self.now)

        self.report(put)

    @rule(user=USERS)
    def stream_rang_just(self, user: str) -> None:
        self.report(lambda call: ringing.rang(call, self.now, [user]))

    @rule()
    def stream_refuses(self) -> None:
        self.report(lambda call: ringing.not_rung(call, "Stream refused the call, so nobody was rung.", self.now))

    @rule(user=USERS)
    def stream_refuses_to_ring(self, user: str) -> None:
        self.report(lambda call: ringing.could_not_ring(call, [user], self.now))

    @rule(users=st.sets(USERS))
    def looked_at_afresh(self, users: set[str]) -> None:
        self.report(lambda call: planning.without(call, dict.fromkeys(users, "They are gone."), self.now))

    # --- presses

    @rule(user=USERS)
    def presses_accept(self, user: str) -> None:
        before = self.call.member(user)
        change = self.change(lambda call: answering.accept(call, user, self.now))
        if change.outcome is Outcome.ACCEPTED:
            assert before is not None and before.state in (MemberState.RINGING, MemberState.INVITED)

    @rule(user=USERS)
    def presses_join(self, user: str) -> None:
        self.change(lambda call: answering.join(call, user, self.now))

    @rule(user=USERS, rejection=REJECTIONS)
    def presses_decline(self, user: str, rejection: Rejection) -> None:
        before = self.call.member(user)
        change = self.change(lambda call: answering.reject(call, user, rejection, self.now))
        if change.outcome is Outcome.REJECTED:
            assert before is not None and before.state in (MemberState.RINGING, MemberState.INVITED)

    @rule(user=st.sampled_from([ANA, BEN]))
    def presses_cancel(self, user: str) -> None:
        before = self.call
        change = self.change(lambda call: ringing.cancel(call, user, self.now))
        if change.outcome is Outcome.CANCELLED:
            assert user == ANA and before.accepted_at is None

    @rule(user=USERS)
    def presses_leave(self, user: str) -> None:
        self.change(lambda call: meeting.leave(call, user, self.now))

    @precondition(lambda self: self.gone_by)
    @rule(user=USERS, is_admin=st.booleans())
    def presses_end(self, user: str, is_admin: bool) -> None:
        change = self.change(lambda call: meeting.end(call, user, self.now, is_admin=is_admin))
        assert change.outcome is not Outcome.ENDED or user == ANA or is_admin

    @rule(user=st.sampled_from([ANA, ANA, BEN]))
    def presses_ring_again(self, user: str) -> None:
        self.change(lambda call: inviting.ring_again(call, user, self.now))

    @rule(user=USERS, who=st.sampled_from([CY, DOT]))
    def adds(self, user: str, who: str) -> None:
        self.change(lambda call: inviting.add_people(call, user, [person(who), person(who)], self.now))

    @rule(user=USERS)
    def presses_cant_make_it(self, user: str) -> None:
        self.change(lambda call: planning.cant_make_it(call, user, self.now))

    @rule(user=USERS)
    def presses_can_make_it(self, user: str) -> None:
        self.change(lambda call: planning.can_make_it(call, user, self.now, self.call_rules))

    @rule(user=USERS)
    def presses_snooze(self, user: str) -> None:
        self.change(lambda call: planning.snooze(call, user, self.now))

    @rule(
        people=st.sets(st.sampled_from([BEN, CY, DOT]), min_size=0),
        topic=st.sampled_from(["", "lunch"]),
        minutes=st.sampled_from([0, 0, 5, 30, 120]),
    )
    def edits(self, people: set[str], topic: str, minutes: int) -> None:
        def edit(call: Call) -> Change:
            starts_at = max(call.starts_at or NOON, self.now) + timedelta(minutes=minutes)
            whom = [call.member(user) or person(user) for user in sorted(people)]
            return planning.edit(call, ANA, self.now, self.call_rules, starts_at=starts_at, topic=topic, people=whom)

        self.change(edit)

    # --- what Stream reports, whenever it comes

    def reported(self, event: events.Event) -> None:
        now = self.now
        self.report(lambda call: reported(call, event, now))

    def ago(self, back: float) -> datetime:
        return self.now - timedelta(seconds=back)

    @rule(user=USERS, back=BACK)
    def stream_says_accepted(self, user: str, back: float) -> None:
        self.reported(events.Accepted(cid=self.call.cid, at=self.ago(back), user_id=stream_id(user)))

    @rule(user=USERS, back=BACK, reason=REASONS)
    def stream_says_rejected(self, user: str, back: float, reason: str | None) -> None:
        self.reported(events.Rejected(cid=self.call.cid, at=self.ago(back), user_id=stream_id(user), reason=reason))

    @rule(users=st.sets(USERS), back=BACK)
    def stream_says_missed(self, users: set[str], back: float) -> None:
        ids = tuple(stream_id(user) for user in sorted(users))
        self.reported(events.Missed(cid=self.call.cid, at=self.ago(back), user_ids=ids))

    @rule(user=USERS, session=SESSIONS, back=BACK)
    def stream_says_joined(self, user: str, session: str, back: float) -> None:
        self.reported(
            events.ParticipantJoined(
                cid=self.call.cid,
                at=self.ago(back),
                user_id=stream_id(user),
                session_id="x",
                user_session_id=f"{user}-{session}",
            )
        )

    @rule(user=USERS, session=SESSIONS, back=BACK)
    def stream_says_left(self, user: str, session: str, back: float) -> None:
        self.reported(
            events.ParticipantLeft(
                cid=self.call.cid,
                at=self.ago(back),
                user_id=stream_id(user),
                session_id="x",
                user_session_id=f"{user}-{session}",
            )
        )

    @rule(back=BACK)
    def stream_says_session_ended(self, back: float) -> None:
        self.reported(events.SessionEnded(cid=self.call.cid, at=self.ago(back), session_id="x"))

    @rule(back=BACK, lasted=BACK)
    def stream_says_session_ended_and_when_it_began(self, back: float, lasted: float) -> None:
        at = self.ago(back)
        self.report(lambda call: meeting.session_ended(call, at, at - timedelta(seconds=lasted)))

    @precondition(lambda self: self.gone_by)
    @rule(back=BACK, user=st.one_of(st.none(), USERS))
    def stream_says_ended(self, back: float, user: str | None) -> None:
        by = stream_id(user) if user else None
        self.reported(events.Ended(cid=self.call.cid, at=self.ago(back), user_id=by))

    # --- time

    @rule(seconds=PAUSES, ticks=st.sampled_from([True, True, True, False]))
    def time_passes(self, seconds: float, ticks: bool) -> None:
        self.now += timedelta(seconds=seconds)
        self.gone_by = True
        if ticks:
            self.ticks()

    @rule()
    def ticks(self) -> None:
        self.report(lambda call: due.tick(call, self.now, self.call_rules))
        next_due = due.due_at(self.call, self.call_rules)
        assert next_due is None or next_due > self.now
        assert not [m for m in self.call.ringing if m.deadline is None or m.deadline <= self.now]

    @rule()
    def sleeps_until_it_is_due(self) -> None:
        self.now = max(self.now, due.due_at(self.call, self.call_rules) or self.now)
        self.ticks()

    # --- what is always so

    @invariant()
    def an_end_is_whole(self) -> None:
        ends = [entry for entry in self.timeline if entry.event is Event.ENDED]
        assert len(ends) == (1 if self.call.is_over else 0)
        assert self.call.is_over == (self.call.ended_at is not None) == (self.call.end_reason is not None)
        if self.call.is_over:
            assert self.timeline[-1].event is Event.ENDED
            assert due.due_at(self.call, self.call_rules) is None
            for member in self.call.members:
                assert not (member.deadline or member.remind_at or member.sessions)
                assert member.state is not MemberState.RINGING

    @invariant()
    def the_reason_agrees_with_the_answers(self) -> None:
        states = {callee.state for callee in self.call.callees}
        if self.call.end_reason is EndReason.REJECTED:
            assert states <= {MemberState.REJECTED, MemberState.NOT_RUNG} and MemberState.REJECTED in states
        if self.call.end_reason is EndReason.MISSED:
            assert MemberState.MISSED in states and MemberState.ACCEPTED not in states
        if self.call.end_reason is EndReason.NOT_JOINED:
            assert self.call.started_at is None
        if self.call.kind is CallKind.NOTIFY:
            assert not states & {MemberState.MISSED, MemberState.RINGING}

    @invariant()
    def the_status_agrees_with_the_members(self) -> None:
        call = self.call
        states = {callee.state for callee in call.callees}
        match call.status:
            case CallStatus.RINGING:
                assert states & UNANSWERED and call.rung_at and not call.accepted_at and call.kind is CallKind.RING
            case CallStatus.ACCEPTED:
                assert call.accepted_at and call.ring_by is None and call.kind is CallKind.RING
            case CallStatus.NOTIFIED:
                assert call.kind is CallKind.NOTIFY and call.rung_at and call.notified_at
            case CallStatus.SCHEDULED:
                assert call.starts_at and call.on_stream and call.rung_at is None
                assert not states & {MemberState.RINGING, MemberState.MISSED}
            case CallStatus.PREPARING:
                assert (call.ring_by is not None) != call.is_for_later
                assert MemberState.RINGING not in states
        if call.is_live:
            assert bool(call.inside) <= (call.started_at is not None)
        assert [member.user for member in call.members if member.is_caller] == [ANA]

    @invariant()
    def every_state_has_its_times(self) -> None:
        for member in self.call.members:
            self.has_its_times(member)

    def has_its_times(self, member: Member) -> None:
        match member.state:
            case MemberState.RINGING:
                assert member.deadline and member.rings > 0 and member.missed_at is None
            case MemberState.ACCEPTED:
                assert member.answered_at and member.rejection is None and member.missed_at is None
            case MemberState.REJECTED:
                assert member.answered_at and member.rejection is not None and member.missed_at is None
            case MemberState.MISSED:
                assert member.missed_at and member.answered_at is None and member.rejection is None
            case MemberState.INVITED if self.call.is_live:
                assert member.deadline is not None
        if member.state not in (MemberState.RINGING, MemberState.INVITED):
            assert member.deadline is None
        if member.is_in:
            assert member.joined_at and member.left_at is None
        assert not member.sessions & member.gone
        assert member.remind_at is None or self.call.status is CallStatus.SCHEDULED

    @invariant()
    def the_next_due_time_is_when_something_happens(self) -> None:
        settled_now = due.tick(self.call, self.now, self.call_rules).call
        next_due = due.due_at(settled_now, self.call_rules)
        if next_due is None:
            assert not due.tick(settled_now, self.now + timedelta(days=400), self.call_rules).changed
            return
        just_before = next_due - timedelta(microseconds=1)
        assert just_before < self.now or not due.tick(settled_now, just_before, self.call_rules).changed
        then = due.tick(settled_now, next_due, self.call_rules)
        after = due.due_at(then.call, self.call_rules)
        assert then.changed and (after is None or after > next_due)

    @invariant()
    def each_answer_is_told_once(self) -> None:
        last: dict[str, Event] = {}
        for entry in self.timeline:
            for user in (entry.user, *entry.users) if entry.event is not Event.EDITED else (BEN, CY, DOT):
                if user is None:
                    continue
                if entry.event in ASKED_ANEW:
                    last.pop(user, None)
                elif entry.event in ANSWERS:
                    assert last.get(user) is not entry.event, (user, entry)
                    last[user] = entry.event


class HuddleLife(CallLife):
    """People join in Slack's own huddle."""

    call_rules = replace(Rules(), huddle=True)


@pytest.mark.parametrize("life", [CallLife, HuddleLife], ids=["joined on Stream", "joined in a huddle"])
def test_a_call_obeys_its_rules_whatever_happens_to_it(life: type[CallLife]) -> None:
    run_state_machine_as_test(
        life,
        settings=settings(
            max_examples=60,
            stateful_step_count=30,
            deadline=None,
            report_multiple_bugs=False,
            suppress_health_check=list(HealthCheck),
        ),
    )
