"""Bad blocks are refused as Slack refuses them, each at its place; good ones pass on every surface."""

import copy
from typing import Any

import pytest
from slack_sdk.errors import SlackApiError

from bot.sandbox.workspace.blocks import check_blocks, check_view
from bot.sandbox.workspace.records import Json
from tests.test_workspace.scene import MODAL, Scene, actions, button, section

OPTION: Json = {"text": {"type": "plain_text", "text": "Busy"}, "value": "busy"}
MENU: Json = {"type": "static_select", "action_id": "menu", "options": [OPTION]}
CONFIRM: Json = {
    "title": {"type": "plain_text", "text": "Sure?"},
    "text": {"type": "mrkdwn", "text": "*All* leave"},
    "confirm": {"type": "plain_text", "text": "Yes"},
    "deny": {"type": "plain_text", "text": "No"},
}
WHEN: Json = {"type": "datetimepicker", "action_id": "when", "initial_date_time": 1_800_000_000}
TYPED: Json = {"type": "plain_text_input", "action_id": "typed"}


def text(words: str, kind: str = "mrkdwn") -> Json:
    return {"type": kind, "text": words}


def header(words: str, kind: str = "plain_text") -> Json:
    return {"type": "header", "text": text(words, kind)}


def input_(element: Json, **more: Any) -> Json:
    return {"type": "input", "label": text("Label", "plain_text"), "element": element, **more}


GOOD: dict[str, list[Json]] = {
    "a card": [
        header("ana is ringing"),
        section("*topic* for <@U0BEN>"),
        {"type": "section", "fields": [text("ben"), text("accepted")], "block_id": "people"},
        {"type": "divider"},
        {"type": "context", "elements": [text("since <!date^1800000000^{time}|then>"), text("x", "plain_text")]},
        actions(button("Join", url="https://example.com", style="primary"), button("End", confirm=CONFIRM), MENU),
    ],
    "a text of just the longest": [section("x" * 3000)],
    "as many buttons as there may be": [actions(*(button(f"b{n}") for n in range(25)))],
    "text that must not be parsed": [{"type": "section", "text": {**text("@here"), "verbatim": True}}],
    "a picker in actions": [actions(WHEN)],
    "an accessory": [{**section("x"), "accessory": {"type": "overflow", "action_id": "o", "options": [OPTION]}}],
    "inputs": [input_(TYPED), input_(WHEN, optional=True), input_({**MENU, "type": "radio_buttons"})],
    "pictures": [{"type": "image", "image_url": "https://example.com/a.png", "alt_text": "a"}],
    "fifty blocks": [section(str(n)) for n in range(50)],
    "the same action in two blocks": [actions(button("Go")), actions(button("Go"))],
}

BAD: dict[str, tuple[list[Any], str]] = {
    "an unknown block": ([{"type": "marquee", "text": "x"}], "/blocks/0/type"),
    "no object": (["hello"], "/blocks/0"),
    "a section without text": ([{"type": "section"}], "/blocks/0"),
    "an empty text": ([section("")], "/blocks/0/text/text"),
    "a text too long": ([section("x" * 3001)], "/blocks/0/text/text"),
    "a bare string for a text": ([{"type": "section", "text": "hi"}], "/blocks/0/text"),
    "a number for a text": ([{"type": "section", "text": {"type": "mrkdwn", "text": 7}}], "/blocks/0/text/text"),
    "an unknown field": ([{**section("x"), "colour": "red"}], "/blocks/0"),
    "an unknown field in a text": ([{"type": "section", "text": {**text("x"), "emoji": True}}], "/blocks/0/text/emoji"),
    "a field too long": ([{"type": "section", "fields": [text("x" * 2001)]}], "/blocks/0/fields/0/text"),
    "eleven fields": ([{"type": "section", "fields": [text("x")] * 11}], "/blocks/0/fields"),
    "mrkdwn in a header": ([header("x", "mrkdwn")], "/blocks/0/text/type"),
    "a header too long": ([header("x" * 151)], "/blocks/0/text/text"),
    "fifty-one blocks": ([section(str(n)) for n in range(51)], "/blocks"),
    "one block_id twice": ([{**section("x"), "block_id": "a"}] * 2, "/blocks/1/block_id"),
    "one action_id twice in a block": ([actions(button("Go"), button("Go"))], "/blocks/0/elements/1/action_id"),
    "no elements": ([actions()], "/blocks/0/elements"),
    "too many elements": ([actions(*(button(f"b{n}") for n in range(26)))], "/blocks/0/elements"),
    "mrkdwn on a button": ([actions({**button("Go"), "text": text("*Go*")})], "/blocks/0/elements/0/text/type"),
    "a label too long": ([actions(button("x" * 76))], "/blocks/0/elements/0/text/text"),
    "a value too long": ([actions(button("Go", value="x" * 2001))], "/blocks/0/elements/0/value"),
    "a link too long": ([actions(button("Go", url="https://x/" + "x" * 3000))], "/blocks/0/elements/0/url"),
    "another style": ([actions(button("Go", style="warning"))], "/blocks/0/elements/0/style"),
    "an action_id too long": ([actions({**button("Go"), "action_id": "x" * 256})], "/blocks/0/elements/0/action_id"),
    "a block_id too long": ([{**section("x"), "block_id": "x" * 256}], "/blocks/0/block_id"),
    "a dialog without a title": (
        [actions(button("Go", confirm={k: v for k, v in CONFIRM.items() if k != "title"}))],
        "/blocks/0/elements/0/confirm/title",
    ),
    "a dialog with a long button": (
        [actions(button("Go", confirm={**CONFIRM, "confirm": text("x" * 31, "plain_text")}))],
        "/blocks/0/elements/0/confirm/confirm/text",
    ),
    "a field to type in among buttons": ([actions(TYPED)], "/blocks/0/elements/0/type"),
    "a field to type in beside a text": ([{**section("x"), "accessory": TYPED}], "/blocks/0/accessory/type"),
    "a picker of moments beside a text": ([{**section("x"), "accessory": WHEN}], "/blocks/0/accessory/type"),
    "a button among small print": ([{"type": "context", "elements": [button("Go")]}], "/blocks/0/elements/0"),
    "eleven pieces of small print": ([{"type": "context", "elements": [text("x")] * 11}], "/blocks/0/elements"),
    "a button to fill in": ([input_(button("Go"))], "/blocks/0/element/type"),
    "an input without a label": ([{"type": "input", "element": TYPED}], "/blocks/0/label"),
    "mrkdwn for a label": ([input_(TYPED) | {"label": text("x")}], "/blocks/0/label/type"),
    "a menu without options": ([actions({**MENU, "options": []})], "/blocks/0/elements/0/options"),
    "a menu of 101": ([actions({**MENU, "options": [OPTION] * 101})], "/blocks/0/elements/0/options"),
    "an option too long": (
        [actions({**MENU, "options": [{**OPTION, "text": text("x" * 76, "plain_text")}]})],
        "/blocks/0/elements/0/options/0/text/text",
    ),
    "a moment that is no moment": (
        [actions({**WHEN, "initial_date_time": 1_800_000_000_000})],
        "/blocks/0/elements/0/initial_date_time",
    ),
    "a picture without words": ([{"type": "image", "image_url": "https://x/a.png"}], "/blocks/0/alt_text"),
    "an alert in a message": ([{"type": "alert", "text": text("x")}], "/blocks/0/type"),
    "no array": ({"type": "section"}, "/blocks"),  # type: ignore[dict-item]
}


