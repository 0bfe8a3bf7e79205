"""Links to join: filled in, encoded, and good for one person for a short while."""

from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import jwt
import pytest

from bot.call.values import Call, CallKind
from bot.links import Links

NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
SECRET = "a stream secret that is long enough"
CALL = Call(
    id="c0ffee",
    type="default",
    team="T1",
    channel="C1",
    caller="UANA",
    kind=CallKind.RING,
    created_at=NOW - timedelta(days=1),
    ring_timeout=timedelta(seconds=60),
)


def mint(template: str, call: Call = CALL, **more: str) -> str:
    links = Links(template, SECRET, real_now=lambda: NOW)
    return links.mint(call, "UBEN", **{"stream_user_id": "T1-UBEN", **more})


FILLED = {
    "an app of one's own": (
        "https://m.example.com/{type}/{id}?as={user_id}",
        "https://m.example.com/default/c0ffee?as=T1-UBEN",
    ),
    "slack's huddle": ("https://app.slack.com/huddle/{team}/{channel}", "https://app.slack.com/huddle/T1/C1"),
    "braces of its own": ("https://m.example.com/{id}#{{x}}", "https://m.example.com/c0ffee#{x}"),
}


@pytest.mark.parametrize(("template", "link"), FILLED.values(), ids=FILLED)
def test_a_link_is_filled_in(template: str, link: str) -> None:
    assert mint(template) == link


def test_values_cannot_break_out_of_their_place() -> None:
    assert (
        mint("https://m/{id}?as={user_id}&x=1", stream_user_id="a&b=c/d#é")
        == "https://m/c0ffee?as=a%26b%3Dc%2Fd%23%C3%A9&x=1"
    )


def test_a_huddle_may_be_elsewhere_than_the_call() -> None:
    assert mint("https://app.slack.com/huddle/{team}/{channel}", channel="G7").endswith("/T1/G7")


def test_the_token_is_that_persons_and_lives_for_the_ring_and_five_minutes() -> None:
    [token] = parse_qs(urlsplit(mint("https://m/{id}?t={token}")).query)["t"]
    claims = jwt.decode(token, SECRET, algorithms=["HS256"], options={"verify_exp": False, "verify_iat": False})
    assert claims["user_id"] == "T1-UBEN"
    assert claims["exp"] == (NOW + timedelta(minutes=6)).timestamp()
    assert claims["iat"] == (NOW - timedelta(seconds=60)).timestamp()


@pytest.mark.parametrize("template", ["https://m/{id}?t={token}", "https://m/{id}?as={user_id}"])
def test_nobody_is_given_a_link_as_someone_unknown(template: str) -> None:
    with pytest.raises(ValueError, match="who UBEN is on Stream"):
        mint(template, stream_user_id="")


def test_a_link_without_a_token_needs_no_stream_user() -> None:
    assert mint("https://app.slack.com/huddle/{team}/{channel}", stream_user_id="")
