"""What was answered in a modal, read out of its state: a form, or what is wrong, field by field.

https://docs.slack.dev/surfaces/modals#displaying_errors
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from bot.call.values import LONGEST_RING, SHORTEST_RING
from bot.slack.command import MOST_PEOPLE

VIDEO, AUDIO = "video", "audio"
MOST_WORDS = 150
"""Characters of a reason."""
A_YEAR = timedelta(days=366)

Errors = dict[str, str]
"""block_id → the sentence under that field."""


class Field(StrEnum):
    """Block id, and action id, of each input."""

    USERS = "users"
    TOPIC = "topic"
    AT = "at"
    MEDIUM = "medium"
    TIMEOUT = "ring_timeout"
    WORDS = "words"


@dataclass(frozen=True)
class RingForm:
    users: tuple[str, ...]
    topic: str
    at: int | None
    """Unix seconds; None: now."""
    video: bool
    ring_timeout: int | None
    """Seconds; None where it was not asked."""


@dataclass(frozen=True)
class EditForm:
    users: tuple[str, ...]
    topic: str
    at: int


def read_ring_form(state: Mapping[str, Any], *, user: str, now: datetime) -> RingForm | Errors:
    """`user` filled it in, and cannot ring themself. `state` is the view's."""
    users, at = _users(state), _at(state)
    if errors := _people_wrong(users, user) | _time_wrong(at, now):
        return errors
    return RingForm(tuple(u for u in users if u != user), _text(state, Field.TOPIC), at, _video(state), _timeout(state))


def read_edit_form(state: Mapping[str, Any], *, user: str, now: datetime) -> EditForm | Errors:
    users, at = _users(state), _at(state)
    errors = _people_wrong(users, user) | _time_wrong(at, now)
    if at is None:
        errors[Field.AT] = "Say when the call should start."
    if errors or at is None:
        return errors
    return EditForm(tuple(u for u in users if u != user), _text(state, Field.TOPIC), at)


def read_people_form(state: Mapping[str, Any], *, user: str) -> tuple[str, ...] | Errors:
    users = _users(state)
    return _people_wrong(users, user) or tuple(u for u in users if u != user)


def read_words_form(state: Mapping[str, Any]) -> str | Errors:
    said = _text(state, Field.WORDS)
    return said[:MOST_WORDS] or {Field.WORDS.value: "Say it in a few words, or press Decline instead."}


def _people_wrong(users: tuple[str, ...], user: str) -> Errors:
    called = [each for each in users if each != user]
    if not called:
        return {Field.USERS.value: "Name somebody else: you cannot ring yourself." if users else "Name somebody."}
    if len(called) > MOST_PEOPLE:
        return {Field.USERS.value: f"That is {len(called)} people; a call can have {MOST_PEOPLE} besides its caller."}
    return {}


def _time_wrong(at: int | None, now: datetime) -> Errors:
    wrong = time_wrong(at, now) if at is not None else ""
    return {Field.AT.value: wrong} if wrong else {}


def time_wrong(at: float, now: datetime, *, late_by: timedelta = timedelta()) -> str:
    """Why a call cannot be for then; empty where it can. `late_by`: so long ago may it have passed since it was
    picked."""
    if at <= (now - late_by).timestamp():
        return "That time has passed. Pick one that is still to come."
    if at > (now + A_YEAR).timestamp():
        return "That is more than a year away. Pick an earlier time."
    return ""


def _held(state: Mapping[str, Any], field: Field) -> Mapping[str, Any]:
    """The one element of this input, as `state.values` shows it; empty where there is none."""
    values: Mapping[str, Any] = state.get("values") or {}
    held: Mapping[str, Any] = (values.get(field) or {}).get(field) or {}
    return held


def _users(state: Mapping[str, Any]) -> tuple[str, ...]:
    """Raises TypeError where they are no ids."""
    users = _held(state, Field.USERS).get("selected_users") or []
    if not (isinstance(users, list) and all(isinstance(user, str) for user in users)):
        raise TypeError(f"{Field.USERS} are no list of ids")
    return tuple(dict.fromkeys(users))


def _text(state: Mapping[str, Any], field: Field) -> str:
    return " ".join(str(_held(state, field).get("value") or "").split())


def _at(state: Mapping[str, Any]) -> int | None:
    picked = _held(state, Field.AT).get("selected_date_time")
    return int(picked) if picked else None


def _chosen(state: Mapping[str, Any], field: Field) -> str:
    return str((_held(state, field).get("selected_option") or {}).get("value") or "")


def _video(state: Mapping[str, Any]) -> bool:
    return _chosen(state, Field.MEDIUM) != AUDIO


def _timeout(state: Mapping[str, Any]) -> int | None:
    chosen = _chosen(state, Field.TIMEOUT)
    return min(max(int(chosen), SHORTEST_RING), LONGEST_RING) if chosen.isdigit() else None
