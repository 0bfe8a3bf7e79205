"""Logs: a sentence and its facts; whatever looks like a secret is struck out, wherever it stands."""

import io
import json
import logging

import pytest
import structlog

from bot.logs import REDACTED, redact, set_up_logging

JWT = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJ1c2VyX2lkIjoiYmVuIn0.c2lnbmF0dXJl-_"

SECRETS = {
    "a bot token": ("posting with xoxb-1-2-abc.", "xoxb-1-2-abc"),
    "a rotated token": ("xoxe.xoxp-1-Mi0yLTE", "Mi0yLTE"),
    "an app token": ("token=xapp-1-A1-2-abc", "xapp-1-A1-2-abc"),
    "a JSON Web Token": (f"Authorization: {JWT}", JWT),
    "a socket's ticket": ("wss://wss.slack.com/link/?ticket=abcDEF&app_id=1", "abcDEF"),
    "a response_url": ("https://hooks.slack.com/actions/T1/2/abcDEF", "abcDEF"),
    "a link to the join page": (f"POST /join/{'a-' * 21}b 503", "a-a-a"),
    "the join page's cookie": ("Cookie: ringer_0123456789ab=opaque-thing; x=1", "opaque-thing"),
    "a link to join": ("https://meet.example.com/c?user=1&token=opaque-thing&x=1", "opaque-thing"),
    "a database's password": ("postgresql://ringer:hunter2@db/ringer", "hunter2"),
}


@pytest.mark.parametrize(("text", "secret"), SECRETS.values(), ids=SECRETS)
def test_what_looks_like_a_secret_is_struck_out(text: str, secret: str) -> None:
    said = redact(text)
    assert secret not in said and REDACTED in said


KEPT = [
    "ben declined call c0ffee",
    "https://slack.com/api/chat.postMessage",
    "C0123ABC 1700000000.123456 Ev0ABC",
    "keyboard.eye.eyelid",
    "https://meet.example.com/c?user=1",
]


@pytest.mark.parametrize("text", KEPT)
def test_all_else_is_kept(text: str) -> None:
    assert redact(text) == text


@pytest.mark.parametrize("log_format", ["console", "json"])
def test_no_way_into_the_log_lets_a_secret_through(log_format: str, out: io.StringIO) -> None:
    set_up_logging(log_format, stream=out)  # type: ignore[arg-type]
    log = structlog.get_logger("bot.test")
    log.info("joining", link=f"https://m/?token={JWT}", nested={"deep": [f"x {JWT}"], "response_url": "opaque-thing"})
    log.warning(f"in the sentence: {JWT}", token="opaque-thing", response_url="opaque-thing")
    logging.getLogger("some.library").warning("in an argument: %s", JWT, extra={"action": JWT})
    try:
        raise ValueError(f"in an error: {JWT}")
    except ValueError:
        log.exception("it broke", call="c1")
        logging.getLogger("some.library").exception("it broke there too")
    written = out.getvalue()
    assert JWT not in written and "opaque-thing" not in written
    assert written.count("Traceback") == 2 and written.count("in an error: ") >= 2


def test_json_lines_carry_a_sentence_and_its_facts(out: io.StringIO) -> None:
    set_up_logging("json", stream=out)
    structlog.get_logger("bot.test").info("ben declined", action="callee_rejected", call="c1")
    line = json.loads(out.getvalue())
    assert (line["event"], line["action"], line["call"], line["level"]) == (
        "ben declined",
        "callee_rejected",
        "c1",
        "info",
    )
    assert line["logger"] == "bot.test" and line["timestamp"].endswith("Z")


def test_setting_up_twice_writes_once(out: io.StringIO) -> None:
    set_up_logging("console", stream=out)
    set_up_logging("console", stream=out)
    logging.getLogger("x").warning("only once")
    assert out.getvalue().count("only once") == 1
