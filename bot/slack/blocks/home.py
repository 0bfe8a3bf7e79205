"""Home and `/ring list`: a person's calls, each with its buttons; what Stream's `useCalls` shows in an app."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from enum import StrEnum

from bot.call.values import Call, CallStatus, EndReason, MemberState
from bot.messages import has_heard
from bot.slack.blocks.buttons import HOME, buttons
from bot.slack.blocks.parts import Block, Drawn, clock, context, day, header, mention, not_shown, quoted, row, section
from bot.slack.blocks.says import answer, in_brackets, others, over, people, verb, was_plan

IN_HOME = 40
IN_LIST = 20
"""Calls shown: two blocks each, and Slack takes 100 blocks in Home, 50 in a message."""


class Shelf(StrEnum):
    """Where a call stands in somebody's list; the most urgent first."""

    INCOMING = "Incoming"
    OUTGOING = "Outgoing"
    LIVE = "Live"
    SCHEDULED = "Scheduled"
    RECENT = "Recent"


LISTED = (Shelf.INCOMING, Shelf.OUTGOING, Shelf.LIVE, Shelf.SCHEDULED)


def home(calls: Sequence[Call], user: str, *, now: datetime, ring: str = "/ring", notify: str = "/notify") -> Block:
    """The view that `views.publish` takes. https://docs.slack.dev/surfaces/app-home"""
    blocks = list(_shelves(calls, user, tuple(Shelf), IN_HOME, "home", now))
    return {"type": "home", "blocks": blocks or _empty(ring, notify)}


def listing(calls: Sequence[Call], user: str, *, now: datetime, ring: str = "/ring") -> Drawn:
    """The answer to `/ring list`."""
    blocks = list(_shelves(calls, user, LISTED, IN_LIST, "list", now))
    if not blocks:
        none = f"You have no calls now. Type `{ring} @name` to ring somebody."
        return Drawn(none, (section(none),))
    number = sum(1 for call in calls if shelf(call, user) in LISTED)
    return Drawn(f"You have {number} call{'' if number == 1 else 's'}.", tuple(blocks))


def shelf(call: Call, user: str) -> Shelf | None:
    """None where this person has nothing to do with it, or has not heard of it yet."""
    member = call.member(user)
    is_caller = user == call.caller
    if call.end_reason is EndReason.REFUSED or (member is None and not is_caller):
        return None
    if call.is_over:
        return Shelf.RECENT if is_caller or _heard(call, user) else None
    if call.status is CallStatus.SCHEDULED:
        return Shelf.SCHEDULED
    if is_caller and _is_being_planned(call):
        return Shelf.SCHEDULED
    if is_caller:
        return Shelf.OUTGOING if call.status in (CallStatus.PREPARING, CallStatus.RINGING) else Shelf.LIVE
    if not _heard(call, user):
        return None
    if call.status is CallStatus.PREPARING:
        return Shelf.SCHEDULED
    return Shelf.INCOMING if member and member.state is MemberState.RINGING else Shelf.LIVE


def _is_being_planned(call: Call) -> bool:
    """It is to ring some day, and its people, or Stream, are yet to be told."""
    return call.status is CallStatus.PREPARING and call.ring_by is None


def _heard(call: Call, user: str) -> bool:
    member = call.member(user)
    invited = call.starts_at is not None and call.on_stream
    return member is not None and (invited or has_heard(member))


def _shelves(
    calls: Sequence[Call], user: str, shelves: Sequence[Shelf], most: int, place: str, now: datetime
) -> Iterator[Block]:
    room = most
    for title in shelves:
        here = _sorted([call for call in calls if shelf(call, user) is title], title)
        shown, room = here[:room], room - min(room, len(here))
        if here:
            yield header(title)
        for call in shown:
            yield from entry(call, user, place, now)
        yield from not_shown(len(here) - len(shown))


def _sorted(calls: list[Call], title: Shelf) -> list[Call]:
    if title is Shelf.SCHEDULED:
        return sorted(calls, key=lambda call: call.starts_at or call.created_at)
    return sorted(calls, key=lambda call: call.ended_at or call.created_at, reverse=True)


def entry(call: Call, user: str, place: str, now: datetime) -> Iterator[Block]:
    """One call: a paragraph, and its buttons."""
    yield section(f"*{_headline(call, user)}*", quoted(call.topic), _state(call, user, now))
    yield from row(buttons(call, user, HOME), call.id, f"{place}:{call.id}")


def _headline(call: Call, user: str) -> str:
    if user == call.caller:
        return f"You called {people(call)}" if call.is_over and not was_plan(call) else f"You and {people(call)}"
    with_whom = others(call, user) if not call.to_channel else ""
    return f"{mention(call.caller)} and you{f', with {with_whom}' if with_whom else ''}"


def _state(call: Call, user: str, now: datetime) -> str:
    if call.is_over:
        ended = f" · {day(call.ended_at)}" if call.ended_at else ""
        return f"{_did(call, user)}{over(call, user)}{ended}"
    if call.status is CallStatus.SCHEDULED and call.starts_at:
        return f"Planned for {day(call.starts_at)}{_attends(call, user)}"
    if _is_being_planned(call):
        return "Being planned"
    if call.status is CallStatus.PREPARING:
        return f"About to {verb(call)}{_attends(call, user)}"
    member = call.member(user)
    if member is None or member.is_caller:
        return "Ringing" if call.status is CallStatus.RINGING else "Going on"
    if member.state is MemberState.RINGING:
        until = member.deadline
        return f"{mention(call.caller)} is ringing you{f' until {clock(until)}' if until and until > now else ''}"
    return f"Going on · you: {answer(member, call)}"


def _did(call: Call, user: str) -> str:
    """What they themselves did about it."""
    member = call.member(user)
    if member is None or member.is_caller or was_plan(call) or call.was_rung_to_its_end(member):
        return ""
    if member.was_there:
        return "You were there. "
    return {
        MemberState.ACCEPTED: "You accepted. ",
        MemberState.REJECTED: f"You declined{in_brackets(member.rejection)}. ",
        MemberState.MISSED: "You missed it. ",
    }.get(member.state, "")


def _attends(call: Call, user: str) -> str:
    member = call.member(user)
    return " · you said you can't make it" if member and member.said_no_ahead else ""


def _empty(ring: str, notify: str) -> list[Block]:
    return [
        header("No calls yet"),
        section(
            f"Type `{ring} @name` in any conversation to ring somebody, or `{ring} @name tomorrow 9:30` for later.",
            f"Type `{notify} #channel` to tell a channel about a call without ringing anybody.",
        ),
        context(
            "Your calls appear here: those ringing you, those you are ringing, and those in progress, planned or past."
        ),
    ]
