"""The rules of Block Kit that slack_sdk's models do not hold: lengths, counts, and what may stand where.

https://docs.slack.dev/reference/block-kit/blocks · …/block-elements · …/composition-objects
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from bot.sandbox.workspace.records import Json


@dataclass(frozen=True)
class Problem:
    pointer: str
    message: str
    constraint: str = "schema"

    def __str__(self) -> str:
        return f"{self.message} [json-pointer:{self.pointer}]"

    def as_validated(self) -> Json:
        """As `blocks.validate` reports it. https://docs.slack.dev/reference/methods/blocks.validate"""
        return {
            "pointer": self.pointer,
            "code": "failed_constraint",
            "message": self.message,
            "constraint": {"type": self.constraint},
        }


Problems = Iterator[Problem]

ALL, MESSAGE = ("message", "modal", "home"), ("message",)
SURFACES: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(("actions", "context", "divider", "header", "image", "input", "section", "video"), ALL),
    **dict.fromkeys(("rich_text", "file"), ALL),
    **dict.fromkeys(("markdown", "context_actions", "card", "carousel", "container", "plan", "task_card"), MESSAGE),
    **dict.fromkeys(("table", "data_table", "data_visualization", "call"), MESSAGE),
    "alert": ("modal",),
}
VIEW_FIELDS = {
    "home": {"type", "blocks", "private_metadata", "callback_id", "external_id"},
    "modal": {"type", "title", "blocks", "close", "submit", "private_metadata", "callback_id"}
    | {"clear_on_close", "notify_on_close", "external_id", "submit_disabled"},
}

SELECTS = {"static_select", "external_select", "users_select", "conversations_select", "channels_select"}
MULTI_SELECTS = {f"multi_{kind}" for kind in SELECTS}
CHOICES = {"checkboxes", "radio_buttons"} | SELECTS | MULTI_SELECTS
ACTIONS = {"button", "overflow", "datepicker", "timepicker", "datetimepicker", "workflow_button"} | CHOICES
ACCESSORIES = (ACTIONS | {"image"}) - {"datetimepicker"}
TYPED = {"plain_text_input", "email_text_input", "url_text_input", "number_input", "rich_text_input"}
INPUTS = CHOICES | TYPED | {"datepicker", "timepicker", "datetimepicker", "file_input"}
OPTIONS = {"overflow": (1, 5), "checkboxes": (1, 10), "radio_buttons": (1, 10)}
STYLES = ("primary", "danger")


# -- texts


def length(value: Any, most: int, pointer: str, *, least: int = 0) -> Problems:
    if not isinstance(value, str):
        yield Problem(pointer, "must be a string", "type")
    elif len(value) > most:
        yield Problem(pointer, f"must be less than {most + 1} characters", "maxLength")
    elif len(value) < least:
        yield Problem(pointer, f"must be more than {least - 1} characters", "minLength")


def text(value: Any, most: int, pointer: str) -> Problems:
    """A text object, plain or mrkdwn."""
    if not isinstance(value, dict) or value.get("type") not in ("plain_text", "mrkdwn"):
        yield Problem(pointer, "must be a text object", "type")
        return
    known = {"type", "text", "emoji"} if value["type"] == "plain_text" else {"type", "text", "verbatim"}
    for key in value.keys() - known:
        yield Problem(f"{pointer}/{key}", f"is not a field of a {value['type']} object", "additionalProperties")
    yield from length(value.get("text"), most, f"{pointer}/text", least=1)


def plain(value: Any, most: int, pointer: str) -> Problems:
    if isinstance(value, dict) and value.get("type") == "mrkdwn":
        yield Problem(f"{pointer}/type", "must be plain_text", "enum")
    else:
        yield from text(value, most, pointer)


def count(value: Any, least: int, most: int, pointer: str) -> Problems:
    if not isinstance(value, list):
        yield Problem(pointer, "must be an array", "type")
    elif len(value) > most:
        yield Problem(pointer, f"no more than {most} items allowed", "maxItems")
    elif len(value) < least:
        yield Problem(pointer, f"no fewer than {least} items allowed", "minItems")


# -- blocks


def _section(block: Json, pointer: str) -> Problems:
    if "text" not in block and "fields" not in block:
        yield Problem(pointer, "missing required field: text or fields", "required")
    if "text" in block:
        yield from text(block["text"], 3000, f"{pointer}/text")
    if "fields" in block:
        yield from count(block["fields"], 1, 10, f"{pointer}/fields")
        for at, each in enumerate(block["fields"]):
            yield from text(each, 2000, f"{pointer}/fields/{at}")
    if "accessory" in block:
        yield from _element(block["accessory"], ACCESSORIES, f"{pointer}/accessory")


def _header(block: Json, pointer: str) -> Problems:
    yield from plain(block.get("text"), 150, f"{pointer}/text")


def _context(block: Json, pointer: str) -> Problems:
    yield from count(block.get("elements"), 1, 10, f"{pointer}/elements")
    for at, each in enumerate(block.get("elements") or []):
        here = f"{pointer}/elements/{at}"
        if isinstance(each, dict) and each.get("type") == "image":
            yield from _image(each, here)
        else:
            yield from text(each, 3000, here)