@pytest.mark.parametrize("case", GOOD)
def test_good_blocks_pass(case: str) -> None:
    assert check_blocks(GOOD[case], "message") == []


@pytest.mark.parametrize("case", BAD)
def test_bad_blocks_are_refused_where_they_are_bad(case: str) -> None:
    blocks, pointer = BAD[case]
    problems = check_blocks(copy.deepcopy(blocks), "message")
    assert any(problem.pointer.startswith(pointer) for problem in problems), [str(p) for p in problems]


def test_home_takes_more_blocks_but_no_moments() -> None:
    home = {"type": "home", "blocks": [section(str(n)) for n in range(100)]}
    assert check_view(home) == []
    assert check_view({**home, "blocks": [*home["blocks"], section("x")]})
    assert check_view({"type": "home", "blocks": [actions(WHEN)]})[0].pointer == "/view/blocks/0/elements/0"


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"title": text("x" * 25, "plain_text")}, "/view/title/text"),
        ({"title": text("Ring")}, "/view/title/type"),
        ({"submit": text("x" * 25, "plain_text")}, "/view/submit/text"),
        ({"submit": None}, "/view/submit"),
        ({"private_metadata": "x" * 3001}, "/view/private_metadata"),
        ({"callback_id": "x" * 256}, "/view/callback_id"),
        ({"type": "drawer"}, "/view/type"),
        ({"colour": "red"}, "/view/colour"),
        ({"blocks": None}, "/view/blocks"),
    ],
    ids=str,
)
def test_modals_have_a_frame(change: Json, pointer: str) -> None:
    assert check_view(MODAL) == []
    view = {key: value for key, value in {**MODAL, **change}.items() if value is not None}
    assert next(problem.pointer for problem in check_view(view)).startswith(pointer)


async def test_the_web_api_refuses_with_pointers(scene: Scene) -> None:
    with pytest.raises(SlackApiError) as no:
        await scene.client.chat_postMessage(channel=scene.support.id, text="x", blocks=[section("")])
    assert no.value.response["error"] == "invalid_blocks"
    assert no.value.response["errors"] == ["must be more than 0 characters [json-pointer:/blocks/0/text/text]"]
    assert no.value.response["response_metadata"]["messages"][0].startswith("[ERROR] must be more than")
    with pytest.raises(SlackApiError) as no:
        await scene.client.views_publish(user_id=scene.ana.id, view={"type": "home", "blocks": [section("")]})
    assert no.value.response["error"] == "invalid_arguments"
    with pytest.raises(SlackApiError) as no:
        await scene.client.blocks_validate(blocks=[section("")])
    assert no.value.response["errors"][0]["pointer"] == "/0/text/text"
    await scene.client.blocks_validate(view=MODAL)


async def test_a_bad_answer_to_a_command_is_told_to_the_person_and_kept(scene: Scene) -> None:
    @scene.app.command("/ring")
    async def ring(ack: Any) -> None:
        await ack(text="x", blocks=[section("")])

    await scene.ana.types("/ring")
    await scene.ana.sees('failed with the error "invalid_command_response"')
    assert "/blocks/0/text/text" in scene.slack.warnings[0]
