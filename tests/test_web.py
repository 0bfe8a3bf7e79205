"""The door: real HTTP, real Bolt, real signatures; who is let in, what is kept, what is refused and how."""

import asyncio
import gzip
import hashlib
import hmac
import io
import json
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import urlencode

import aiohttp
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from slack_sdk.web.async_client import AsyncWebClient

from bot.ledger import Delivery
from bot.person import Identity
from bot.slack.listeners import build_app
from bot.stream.events import ONE_MIB
from bot.web import SlackDoor, StreamDoor, Web

SIGNING_SECRET = "a signing secret"
KEY, SECRET = "streamkey", "a stream secret"
JSON = "application/json"
FORM = "application/x-www-form-urlencoded"


class Inbox:
    """Keeps deliveries, as the ledger does: each key once."""

    def __init__(self) -> None:
        self.kept: dict[str, Delivery] = {}
        self.broken = False

    async def keep(self, delivery: Delivery) -> None:
        if self.broken:
            raise OSError("disk full")
        self.kept.setdefault(delivery.key, delivery)


@asynccontextmanager
async def listening(
    *, socket_mode: bool = False, wrong: Callable[[], str] = lambda: ""
) -> AsyncIterator[tuple[Web, Inbox, aiohttp.ClientSession]]:
    inbox = Inbox()
    bolt = build_app(
        AsyncWebClient("xoxb-test", base_url="http://127.0.0.1:9/api/"),
        Identity("T1", "UBOT", "B1"),
        signing_secret=SIGNING_SECRET,
    )

    @bolt.command("/echo")
    async def echo(ack: Any, body: dict[str, Any]) -> None:
        await ack(text=f"you said {body['text']}")

    async def check() -> str:
        return wrong()

    web = Web(
        "127.0.0.1",
        0,
        stream=StreamDoor(KEY, SECRET, inbox.keep),
        slack=None if socket_mode else SlackDoor(bolt, SIGNING_SECRET),
        healthy=check,
        ready=check,
        known=lambda: {"slack": "up"},
    )
    await web.start()
    try:
        async with aiohttp.ClientSession(web.url, auto_decompress=False) as session:
            yield web, inbox, session
    finally:
        await web.stop()


def slack_signed(body: bytes, *, at: float | None = None, secret: str = SIGNING_SECRET) -> dict[str, str]:
    timestamp = str(int(time.time() if at is None else at))
    base = b"v0:" + timestamp.encode() + b":" + body
    digest = hmac.new(secret.encode(), base, hashlib.sha256).hexdigest()
    return {"X-Slack-Request-Timestamp": timestamp, "X-Slack-Signature": f"v0={digest}"}


def stream_signed(body: bytes, *, secret: str = SECRET, **more: str) -> dict[str, str]:
    signature = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    return {"X-API-KEY": KEY, "X-SIGNATURE": signature, "Content-Type": JSON, **more}


async def post(session: aiohttp.ClientSession, path: str, body: bytes, headers: dict[str, str]) -> tuple[int, str]:
    async with session.post(path, data=io.BytesIO(body), headers=headers) as answer:
        return answer.status, await answer.text()


# --- Slack's

COMMAND = urlencode({"command": "/echo", "text": "hello", "user_id": "U1", "team_id": "T1"}).encode()


async def test_a_signed_command_reaches_its_listener() -> None:
    async with listening() as (_, _, session):
        headers = {**slack_signed(COMMAND), "Content-Type": FORM}
        assert await post(session, "/slack/events", COMMAND, headers) == (200, "you said hello")


