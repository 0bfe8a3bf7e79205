"""The modals, and what is read out of what people filled in."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from slack_sdk.models.blocks import Block

from bot.call.values import CallStatus, Member, MemberState
from bot.sandbox.workspace.blocks import check_view
from bot.slack import blocks
from bot.slack.blocks import Callback, EditForm, RingForm
from bot.slack.blocks.forms import MOST_WORDS
from tests.test_blocks_cases import CALLER, START, TOPICS, by_hand, callee

NOW = START
TOMORROW = int((NOW + timedelta(days=1)).timestamp())
CROWD = by_hand(
    CallStatus.SCHEDULED,
    members=(Member(CALLER, state=MemberState.CALLER), *(Member(callee(n)) for n in range(99))),
    topic="x" * 300,
    starts_at=NOW + timedelta(days=1),
)
ODD = by_hand(CallStatus.RINGING, topic=TOPICS[2], starts_at=None)

VIEWS = {
    "ring": blocks.ring_modal(channel="C1"),
    "ring, for another time": blocks.ring_modal(ring_timeout=timedelta(seconds=37)),
    "edit, odd topic": blocks.edit_modal(ODD),
    "notify": blocks.notify_modal(channel="C1"),
    "edit": blocks.edit_modal(CROWD, message_id="m1"),
    "add people": blocks.add_people_modal(CROWD),
    "decline": blocks.decline_modal(CROWD),
    "decline, odd topic": blocks.decline_modal(ODD, message_id="m1"),
}


@pytest.mark.parametrize("view", VIEWS.values(), ids=VIEWS)
def test_every_modal_is_one_slack_takes(view: dict[str, Any]) -> None:
    assert check_view(view) == []
    assert view["type"] == "modal"
    assert view["callback_id"] in {*Callback}
    assert all(len(view[part]["text"]) <= 24 for part in ("title", "submit", "close"))
    assert len(view["private_metadata"]) <= 3000
    assert 0 < len(view["blocks"]) <= 100
    ids = [block["block_id"] for block in view["blocks"] if "block_id" in block]
    assert len(ids) == len(set(ids))
    for block in view["blocks"]:
        assert Block.parse(block).to_dict() == block  # type: ignore[union-attr]
        if block["type"] == "input":
            assert len(block["label"]["text"]) <= 2000
            assert len(block["element"].get("initial_value", "")) <= block["element"].get("max_length", 3000)
            assert len(str(block["element"].get("initial_date_time", "1234567890"))) == 10


def test_a_modal_remembers_ids_and_nothing_else() -> None:
    assert blocks.read_metadata(VIEWS["edit"]) == {"call": "call-1", "message": "m1"}
    assert blocks.read_metadata(VIEWS["ring"]) == {"channel": "C1"}
    assert blocks.read_metadata({"private_metadata": ""}) == {}


def test_a_ring_modal_opens_with_a_minute() -> None:
    assert VIEWS["ring"]["blocks"][4]["element"]["initial_option"]["value"] == "60"


def test_an_unusual_ring_timeout_stands_among_the_choices() -> None:
    timeout = VIEWS["ring, for another time"]["blocks"][4]["element"]
    assert timeout["initial_option"]["value"] == "37"
    assert timeout["initial_option"] in timeout["options"]
    assert [int(option["value"]) for option in timeout["options"]] == [15, 30, 37, 45, 60, 90, 120, 180]


def test_each_ring_timeout_is_called_by_another_name() -> None:
    options = VIEWS["ring, for another time"]["blocks"][4]["element"]["options"]
    said = [option["text"]["text"] for option in options]
    assert said == ["15 s", "30 s", "37 s", "45 s", "1 min", "1 min 30 s", "2 min", "3 min"]


def state(**fields: Any) -> dict[str, Any]:
    """A view's state as Slack sends it. https://docs.slack.dev/reference/interaction-payloads/view-interactions-payload"""
    held: dict[str, Callable[[Any], dict[str, Any]]] = {
        "users": lambda value: {"type": "multi_users_select", "selected_users": value},
        "topic": lambda value: {"type": "plain_text_input", "value": value},
        "words": lambda value: {"type": "plain_text_input", "value": value},
        "at": lambda value: {"type": "datetimepicker", "selected_date_time": value},
        "medium": lambda value: {"type": "radio_buttons", "selected_option": {"value": value}},
        "ring_timeout": lambda value: {"type": "static_select", "selected_option": {"value": value}},
    }
    return {"values": {name: {name: held[name](value)} for name, value in fields.items()}}


