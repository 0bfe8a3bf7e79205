"""What each note says."""

from collections.abc import Callable

from bot.call.planning import SNOOZE
from bot.call.values import CallKind, CallStatus, Member, MemberState
from bot.slack.blocks.note_kinds import About, Note
from bot.slack.blocks.parts import clock, day, duration, quoted
from bot.slack.blocks.says import done, in_brackets, over, was_plan
from bot.slack.command import MOST_PEOPLE

IN_IT_NOW = "You are in this call now, so you cannot decline it any more. You can leave it."
"""To whoever did not take the ring, and came in all the same."""


def _or(text: str) -> Callable[[About], str]:
    """What the note was given to say; where it was given nothing, `text`."""
    return lambda it: it.text or text


def _their_call(it: About) -> str:
    return f"{it.caller}'s call" if it.call else "the call"


def _rejected(it: About) -> str:
    return f"You declined {_their_call(it)}."


def _cancelled(it: About) -> str:
    if it.call and was_plan(it.call) and it.call.starts_at:
        told = "everybody invited will be told" if it.call.on_stream else "nobody had been invited yet"
        return f"The call planned for {day(it.call.starts_at)} is cancelled, and {told}."
    return f"Your call with {it.people} is cancelled." if it.people else "Your call is cancelled."


def _snoozed(it: About) -> str:
    again = it.member.remind_at if it.member else None
    return f"I'll remind you again {day(again)}." if again else f"I'll remind you again in {duration(SNOOZE)}."


def _is_over(it: About) -> str:
    return f"This call is over. {over(it.call, it.user)}" if it.call and it.call.is_over else "This call is over."


def _left(it: About) -> str:
    if it.call and it.call.is_over:
        return f"You left the call. {over(it.call, it.user)}"
    go_on = it.call and any(member.takes_part for member in it.call.members if member.user != it.user)
    return f"You left the call.{' The others go on without you.' if go_on else ''}"


def _not_a_member(it: About) -> str:
    if it.call and it.call.to_channel:
        was_in = f"those who were in {it.people} when {it.caller} asked for it"
        return f"This call is for {was_in}, and you are not one of them."
    return f"This call is for those it rings or tells, and you are not one of them. {it.caller} can add you."


def _not_the_caller(it: About) -> str:
    return f"Only {it.caller} can do that: it is their call."


def _may_not_end(it: About) -> str:
    return f"Only {it.caller}, who called, or a workspace admin can end this call for all."


def _may_not_add(it: About) -> str:
    if it.call and it.call.status is CallStatus.SCHEDULED:
        return _not_the_caller(it)
    return f"Only {it.caller}, who called, or whoever takes part in the call can add people."


def _already_rejected(it: About) -> str:
    if it.member and it.member.said_no_ahead:
        return "You have said already that you can't make it."
    if it.is_live and it.member and it.member.is_in:
        return IN_IT_NOW
    return f"{_declined(it.member)}{_can_join(it)}"


def _declined(member: Member | None) -> str:
    if member is None or member.state is not MemberState.REJECTED:  # They were rung again since.
        return "You had already answered this call."
    after_all = ", but you were in it too" if member.was_there else ""
    return f"You already declined this call{in_brackets(member.rejection)}{after_all}."


def _missed_before(it: About) -> str:
    if it.is_live and it.member and it.member.is_in:
        return IN_IT_NOW
    at = it.member.missed_at if it.member else None
    return f"You missed this call{f' at {clock(at)}' if at else ''}.{_can_join(it)}"


def _can_join(it: About) -> str:
    return " It is still on: you can join." if it.is_live and not it.takes_part else ""


def _not_scheduled(it: About) -> str:
    if it.call and it.call.is_for_later:
        return "Stream does not have this plan yet, so it cannot be changed yet. Try again in a moment."
    return "This call has begun, so there is no plan left to change."


def _too_late_to_cancel(it: About) -> str:
    if it.call and it.call.kind is CallKind.NOTIFY:
        return "People have been told already, so this call cannot be cancelled. You can leave it, or end it for all."
    return "Somebody has accepted, so this call cannot be cancelled. You can leave it, or end it for all."


def _not_ringing(it: About) -> str:
    if it.call and it.user == it.call.caller:
        return "This is your own call, and it is not ringing now."
    return "You are not being rung in this call now."


def _nobody_to_ring(it: About) -> str:
    if it.call and it.call.kind is CallKind.NOTIFY:
        return "There is nobody to tell: they have all been told already."
    return "There is nobody to ring: they have all been rung, or are in the call."


def _ringing(it: About) -> str:
    return f"Ringing {it.text or it.people or 'them'}…"


def _notifying(it: About) -> str:
    return f"Telling {it.text or it.people or 'them'} about your call…"


def _scheduling(it: About) -> str:
    return f"Planning a call with {it.text or it.people or 'them'}…"


