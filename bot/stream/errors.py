"""What can go wrong between us and Stream, and how an answer that is not a success is judged."""

import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import aiohttp
import httpx
from pydantic import BaseModel, ValidationError

MENDS_ITSELF = {408, 425, 429}  # the 4xx that the same request may outlive
LONGEST_WINDOW = 60.0  # seconds: https://getstream.io/chat/docs/dotnet-csharp/rate_limits.md
LONGEST_WAIT = 3600.0
LONGEST_MESSAGE = 500
AUTHENTICATION_FAILED = 5  # with a user's token: theirs were revoked, for one
SUSPENDED = 99  # the app, as for want of payment
NO_CODE = 0  # a refusal that was not written by Stream itself (a proxy's page)


class StreamError(Exception):
    """Stream did not do what it was asked."""


class StreamRefused(StreamError):
    """Stream said no, and would say it again. `code` is its own, 0 where the answer was not an API error."""

    def __init__(self, status: int, code: int, message: str) -> None:
        super().__init__(f"Stream refused ({status}, code {code}): {message}")
        self.status = status
        self.code = code
        self.message = message


class StreamUnauthorized(StreamRefused):
    """It refuses the app itself, its key or its tokens, whatever it is asked, until that is mended."""


class StreamUnavailable(StreamError):
    """Stream did not answer properly; the same request may succeed later.

    `outcome_unknown` is False only where the request surely had no effect. `retry_after` is in seconds.
    """

    def __init__(
        self,
        reason: str,
        *,
        outcome_unknown: bool,
        retry_after: float | None = None,
        status: int | None = None,
    ) -> None:
        super().__init__(f"Stream is unavailable: {reason}")
        self.status = status
        self.outcome_unknown = outcome_unknown
        self.retry_after = retry_after


class _APIError(BaseModel):
    code: int
    message: str


def from_answer(answer: httpx.Response, now: datetime, *, as_person: bool = False) -> StreamError:
    """The error that an answer other than 2xx stands for. `as_person`: it was asked with a token of one user."""
    error = _api_error(answer)
    status = answer.status_code
    if _of_the_app(status, error.code, as_person):
        return StreamUnauthorized(status, error.code, error.message[:LONGEST_MESSAGE])
    if 400 <= status < 500 and status not in MENDS_ITSELF:
        return StreamRefused(status, error.code, error.message[:LONGEST_MESSAGE])
    return StreamUnavailable(
        f"{status}, {error.message[:LONGEST_MESSAGE]}",
        outcome_unknown=status != 429,
        retry_after=retry_after(answer.headers, now),
        status=status,
    )


def _of_the_app(status: int, code: int, as_person: bool) -> bool:
    """One person's token may be refused because of them; what is signed, or when, is the same for all."""
    return code == SUSPENDED or (status == 401 and not (as_person and code == AUTHENTICATION_FAILED))


def from_failure(failure: Exception) -> StreamUnavailable:
    """The error that a failed exchange stands for: no connection, a lost one, or bytes that are not HTTP."""
    reason = str(failure) or type(failure).__name__
    return StreamUnavailable(reason, outcome_unknown=not _never_sent(failure))


def retry_after(headers: httpx.Headers, now: datetime) -> float | None:
    """Seconds to wait: by `Retry-After` (seconds or a date), else `X-RateLimit-Reset` (Unix seconds)."""
    if (wait := _retry_after(headers.get("retry-after", ""), now)) is not None:
        return wait
    resets = [float(found) for found in re.findall(r"\d+(?:\.\d+)?", headers.get("x-ratelimit-reset", ""))]
    if not resets:
        return None
    return min(max(0.0, max(resets) - now.timestamp()), LONGEST_WINDOW)


def _retry_after(value: str, now: datetime) -> float | None:
    if re.fullmatch(r"\s*\d{1,9}(\.\d+)?\s*", value, re.ASCII):
        return min(float(value), LONGEST_WAIT)
    try:
        when = parsedate_to_datetime(value)
        # "-0000" reads as naive: RFC 5322 means UTC by it
        wait = (when.replace(tzinfo=when.tzinfo or UTC) - now).total_seconds()
        return min(max(0.0, wait), LONGEST_WAIT)
    except (ValueError, OverflowError):
        return None


def _api_error(answer: httpx.Response) -> _APIError:
    try:
        return _APIError.model_validate_json(answer.content)
    except ValidationError:
        return _APIError(code=NO_CODE, message=f"{answer.reason_phrase or 'an answer'} that is no API error")


def _never_sent(failure: Exception) -> bool:
    # httpx-aiohttp calls a connection lost in mid-answer a ConnectTimeout too: its cause is more exact.
    if isinstance(failure.__cause__, aiohttp.ClientError):
        return isinstance(failure.__cause__, aiohttp.ClientConnectorError | aiohttp.ConnectionTimeoutError)
    return isinstance(failure, httpx.ConnectError | httpx.ConnectTimeout | httpx.PoolTimeout)
