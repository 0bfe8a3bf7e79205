"""What people type, sent as Slack sends it: which verb it becomes, and what they are answered."""

import asyncio
import json
from dataclasses import replace

import pytest
from structlog.testing import capture_logs

from bot.call.values import CallKind, Member, MemberState
from bot.ringer.press import Asked, Cancelled, How
from bot.slack.blocks import Action, Callback
from bot.slack.blocks.note_kinds import Note
from bot.slack.blocks.note_words import SAYS
from tests.listening import (
    ANA,
    BEN,
    CALL,
    CY,
    RESPONSE_URL,
    TEAM,
    Slack,
    a_call,
    slack_and_bot,
)

ASKED = {
    "two people": ("/ring", f"<@{BEN}|ben> <@{CY}>", Asked(TEAM, ANA, "C1", users=(BEN, CY))),
    "a group and a topic": (
        "/ring",
        f'<@{BEN}> <!subteam^S1|@devs> "the plan"',
        Asked(TEAM, ANA, "C1", users=(BEN,), groups=("S1",), topic="the plan"),
    ),
    "later, by voice": ("/ring", f"<@{BEN}> tomorrow 9:30 audio", Asked(TEAM, ANA, "C1", users=(BEN,), video=False)),
    "a channel": (
        "/notify",
        "<#C9|random> “the plan”",
        Asked(TEAM, ANA, "C1", CallKind.NOTIFY, notify_channel="C9", topic="the plan"),
    ),
    "people told": ("/notify", f"<@{BEN}>", Asked(TEAM, ANA, "C1", CallKind.NOTIFY, users=(BEN,))),
}


@pytest.mark.parametrize(("command", "text", "asked"), ASKED.values(), ids=ASKED)
async def test_a_command_asks_for_a_call(slack: Slack, command: str, text: str, asked: Asked) -> None:
    answer = await slack.command(text, command=command)
    [(_, heard)] = slack.ringer.heard
    assert replace(heard, when="") == replace(asked, response_url=RESPONSE_URL, text=text, trigger="trigger-1")
    assert heard.when == ("tomorrow 9:30" if "tomorrow" in text else "")
    assert answer.status == 200 and answer.json["response_type"] == "ephemeral"


HEARD: dict[How, str] = {
    How.RINGING: f"Ringing <@{BEN}> and <!subteam^S1>…",
    How.SCHEDULING: f"Planning a call with <@{BEN}> and <!subteam^S1>…",
    How.NOTIFYING: f"Telling <@{BEN}> and <!subteam^S1> about your call…",
    How.SAME_AS_BEFORE: "it is the same call, and nobody is rung twice",
    How.RATE_LIMITED: "You have started many calls within a minute",
    How.WORKSPACE_LIMITED: "Too many calls were started in this workspace within a minute",
    How.GLARE: f"<@{BEN}> was ringing you just now: you have accepted their call.",
}


@pytest.mark.parametrize("how", How)
async def test_the_typist_hears_what_became_of_it(slack: Slack, how: How) -> None:
    slack.ringer.how = how
    slack.ringer.calls[CALL] = a_call(Member(ANA, state=MemberState.ACCEPTED), caller=BEN)
    answer = await slack.command(f"<@{BEN}> <!subteam^S1>")
    assert HEARD[how] in answer.json["text"]
    assert HEARD[how] in json.dumps(answer.json["blocks"], ensure_ascii=False)


async def test_oneself_is_not_said_to_be_rung(slack: Slack) -> None:
    assert (await slack.command(f"<@{ANA}> <@{BEN}>")).json["text"] == f"Ringing <@{BEN}>…"


SAID_AT_ONCE = {
    "no syntax of ours": ("/ring", "@ben", "I don't know `@ben`"),
    "a channel in /ring": ("/ring", "<#C1|general>", "/notify <#C1>"),
    "help": ("/ring", "help", "How to ring people with /ring"),
    "help with telling": (
        "/notify",
        "help",
        "How to ring people with /ring, and to tell people about a call with /notify",
    ),
    "nobody to tell": ("/notify", "hello", "Nobody is named"),
}


