"""What can be pressed: the action ids, what a press carries, and how it is read back."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from bot.call.values import Reason, Rejection


class Action(StrEnum):
    """The action_id of everything people press; one prefix, so that one listener takes them all."""

    ACCEPT = "ringer:accept"
    DECLINE = "ringer:decline"
    DECLINE_WITH = "ringer:decline_with"
    CANCEL = "ringer:cancel"
    JOIN = "ringer:join"
    LEAVE = "ringer:leave"
    END = "ringer:end"
    RING_AGAIN = "ringer:ring_again"
    ADD_PEOPLE = "ringer:add_people"
    CALL_BACK = "ringer:call_back"
    TRY_AGAIN = "ringer:try_again"
    NOTIFY_AGAIN = "ringer:notify_again"
    EDIT = "ringer:edit"
    CANCEL_PLAN = "ringer:cancel_plan"
    CANT_MAKE_IT = "ringer:cant_make_it"
    CAN_MAKE_IT = "ringer:can_make_it"
    SNOOZE = "ringer:snooze"
    JOIN_EARLY = "ringer:join_early"
    PICK_CANCEL = "ringer:pick_cancel"


ANY_ACTION = re.compile(r"^ringer:")

LABELS: dict[Action, str] = {
    Action.ACCEPT: "Accept",
    Action.DECLINE: "Decline",
    Action.DECLINE_WITH: "Decline with…",
    Action.CANCEL: "Cancel",
    Action.JOIN: "Join",
    Action.LEAVE: "Leave",
    Action.END: "End for all",
    Action.RING_AGAIN: "Ring again",
    Action.ADD_PEOPLE: "Add people",
    Action.CALL_BACK: "Call back",
    Action.TRY_AGAIN: "Try again",
    Action.NOTIFY_AGAIN: "Notify again",
    Action.EDIT: "Edit",
    Action.CANCEL_PLAN: "Cancel",
    Action.CANT_MAKE_IT: "Can't make it",
    Action.CAN_MAKE_IT: "I can make it",
    Action.SNOOZE: "Snooze",
    Action.JOIN_EARLY: "Join early",
    Action.PICK_CANCEL: "Cancel",
}
"""What each button says."""


class DeclineWith(StrEnum):
    """The choices of the menu beside Decline."""

    BUSY = "busy"
    MEETING = "meeting"
    LATER = "later"
    WORDS = "words"


CHOICES: dict[DeclineWith, str] = {
    DeclineWith.BUSY: "Busy",
    DeclineWith.MEETING: "In a meeting",
    DeclineWith.LATER: "Call you later",
    DeclineWith.WORDS: "In words…",
}


def rejection(choice: DeclineWith) -> Rejection | None:
    """What a choice tells the caller; None where their own words are still to be asked for."""
    if choice is DeclineWith.WORDS:
        return None
    if choice is DeclineWith.BUSY:
        return Rejection(Reason.BUSY)
    return Rejection(Reason.TEXT, CHOICES[choice])


class Callback(StrEnum):
    """The callback_id of each modal."""

    RING = "ringer:ring"
    NOTIFY = "ringer:notify"
    EDIT = "ringer:edit"
    ADD_PEOPLE = "ringer:add_people"
    DECLINE = "ringer:decline"


ON_MESSAGE = "m"
"""Stands before the id of our message in the block_id of its buttons."""


def on_message(message_id: str) -> str:
    return f"{ON_MESSAGE}:{message_id}"


def message_id_of(block_id: str) -> str:
    """Which of our messages the buttons of this block are on; empty where they are on none (Home, notes, lists)."""
    place, _, rest = block_id.partition(":")
    return rest if place == ON_MESSAGE else ""


def option_value(choice: DeclineWith, call_id: str) -> str:
    """A menu has no value of its own, so each choice carries the call id; it cannot hold a colon."""
    return f"{choice}:{call_id}"


@dataclass(frozen=True)
class Button:
    """One of our buttons, or a choice of the menu, as it was pressed."""

    action: Action
    call_id: str
    message_id: str = ""
    """Ours, where the button is on one of the messages we keep true."""
    choice: DeclineWith | None = None


def read_press(action: Mapping[str, Any]) -> Button | None:
    """One of `actions` in a block_actions payload; None where it is nothing we could have drawn.

    https://docs.slack.dev/reference/interaction-payloads/block_actions-payload
    """
    message_id = message_id_of(str(action.get("block_id", "")))
    try:
        pressed = Action(str(action.get("action_id", "")))
        if pressed is not Action.DECLINE_WITH:
            call_id = str(action.get("value") or "")
            return Button(pressed, call_id, message_id) if call_id else None
        chosen, _, call_id = str((action.get("selected_option") or {}).get("value", "")).partition(":")
        return Button(pressed, call_id, message_id, DeclineWith(chosen)) if call_id else None
    except ValueError:
        return None
