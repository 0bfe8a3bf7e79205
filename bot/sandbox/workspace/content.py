"""What an app puts into a message, read and judged in one place for chat.*, a command's ack and a response_url."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from bot.sandbox.workspace.block_rules import Problem
from bot.sandbox.workspace.blocks import check_blocks
from bot.sandbox.workspace.records import Json

TEXT_CUT = 40_000
"""Longer text is cut off, without an error. https://docs.slack.dev/reference/methods/chat.postMessage#truncating"""
BLOCKS_CHARACTERS = 100_000
METADATA_BYTES = 16_000


@dataclass(frozen=True)
class Content:
    text: str
    blocks: list[Json]
    metadata: Json | None = None
    """None says nothing of metadata; the empty object takes away what there was."""


@dataclass
class BadContent(Exception):
    code: str
    problems: list[Problem] = field(default_factory=list)


def read_content(sent: Mapping[str, Any], where: str, warn: Callable[[str], None]) -> Content:
    """Raises BadContent with Slack's code where Slack would not take it; `warn` hears what a reviewer would say."""
    text, blocks = str(sent.get("text") or ""), _blocks(sent.get("blocks"))
    markdown = sent.get("markdown_text")
    if markdown and (text or blocks):
        raise BadContent("markdown_text_conflict")
    if markdown:
        blocks = [{"type": "markdown", "text": markdown}]
    if not text and not blocks and not sent.get("attachments"):
        raise BadContent("no_text")
    if problems := check_blocks(blocks, "message"):
        raise BadContent("invalid_blocks", problems)
    if len(json.dumps(blocks)) > BLOCKS_CHARACTERS:
        raise BadContent("msg_blocks_too_long")
    _grumble(text, blocks, sent, where, warn)
    return Content(text[:TEXT_CUT], blocks, _metadata(sent.get("metadata")))


def _blocks(value: Any) -> list[Json]:
    try:
        blocks = json.loads(value) if isinstance(value, str) and value else value
    except ValueError:
        raise BadContent("invalid_blocks_format") from None
    if blocks is not None and not isinstance(blocks, list | str):
        raise BadContent("invalid_blocks_format")
    return list(blocks or [])


def _metadata(value: Any) -> Json | None:
    if value in (None, ""):
        return None
    try:
        metadata = json.loads(value) if isinstance(value, str) else value
    except ValueError:
        raise BadContent("invalid_metadata_format") from None
    if metadata == {}:
        return {}
    if not isinstance(metadata, dict) or not isinstance(metadata.get("event_payload"), dict):
        raise BadContent("invalid_metadata_format")
    if not isinstance(metadata.get("event_type"), str) or not metadata["event_type"]:
        raise BadContent("invalid_metadata_format")
    if len(json.dumps(metadata)) > METADATA_BYTES:
        raise BadContent("metadata_too_large")
    return metadata


def _grumble(text: str, blocks: list[Json], sent: Mapping[str, Any], where: str, warn: Callable[[str], None]) -> None:
    if blocks and not text and not sent.get("markdown_text"):
        warn(f"{where}: blocks without text, so notifications and screen readers say nothing")
    if len(text) > TEXT_CUT:
        warn(f"{where}: text of {len(text)} characters was cut at {TEXT_CUT}")
    if sent.get("attachments"):
        warn(f"{where}: attachments are not shown here; use blocks")
