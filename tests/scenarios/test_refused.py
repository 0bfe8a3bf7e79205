"""Slack or Stream refuses the bot itself: whoever runs it is told, nothing is lost, and it goes on once it is good."""

import asyncio

import pytest
from pydantic import SecretStr

from bot.doctor import examine
from bot.sandbox.faults import Kind, Road
from tests.scenarios.conftest import EVERYWHERE, Stage, Where
from tests.scenarios.openings import ana_rings, ids, incoming, thread
from tests.scraped import health, scrape

SOCKET = pytest.mark.parametrize("stage", [Where(transport="socket")], indirect=True, ids=["socket"])


async def unauthorized(stage: Stage, service: str) -> float:
    return (await scrape(stage.world)).value("ringer_unauthorized_total", service=service)


async def refuses(stage: Stage, service: str) -> object:
    """The settings that this service does not take, as /healthz names them."""
    status, told = await health(stage.world)
    assert status == 200 and told["ok"], "to start it anew would not help"
    return told[service]["refuses"]


async def told_by_the_doctor(stage: Stage) -> str:
    lines: list[str] = []
    await examine(stage.world.settings, lines.append)
    return "\n".join(line for line in lines if line.startswith("mend"))


# --- Slack's app token


@SOCKET
@pytest.mark.parametrize("code", ["token_revoked", "access_denied"])
async def test_an_app_token_that_slack_takes_no_more_is_told_to_whoever_runs_the_bot(stage: Stage, code: str) -> None:
    stage.trouble_expected = True
    token = stage.world.workspace.app_token
    assert token and await refuses(stage, "slack") == []
    await stage.world.workspace.refuses(token, code)
    async with asyncio.timeout(20):
        while not await unauthorized(stage, "slack"):
            continue
    assert await refuses(stage, "slack") == ["SLACK_APP_TOKEN"]
    (logged, *_) = [entry for entry in stage.errors() if entry.get("action") == "socket_refused"]
    assert "SLACK_APP_TOKEN" in logged["event"] and logged["why"] == code
    assert f"Slack opens no socket with SLACK_APP_TOKEN ({code})" in await told_by_the_doctor(stage)

    stage.world.workspace.takes(token)
    await stage.ana.types("/ring @ben", at="#support")
    await stage.ben.sees("@ana is ringing you")
    assert await refuses(stage, "slack") == []


# --- Slack's bot token


async def a_while(stage: Stage) -> None:
    """As long as what waits may take, once what it waits for is there."""
    for _ in range(6):
        await stage.world.after(seconds=10)


async def given_up(stage: Stage) -> list[str]:
    assert stage.world.app is not None
    return [dead.kind for dead in await stage.world.app.store.look(lambda tx: tx.dead(100))]


@pytest.mark.parametrize("code", ["token_revoked", "invalid_auth", "account_inactive", "not_authed", "token_expired"])
async def test_what_is_owed_to_slack_waits_for_a_token_that_is_good(stage: Stage, code: str) -> None:
    stage.trouble_expected = True
    token = stage.world.workspace.bot_token
    await ana_rings(stage, "@ben")
    await stage.ben.presses("Decline")
    await stage.world.settled()
    heard = len(stage.ben.notifications)
    await stage.world.workspace.refuses(token, code)
    await ana_rings(stage, '@ben "again"')
    await stage.world.after(seconds=30)
    assert await refuses(stage, "slack") == ["SLACK_BOT_TOKEN"]
    assert await unauthorized(stage, "slack") >= 2
    assert f"Slack refuses SLACK_BOT_TOKEN ({code})" in await told_by_the_doctor(stage)
    for _ in range(10):
        await stage.world.after(minutes=1)
    assert await given_up(stage) == []

    stage.world.workspace.takes(token)
    await a_while(stage)
    await stage.ben.sees("You missed a call from @ana")
    assert len(thread(stage)) >= 2
    assert not [line for line in stage.ben.notifications[heard:] if "is ringing you" in line]
    assert await refuses(stage, "slack") == []