REFUSED: dict[str, dict[str, str | None]] = {
    "no headers at all": {"X-Slack-Request-Timestamp": None, "X-Slack-Signature": None},
    "no signature": {"X-Slack-Signature": None},
    "no timestamp": {"X-Slack-Request-Timestamp": None},
    "an empty timestamp": {"X-Slack-Request-Timestamp": ""},
    "a timestamp in words": {"X-Slack-Request-Timestamp": "yesterday"},
    "a timestamp with a fraction": {"X-Slack-Request-Timestamp": "1700000000.5"},
    "a negative timestamp": {"X-Slack-Request-Timestamp": "-5"},
    "an endless timestamp": {"X-Slack-Request-Timestamp": "9" * 5000},
    "a timestamp in other digits": {"X-Slack-Request-Timestamp": "١٢٣"},
    "a stale request": slack_signed(COMMAND, at=time.time() - 3600),  # type: ignore[dict-item]
    "a request from the future": slack_signed(COMMAND, at=time.time() + 3600),  # type: ignore[dict-item]
    "another's secret": slack_signed(COMMAND, secret="guessed"),  # type: ignore[dict-item]
    "another body's signature": slack_signed(b"other"),  # type: ignore[dict-item]
    "a signature that is none": {"X-Slack-Signature": "v0=zz"},
    "a signature in other letters": {"X-Slack-Signature": "v0=ключ"},
    "an old version's signature": {"X-Slack-Signature": "v1=00"},
}


@pytest.mark.parametrize("change", REFUSED.values(), ids=REFUSED)
async def test_who_cannot_prove_to_be_slack_is_refused(change: dict[str, str | None]) -> None:
    changed = {**slack_signed(COMMAND), "Content-Type": FORM, **change}
    headers = {name: value for name, value in changed.items() if value is not None}
    async with listening() as (_, _, session):
        assert (await post(session, "/slack/events", COMMAND, headers))[0] == 401


ODD_TO_SLACK: dict[str, tuple[str, bytes, int]] = {
    "broken json": (JSON, b'{"type": ', 400),
    "json that is a list": (JSON, b"[1]", 400),
    "json that is a number": (JSON, b"5", 400),
    "bottomless json": (JSON, b"[" * 100_000, 400),
    "a form with a broken payload": (FORM, b"payload=%7Boops", 400),
    "a payload that is a list": (FORM, b"payload=[]", 400),
    "actions that are none": (JSON, b'{"type": "block_actions", "actions": [], "user": {"id": "U1"}}', 400),
    "actions that are a number": (JSON, b'{"type": "block_actions", "actions": 5}', 400),
    "a user that is a number": (JSON, b'{"type": "block_actions", "user": 5}', 400),
    "an event that is a word": (JSON, b'{"type": "event_callback", "event": "x"}', 400),
    "nobody's command": (FORM, b"command=%2Fother&text=x&user_id=U1", 404),
}


@pytest.mark.parametrize(("content_type", "body", "status"), ODD_TO_SLACK.values(), ids=ODD_TO_SLACK)
async def test_what_slack_would_not_send_is_a_bad_request(content_type: str, body: bytes, status: int) -> None:
    async with listening() as (_, _, session):
        headers = {"Content-Type": content_type}
        assert (await post(session, "/slack/events", body, headers | slack_signed(body)))[0] == status
        assert (await post(session, "/slack/events", body, headers | slack_signed(b"?")))[0] == 401


async def test_bytes_that_are_no_text_are_a_bad_request() -> None:
    async with listening() as (_, _, session):
        assert (await post(session, "/slack/events", b"\xff\xfe", slack_signed(b"\xff\xfe")))[0] == 400


async def test_slack_is_shown_its_challenge_only_when_it_signs() -> None:
    body = json.dumps({"type": "url_verification", "challenge": "c123"}).encode()
    async with listening() as (_, _, session):
        headers = {"Content-Type": JSON}
        status, text = await post(session, "/slack/events", body, headers | slack_signed(body))
        assert (status, json.loads(text)) == (200, {"challenge": "c123"})
        assert (await post(session, "/slack/events", body, headers))[0] == 401


async def test_ssl_check_is_answered() -> None:
    async with listening() as (_, _, session):
        assert (await post(session, "/slack/events", b"ssl_check=1&token=x", {"Content-Type": FORM}))[0] == 200
        async with session.get("/slack/events", params={"ssl_check": "1"}) as answer:
            assert answer.status == 200
        async with session.get("/slack/events") as answer:
            assert answer.status == 404


