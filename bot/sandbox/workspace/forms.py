"""Filling in forms: which option was meant, how a value is written, and what a client refuses to submit."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from bot.sandbox.workspace.elements import Control, controls
from bot.sandbox.workspace.records import Json, View

REQUIRED = "Please complete this required field."


def option_named(control: Control, name: str) -> Json | None:
    return next((option for option in control.options if option["text"]["text"] == name), None)


def chosen_options(control: Control, names: Sequence[str]) -> Any:
    """What the control holds once these are chosen: one option, or a list where it takes several."""
    options = [option_named(control, name) for name in names]
    assert all(options), f"{control.label or control.type} does not offer all of {list(names)}"
    several = control.type.startswith("multi") or control.type == "checkboxes"
    return options if several else options[0]


def shown_value(control: Control, value: str | int | datetime | None) -> Any:
    """A value as Slack reports it for this kind of field."""
    if value is None or value == "":
        return None
    if isinstance(value, datetime):
        assert value.tzinfo, "a moment needs its time zone"
        return int(value.timestamp()) if control.type == "datetimepicker" else _part_of(value, control.type)
    return str(value) if control.type != "datetimepicker" else int(value)


def _part_of(value: datetime, kind: str) -> str:
    return value.strftime("%H:%M" if kind == "timepicker" else "%Y-%m-%d")


def missing(view: View) -> dict[str, str]:
    """What the client itself puts in red before anything is sent, by block_id."""
    found = {}
    for control in controls(view.blocks):
        if control.in_input:
            value = view.values.get(control.key, control.first_value())
            if wrong := _wrong(control, value):
                found[control.key[0]] = wrong
    return found


def _wrong(control: Control, value: Any) -> str | None:
    if value in (None, "", []):
        return None if control.block.get("optional") else REQUIRED
    least, most = control.element.get("min_length", 0), control.element.get("max_length", 3000)
    if isinstance(value, str) and not least <= len(value) <= most:
        return f"This field takes {least} to {most} characters."
    picked = control.element.get("max_selected_items")
    if picked and isinstance(value, list) and len(value) > picked:
        return f"Choose at most {picked}."
    return None