def _actions(block: Json, pointer: str) -> Problems:
    yield from count(block.get("elements"), 1, 25, f"{pointer}/elements")
    seen: set[str] = set()
    for at, each in elements_of(block):
        here = f"{pointer}/{at}"
        yield from _element(each, ACTIONS, here)
        action_id = each.get("action_id")
        if action_id and action_id in seen:
            yield Problem(f"{here}/action_id", f"action_id {action_id!r} already exists in this block", "unique")
        seen.add(str(action_id))


def _input(block: Json, pointer: str) -> Problems:
    yield from plain(block.get("label"), 2000, f"{pointer}/label")
    if "hint" in block:
        yield from plain(block["hint"], 2000, f"{pointer}/hint")
    yield from _element(block.get("element"), INPUTS, f"{pointer}/element")


def _image(block: Json, pointer: str) -> Problems:
    if "slack_file" not in block:
        yield from length(block.get("image_url"), 3000, f"{pointer}/image_url", least=1)
    yield from length(block.get("alt_text"), 2000, f"{pointer}/alt_text", least=1)


def _markdown(block: Json, pointer: str) -> Problems:
    yield from length(block.get("text"), 12_000, f"{pointer}/text", least=1)


BLOCKS: dict[str, Callable[[Json, str], Problems]] = {
    "section": _section,
    "header": _header,
    "context": _context,
    "actions": _actions,
    "input": _input,
    "image": _image,
    "markdown": _markdown,
}


def elements_of(block: Json) -> Iterator[tuple[str, Json]]:
    """The elements of a block, each with its pointer inside it."""
    for name in ("accessory", "element"):
        if isinstance(block.get(name), dict):
            yield name, block[name]
    inside = block.get("elements")
    for at, each in enumerate(inside if isinstance(inside, list) else []):
        if isinstance(each, dict):
            yield f"elements/{at}", each


# -- elements


def _element(element: Any, allowed: set[str], pointer: str) -> Problems:
    kind = element.get("type") if isinstance(element, dict) else None
    if kind not in allowed:
        yield Problem(f"{pointer}/type", f"unsupported element here: {kind}", "enum")
        return
    if kind == "image":
        yield from _image(element, pointer)
        return
    yield from length(element.get("action_id", "x"), 255, f"{pointer}/action_id", least=1)
    if "placeholder" in element:
        yield from plain(element["placeholder"], 150, f"{pointer}/placeholder")
    if "confirm" in element:
        yield from _confirm(element["confirm"], f"{pointer}/confirm")
    yield from _by_kind(str(kind), element, pointer)


def _by_kind(kind: str, element: Json, pointer: str) -> Problems:
    if kind == "button":
        yield from _button(element, pointer)
    elif "options" in element or kind in OPTIONS or kind == "static_select":
        least, most = OPTIONS.get(kind, (1, 100))
        if "option_groups" not in element:
            yield from _options(element.get("options"), least, most, f"{pointer}/options")
    elif kind == "datetimepicker" and "initial_date_time" in element:
        if len(str(element["initial_date_time"])) != 10:
            yield Problem(f"{pointer}/initial_date_time", "must be 10 digits of unix seconds", "pattern")
    elif kind == "plain_text_input" and not 0 <= element.get("max_length", 1) <= 3000:
        yield Problem(f"{pointer}/max_length", "must be at most 3000", "maximum")


def _button(button: Json, pointer: str) -> Problems:
    yield from plain(button.get("text"), 75, f"{pointer}/text")
    yield from length(button.get("url", ""), 3000, f"{pointer}/url")
    yield from length(button.get("value", ""), 2000, f"{pointer}/value")
    yield from length(button.get("accessibility_label", ""), 75, f"{pointer}/accessibility_label")
    yield from _style(button, pointer)


def _style(part: Json, pointer: str) -> Problems:
    if "style" in part and part["style"] not in STYLES:
        yield Problem(f"{pointer}/style", "must be one of primary, danger", "enum")


def _options(options: Any, least: int, most: int, pointer: str) -> Problems:
    yield from count(options, least, most, pointer)
    for at, option in enumerate(options if isinstance(options, list) else []):
        here = f"{pointer}/{at}"
        yield from text(option.get("text"), 75, f"{here}/text")
        yield from length(option.get("value"), 150, f"{here}/value")
        if "description" in option:
            yield from text(option["description"], 75, f"{here}/description")


def _confirm(confirm: Any, pointer: str) -> Problems:
    if not isinstance(confirm, dict):
        yield Problem(pointer, "must be an object", "type")
        return
    yield from plain(confirm.get("title"), 100, f"{pointer}/title")
    yield from text(confirm.get("text"), 300, f"{pointer}/text")
    yield from plain(confirm.get("confirm"), 30, f"{pointer}/confirm")
    yield from plain(confirm.get("deny"), 30, f"{pointer}/deny")
    yield from _style(confirm, pointer)