@EVERYWHERE
async def test_a_process_with_a_new_token_goes_on_with_what_the_old_one_was_refused(stage: Stage) -> None:
    stage.trouble_expected = True
    await ana_rings(stage)
    await stage.world.workspace.refuses(stage.world.workspace.bot_token)
    await stage.ben.presses("Accept")
    await stage.cy.presses("Decline")
    for _ in range(6):
        await stage.world.after(seconds=8)
    assert await given_up(stage) == []
    await stage.world.stop_bot()
    token = SecretStr(stage.world.workspace.new_bot_token())
    stage.world.settings = stage.world.settings.model_copy(update={"slack_bot_token": token})
    await stage.world.start_bot()
    await a_while(stage)
    told = thread(stage)
    assert [line for line in told if "@cy declined" in line] and [line for line in told if "@ben accepted" in line]


async def test_whoever_types_while_slack_refuses_the_bot_hears_so_at_once(stage: Stage) -> None:
    """Slack takes answers to a command without a token."""
    stage.trouble_expected = True
    await stage.world.workspace.refuses(stage.world.workspace.bot_token)
    await stage.ana.types("/ring @ben", at="#support")
    await stage.ana.sees("Slack does not tell me who they are (token_revoked), so nothing was done.", at="#support")


# --- Stream's key and secret


async def test_what_is_owed_to_stream_waits_for_a_key_that_is_good(stage: Stage) -> None:
    stage.trouble_expected = True
    await ana_rings(stage)
    stage.world.breaks(Road.STREAM_API, Kind.ERROR_401, times=None)
    await stage.ben.presses("Accept")
    await stage.cy.presses("Decline")
    for _ in range(10):
        await stage.world.after(seconds=8)
    assert await given_up(stage) == []
    assert await refuses(stage, "stream") == ["STREAM_API_KEY", "STREAM_API_SECRET"]
    assert await unauthorized(stage, "stream") >= 2

    stage.world.mends()
    await a_while(stage)
    session = stage.world.on_stream().session
    assert session and set(session.accepted_by) == ids(stage, stage.ben)
    assert set(stage.world.on_stream().reject_reasons) == ids(stage, stage.cy)
    assert await refuses(stage, "stream") == []


async def test_a_plan_waits_for_a_key_that_is_good_and_rings_in_its_time(stage: Stage) -> None:
    stage.trouble_expected = True
    stage.world.breaks(Road.STREAM_API, Kind.ERROR_401, times=None)
    await stage.ana.types('/ring @ben "Retro" in 30 minutes', at="#support")
    await stage.world.after(minutes=5)
    stage.ana.sees_not("nobody was rung")
    stage.world.mends()
    await a_while(stage)
    await stage.ben.sees("invites you")
    await stage.world.after(minutes=24, seconds=1)
    assert len(incoming(stage, stage.ben)) == 1


async def test_a_plan_whose_time_comes_while_stream_refuses_the_key_is_a_missed_one(stage: Stage) -> None:
    stage.trouble_expected = True
    await stage.ana.types('/ring @ben "Retro" in 30 minutes', at="#support")
    await stage.world.settled()
    stage.world.breaks(Road.STREAM_API, Kind.ERROR_401, times=None)
    await stage.world.after(minutes=30, seconds=2)
    stage.ana.sees_not("Nobody was rung")
    await stage.world.after(seconds=61)
    told = await stage.ana.sees("Nobody was rung")
    assert "Stream did not take the call in time" in stage.ana.reads(told)
    stage.world.mends()
    await stage.ana.presses("Try again")
    await stage.ben.sees("@ana is ringing you")


async def test_what_stream_does_not_let_one_person_do_is_given_up(stage: Stage) -> None:
    stage.trouble_expected = True
    await ana_rings(stage)
    stage.world.breaks(Road.STREAM_API, Kind.ERROR_403, "/accept$", times=None)
    await stage.ben.presses("Accept")
    await stage.world.settled()
    assert await given_up(stage) == ["Accept"]
    assert await refuses(stage, "stream") == []
