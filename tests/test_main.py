"""`ringer serve | sandbox | migrate`, each started as its user starts it: what it says, how it ends, and how fast."""

import asyncio
import json
import os
import signal
import time
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest

from bot.sandbox.faults import Kind, Road
from bot.sandbox.world import World, world
from tests.programs import connected, ringer, run, settings_of
from tests.scenarios.noticing import strikes

STOPS_WITHIN = 5.0
REQUIRED = ("SLACK_BOT_TOKEN", "SLACK_SIGNING_SECRET", "STREAM_API_KEY", "STREAM_API_SECRET", "PUBLIC_URL")
JSON_KEYS = ["page", "bot", "slack", "stream", "control", "api_key", "api_secret", "signing_secret", "bot_token"]


# --- help and settings


async def test_help_is_quick_and_names_the_commands(tmp_path: Path) -> None:
    """It imports nothing that a command needs; the limit leaves room for a busy machine."""
    began = time.monotonic()
    ended = await run(tmp_path, "--help")
    assert ended.code == 0
    assert all(command in ended.out for command in ("serve", "sandbox", "migrate", "doctor"))
    assert time.monotonic() - began < 2.0


async def test_help_imports_no_part_of_the_bot(tmp_path: Path) -> None:
    ended = await run(tmp_path, "--help", PYTHONPROFILEIMPORTTIME="1")
    assert "argparse" in ended.err
    for heavy in ("slack_bolt", "sqlalchemy", "httpx", "pydantic", "aiohttp", "bot.app"):
        assert heavy not in ended.err, heavy


async def test_an_unknown_command_and_none_are_usage_errors(tmp_path: Path) -> None:
    for words in ((), ("dance",)):
        ended = await run(tmp_path, *words)
        assert ended.code == 2
        assert "usage: ringer" in ended.err


async def test_serve_without_settings_names_each_and_what_it_is_for(tmp_path: Path) -> None:
    ended = await run(tmp_path, "serve")
    assert ended.code == 1
    assert ended.out == "", "nothing was started"
    for name in REQUIRED:
        assert f"{name}: it is missing" in ended.err, ended.err
    assert "Proves that requests come from Slack" in ended.err
    assert "Traceback" not in ended.err, ended.err
    assert os.listdir(tmp_path) == [], "not even the database"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SLACK_BOT_TOKEN", "xapp-this-is-the-other"),
        ("PORT", "http"),
        ("DATABASE_URL", "mysql://somewhere"),
        ("RING_TIMEOUT_SECONDS", "4"),
        ("RING_TIMEOUT_SECONDS", "181"),
        ("CALL_CUSTOM", "{not json"),
        ("CALL_SETTINGS_OVERRIDE", "[]"),
        ("JOIN_URL_TEMPLATE", "https://x.example/{nonsense}"),
        ("RING_COMMAND", "ring me"),
        ("LOG_FORMAT", "yaml"),
        ("STREAM_BASE_URL", "video"),
        ("LEASE_SECONDS", "3"),
    ],
)
async def test_a_malformed_setting_is_named_with_what_it_is_for(tmp_path: Path, name: str, value: str) -> None:
    ended = await run(tmp_path, "serve", **{**GOOD, name: value})
    assert ended.code == 1
    assert ended.err.count(f"  {name}:") == 1, ended.err
    assert "For example:" in ended.err
    others = [other for other in GOOD if other != name and f"  {other}:" in ended.err]
    assert others == [], "only what is wrong is named"
    assert "Traceback" not in ended.err, ended.err


GOOD = {
    "SLACK_BOT_TOKEN": "xoxb-1-2-three",
    "SLACK_SIGNING_SECRET": "shhh",
    "STREAM_API_KEY": "key",
    "STREAM_API_SECRET": "a-secret-of-some-length-for-signing",
    "JOIN_URL_TEMPLATE": "https://x.example/?id={id}&token={token}",
}


async def test_a_secret_that_is_malformed_is_not_said_back(tmp_path: Path) -> None:
    ended = await run(tmp_path, "serve", **{**GOOD, "SLACK_BOT_TOKEN": "mistaken-but-still-secret"})
    assert ended.code == 1
    assert "mistaken-but-still-secret" not in ended.out + ended.err


