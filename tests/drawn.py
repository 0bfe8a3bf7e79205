"""Calls in the states people see them in, and what a person in UTC reads of what is drawn of them."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from bot.call import answering, due, inviting, meeting, planning, ringing
from bot.call.values import Call, CallKind, Member, MemberState, Reason, Rejection
from bot.messages import MessageKey, MessageKind
from bot.slack import blocks
from bot.slack.blocks import Action, Drawn
from bot.slack.blocks.actions import LABELS
from tests.test_blocks_cases import RULES, START

ANA, BEN, CY, DEE = "U0ANA", "U0BEN", "U0CY", "U0DEE"
NAMES = {ANA: "Ana", BEN: "Ben", CY: "Cy", DEE: "Dee"}
LINK = "https://ringer.example/join/secret"
SOON = START + timedelta(seconds=10)
LATER = START + timedelta(minutes=12, seconds=10)
TONIGHT = START + timedelta(hours=8)


def new(*callees: str, **fields: Any) -> Call:
    call = Call(
        id="call-1",
        type="default",
        team="T0",
        channel="C0PLANS",
        caller=ANA,
        kind=CallKind.RING,
        created_at=START,
        ring_timeout=timedelta(seconds=60),
        members=(Member(ANA, state=MemberState.CALLER), *(Member(user) for user in callees)),
        ring_by=START + timedelta(seconds=60),
    )
    return replace(call, **fields)


def read(text: str) -> str:
    """As a person in UTC reads it: names and times."""
    for user, name in NAMES.items():
        text = text.replace(f"<@{user}>", name)
    text = text.replace("<#C0PLANS>", "#plans")
    for at in (START, SOON, LATER, TONIGHT, START + timedelta(seconds=60), TONIGHT - RULES.reminder):
        stamp = int(at.timestamp())
        text = text.replace(f"<!date^{stamp}^{{time}}|{at:%H:%M} UTC>", f"{at:%H:%M}")
        text = text.replace(
            f"<!date^{stamp}^{{date_short_pretty}} at {{time}}|{at:%Y-%m-%d} at {at:%H:%M} UTC>", f"today {at:%H:%M}"
        )
    return text


def seen(drawn: Sequence[dict[str, Any]]) -> str:
    """All the words of these blocks."""
    texts = []
    for block in drawn:
        inside = [block.get("text"), *block.get("elements", [])] if block["type"] != "actions" else []
        texts += [each["text"] for each in inside if each]
    return read("\n".join(texts)).replace("*", "")


def pressable(drawn: Sequence[dict[str, Any]]) -> list[str]:
    return [
        LABELS[Action(element["action_id"])]
        for block in drawn
        for element in [*block.get("elements", []), block.get("accessory", {})]
        if "action_id" in element
    ]


def message(call: Call, kind: MessageKind, user: str = "", nth: int = 1, now: datetime = SOON) -> Drawn:
    return blocks.draw(call, MessageKey(kind, user, nth), message_id="m1", now=now).with_link(LINK)


def plain(words: str) -> list[str]:
    """Lines, without the emoji before them."""
    return [line.split(": ", 1)[1] if line.startswith(":") else line for line in words.splitlines()]


# --- calls as they go

RINGING = ringing.rang(new(BEN, CY), START).call
ALONE = ringing.rang(new(BEN), START).call
ACCEPTED = answering.accept(RINGING, BEN, SOON).call
JOINED = meeting.joined(meeting.joined(ACCEPTED, BEN, "b", SOON).call, ANA, "a", SOON).call
BUSY = answering.reject(ACCEPTED, CY, Rejection(Reason.BUSY), SOON).call
WORDS = answering.reject(ACCEPTED, CY, Rejection(Reason.TEXT, "on *a* train <!here>"), SOON).call
TYPED_BUSY = answering.reject(ACCEPTED, CY, Rejection(Reason.TEXT, "busy"), SOON).call
MISSED = ringing.missed(ACCEPTED, [CY], SOON).call
AGAIN = ringing.rang(inviting.ring_again(BUSY, ANA, SOON).call, SOON).call
CANCELLED = ringing.cancel(RINGING, ANA, SOON).call
ALL_NO = answering.reject(answering.reject(RINGING, BEN, Rejection(), SOON).call, CY, Rejection(), SOON).call
UNANSWERED = ringing.missed(answering.reject(RINGING, BEN, Rejection(), SOON).call, [CY], SOON).call
OVER = meeting.session_ended(ringing.missed(JOINED, [CY], SOON).call, LATER).call
ENDED = meeting.end(JOINED, ANA, LATER, is_admin=False).call
NOT_JOINED = due.tick(MISSED, SOON + RULES.join_grace, RULES).call
NOT_RUNG = ringing.not_rung(
    new(BEN, topic="plan"), "Stream did not take the call in time, so nobody was rung.", SOON
).call
PLAN = planning.scheduled(new(BEN, CY, ring_by=None, starts_at=TONIGHT, topic="the plan"), START, RULES).call
PLAN_NO = planning.cant_make_it(PLAN, BEN, SOON).call
MOVED = planning.edit(
    PLAN, ANA, SOON, RULES, starts_at=TONIGHT, topic="another plan", people=[m for m in PLAN.callees if m.user == BEN]
).call
REMINDED = planning.remind(PLAN, TONIGHT - RULES.reminder).call
SNOOZED = planning.snooze(REMINDED, BEN, TONIGHT - RULES.reminder).call
CALLED_OFF = ringing.cancel(PLAN, ANA, SOON).call
BEGUN = planning.begin(PLAN, TONIGHT).call
WAITED_FOR = meeting.joined(RINGING, ANA, "a", START).call
JOINED_LATE = answering.accept(WAITED_FOR, BEN, LATER).call
TOLD = ringing.rang(new(BEN, CY, kind=CallKind.NOTIFY), START).call
CHANNEL = ringing.rang(new(BEN, CY, kind=CallKind.NOTIFY, to_channel=True), START).call
TOLD_OVER = meeting.end(TOLD, ANA, SOON, is_admin=False).call
TOLD_LATER = planning.begin(replace(PLAN, kind=CallKind.NOTIFY), TONIGHT).call
