"""The interactive parts of Block Kit: which they are, what they hold at first, and what they report."""

import copy
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from bot.sandbox.workspace.records import Json

HOLDS: dict[str, tuple[str, str, Any]] = {
    "plain_text_input": ("value", "initial_value", None),
    "email_text_input": ("value", "initial_value", None),
    "url_text_input": ("value", "initial_value", None),
    "number_input": ("value", "initial_value", None),
    "static_select": ("selected_option", "initial_option", None),
    "multi_static_select": ("selected_options", "initial_options", []),
    "users_select": ("selected_user", "initial_user", None),
    "multi_users_select": ("selected_users", "initial_users", []),
    "conversations_select": ("selected_conversation", "initial_conversation", None),
    "multi_conversations_select": ("selected_conversations", "initial_conversations", []),
    "channels_select": ("selected_channel", "initial_channel", None),
    "multi_channels_select": ("selected_channels", "initial_channels", []),
    "datepicker": ("selected_date", "initial_date", None),
    "timepicker": ("selected_time", "initial_time", None),
    "datetimepicker": ("selected_date_time", "initial_date_time", None),
    "checkboxes": ("selected_options", "initial_options", []),
    "radio_buttons": ("selected_option", "initial_option", None),
}
"""Element type → where its value stands in `state.values`, where its first value comes from, and what empty is.
https://docs.slack.dev/reference/interaction-payloads/view-interactions-payload"""

MENUS = {"static_select", "multi_static_select", "radio_buttons", "checkboxes", "overflow"}
PICKERS = {kind for kind in HOLDS if kind.removeprefix("multi_").startswith(("users", "conversations", "channels"))}
INTERACTIVE = {*HOLDS, "button", "overflow"}


@dataclass(frozen=True)
class Control:
    """One interactive element where it stands."""

    block: Json
    element: Json

    @property
    def type(self) -> str:
        return str(self.element["type"])

    @property
    def key(self) -> tuple[str, str]:
        return str(self.block["block_id"]), str(self.element["action_id"])

    @property
    def in_input(self) -> bool:
        return bool(self.block["type"] == "input")

    @property
    def label(self) -> str:
        """What a person would call it: the input's label, the button's text, a menu's placeholder."""
        if self.in_input:
            return str(self.block["label"]["text"])
        shown = self.element.get("text") or self.element.get("placeholder") or {}
        return str(shown.get("text", ""))

    @property
    def options(self) -> list[Json]:
        """What a menu offers, group after group."""
        groups = self.element.get("option_groups") or [self.element]
        return [option for group in groups for option in group.get("options", [])]

    @property
    def reports(self) -> bool:
        """Whether using it tells the app at once; in an input block it waits for the submit, unless asked."""
        return not self.in_input or bool(self.block.get("dispatch_action"))

    def first_value(self) -> Any:
        _, initial, empty = HOLDS[self.type]
        return copy.deepcopy(self.element.get(initial, empty))

    def held(self, value: Any) -> Json:
        """This element as `state.values` shows it."""
        return {"type": self.type, HOLDS[self.type][0]: value}


def controls(blocks: list[Json]) -> Iterator[Control]:
    """Every interactive element of these blocks, from top to bottom."""
    for block in blocks:
        inside = [*block.get("elements", []), block.get("accessory"), block.get("element")]
        for element in inside:
            if isinstance(element, dict) and element.get("type") in INTERACTIVE:
                yield Control(block, element)


def state_values(blocks: list[Json], chosen: dict[tuple[str, str], Any]) -> Json:
    """`state.values`: what each element that holds something holds now."""
    values: Json = {}
    for control in controls(blocks):
        if control.type in HOLDS:
            block_id, action_id = control.key
            value = chosen.get(control.key, control.first_value())
            values.setdefault(block_id, {})[action_id] = control.held(value)
    return values


def with_ids(blocks: list[Json]) -> list[Json]:
    """The blocks as Slack keeps them: block_id and action_id given where the app gave none, text made explicit."""
    kept = copy.deepcopy(blocks)
    for block in kept:
        block.setdefault("block_id", secrets.token_urlsafe(4))
    for control in controls(kept):
        control.element.setdefault("action_id", secrets.token_urlsafe(4))
    _make_explicit(kept)
    return kept


def _make_explicit(part: Any) -> None:
    if isinstance(part, list):
        for each in part:
            _make_explicit(each)
    elif isinstance(part, dict):
        if part.get("type") == "plain_text" and isinstance(part.get("text"), str):
            part.setdefault("emoji", True)
        elif part.get("type") == "mrkdwn" and isinstance(part.get("text"), str):
            part.setdefault("verbatim", False)
        for each in part.values():
            _make_explicit(each)
