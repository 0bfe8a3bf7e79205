"""The modals: what they ask. What was answered is read in forms.

https://docs.slack.dev/surfaces/modals
"""

import json
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from bot.call.values import Call
from bot.slack.blocks.actions import Callback
from bot.slack.blocks.forms import AUDIO, MOST_WORDS, VIDEO, Field
from bot.slack.blocks.parts import Block, clean, context, plain, quoted, section
from bot.slack.blocks.says import people
from bot.slack.command import LONGEST_TOPIC, MOST_PEOPLE

TIMEOUTS = (15, 30, 45, 60, 90, 120, 180)
"""Seconds of ringing to choose from; the setting's own stands among them."""


def ring_modal(
    *,
    channel: str = "",
    ring_timeout: timedelta = timedelta(seconds=60),
    ring: str = "/ring",
) -> Block:
    """What `/ring` alone opens. `channel` comes back in its private_metadata."""
    blocks = [
        _people("Who"),
        _topic(),
        _input(Field.AT, "When", {"type": "datetimepicker"}, optional=True, hint="Leave it empty to ring now."),
        _input(Field.MEDIUM, "Audio or video", _radio((VIDEO, "Video"), (AUDIO, "Audio"))),
        _input(Field.TIMEOUT, "Ring for", _timeouts(ring_timeout)),
        context(f"To ring a group, type {ring} and the group's name."),
    ]
    return _modal(Callback.RING, "Ring people", "Ring", blocks, channel=channel)


def notify_modal(*, channel: str = "", notify: str = "/notify") -> Block:
    """What `/notify` alone opens."""
    blocks = [
        _people("Whom to tell"),
        _topic(),
        _input(Field.AT, "When", {"type": "datetimepicker"}, optional=True, hint="Leave it empty to tell them now."),
        _input(Field.MEDIUM, "Audio or video", _radio((VIDEO, "Video"), (AUDIO, "Audio"))),
        context(f"To tell a whole channel, type {notify} and the channel's name."),
    ]
    return _modal(Callback.NOTIFY, "Tell people about a call", "Tell them", blocks, channel=channel)


def edit_modal(call: Call, *, message_id: str = "") -> Block:
    picker: Block = {"type": "datetimepicker"}
    if call.starts_at:
        picker["initial_date_time"] = int(call.starts_at.timestamp())
    blocks = [
        _people("Who", [callee.user for callee in call.callees]),
        _topic(call.topic),
        _input(Field.AT, "When", picker),
    ]
    return _modal(Callback.EDIT, "Edit the plan", "Save", blocks, call=call.id, message=message_id)


def add_people_modal(call: Call, *, message_id: str = "") -> Block:
    blocks = [_people("Who else"), context(f"In the call so far: {people(call)}")]
    return _modal(Callback.ADD_PEOPLE, "Add people", "Add", blocks, call=call.id, message=message_id)


def decline_modal(call: Call, *, message_id: str = "") -> Block:
    asked: Block = {"type": "plain_text_input", "max_length": MOST_WORDS, "focus_on_load": True}
    blocks: list[Block] = [_input(Field.WORDS, "What to tell the caller", asked)]
    if topic := quoted(call.topic):
        blocks.insert(0, section(topic))
    return _modal(Callback.DECLINE, "Decline in words", "Decline", blocks, call=call.id, message=message_id)


def read_metadata(view: Mapping[str, Any]) -> dict[str, str]:
    """The ids a modal was opened with: `call`, `message` (ours), `channel`; those it had none of are absent."""
    return {str(key): str(value) for key, value in json.loads(view.get("private_metadata") or "{}").items()}


def _modal(callback: Callback, title: str, submit: str, blocks: list[Block], **ids: str) -> Block:
    return {
        "type": "modal",
        "callback_id": callback.value,
        "private_metadata": json.dumps({name: value for name, value in ids.items() if value}),
        "title": plain(title),
        "submit": plain(submit),
        "close": plain("Close"),
        "blocks": blocks,
    }


def _input(field: Field, label: str, element: Block, *, optional: bool = False, hint: str = "") -> Block:
    block: Block = {"type": "input", "block_id": field.value, "label": plain(label), "optional": optional}
    block["element"] = {**element, "action_id": field.value}
    if hint:
        block["hint"] = plain(hint)
    return block


def _people(label: str, users: Sequence[str] = ()) -> Block:
    asked: Block = {"type": "multi_users_select", "max_selected_items": MOST_PEOPLE, "placeholder": plain("People")}
    if users:
        asked["initial_users"] = list(users)
    return _input(Field.USERS, label, asked)


def _topic(topic: str = "") -> Block:
    asked: Block = {"type": "plain_text_input", "max_length": LONGEST_TOPIC}
    if shown := clean(topic)[:LONGEST_TOPIC]:
        asked["initial_value"] = shown
    return _input(Field.TOPIC, "Topic", asked, optional=True)


def _option(value: str, label: str) -> Block:
    return {"text": plain(label), "value": value}


def _radio(*choices: tuple[str, str]) -> Block:
    options = [_option(value, label) for value, label in choices]
    return {"type": "radio_buttons", "options": options, "initial_option": options[0]}


def _timeouts(default: timedelta) -> Block:
    at_first = int(default.total_seconds())
    options = {n: _option(str(n), _to_the_second(n)) for n in sorted({*TIMEOUTS, at_first})}
    return {"type": "static_select", "options": list(options.values()), "initial_option": options[at_first]}


def _to_the_second(seconds: int) -> str:
    """Where one chooses by them; `duration` leaves them out."""
    return " ".join(f"{n} {unit}" for n, unit in ((seconds // 60, "min"), (seconds % 60, "s")) if n)
