"""Somebody knocks at the running bot's door: what is not Slack's or Stream's goes no further, and changes nothing."""

import gzip
import hashlib
import hmac
import io
import json
import time
from collections.abc import Mapping
from urllib.parse import urlencode

import aiohttp
import pytest

from tests.scenarios.conftest import Stage
from tests.scenarios.openings import ana_rings

MIB = 1 << 20


def of_slack(stage: Stage, body: bytes, *, at: float | None = None, secret: str | None = None) -> dict[str, str]:
    """The headers that Slack signs a body with."""
    stamp = str(int(time.time() if at is None else at))
    key = (secret or stage.world.workspace.signing_secret).encode()
    signed = hmac.new(key, b"v0:" + stamp.encode() + b":" + body, hashlib.sha256).hexdigest()
    return {
        "Content-Type": "application/x-www-form-urlencoded",
        "X-Slack-Request-Timestamp": stamp,
        "X-Slack-Signature": f"v0={signed}",
    }


def of_stream(stage: Stage, body: bytes, *, secret: str | None = None) -> dict[str, str]:
    app = stage.world.coordinator.app
    signed = hmac.new((secret or app.api_secret).encode(), body, hashlib.sha256).hexdigest()
    return {"Content-Type": "application/json", "X-API-KEY": app.api_key, "X-SIGNATURE": signed}


def a_command(stage: Stage) -> bytes:
    """What Slack would send for `/ring @ben`, typed by ana in #support."""
    form = {
        "command": "/ring",
        "text": f"<@{stage.ben.id}|ben>",
        "user_id": stage.ana.id,
        "user_name": "ana",
        "team_id": "T0HUDDLE",
        "team_domain": "huddle",
        "channel_id": stage.support.id,
        "channel_name": "support",
        "api_app_id": "A0RINGER",
        "response_url": f"{stage.world.workspace.origin}/commands/T0HUDDLE/none",
        "trigger_id": "1.2.3",
        "token": "deprecated",
        "is_enterprise_install": "false",
    }
    return urlencode(form).encode()


async def knocks(stage: Stage, path: str, body: bytes, headers: Mapping[str, str]) -> int:
    """What the door answers."""
    assert stage.world.app
    url, data = stage.world.app.url + path, io.BytesIO(body)
    async with aiohttp.ClientSession() as session, session.post(url, data=data, headers=headers) as answer:
        assert "Traceback" not in await answer.text()
        return answer.status


async def nothing_came_of_it(stage: Stage) -> None:
    await stage.world.settled()
    assert stage.world.cids == []
    assert stage.ben.messages() == []


# --- Slack's


async def test_a_command_that_slack_signed_is_let_in(stage: Stage) -> None:
    """Without this, the refusals below would prove nothing."""
    body = a_command(stage)
    assert await knocks(stage, "/slack/events", body, of_slack(stage, body)) == 200
    await stage.ben.sees("@ana is ringing you")


@pytest.mark.parametrize(
    "wrong",
    [
        {"X-Slack-Signature": "v0=0000"},
        {"X-Slack-Signature": "v0=" + "a" * 64},
        {"X-Slack-Signature": ""},
        {"X-Slack-Signature": "v1=" + "a" * 64},
        {"X-Slack-Request-Timestamp": "soon"},
        {"X-Slack-Request-Timestamp": ""},
        {"X-Slack-Request-Timestamp": "1.5e9"},
        {"X-Slack-Request-Timestamp": "-1"},
        {"X-Slack-Request-Timestamp": "9" * 40},
    ],
    ids=lambda wrong: "=".join(*wrong.items())[8:40],
)
async def test_wrong_headers_of_slack_are_refused(stage: Stage, wrong: dict[str, str]) -> None:
    body = a_command(stage)
    assert await knocks(stage, "/slack/events", body, of_slack(stage, body) | wrong) == 401
    await nothing_came_of_it(stage)


@pytest.mark.parametrize("missing", ["X-Slack-Signature", "X-Slack-Request-Timestamp"])
async def test_missing_headers_of_slack_are_refused(stage: Stage, missing: str) -> None:
    body = a_command(stage)
    headers = {name: value for name, value in of_slack(stage, body).items() if name != missing}
    assert await knocks(stage, "/slack/events", body, headers) == 401
    await nothing_came_of_it(stage)


@pytest.mark.parametrize("minutes", [-6, 6])
async def test_what_slack_signed_too_long_ago_or_ahead_is_refused(stage: Stage, minutes: int) -> None:
    body = a_command(stage)
    headers = of_slack(stage, body, at=time.time() + 60 * minutes)
    assert await knocks(stage, "/slack/events", body, headers) == 401
    await nothing_came_of_it(stage)


async def test_another_apps_secret_is_refused(stage: Stage) -> None:
    body = a_command(stage)
    assert await knocks(stage, "/slack/events", body, of_slack(stage, body, secret="another")) == 401
    await nothing_came_of_it(stage)


async def test_what_is_altered_on_its_way_is_refused(stage: Stage) -> None:
    body = a_command(stage)
    altered = body.replace(stage.ben.id.encode(), stage.cy.id.encode())
    assert altered != body
    assert await knocks(stage, "/slack/events", altered, of_slack(stage, body)) == 401
    await nothing_came_of_it(stage)
    assert stage.cy.messages() == []


