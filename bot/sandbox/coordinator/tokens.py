"""Stream's JWTs: made for people's own clients, and checked as Stream checks them. They live in real time."""

import time
from collections.abc import Mapping
from typing import Any

import jwt

from .errors import bad_token
from .state import App


def user_token(secret: str, user_id: str, lives_seconds: int = 3600) -> str:
    now = int(time.time())
    return jwt.encode({"user_id": user_id, "iat": now - 5, "exp": now + lives_seconds}, secret, "HS256")


def claims(app: App, headers: Mapping[str, str]) -> dict[str, Any]:
    """The token's claims; `user_id` in them makes it a user's. Raises 401 with the code Stream has for what is wrong.

    https://getstream.io/video/docs/api/basics/authentication/
    """
    if headers.get("stream-auth-type") != "jwt":
        raise bad_token(5, "stream-auth-type header must be jwt")
    if not (token := headers.get("Authorization")):
        raise bad_token(5, "Authorization header is missing")
    return verified(app, token)


def verified(app: App, token: str) -> dict[str, Any]:
    try:
        found: dict[str, Any] = jwt.decode(token, app.api_secret, algorithms=["HS256"], options=_SIGNATURE_ONLY)
    except jwt.InvalidSignatureError as error:
        raise bad_token(43, "JWTAuth error: signature is invalid") from error
    except jwt.InvalidTokenError as error:
        raise bad_token(5, "Token is invalid") from error
    if "user_id" in found and not _is_name(found["user_id"]):
        raise bad_token(5, "Token is invalid")
    _in_time(app, found)
    return found


_SIGNATURE_ONLY: Any = {
    "verify_signature": True,
    "verify_exp": False,
    "verify_nbf": False,
    "verify_iat": False,
    "verify_aud": False,
    "verify_iss": False,
    "verify_sub": False,
    "verify_jti": False,
}


def _is_name(user_id: Any) -> bool:
    """An empty one is nobody, and not the server for want of a user."""
    return isinstance(user_id, str) and user_id != "" and user_id.isprintable()


def _in_time(app: App, found: dict[str, Any]) -> None:
    now = time.time()
    if not all(isinstance(found.get(name, 0), int | float) for name in ("exp", "nbf", "iat")):
        raise bad_token(5, "Token is invalid")
    if found.get("exp", now + 1) <= now:
        raise bad_token(40, "JWTAuth error: token is expired")
    if found.get("nbf", now) > now:
        raise bad_token(41, "JWTAuth error: token is not valid yet (nbf)")
    if found.get("iat", now) > now:
        raise bad_token(42, "JWTAuth error: token used before issue at (iat)")
    revoked = app.revoke_tokens_issued_before
    if revoked is not None and found.get("iat", 0) < revoked.timestamp():
        raise bad_token(5, "Token is revoked")