async def test_in_socket_mode_slacks_address_does_not_exist() -> None:
    async with listening(socket_mode=True) as (_, _, session):
        headers = {**slack_signed(COMMAND), "Content-Type": FORM}
        assert (await post(session, "/slack/events", COMMAND, headers))[0] == 404


@pytest.mark.parametrize("path", ["/slack/events", "/stream/events"])
async def test_a_body_over_a_mebibyte_is_too_large(path: str) -> None:
    body = b"x" * (ONE_MIB + 1)
    async with listening() as (_, _, session):
        assert (await post(session, path, body, slack_signed(body) | stream_signed(body)))[0] == 413

        async def in_pieces() -> AsyncIterator[bytes]:
            for _ in range(9):
                yield b"x" * (ONE_MIB // 8)

        async with session.post(path, data=in_pieces()) as answer:
            assert answer.status == 413


# --- Stream's

EVENT = json.dumps({"type": "call.ended", "call_cid": "default:c1", "created_at": "2026-11-22T10:00:00Z"}).encode()


async def test_an_event_of_streams_is_kept_raw_once_and_answered() -> None:
    async with listening() as (_, inbox, session):
        headers = stream_signed(EVENT, **{"X-WEBHOOK-ID": "w1"})
        assert (await post(session, "/stream/events", EVENT, headers))[0] == 200
        assert (await post(session, "/stream/events", EVENT, headers))[0] == 200
        assert [(d.key, d.body) for d in inbox.kept.values()] == [("w1", EVENT)]


async def test_an_event_without_an_id_is_known_by_what_it_says() -> None:
    async with listening() as (_, inbox, session):
        for headers in (stream_signed(EVENT), stream_signed(EVENT), stream_signed(EVENT, **{"X-WEBHOOK-ID": "ü"})):
            assert (await post(session, "/stream/events", EVENT, headers))[0] == 200
        assert list(inbox.kept) == [hashlib.sha256(EVENT).hexdigest()]


@pytest.mark.parametrize("encoding", ["gzip", None], ids=["as such", "by its first bytes"])
async def test_a_compressed_event_is_kept_as_it_was_signed(encoding: str | None) -> None:
    async with listening() as (_, inbox, session):
        headers = stream_signed(EVENT, **({"Content-Encoding": encoding} if encoding else {}))
        assert (await post(session, "/stream/events", gzip.compress(EVENT), headers))[0] == 200
        assert [d.body for d in inbox.kept.values()] == [EVENT]


UNKNOWN = json.dumps({"type": "call.something_new", "call_cid": "default:c1"}).encode()
BOMB = gzip.compress(b"0" * (200 * ONE_MIB), 9)

TO_STREAM: dict[str, tuple[bytes, dict[str, str], int]] = {
    "an unknown event": (UNKNOWN, stream_signed(UNKNOWN), 200),
    "another app's key": (EVENT, {**stream_signed(EVENT), "X-API-KEY": "other"}, 401),
    "another's secret": (EVENT, stream_signed(EVENT, secret="guessed"), 401),
    "another body's signature": (EVENT, stream_signed(UNKNOWN), 401),
    "no signature": (EVENT, {"X-API-KEY": KEY}, 401),
    "a signature in other letters": (EVENT, {**stream_signed(EVENT), "X-SIGNATURE": "ключ"}, 401),
    "no headers": (EVENT, {}, 401),
    "broken json": (b'{"type": ', stream_signed(b'{"type": '), 400),
    "json that is a list": (b"[1]", stream_signed(b"[1]"), 400),
    "an object without a type": (b"{}", stream_signed(b"{}"), 400),
    "bottomless json": (b"[" * 100_000, stream_signed(b"[" * 100_000), 400),
    "nothing": (b"", stream_signed(b""), 400),
    "a gzip bomb": (BOMB, {**stream_signed(BOMB), "Content-Encoding": "gzip"}, 413),
    "broken gzip": (b"\x1f\x8b oops", {**stream_signed(b""), "Content-Encoding": "gzip"}, 400),
    "another encoding": (EVENT, {**stream_signed(EVENT), "Content-Encoding": "br"}, 400),
}


@pytest.mark.parametrize(("body", "headers", "status"), TO_STREAM.values(), ids=TO_STREAM)
async def test_what_comes_to_streams_door(body: bytes, headers: dict[str, str], status: int) -> None:
    async with listening() as (_, inbox, session):
        assert (await post(session, "/stream/events", body, headers))[0] == status
        assert len(inbox.kept) == (status == 200)


async def test_what_could_not_be_kept_is_not_acknowledged() -> None:
    async with listening() as (_, inbox, session):
        inbox.broken = True
        assert (await post(session, "/stream/events", EVENT, stream_signed(EVENT)))[0] == 503
        inbox.broken = False
        assert (await post(session, "/stream/events", EVENT, stream_signed(EVENT)))[0] == 200


# --- the rest of the house


async def test_health_and_readiness_say_what_is_wrong() -> None:
    wrong = [""]
    async with listening(wrong=lambda: wrong[0]) as (_, _, session):
        for path in ("/healthz", "/readyz"):
            async with session.get(path) as answer:
                assert (answer.status, await answer.json()) == (200, {"ok": True, "wrong": "", "slack": "up"})
        wrong[0] = "the clock has stopped"
        for path in ("/healthz", "/readyz"):
            async with session.get(path) as answer:
                assert answer.status == 503
                assert (await answer.json())["wrong"] == "the clock has stopped"


async def test_there_is_nothing_else() -> None:
    async with listening() as (_, _, session):
        for path in ("/", "/slack", "/stream", "/.env", "/slack/events/"):
            async with session.get(path) as answer:
                assert answer.status == 404, path


async def test_a_stopped_server_lets_go_of_its_port() -> None:
    async with listening() as (web, _, _):
        url, port = web.url, web.port
        assert url == f"http://127.0.0.1:{port}" and port > 0
    with pytest.raises(OSError):
        await asyncio.open_connection("127.0.0.1", port)


PLAIN = st.text(max_size=20)
NAMES = (
    "type event actions user team view state values channel container action_id block_id value id authorizations "
    "enterprise callback_id private_metadata command text message response_urls event_id bot_profile function_data"
)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | PLAIN,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(NAMES),
            inner | st.sampled_from(["event_callback", "block_actions", "view_submission", "view_closed", "/echo"]),
            max_size=6,
        )
    ),
    max_leaves=12,
)
BODIES = st.one_of(
    st.binary(max_size=200).map(lambda raw: (JSON, raw)),
    VALUES.map(lambda value: (JSON, json.dumps(value).encode())),
    VALUES.map(lambda value: (FORM, urlencode({"payload": json.dumps(value)}).encode())),
    st.dictionaries(st.sampled_from(["command", "text", "user_id", "payload", "ssl_check"]), PLAIN, max_size=4).map(
        lambda form: (FORM, urlencode(form, errors="replace").encode())
    ),
    VALUES.map(lambda value: (JSON, gzip.compress(json.dumps(value).encode()))),
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(BODIES, min_size=1, max_size=8))
def test_nothing_that_is_sent_ends_in_a_500(bodies: list[tuple[str, bytes]]) -> None:
    async def send_all() -> list[int]:
        async with listening() as (_, _, session):
            answers = []
            for content_type, body in bodies:
                headers = {"Content-Type": content_type}
                answers.append((await post(session, "/slack/events", body, headers | slack_signed(body)))[0])
                answers.append((await post(session, "/stream/events", body, headers | stream_signed(body)))[0])
            return answers

    assert set(asyncio.run(send_all())) <= {200, 400, 401, 404}