@pytest.mark.parametrize(
    "body",
    [
        b"payload=%7B%22type%22",
        b"payload=not+json",
        b"payload=%5B%5D",
        b"payload=null",
        b"payload=%22word%22",
        b'payload={"type":"block_actions"}',
        b'payload={"type":"block_actions","actions":[]}',
        b"\xff\xfe\x00",
        b"{",
    ],
)
async def test_what_slack_signed_and_cannot_be_read_is_no_trouble_of_ours(stage: Stage, body: bytes) -> None:
    status = await knocks(stage, "/slack/events", body, of_slack(stage, body))
    assert 400 <= status < 500, status
    await nothing_came_of_it(stage)


async def test_malformed_json_from_slack_is_400(stage: Stage) -> None:
    body = b'{"type": "event_callback", '
    headers = of_slack(stage, body) | {"Content-Type": "application/json"}
    assert await knocks(stage, "/slack/events", body, headers) == 400


# --- Stream's


def an_event(stage: Stage, kind: str = "call.accepted", **more: object) -> bytes:
    call = stage.world.on_stream()
    event = {
        "type": kind,
        "call_cid": call.cid,
        "created_at": "2026-12-01T09:00:20Z",
        "user": {"id": stage.world.stream_id(stage.ben)},
    }
    return json.dumps({**event, **more}).encode()


async def test_an_event_of_another_secret_or_key_or_without_a_signature_is_refused(stage: Stage) -> None:
    await ana_rings(stage)
    body = an_event(stage)
    right = of_stream(stage, body)
    for headers in (
        of_stream(stage, body, secret="another"),
        right | {"X-API-KEY": "another"},
        right | {"X-SIGNATURE": ""},
        right | {"X-SIGNATURE": "zz"},
        {name: value for name, value in right.items() if name != "X-SIGNATURE"},
        {name: value for name, value in right.items() if name != "X-API-KEY"},
    ):
        assert await knocks(stage, "/stream/events", body, headers) == 401
    await stage.world.settled()
    stage.ana.sees_not("accepted")
    assert await knocks(stage, "/stream/events", body, right) == 200
    await stage.ana.sees("@ben accepted: come in")


async def test_a_body_over_a_mebibyte_is_refused_at_both_doors(stage: Stage) -> None:
    body = b"x" * (MIB + 1)
    assert await knocks(stage, "/slack/events", body, of_slack(stage, body)) == 413
    assert await knocks(stage, "/stream/events", body, of_stream(stage, body)) == 413


async def test_a_gzip_bomb_is_refused(stage: Stage) -> None:
    bomb = gzip.compress(b" " * (64 * MIB))
    assert len(bomb) < MIB / 8
    assert await knocks(stage, "/stream/events", bomb, of_stream(stage, bomb) | {"Content-Encoding": "gzip"}) == 413
    twice = gzip.compress(bomb)
    status = await knocks(stage, "/stream/events", twice, of_stream(stage, twice) | {"Content-Encoding": "gzip"})
    assert status in (400, 401, 413)
    assert not stage.errors()


@pytest.mark.parametrize("body", [b"{", b"[]", b"null", b'"word"', b"{}", b'{"type": 3}', b'{"type": ""}', b"\xff"])
async def test_malformed_json_from_stream_is_400(stage: Stage, body: bytes) -> None:
    assert await knocks(stage, "/stream/events", body, of_stream(stage, body)) == 400


async def test_gzip_that_is_cut_off_is_400(stage: Stage) -> None:
    body = gzip.compress(b'{"type": "call.ended"}')[:-6]
    assert await knocks(stage, "/stream/events", body, of_stream(stage, body) | {"Content-Encoding": "gzip"}) == 400


async def test_an_unknown_event_is_kept_and_ignored(stage: Stage) -> None:
    await ana_rings(stage)
    before = stage.ana.screen()
    body = an_event(stage, "call.something_new_of_2031")
    assert await knocks(stage, "/stream/events", body, of_stream(stage, body)) == 200
    assert await knocks(stage, "/stream/events", body, of_stream(stage, body)) == 200, "and again"
    await stage.world.settled()
    assert stage.ana.screen() == before
    await stage.ben.presses("Decline")
    await stage.ana.sees("@ben declined", at="#support")


async def test_an_event_of_a_call_that_is_not_ours_is_ignored(stage: Stage) -> None:
    await ana_rings(stage)
    body = an_event(stage, call_cid="default:somebody-elses")
    assert await knocks(stage, "/stream/events", body, of_stream(stage, body)) == 200
    body = an_event(stage, call_cid=stage.world.cids[0].replace("default", "livestream"))
    assert await knocks(stage, "/stream/events", body, of_stream(stage, body)) == 200
    await stage.world.settled()
    stage.ana.sees_not("accepted")


async def test_other_addresses_and_verbs_are_closed(stage: Stage) -> None:
    assert stage.world.app
    async with aiohttp.ClientSession() as session:
        for verb, path, status in (
            ("GET", "/slack/events", 404),
            ("GET", "/stream/events", 405),
            ("PUT", "/slack/events", 405),
            ("POST", "/", 404),
            ("GET", "/healthz", 200),
            ("GET", "/readyz", 200),
        ):
            async with session.request(verb, stage.world.app.url + path) as answer:
                assert answer.status == status, (verb, path)
