"""Notes: what one person alone is told, after a press, a command, or a thing that could not be done."""

from collections.abc import Callable, Iterator, Sequence

from bot.call.values import Call, CallStatus
from bot.slack.blocks.actions import Action
from bot.slack.blocks.buttons import UNHEARD
from bot.slack.blocks.note_kinds import About, Note
from bot.slack.blocks.note_words import SAYS
from bot.slack.blocks.parts import Block, Drawn, day, element, not_shown, quoted, row, section, sentence
from bot.slack.blocks.says import people

MOST_TO_CANCEL = 20
"""Calls offered: those that ring, then the soonest plans."""

MOST_IN_A_SECTION = 3000
"""Characters. https://docs.slack.dev/reference/block-kit/blocks/section-block"""


def note(
    note: Note,
    *,
    call: Call | None,
    user: str,
    text: str = "",
    calls: Sequence[Call] = (),
    own_links: bool = True,
) -> Drawn:
    """`calls` are those to choose from (WHICH_TO_CANCEL).

    `own_links`: each person's link into the call is theirs alone.
    """
    if note is Note.JOIN and call is not None and call.is_over:  # Over by the time they are told.
        note = Note.OVER
    given = "\n".join(sentence(line, groups=True) for line in text.splitlines())
    about_it = About(call, user, given, calls, own_links)
    said = SAYS[note]
    words = said if isinstance(said, str) else said(about_it)
    blocks = [section(paragraph) for paragraph in _paragraphs(words)]
    if call is not None and (offered := _offers(note, about_it)):
        blocks += row(offered, call.id, f"note:{call.id}")
    if note is Note.WHICH_TO_CANCEL:
        blocks += [_choice(each) for each in calls[:MOST_TO_CANCEL]]
        blocks += not_shown(len(calls) - MOST_TO_CANCEL)
    return Drawn(_short(words), tuple(blocks))


def _paragraphs(words: str) -> Iterator[str]:
    """As many lines together as a section takes."""
    paragraph = ""
    for line in words.splitlines():
        if paragraph and len(paragraph) + len(line) >= MOST_IN_A_SECTION:
            yield paragraph
            paragraph = ""
        paragraph = f"{paragraph}\n{line}" if paragraph else line
    yield paragraph


def _short(words: str) -> str:
    return sentence(" ".join(words.split()), 300, groups=True)


def _choice(call: Call) -> Block:
    when = f" planned for {day(call.starts_at)}" if call.starts_at else ""
    return {
        **section(f"Your call with {people(call)}{when}", quoted(call.topic)),
        "block_id": f"pick:{call.id}",
        "accessory": element(Action.PICK_CANCEL, call.id),
    }


# --- what each offers


def _offers(note: Note, it: About) -> tuple[Action, ...]:
    offers = _OFFERS.get(note, ())
    offered = offers if isinstance(offers, tuple) else offers(it)
    return tuple(action for action in offered if action is Action.CALL_BACK or not (it.call and it.call.is_over))


def _join_if_live(it: About) -> tuple[Action, ...]:
    return (Action.JOIN,) if it.is_live and it.member else ()


def _come_or_go(it: About) -> tuple[Action, ...]:
    if it.call is None or it.member is None or it.member.is_caller:
        return ()
    if it.call.status is CallStatus.SCHEDULED:
        return (Action.CAN_MAKE_IT,) if it.member.said_no_ahead else ()
    if it.call.is_over:
        return (Action.CALL_BACK,)
    return _leave(it) or _join_if_live(it)


def _over(it: About) -> tuple[Action, ...]:
    if it.call is None or not it.call.is_over or it.member is None:
        return ()
    return (Action.CALL_BACK,) if it.member.state in UNHEARD else ()


def _leave(it: About) -> tuple[Action, ...]:
    return (Action.LEAVE,) if it.is_live and it.takes_part else ()


_OFFERS: dict[Note, tuple[Action, ...] | Callable[[About], tuple[Action, ...]]] = {
    Note.JOIN: (Action.JOIN,),
    Note.CANT_MAKE_IT: (Action.CAN_MAKE_IT,),
    Note.OVER: _over,
    Note.MAY_NOT_END: _leave,
    Note.MAY_NOT_ADD: _join_if_live,
    Note.ALREADY_ACCEPTED: _join_if_live,
    Note.ACCEPTED_BEFORE: (Action.LEAVE,),
    Note.ALREADY_REJECTED: _come_or_go,
    Note.MISSED_BEFORE: _come_or_go,
    Note.TOO_LATE_TO_CANCEL: (Action.LEAVE, Action.END),
    Note.NOT_IN: _join_if_live,
    Note.LEFT: _join_if_live,
    Note.SCHEDULED_FOR: (Action.EDIT, Action.CANCEL_PLAN),
    Note.GLARE: (Action.JOIN,),
    Note.TOLD_AGAIN: _join_if_live,
}