async def test_settings_are_read_from_a_file_too(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("STREAM_API_KEY=from-the-file\n", encoding="utf-8")
    ended = await run(tmp_path, "serve")
    assert "SLACK_BOT_TOKEN: it is missing." in ended.err
    assert "STREAM_API_KEY: it is missing." not in ended.err


# --- migrate


async def test_migrate_brings_a_new_database_up_to_date_and_may_be_done_twice(tmp_path: Path) -> None:
    env = {**GOOD, "DATABASE_URL": f"sqlite:///{tmp_path / 'ringer.db'}"}
    for _ in range(2):
        ended = await run(tmp_path, "migrate", **env)
        assert (ended.code, ended.out.strip()) == (0, "The database is up to date."), ended.err
    assert (tmp_path / "ringer.db").exists()


async def test_migrate_says_where_it_cannot(tmp_path: Path) -> None:
    ended = await run(tmp_path, "migrate", **GOOD, DATABASE_URL="postgresql://nobody@127.0.0.1:1/none")
    assert ended.code == 1
    assert ended.err.strip()
    assert "Traceback" not in ended.err, ended.err


# --- sandbox


async def test_the_sandbox_prints_one_line_of_json_and_its_control_works(tmp_path: Path) -> None:
    async with ringer(tmp_path, "sandbox", "--json") as program, aiohttp.ClientSession() as session:
        addresses = json.loads(await program.says("{"))
        assert list(addresses) == JSON_KEYS
        assert all(isinstance(value, str) and value for value in addresses.values())
        for place in ("page", "bot", "slack", "stream", "control"):
            assert addresses[place].startswith("http://127.0.0.1:"), "on this machine only"

        control = addresses["control"]
        async with session.post(
            f"{control}/types", json={"who": "ana", "at": "#support", "text": "/ring @ben"}
        ) as done:
            assert done.status == 200
        async with session.get(f"{control}/sees", params={"who": "ben", "text": "is ringing you"}) as seen:
            assert "@ana is ringing you" in (await seen.json())["text"]

        token = {"Authorization": f"Bearer {addresses['bot_token']}"}
        async with session.post(f"{addresses['slack']}auth.test", headers=token) as answer:
            assert (await answer.json())["ok"], "the token printed is the one that works"

        began = time.monotonic()
        ended = await program.stops(signal.SIGINT)
        assert (ended.code, ended.err) == (0, "")
        assert time.monotonic() - began < STOPS_WITHIN


async def test_the_sandbox_pays_no_heed_to_the_environment(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("RING_COMMAND=/phone\n", encoding="utf-8")
    env = {"SLACK_BOT_TOKEN": "xoxb-from-outside", "DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none"}
    async with ringer(tmp_path, "sandbox", "--json", **env) as program:
        addresses = json.loads(await program.says("{"))
        assert addresses["bot_token"] != "xoxb-from-outside"


async def test_the_sandbox_says_how_to_play_with_it(tmp_path: Path) -> None:
    async with ringer(tmp_path, "sandbox") as program:
        await program.says("ana, ben, cy and dee are in #support")
        await program.says("curl -s http://127.0.0.1:")
        ended = await program.stops(signal.SIGTERM)
        assert ended.code == 0


async def test_the_script_tells_its_story_and_exits_0(tmp_path: Path) -> None:
    ended = await run(tmp_path, "sandbox", "--script")
    assert ended.code == 0, ended.err
    assert ended.out.strip().endswith("The story went as told.")
    for words in (
        "[Accept]",
        "declined",
        "accepted: come in",
        "joined",
        "the call ended after 12 min",
        "in the thread",
    ):
        assert words in ended.out, words
    assert "Retro" in ended.out, "the planned call"


@pytest.mark.parametrize(
    "fault",
    ["slack.delivery:lose:interactive", "stream.webhook:lose:call.session", "slack.api:500:chat.postMessage"],
    ids=["no press arrives", "Stream does not tell who joined", "Slack takes no message"],
)
async def test_the_script_exits_otherwise_when_the_story_goes_otherwise(tmp_path: Path, fault: str) -> None:
    ended = await run(tmp_path, "sandbox", "--script", "--fault", fault)
    assert ended.code == 1
    assert "The story went otherwise" in ended.err
    assert "The story went as told." not in ended.out


async def test_a_fault_that_is_none_is_refused_with_what_there_is(tmp_path: Path) -> None:
    ended = await run(tmp_path, "sandbox", "--script", "--fault", "slack.api:dance")
    assert ended.code == 1
    assert "drop_after" in ended.err
    assert "Traceback" not in ended.err, ended.err


# --- serve, between stand-ins


@pytest.fixture(params=["http", "socket"])
async def around(request: pytest.FixtureRequest) -> AsyncIterator[World]:
    """Everything but the bot."""
    async with world(start_bot=False, socket_mode=request.param == "socket") as made:
        people = [made.workspace.person(name) for name in ("ana", "ben")]
        made.workspace.channel("support", *people)
        yield made


def file_in(folder: Path) -> str:
    return f"sqlite:///{folder / 'ringer.db'}"


async def test_serve_rings_and_relays_from_real_settings(around: World, tmp_path: Path) -> None:
    ana, ben = around.workspace.people["ana"], around.workspace.people["ben"]
    async with ringer(tmp_path, "serve", **settings_of(around, file_in(tmp_path))) as program:
        await connected(around, program)
        await ana.types("/ring @ben", at="#support")
        await ben.sees("@ana is ringing you")
        await ben.presses("Accept")
        await ana.sees("@ben accepted: come in")
        await around.joins(ben)
        await ana.sees("@ben joined", at="#support")
        session = around.on_stream().session
        assert session and set(session.accepted_by) == {around.stream_id(ben)}
        ended = await program.stops(signal.SIGTERM)
    assert ended.code == 0
    assert "Traceback" not in ended.err + ended.out


@pytest.mark.parametrize("by", [signal.SIGINT, signal.SIGTERM])
async def test_it_stops_at_once_with_work_in_hand_and_the_next_start_carries_on(
    around: World, tmp_path: Path, by: signal.Signals
) -> None:
    ana, ben = around.workspace.people["ana"], around.workspace.people["ben"]
    env = settings_of(around, file_in(tmp_path))
    around.breaks(Road.STREAM_API, Kind.DELAY, "POST .*/users", seconds=30)
    in_hand = strikes(around)
    async with ringer(tmp_path, "serve", **env) as program:
        await connected(around, program)
        await ana.types("/ring @ben", at="#support")
        async with asyncio.timeout(10):
            await in_hand.wait()
        began = time.monotonic()
        ended = await program.stops(by)
        assert time.monotonic() - began < STOPS_WITHIN
        assert ended.code == 0, ended.err
        assert "Traceback" not in ended.err + ended.out
    assert ben.messages() == []
    async with ringer(tmp_path, "serve", **env) as program:
        await connected(around, program)
        await ben.sees("@ana is ringing you", within=15)
        assert len(around.cids) == 1


async def test_serve_says_so_where_slack_refuses_the_token(around: World, tmp_path: Path) -> None:
    env = {**settings_of(around, file_in(tmp_path)), "SLACK_BOT_TOKEN": "xoxb-of-yesterday"}
    ended = await run(tmp_path, "serve", **env)
    assert ended.code == 1
    assert "Slack refuses SLACK_BOT_TOKEN (invalid_auth)" in ended.err
    assert "Traceback" not in ended.err, ended.err
    assert "xoxb-of-yesterday" not in ended.err + ended.out


async def test_serve_says_so_where_its_port_is_taken(around: World, tmp_path: Path) -> None:
    taken = around.coordinator.url.rpartition(":")[2]
    ended = await run(tmp_path, "serve", **{**settings_of(around, file_in(tmp_path)), "PORT": taken})
    assert ended.code == 1
    assert taken in ended.err
    assert "Traceback" not in ended.err, ended.err


async def test_serve_says_so_where_slack_opens_no_socket_with_the_token(around: World, tmp_path: Path) -> None:
    env = {**settings_of(around, file_in(tmp_path)), "SLACK_APP_TOKEN": "xapp-1-of-yesterday"}
    ended = await run(tmp_path, "serve", **env)
    assert ended.code == 1
    assert "Slack opens no socket with SLACK_APP_TOKEN (invalid_auth)" in ended.err
    assert "Traceback" not in ended.err