def test_a_ring_form_filled_in_whole() -> None:
    filled = state(
        users=["U1", "U2", "U1", CALLER], topic=" the \n plan ", at=TOMORROW, medium="audio", ring_timeout="30"
    )
    form = blocks.read_ring_form(filled, user=CALLER, now=NOW)
    assert form == RingForm(("U1", "U2"), "the plan", TOMORROW, False, 30)


def test_a_ring_form_as_it_opens_with_one_person_named() -> None:
    filled = state(users=["U1"], topic=None, at=None, medium="video", ring_timeout="60")
    assert blocks.read_ring_form(filled, user=CALLER, now=NOW) == RingForm(("U1",), "", None, True, 60)


def test_a_form_that_does_not_ask_how_long_says_nothing_of_it() -> None:
    assert blocks.read_ring_form(state(users=["U1"]), user=CALLER, now=NOW) == RingForm(("U1",), "", None, True, None)


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        pytest.param({"users": []}, {"users": "Name somebody."}, id="nobody"),
        pytest.param({"users": [CALLER]}, {"users": "Name somebody else: you cannot ring yourself."}, id="oneself"),
        pytest.param(
            {"users": [callee(n) for n in range(100)]},
            {"users": "That is 100 people; a call can have 99 besides its caller."},
            id="too many",
        ),
        pytest.param(
            {"users": ["U1"], "at": int(NOW.timestamp())},
            {"at": "That time has passed. Pick one that is still to come."},
            id="now is past",
        ),
        pytest.param(
            {"users": ["U1"], "at": int((NOW + timedelta(days=367)).timestamp())},
            {"at": "That is more than a year away. Pick an earlier time."},
            id="too far away",
        ),
        pytest.param(
            {"users": [], "at": 1_000_000_000},
            {"users": "Name somebody.", "at": "That time has passed. Pick one that is still to come."},
            id="both at once",
        ),
    ],
)
def test_a_form_filled_in_wrong(fields: dict[str, Any], wrong: dict[str, str]) -> None:
    assert blocks.read_ring_form(state(**fields), user=CALLER, now=NOW) == wrong
    assert blocks.read_edit_form(state(**({"at": TOMORROW} | fields)), user=CALLER, now=NOW) == wrong


def test_an_edit_needs_a_time() -> None:
    errors = blocks.read_edit_form(state(users=["U1"], topic="x"), user=CALLER, now=NOW)
    assert errors == {"at": "Say when the call should start."}
    form = blocks.read_edit_form(state(users=["U1"], topic="x", at=TOMORROW), user=CALLER, now=NOW)
    assert form == EditForm(("U1",), "x", TOMORROW)


def test_people_to_be_added() -> None:
    assert blocks.read_people_form(state(users=["U1", CALLER]), user=CALLER) == ("U1",)
    assert blocks.read_people_form(state(users=[]), user=CALLER) == {"users": "Name somebody."}


def test_words() -> None:
    assert blocks.read_words_form(state(words=" on a\n train ")) == "on a train"
    assert blocks.read_words_form(state(words="  ")) == {"words": "Say it in a few words, or press Decline instead."}
    assert blocks.read_words_form(state(words="x" * 999)) == "x" * MOST_WORDS


@pytest.mark.parametrize("view", ["ring", "edit", "add people", "decline"])
def test_errors_name_fields_that_the_modal_has(view: str) -> None:
    ids = {block.get("block_id") for block in VIEWS[view]["blocks"]}
    empty: dict[str, Any] = {"values": {}}
    errors = {
        "ring": blocks.read_ring_form(empty, user=CALLER, now=NOW),
        "edit": blocks.read_edit_form(empty, user=CALLER, now=NOW),
        "add people": blocks.read_people_form(empty, user=CALLER),
        "decline": blocks.read_words_form(empty),
    }[view]
    assert isinstance(errors, dict)
    assert set(json.loads(json.dumps(errors))) <= ids
