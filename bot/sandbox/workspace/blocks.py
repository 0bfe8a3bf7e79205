"""Checks Block Kit the way Slack does: what it would refuse as `invalid_blocks`, each with a JSON pointer.

Two judges: our own rules (lengths, counts, what may stand where), then slack_sdk's models, which must be able to read a
block and write the very same one. https://docs.slack.dev/reference/block-kit/blocks
"""

import contextlib
import logging
from collections.abc import Iterator
from typing import Any, Literal

from slack_sdk.errors import SlackObjectFormationError
from slack_sdk.models.blocks import Block

from bot.sandbox.workspace import block_rules as rules
from bot.sandbox.workspace.block_rules import Problem
from bot.sandbox.workspace.records import Json

Surface = Literal["message", "modal", "home"]
MOST_BLOCKS = {"message": 50, "modal": 100, "home": 100}


def check_blocks(blocks: Any, surface: Surface, pointer: str = "/blocks") -> list[Problem]:
    """What Slack would refuse in these blocks; nothing where they are good."""
    if not isinstance(blocks, list):
        return [Problem(pointer, "must be an array", "type")]
    problems = list(_count(blocks, surface, pointer))
    for at, block in enumerate(blocks):
        here = f"{pointer}/{at}"
        found = list(_block(block, surface, here))
        problems += found or _sdk_reads_it(block, here)
    return problems + list(_duplicate_block_ids(blocks, pointer))


def check_view(view: Any, pointer: str = "/view") -> list[Problem]:
    """What Slack would refuse in a modal or a Home tab."""
    if not isinstance(view, dict) or view.get("type") not in ("modal", "home"):
        return [Problem(f"{pointer}/type", "must be one of modal, home", "enum")]
    surface: Surface = view["type"]
    problems = [
        Problem(f"{pointer}/{key}", "is not a field of a view", "additionalProperties")
        for key in view
        if key not in rules.VIEW_FIELDS[surface]
    ]
    if surface == "modal":
        problems += _modal_frame(view, pointer)
    problems += rules.length(view.get("private_metadata", ""), 3000, f"{pointer}/private_metadata")
    problems += rules.length(view.get("callback_id", ""), 255, f"{pointer}/callback_id")
    problems += rules.length(view.get("external_id", ""), 255, f"{pointer}/external_id")
    return problems + check_blocks(view.get("blocks"), surface, f"{pointer}/blocks")


def _modal_frame(view: Json, pointer: str) -> Iterator[Problem]:
    if "title" not in view:
        yield Problem(f"{pointer}/title", "missing required field: title", "required")
    for part in ("title", "submit", "close"):
        if part in view:
            yield from rules.plain(view[part], 24, f"{pointer}/{part}")
    blocks = view.get("blocks")
    has_input = any(isinstance(b, dict) and b.get("type") == "input" for b in blocks or [])
    if has_input and "submit" not in view:
        yield Problem(f"{pointer}/submit", "a modal with input blocks needs a submit", "required")


def _count(blocks: list[Any], surface: Surface, pointer: str) -> Iterator[Problem]:
    most = MOST_BLOCKS[surface]
    if len(blocks) > most:
        yield Problem(pointer, f"no more than {most} items allowed", "maxItems")


def _block(block: Any, surface: Surface, pointer: str) -> Iterator[Problem]:
    if not isinstance(block, dict):
        yield Problem(pointer, "must be an object", "type")
        return
    kind = block.get("type")
    if surface not in rules.SURFACES.get(str(kind), ()):
        yield Problem(f"{pointer}/type", f"unsupported type: {kind}", "enum")
        return
    yield from rules.length(block.get("block_id", "x"), 255, f"{pointer}/block_id", least=1)
    if check := rules.BLOCKS.get(str(kind)):
        yield from check(block, pointer)
    if surface == "home":
        yield from _not_in_home(block, pointer)


def _not_in_home(block: Json, pointer: str) -> Iterator[Problem]:
    for at, element in rules.elements_of(block):
        if element.get("type") == "datetimepicker":
            yield Problem(f"{pointer}/{at}", "datetimepicker is not supported in Home tabs", "enum")


def _duplicate_block_ids(blocks: list[Any], pointer: str) -> Iterator[Problem]:
    seen: set[str] = set()
    for at, block in enumerate(blocks):
        block_id = block.get("block_id") if isinstance(block, dict) else None
        if block_id and block_id in seen:
            yield Problem(f"{pointer}/{at}/block_id", f"block_id {block_id!r} already exists", "unique")
        seen.add(str(block_id))


def _sdk_reads_it(block: Json, pointer: str) -> list[Problem]:
    try:
        with _quiet():
            parsed = Block.parse(block)
            same = parsed is not None and parsed.to_dict() == block
    except SlackObjectFormationError as wrong:
        return [Problem(pointer, str(wrong), "schema")]
    except (TypeError, ValueError, KeyError, AttributeError) as wrong:
        return [Problem(pointer, f"cannot be read: {wrong}", "schema")]
    return [] if same else [Problem(pointer, "has fields or values that Slack does not know", "schema")]


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """slack_sdk logs what it cannot parse; here that is the answer, not news."""
    logger = logging.getLogger("slack_sdk.models.blocks")
    before, logger.disabled = logger.disabled, True
    try:
        yield
    finally:
        logger.disabled = before


__all__ = ["Problem", "Surface", "check_blocks", "check_view"]
