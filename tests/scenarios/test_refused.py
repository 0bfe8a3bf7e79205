"""Slack or Stream refuses the bot itself: whoever runs it is told, nothing is lost, and it goes on once it is good."""

import asyncio

import pytest

from bot.doctor import examine
from tests.scenarios.conftest import Stage, Where
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
