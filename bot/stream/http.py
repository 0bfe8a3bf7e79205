"""One request to Stream and its answer: its headers, one time limit for the whole, one way to judge."""

import asyncio
import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from time import monotonic
from typing import Any
from urllib.parse import quote
from uuid import uuid4

import aiohttp
import httpx
from httpx_aiohttp import HttpxAiohttpClient
from pydantic import ValidationError

from .errors import StreamRefused, StreamUnauthorized, StreamUnavailable, from_answer, from_failure
from .models import A, iso

Observe = Callable[[str, str, float], None]


class Http:
    """Sends requests. Keeps one client open, because building one costs a TLS context."""

    def __init__(
        self,
        *,
        api_key: str,
        base_url: str,
        timeout: float,
        http: httpx.AsyncClient | None,
        observe: Observe | None,
    ) -> None:
        self._api_key = api_key
        self._base_url = base_url.rstrip("/")
        self._timeout = timeout
        self._mine = http is None
        self._http = http or _client(self._base_url, timeout)
        self._observe = observe or (lambda operation, outcome, seconds: None)
        self._name = f"huddle-ringer/{_version()}"

    async def aclose(self) -> None:
        """Close the client, unless it was lent to us."""
        if self._mine:
            await self._http.aclose()

    async def ask(
        self,
        operation: str,
        method: str,
        path: str,
        answer: type[A],
        *,
        token: str,
        query: Mapping[str, str] | None = None,
        body: Mapping[str, Any] | None = None,
        as_person: bool = False,
    ) -> A:
        """Send one request and read its answer, or raise StreamRefused or StreamUnavailable."""
        started, outcome = monotonic(), "cancelled"
        request = self._request(method, path, token, query or {}, body)
        try:
            result = _read(answer, await self._send(request, as_person))
            outcome = "ok"
        except StreamRefused as error:
            outcome = "unauthorized" if isinstance(error, StreamUnauthorized) else "refused"
            raise
        except StreamUnavailable as error:
            outcome = "rate_limited" if error.status == 429 else "unavailable"
            raise
        finally:
            self._observe(operation, outcome, monotonic() - started)
        return result

    def _request(
        self, method: str, path: str, token: str, query: Mapping[str, str], body: Mapping[str, Any] | None
    ) -> httpx.Request:
        headers = {
            "Authorization": token,  # as it is: Stream's documentation shows no "Bearer"
            "stream-auth-type": "jwt",
            "X-Stream-Client": self._name,
            "User-Agent": self._name,
            "x-client-request-id": str(uuid4()),
            "Accept": "application/json",
            "Accept-Encoding": "gzip",
        }
        if method != "GET":  # also without a body: aiohttp would call nothing at all an octet-stream
            headers["Content-Type"] = "application/json"
        content = None
        if body is not None:
            content = json.dumps(body, default=_json, ensure_ascii=False, allow_nan=False).encode()
        url, params = f"{self._base_url}/api/v2{path}", {"api_key": self._api_key, **query}
        return self._http.build_request(method, url, params=params, headers=headers, content=content)

    async def _send(self, request: httpx.Request, as_person: bool) -> bytes:
        try:
            async with asyncio.timeout(self._timeout):
                answer = await self._http.send(request)
        except TimeoutError:
            raise StreamUnavailable(f"no answer in {self._timeout:g} s", outcome_unknown=True) from None
        except (httpx.HTTPError, httpx.InvalidURL, aiohttp.ClientError, OSError) as failure:
            raise from_failure(failure) from failure
        answer.stream = httpx.ByteStream(answer.content)  # What was read: httpx's holds the answer that holds it.
        if not answer.is_success:
            raise from_answer(answer, datetime.now(UTC), as_person=as_person)
        return answer.content


def path_to(*segments: str) -> str:
    """A path with each segment percent-encoded. "." and ".." would silently name another resource."""
    if any(segment in ("", ".", "..") for segment in segments):
        raise StreamRefused(400, 4, f"{segments!r} cannot be part of a path")
    return "/" + "/".join(quote(segment, safe="") for segment in segments)


def _read(answer: type[A], content: bytes) -> A:
    try:
        return answer.model_validate_json(content)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False, include_context=False)[0]
        place = ".".join(map(str, first["loc"]))
        reason = f"an answer that makes no sense: {place} {first['msg']}"
        raise StreamUnavailable(reason, outcome_unknown=True) from None


def _client(base_url: str, timeout: float) -> httpx.AsyncClient:
    # httpx's own transport slows down as requests run side by side: https://github.com/encode/httpx/issues/3215
    # A connection that takes half the time is given up while it is still sure that nothing was sent.
    limits = httpx.Timeout(timeout, connect=timeout / 2)
    # A proxy from the environment is for the outside world: plain http is only spoken on this machine. Nor has it
    # certificates, and to read whom to trust with them takes longer than all else at the start.
    is_outside = base_url.startswith("https:")
    return HttpxAiohttpClient(timeout=limits, trust_env=is_outside, verify=is_outside)


def _json(value: object) -> str:
    if isinstance(value, datetime):
        return iso(value)
    raise TypeError(f"{type(value).__name__} is not JSON")


def _version() -> str:
    try:
        return version("huddle-ringer")
    except PackageNotFoundError:
        return "0"
