"""Signs the two kinds of token that Stream takes: the server's own, and one that speaks as a single user.

Pure: the real time is passed in. Tokens never follow a clock that is turned: Stream checks them by its own.
https://getstream.io/video/docs/api/authentication/
"""

from datetime import datetime, timedelta
from typing import Any

import jwt

SKEW = timedelta(seconds=60)  # Stream answers 401 (code 42) to an `iat` that lies in its future
BRIEF = timedelta(minutes=5)  # long enough for one request


def server_token(secret: str, now: datetime) -> str:
    """The token of a backend: it may do everything but accept, reject and join."""
    return _sign(secret, now, BRIEF, {"server": True})


def user_token(secret: str, user_id: str, now: datetime, ttl: timedelta = BRIEF) -> str:
    """The token of one person."""
    if not user_id:
        raise ValueError("a user token needs a user id")
    return _sign(secret, now, ttl, {"user_id": user_id})


def _sign(secret: str, now: datetime, ttl: timedelta, claims: dict[str, Any]) -> str:
    if now.tzinfo is None:
        raise ValueError("the time a token is signed at must be aware")
    issued, expires = int((now - SKEW).timestamp()), int((now + ttl).timestamp())
    return jwt.encode({**claims, "iat": issued, "exp": expires}, secret, algorithm="HS256")