def _scheduled_for(it: About) -> str:
    if it.call is None or it.call.starts_at is None:
        return "Your call is planned."
    topic = quoted(it.call.topic)
    return (
        f"Your call with {it.people or 'them'} is planned for {day(it.call.starts_at)}{f': {topic}' if topic else ''}."
    )


def _same_as_before(it: About) -> str:
    """A command typed, or a button pressed."""
    twice = f"nobody is {done(it.call) if it.call else 'rung'} twice"
    return f"You asked for exactly the same a moment ago: it is the same call, and {twice}."


def _glare(it: About) -> str:
    return f"{it.caller} was ringing you just now: you have accepted their call."


def _card_elsewhere(it: About) -> str:
    """Said in direct messages, so “here” is not where it was asked for."""
    asked_in = f"in <#{it.call.channel}>" if it.call and it.call.channel.startswith("C") else "where you called from"
    return f"I cannot post {asked_in}, so the call's card is {it.text or 'here, in your direct messages with me'}."


def _notified_again(it: About) -> str:
    told = [callee for callee in it.call.callees if callee.state is MemberState.NOTIFIED] if it.call else []
    if told and all(callee.is_in for callee in told):
        return "Everybody who was told is in the call already: only their Stream apps are told once more."
    return "They are told once more."


def _told_again(it: About) -> str:
    topic = quoted(it.call.topic) if it.call else ""
    return f"{it.caller} is telling you about a call once more{f': {topic}' if topic else ''}."


def _taken_out(it: About) -> str:
    when = f" planned for {day(it.call.starts_at)}" if it.call and it.call.starts_at else ""
    return f"{it.caller} removed you from the call{when}."


SAYS: dict[Note, str | Callable[[About], str]] = {
    Note.REJECTED: _rejected,
    Note.CANCELLED: _cancelled,
    Note.JOIN: lambda it: f"Here is your way into the call.{' This link is yours alone.' if it.own_links else ''}",
    Note.LEFT: _left,
    Note.ENDED: "You ended the call for all.",
    Note.SNOOZED: _snoozed,
    Note.CANT_MAKE_IT: lambda it: f"I've told {it.caller} that you can't make it.",
    Note.NOTHING: "Nothing to change: it is that way already.",
    Note.OVER: _is_over,
    Note.NOT_A_MEMBER: _not_a_member,
    Note.NOT_THE_CALLER: _not_the_caller,
    Note.MAY_NOT_END: _may_not_end,
    Note.MAY_NOT_ADD: _may_not_add,
    Note.ALREADY_ACCEPTED: "You have accepted this call already.",
    Note.ACCEPTED_BEFORE: "You have accepted this call, so you cannot decline it any more. You can leave it.",
    Note.ALREADY_REJECTED: _already_rejected,
    Note.MISSED_BEFORE: _missed_before,
    Note.TOO_LATE_TO_CANCEL: _too_late_to_cancel,
    Note.NOT_IN: "You are not in this call.",
    Note.NOT_RINGING: _not_ringing,
    Note.NOT_SCHEDULED: _not_scheduled,
    Note.TOO_SOON: "The call starts in a moment: there is no time left to remind you again.",
    Note.TOO_MANY: f"A call can have {MOST_PEOPLE} people besides its caller, and that would be too many.",
    Note.NOBODY_TO_RING: _nobody_to_ring,
    Note.RINGING: _ringing,
    Note.NOTIFYING: _notifying,
    Note.SCHEDULING: _scheduling,
    Note.SCHEDULED_FOR: _scheduled_for,
    Note.SAME_AS_BEFORE: _same_as_before,
    Note.GLARE: _glare,
    Note.RATE_LIMITED: "You have started many calls within a minute. Wait a moment, then try again.",
    Note.WORKSPACE_LIMITED: "Too many calls were started in this workspace within a minute. Try again in a moment.",
    Note.REFUSED: _or("That cannot be done."),
    Note.SKIPPED: _or("Somebody you named cannot be rung."),
    Note.CARD_ELSEWHERE: _card_elsewhere,
    Note.WHICH_TO_CANCEL: "Which of these do you want to cancel?",
    Note.NOTHING_TO_CANCEL: "You have no call to cancel.",
    Note.NOTIFIED_AGAIN: _notified_again,
    Note.NOTIFY_TOO_SOON: "People can be told again once a minute. Wait a moment.",
    Note.TOLD_AGAIN: _told_again,
    Note.EDITED_TOO_OFTEN: "Everybody is told about each change to a plan, and this one was changed several times "
    "just now. Wait a moment, then try again.",
    Note.TAKEN_OUT: _taken_out,
    Note.SOMETHING_BROKE: "Something went wrong on my side, sorry. Nothing is lost: please try again in a moment.",
}
