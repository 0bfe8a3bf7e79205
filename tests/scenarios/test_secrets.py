"""Join links, tokens and secrets are where one person sees them, and nowhere else: everything sent and kept is read."""

import json
import re
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path

import pytest

from bot.sandbox.faults import Kind, Road
from bot.sandbox.workspace import APICall, Person
from tests.scenarios.conftest import Stage, Where
from tests.scenarios.openings import ana_rings

TOKEN = re.compile(r"eyJ[\w-]+\.eyJ[\w-]+\.[\w-]+|(?<=/join/)[\w-]{40,}")
"""What a join link lets somebody in by: a JWT, or the random words of a link to our own page."""
ELSEWHERE = "http://127.0.0.1/room?id={id}&user_id={user_id}&token={token}"

pytestmark = pytest.mark.parametrize(
    "stage",
    [Where(), Where(settings={"join_url_template": ELSEWHERE})],
    indirect=True,
    ids=["joined on the page that comes with it", "joined at a place of one's own"],
)


async def a_whole_story(stage: Stage) -> None:
    """Rings, answers, joins, lists, Home, a plan, a notify, and some trouble on the way: whatever shows a link."""
    ana, ben, cy = stage.ana, stage.ben, stage.cy
    await ben.opens_home()
    await ana_rings(stage)
    await ben.presses("Accept")
    await cy.presses("Decline")
    await stage.world.joins(ben, ana)
    await cy.presses("Join", at="#support")
    await ana.presses("Join", at="#support")
    await stage.world.settled()
    stage.world.breaks(Road.SLACK_API, Kind.ERROR_500, "chat|response_url", times=3)
    stage.world.breaks(Road.STREAM_API, Kind.ERROR_500, "", times=2)
    await ben.presses("Leave", at="#support")
    await ana.types("/ring list", at="#support")
    await stage.world.after(seconds=20)
    await ana.presses("End for all", at="#support")
    await ana.types("/notify @ben @cy", at="#support")
    await ana.types('/ring @ben @cy "Retro" in 30 minutes', at="#support")
    await stage.world.after(minutes=21)
    await ben.presses("Join early")
    await stage.world.after(minutes=10)
    await stage.world.settled()


def shown_to_one(stage: Stage, call: APICall) -> bool:
    """Whether what this request sent is seen by one person alone."""
    if call.method in ("chat.postEphemeral", "views.publish", "views.open", "views.push"):
        return True
    if call.method == "response_url":  # Or it is a message's new picture: read below, where that stands.
        return call.args.get("response_type") != "in_channel"
    channel = str(call.args.get("channel", ""))
    conversation = stage.world.workspace.state.conversations.get(channel)
    return channel.startswith("U") or (conversation is not None and conversation.kind == "im")


async def test_links_are_shown_to_one_person_each_and_are_theirs(stage: Stage) -> None:
    await a_whole_story(stage)
    with_links = [call for call in stage.world.workspace.calls if TOKEN.search(json.dumps(call.args))]
    assert len(with_links) > 5, "the story shows links"
    leaked = [call for call in with_links if not shown_to_one(stage, call)]
    assert leaked == []


async def test_what_everybody_in_a_channel_sees_holds_no_link_and_no_token(stage: Stage) -> None:
    await a_whole_story(stage)
    shared = [each for each in stage.world.workspace.state.conversations.values() if each.kind != "im"]
    messages = [message for each in shared for message in each.messages if not message.ephemeral_to]
    assert any(message.edits for message in messages), "the story has a card, and it changes"
    for message in messages:
        written = json.dumps([message.text, message.blocks, *((v.text, v.blocks) for v in message.edits)])
        assert not TOKEN.search(written), message
        assert "http" not in written, message


async def test_what_lets_one_person_in_is_shown_to_nobody_else(stage: Stage) -> None:
    await a_whole_story(stage)
    seen = {person: set(TOKEN.findall(everything_seen(stage, person))) for person in (stage.ana, stage.ben, stage.cy)}
    assert all(seen.values())
    for one, another in combinations(seen, 2):
        assert not seen[one] & seen[another], (one, another)
    assert TOKEN.search(everything_seen(stage, stage.dee)) is None


def everything_seen(stage: Stage, person: Person) -> str:
    """All messages and views that were ever before this person, as they were sent."""
    messages = [[m.text, m.blocks, [[v.text, v.blocks] for v in m.edits]] for m in person.messages()]
    return json.dumps([messages, person.home.body if person.home else None])


async def test_metadata_and_thread_lines_hold_no_link(stage: Stage) -> None:
    await a_whole_story(stage)
    for call in stage.world.workspace.calls:
        metadata = json.dumps(call.args.get("metadata") or {})
        assert not TOKEN.search(metadata)
        assert "http" not in metadata, metadata
    lines = [call.args for call in stage.world.workspace.calls if call.args.get("thread_ts")]
    assert lines, "the story has a thread"
    assert "http" not in json.dumps([[line.get("text"), line.get("blocks")] for line in lines])


async def test_texts_that_notifications_show_hold_no_link(stage: Stage) -> None:
    """A notification stands on a locked screen."""
    await a_whole_story(stage)
    for call in stage.world.workspace.calls:
        assert not TOKEN.search(str(call.args.get("text", ""))), call.method


async def test_the_log_holds_no_secret(stage: Stage) -> None:
    await a_whole_story(stage)
    written = "\n".join(map(repr, stage.logs))
    assert not TOKEN.search(written)
    for token in tokens(stage):
        assert token not in written
    assert f"{stage.world.workspace.origin}/commands/" not in written, "a response_url lets anyone answer"
    assert f"{stage.world.workspace.origin}/actions/" not in written
    for secret in secrets(stage):
        assert secret not in written


async def test_the_database_holds_no_token_and_no_secret(stage: Stage) -> None:
    await a_whole_story(stage)
    path = Path(stage.world.settings.database_url.removeprefix("sqlite:///"))
    files = [file.read_bytes() for file in path.parent.glob(f"{path.name}*")]
    assert any(stage.ben.id.encode() in file for file in files), "it is the file that the bot writes"
    for file in files:
        for secret in (*secrets(stage), *tokens(stage)):
            assert secret.encode() not in file


async def test_stream_is_told_no_secret_of_slacks(stage: Stage) -> None:
    await a_whole_story(stage)
    told = json.dumps([[request.path, request.query, request.body] for request in stage.world.coordinator.requests])
    for secret in secrets(stage):
        assert secret not in told
    assert not TOKEN.search(told)


def tokens(stage: Stage) -> set[str]:
    """All that let anyone in, as they were sent to Slack."""
    found = {token for call in stage.world.workspace.calls for token in TOKEN.findall(json.dumps(call.args))}
    assert len(found) >= 3, "each of them was shown one"
    return found


def secrets(stage: Stage) -> Iterator[str]:
    settings = stage.world.settings
    yield settings.slack_bot_token.get_secret_value()
    yield settings.stream_api_secret.get_secret_value()
    assert settings.slack_signing_secret
    yield settings.slack_signing_secret.get_secret_value()
