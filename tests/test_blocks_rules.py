"""Whatever is drawn, of whatever call: Slack takes it, nobody can ping through it, no link is where others see it."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from slack_sdk.models.blocks import Block

from bot.call.change import Outcome
from bot.call.values import Call
from bot.messages import MessageKey, MessageKind, face, wanted
from bot.ringer.press import How
from bot.ringer.presses import SHOWN, SILENT
from bot.slack import blocks
from bot.slack.blocks import Action, Drawn, Note
from bot.slack.blocks.actions import message_id_of, read_press
from bot.slack.blocks.buttons import HOME, buttons
from tests.test_blocks_cases import CALLER, READERS, TOPICS, Story, callee, stories

LINK = "https://ringer.example/join/secret"
pytestmark = pytest.mark.filterwarnings("ignore:Generating overly large repr")
"""Of a story that fails: better a long one than none."""
LOTS = settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
CROWDS = settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))

ALLOWED = re.compile(r"<(@[UW][A-Z0-9]+|#[CGD][A-Z0-9]+|!date\^\d+\^[^|^<>]*\|[^|^<>]*)>")
"""All that may stand in angle brackets: one person, a channel, a date."""


# --- Slack's limits: https://docs.slack.dev/reference/block-kit/blocks


def parts(value: Any) -> Iterator[dict[str, Any]]:
    """Every object inside."""
    if isinstance(value, dict):
        yield value
        value = list(value.values())
    if isinstance(value, list | tuple):
        for each in value:
            yield from parts(each)


def check_blocks(drawn: Any, most: int = 50) -> None:
    assert 0 < len(drawn) <= most
    ids = [block["block_id"] for block in drawn if "block_id" in block]
    assert len(ids) == len(set(ids))
    for block in drawn:
        assert Block.parse(block).to_dict() == block  # type: ignore[union-attr]
        actions = [each.get("action_id") for each in block.get("elements", []) if "action_id" in each]
        assert len(actions) == len(set(actions)) <= 25
    for part in parts(list(drawn)):
        check_part(part)


def check_part(part: dict[str, Any]) -> None:
    match part.get("type"):
        case "section":
            assert 1 <= len(part["text"]["text"]) <= 3000
        case "header":
            assert 1 <= len(part["text"]["text"]) <= 150
        case "context":
            assert 1 <= len(part["elements"]) <= 10
            assert all(1 <= len(each["text"]) <= 3000 for each in part["elements"])
        case "button":
            assert len(part["text"]["text"]) <= 75
            assert len(part["value"]) <= 2000
            assert part["action_id"] in {*Action}
        case "static_select":
            assert 1 <= len(part["options"]) <= 100
            assert all(len(o["text"]["text"]) <= 75 and len(o["value"]) <= 150 for o in part["options"])
        case "mrkdwn":
            assert part["verbatim"] is True
            check_harmless(part["text"])
    if "deny" in part:
        assert len(part["title"]["text"]) <= 100
        assert len(part["text"]["text"]) <= 300
        assert len(part["confirm"]["text"]) <= 30
        assert len(part["deny"]["text"]) <= 30


def check_harmless(text: str) -> None:
    """No mention but of a person or a channel, no link, no control character."""
    assert "<" not in ALLOWED.sub("", text)
    assert ">" not in ALLOWED.sub("", text)
    assert not re.search(r"&(?!amp;|lt;|gt;)", text)
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f‪-‮⁦-⁩]", text)


def check_text(text: str) -> None:
    assert 1 <= len(text) <= 300
    assert text == text.strip()
    assert text[-1] in ".?…`", "a complete sentence"
    check_harmless(text)


def check(drawn: Drawn) -> None:
    check_text(drawn.text)
    check_blocks(drawn.blocks)


def keys(story: Story) -> list[MessageKey]:
    """All messages the call ever had: those of people taken out since are still there."""
    return list(dict.fromkeys(key for call in story.calls for key in wanted(call)))


# --- everything, of every story


@LOTS
@given(stories())
def test_every_message_is_one_slack_takes(story: Story) -> None:
    for key in keys(story):
        for call in story.calls:
            check(blocks.draw(call, key, message_id="m1", now=story.now).with_link(LINK))


@CROWDS
@given(stories(most=99))
def test_so_is_every_message_of_a_crowd(story: Story) -> None:
    kinds = {(key.kind, key.user in (CALLER, "")): key for key in keys(story)}
    for key in kinds.values():
        check(blocks.draw(story.call, key, message_id="m1", now=story.now).with_link(LINK))


@CROWDS
@given(stories(most=99))
def test_lines_are_short_sentences_without_links(story: Story) -> None:
    for entry in story.timeline:
        for call in (story.calls[0], story.call):
            said = blocks.line(entry, call)
            assert 1 < len(said) <= 1500
            assert said[-1] in (".", "…"), "a sentence, or what there was room for of people's words"
            assert "\n" not in said
            assert "http" not in said.replace("https://evil.example", "").replace("evil.example", "")
            check_harmless(said)


@LOTS
@given(stories())
def test_home_and_list_are_views_slack_takes_without_links(story: Story) -> None:
    for user in READERS:
        view = blocks.home([story.call], user, now=story.now)
        assert view["type"] == "home"
        check_blocks(view["blocks"], 100)
        drawn = blocks.listing([story.call], user, now=story.now)
        check(drawn)
        assert '"url"' not in json.dumps([view, drawn.blocks])


@CROWDS
@given(stories())
def test_every_note_is_one_slack_takes(story: Story) -> None:
    for note in Note:
        for user in (CALLER, callee(0), "U0STRANGER"):
            for text in ("", TOPICS[3]):
                calls = [story.call]
                drawn = blocks.note(note, call=story.call, user=user, text=text, calls=calls)
                check_blocks(drawn.with_link(LINK).blocks)
                check_harmless(drawn.text)
                if not text:
                    check_text(drawn.text)


@LOTS
@given(stories())
def test_the_same_face_is_the_same_picture(story: Story) -> None:
    """What a message shows depends on nothing that would not have it drawn again."""
    for key in keys(story):
        seen: dict[Any, Drawn] = {}
        for call in story.calls:
            drawn = blocks.draw(call, key, message_id="m1", now=story.calls[0].created_at)
            assert seen.setdefault(face(call, key), drawn) == drawn


@LOTS
@given(stories())
def test_buttons_follow_the_one_function_that_decides(story: Story) -> None:
    for key in keys(story):
        drawn = blocks.draw(story.call, key, message_id="m1", now=story.now)
        shown = tuple(
            Action(element["action_id"])
            for block in drawn.blocks
            if block["type"] == "actions"
            for element in block["elements"]
        )
        assert shown == (buttons(story.call, key.user or None, key.kind) if is_the_newest(key, story.call) else ())


def is_the_newest(key: MessageKey, call: Call) -> bool:
    """Of several of its kind: the older ones have no buttons."""
    member = call.member(key.user)
    if member is None:
        return True
    newest = {
        MessageKind.INCOMING: member.rings,
        MessageKind.REMINDER: member.reminders,
        MessageKind.CHANGED: call.edits,
    }
    return key.nth >= newest.get(key.kind, 0)


@LOTS
@given(stories())
def test_every_button_leads_back_to_its_call_and_message(story: Story) -> None:
    for key in keys(story):
        for block in blocks.draw(story.call, key, message_id="01HZX", now=story.now).blocks:
            for element in block.get("elements", []) if block["type"] == "actions" else []:
                choice = {"selected_option": element["options"][0]} if "options" in element else {}
                press = read_press({**element, **choice, "block_id": block["block_id"]})
                assert press is not None
                assert (press.call_id, press.message_id) == (story.call.id, "01HZX")
                assert message_id_of(block["block_id"]) == "01HZX"


@LOTS
@given(stories())
def test_nobody_outside_a_call_is_offered_a_button(story: Story) -> None:
    for where in (*MessageKind, HOME):
        if where is not MessageKind.CARD:
            assert buttons(story.call, "U0STRANGER", where) == ()
            assert buttons(story.call, None, where) == ()


# --- nothing forgotten


@pytest.mark.parametrize("outcome", sorted(set(Outcome) - (SILENT - SHOWN)))
def test_every_outcome_that_is_said_has_a_note(outcome: Outcome) -> None:
    assert Note(outcome.value)


@pytest.mark.parametrize("how", How)
def test_whatever_became_of_a_command_has_a_note(how: How) -> None:
    assert Note(how.value)


@pytest.mark.parametrize("note", Note)
def test_every_note_can_be_told_without_a_call(note: Note) -> None:
    check(blocks.note(note, call=None, user=CALLER))
