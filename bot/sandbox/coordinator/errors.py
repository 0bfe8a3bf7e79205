"""What Stream answers when it refuses, with its published codes.

https://getstream.io/chat/docs/python/api_errors_response/
"""

from collections.abc import Mapping
from typing import Any

MORE_INFO = "https://getstream.io/chat/docs/api_errors_response"


class Refused(Exception):
    """The coordinator refuses a request."""

    def __init__(self, status: int, code: int, message: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(message)
        self.status, self.code, self.message = status, code, message
        self.headers = dict(headers or {})

    def body(self, operation: str, duration: str) -> dict[str, Any]:
        """Stream's APIError, naming the operation the way it does: `RingCall failed with error: "…"`."""
        named = f'{operation} failed with error: "{self.message}"' if operation else self.message
        return {
            "StatusCode": self.status,
            "code": self.code,
            "details": [],
            "duration": duration,
            "message": named,
            "more_info": MORE_INFO,
        }


def internal() -> Refused:
    return Refused(500, -1, "internal error")


def bad_api_key() -> Refused:
    return Refused(401, 2, "api_key not valid")


def bad_input(message: str) -> Refused:
    return Refused(400, 4, message)


def bad_token(code: int, message: str) -> Refused:
    return Refused(401, code, message)


def too_many(message: str, headers: Mapping[str, str]) -> Refused:
    return Refused(429, 9, message, headers)


def not_found(message: str) -> Refused:
    return Refused(404, 16, message)


def not_allowed(message: str) -> Refused:
    return Refused(403, 17, message)


def too_large() -> Refused:
    return Refused(413, 22, "the payload is too large")
