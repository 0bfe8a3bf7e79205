"""Requests as Slack and Stream send them, signed, made before anything is measured."""

import hashlib
import hmac
import json
import time
from collections.abc import Sequence
from urllib.parse import urlencode
from uuid import uuid4

from bot.slack.blocks.actions import Action
from tests.bench.client import request

SIGNING_SECRET = "0123456789abcdef0123456789abcdef"
API_KEY, API_SECRET = "bench", "a-secret-that-is-only-for-measuring-with"
TEAM = "T0HUDDLE"
_FORM = "application/x-www-form-urlencoded"


def from_slack(fields: dict[str, str], *, secret: str = SIGNING_SECRET) -> bytes:
    body, now = urlencode(fields), str(int(time.time()))
    signature = hmac.new(secret.encode(), f"v0:{now}:{body}".encode(), hashlib.sha256).hexdigest()
    headers = {
        "Content-Type": _FORM,
        "X-Slack-Request-Timestamp": now,
        "X-Slack-Signature": f"v0={signature}",
    }
    return request("/slack/events", headers, body.encode())


def command(user: str, callees: Sequence[str], *, channel: str = "C0SUPPORT", secret: str = SIGNING_SECRET) -> bytes:
    """`/ring` of these people."""
    fields = {
        "token": "deprecated-verification-token",
        "team_id": TEAM,
        "team_domain": "huddle",
        "channel_id": channel,
        "channel_name": "support",
        "user_id": user,
        "user_name": "ana",
        "command": "/ring",
        "text": " ".join(f"<@{callee}>" for callee in callees) + ' "Prod is down"',
        "api_app_id": "A0RINGER",
        "is_enterprise_install": "false",
        "response_url": f"https://hooks.slack.com/commands/{TEAM}/{uuid4().hex}",
        "trigger_id": f"1.2.{uuid4().hex}",
    }
    return from_slack(fields, secret=secret)


def commands(count: int) -> list[bytes]:
    """Each typed by somebody else, so that none is the same as before, or one too many of somebody's."""
    return [command(f"U{uuid4().hex[:10].upper()}", (f"U{uuid4().hex[:10].upper()}", "U0CY")) for _ in range(count)]


def accept(user: str, call_id: str, *, secret: str) -> bytes:
    """A press on Accept."""
    button = {"type": "button", "action_id": Action.ACCEPT.value, "block_id": "", "value": call_id, "action_ts": "1.1"}
    payload = {
        "type": "block_actions",
        "user": {"id": user, "username": "ben", "team_id": TEAM},
        "api_app_id": "A0RINGER",
        "token": "deprecated-verification-token",
        "team": {"id": TEAM, "domain": "huddle"},
        "container": {"type": "message", "message_ts": "1.000001", "channel_id": "D0BEN", "is_ephemeral": False},
        "channel": {"id": "D0BEN", "name": "directmessage"},
        "trigger_id": f"1.2.{uuid4().hex}",
        "actions": [button],
    }
    return from_slack({"payload": json.dumps(payload)}, secret=secret)


def webhooks(count: int) -> list[bytes]:
    """Events of a call this bot does not know, each another one."""
    return [_webhook(number) for number in range(count)]


def _webhook(number: int) -> bytes:
    cid = f"default:{uuid4().hex}"
    user = {"id": "t0huddle-u0ben", "name": "ben", "role": "user", "custom": {}, "teams": []}
    call = {
        "cid": cid,
        "id": cid.partition(":")[2],
        "type": "default",
        "custom": {"topic": "Prod is down", "padding": "x" * 2500},
        "created_at": "2026-11-22T10:00:00Z",
        "created_by": user,
    }
    event = {"type": "call.accepted", "call_cid": cid, "created_at": "2026-11-22T10:00:01Z", "user": user, "call": call}
    body = json.dumps(event).encode()
    headers = {
        "Content-Type": "application/json",
        "X-API-KEY": API_KEY,
        "X-WEBHOOK-ID": uuid4().hex,
        "X-SIGNATURE": hmac.new(API_SECRET.encode(), body, hashlib.sha256).hexdigest(),
    }
    return request("/stream/events", headers, body)
