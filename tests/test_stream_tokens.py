"""Tokens say what Stream's documentation asks, and live in the time they are given."""

from datetime import UTC, datetime, timedelta

import jwt
import pytest

from bot.stream.tokens import server_token, user_token

SECRET = "a-secret-of-the-length-that-stream-gives-to-each-of-its-apps"
NOON = datetime(2026, 11, 1, 12, 0, tzinfo=UTC)


def claims(token: str) -> dict[str, object]:
    found: dict[str, object] = jwt.decode(
        token, SECRET, algorithms=["HS256"], options={"verify_exp": False, "verify_iat": False}
    )
    return found


def test_the_servers_token_says_so_and_is_issued_a_minute_ago() -> None:
    assert claims(server_token(SECRET, NOON)) == {
        "server": True,
        "iat": int(NOON.timestamp()) - 60,
        "exp": int(NOON.timestamp()) + 300,
    }


def test_a_users_token_names_the_user_and_lives_as_long_as_asked() -> None:
    assert claims(user_token(SECRET, "T1-UANA", NOON, timedelta(hours=2))) == {
        "user_id": "T1-UANA",
        "iat": int(NOON.timestamp()) - 60,
        "exp": int(NOON.timestamp()) + 7200,
    }


def test_it_is_signed_with_hs256_under_the_secret() -> None:
    token = server_token(SECRET, NOON)
    assert jwt.get_unverified_header(token) == {"alg": "HS256", "typ": "JWT"}
    with pytest.raises(jwt.InvalidSignatureError):
        jwt.decode(token, SECRET[::-1], algorithms=["HS256"])


@pytest.mark.parametrize("user_id", ["", None])
def test_nobody_gets_no_token(user_id: str) -> None:
    with pytest.raises(ValueError, match="user id"):
        user_token(SECRET, user_id, NOON)


def test_a_time_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="aware"):
        server_token(SECRET, datetime(2026, 11, 1, 12, 0))  # noqa: DTZ001