@pytest.mark.parametrize(("command", "text", "said"), SAID_AT_ONCE.values(), ids=SAID_AT_ONCE)
async def test_syntax_is_answered_at_once(slack: Slack, command: str, text: str, said: str) -> None:
    answer = await slack.command(text, command=command)
    assert said in answer.json["text"] and answer.json["response_type"] == "ephemeral"
    assert slack.ringer.heard == []


async def test_ring_list_shows_ones_calls(slack: Slack) -> None:
    slack.ringer.calls[CALL] = a_call(Member(BEN, state=MemberState.RINGING, rings=1), topic="the plan")
    answer = await slack.command("list")
    assert slack.ringer.heard == [("calls_of", TEAM, ANA)]
    assert answer.json["text"] == "You have 1 call."
    assert Action.CANCEL in json.dumps(answer.json["blocks"])


CANCELLED = {
    "the one": (Cancelled(a_call(Member(BEN))), f"Your call with <@{BEN}> is cancelled."),
    "none": (Cancelled(), SAYS[Note.NOTHING_TO_CANCEL]),
    "which of two": (Cancelled(None, (a_call(Member(BEN)), a_call(Member(CY), id="c2"))), SAYS[Note.WHICH_TO_CANCEL]),
}


@pytest.mark.parametrize(("cancelled", "said"), CANCELLED.values(), ids=CANCELLED)
async def test_ring_cancel_cancels_the_one_or_asks_which(slack: Slack, cancelled: Cancelled, said: str) -> None:
    slack.ringer.cancelled = cancelled
    answer = await slack.command("cancel")
    assert slack.ringer.heard == [("cancel_outgoing", TEAM, ANA)]
    assert answer.json["text"] == said
    assert json.dumps(answer.json["blocks"]).count(Action.PICK_CANCEL) == len(cancelled.which)


@pytest.mark.parametrize(("command", "callback"), [("/ring", Callback.RING), ("/notify", Callback.NOTIFY)])
async def test_a_command_alone_opens_a_modal(slack: Slack, command: str, callback: Callback) -> None:
    answer = await slack.command("", command=command)
    assert (answer.status, answer.text) == (200, "")
    [(trigger, view)] = slack.opened
    assert (trigger, view["callback_id"]) == ("trigger-1", callback)
    assert json.loads(view["private_metadata"]) == {"channel": "C1"}


async def test_a_modal_that_does_not_open_is_said(slack: Slack) -> None:
    slack.refuses = "expired_trigger_id"
    with capture_logs() as logs:
        answer = await slack.command("")
    assert answer.json["text"] == SAYS[Note.SOMETHING_BROKE]
    assert [log["log_level"] for log in logs] == ["warning"]


async def test_a_verb_that_fails_is_said_to_the_typist_and_logged(slack: Slack) -> None:
    slack.ringer.broken = True
    with capture_logs() as logs:
        answer = await slack.command(f"<@{BEN}>")
    assert (answer.status, answer.json["text"]) == (200, SAYS[Note.SOMETHING_BROKE])
    assert [(log["log_level"], log["exc_info"]) for log in logs] == [("error", True)]


async def test_commands_have_the_names_of_the_settings() -> None:
    async with slack_and_bot(ring_command="/call", notify_command="/tell") as slack:
        assert (await slack.command(f"<@{BEN}>", command="/call")).json["text"].startswith("Ringing")
        assert "/call `@name`" in (await slack.command("hello there", command="/call")).json["text"]
        assert (await slack.command("<#C9>", command="/tell")).status == 200
        assert [asked.kind for _, asked in slack.ringer.heard] == [CallKind.RING, CallKind.NOTIFY]
        assert "I listen to /call and /tell" in (await slack.command("x", command="/ring")).json["text"]
        assert "I listen to" in (await slack.command("x", command="/call-me")).json["text"]


async def test_nothing_is_answered_before_the_verb_is_done(slack: Slack) -> None:
    slack.ringer.delay.clear()
    waiting = asyncio.create_task(slack.command(f"<@{BEN}>"))
    done, _ = await asyncio.wait([waiting], timeout=0.2)
    assert not done and slack.ringer.heard == []
    slack.ringer.delay.set()
    assert (await waiting).status == 200 and len(slack.ringer.heard) == 1
