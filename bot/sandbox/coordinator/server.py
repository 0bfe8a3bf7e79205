"""The coordinator's HTTP side: who asks, may they, is it well-formed; then the operation, and faults on purpose."""

import asyncio
import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

import structlog
from aiohttp import web

from ..faults import Fault, Faults, Kind, Road, dropped, port_of
from . import tokens
from .core import Asked, Core
from .dates import Dates, written
from .errors import Refused, bad_api_key, bad_input, bad_token, internal, not_allowed, not_found, too_large, too_many
from .incoming import read
from .limits import Limits, in_real_time, platform
from .operations import OPERATIONS, Operation
from .schema import check
from .state import User

log = structlog.get_logger()

_CORS = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Allow-Methods": "GET, POST, PUT, PATCH, DELETE, OPTIONS",
    "Access-Control-Allow-Headers": "authorization, content-type, stream-auth-type, x-stream-client, "
    "x-client-request-id",
    "Access-Control-Expose-Headers": "x-ratelimit-limit, x-ratelimit-remaining, x-ratelimit-reset",
}
_REFUSALS = {
    Kind.ERROR_400: bad_input("the request is refused on purpose"),
    Kind.ERROR_401: bad_token(43, "the token's signature is not valid"),
    Kind.ERROR_403: not_allowed("the request is not allowed on purpose"),
    Kind.ERROR_500: internal(),
}
Watch = Callable[[str, list[str]], None]
MOST_BYTES = 1024 * 1024


@dataclass
class ApiRequest:
    """One request to the API, without its token. `status` stays None where the connection was dropped."""

    at: datetime
    verb: str
    path: str
    query: dict[str, str]
    operation: str = ""
    who: str = ""
    body: Any = None
    status: int | None = None


class Server:
    """Serves each operation under /api/v2 with integer nanoseconds, and as clients ask for it with RFC 3339."""

    def __init__(
        self, core: Core, faults: Faults, limits: Limits, seen: Callable[[ApiRequest], None], watch: Watch
    ) -> None:
        self._core, self._faults, self._limits, self._seen, self._watch = core, faults, limits, seen, watch
        self.requests: list[ApiRequest] = []

    def routes(self) -> list[web.RouteDef]:
        found = []
        for operation in (*OPERATIONS, self._rate_limits()):
            found.append(self._route(operation, f"/api/v2{operation.path}", Dates.NANOSECONDS))
            found += [self._route(operation, path, Dates.RFC3339) for path in operation.client_paths]
        return [*found, web.route("*", "/{unknown:.*}", partial(self._serve, None, Dates.NANOSECONDS))]

    def _route(self, operation: Operation, path: str, dates: Dates) -> web.RouteDef:
        return web.route(operation.verb, path, partial(self._serve, operation, dates))

    def _rate_limits(self) -> Operation:
        return Operation("GetRateLimits", "GET", "/rate_limits", self._left, "GetRateLimitsResponse", None, "S")

    def _left(self, core: Core, asked: Asked) -> dict[str, Any]:
        """What is left of each operation's limit; all platforms unless some are named."""
        wanted = [one for one in asked.query.get("endpoints", "").split(",") if one]
        wanted = wanted or [one.name for one in OPERATIONS]
        sides = {"server_side": "server", "web": "web", "ios": "ios", "android": "android"}
        named = [side for side in sides if asked.query.get(side) == "true"] or list(sides)
        now = core.now()
        return {side: {one: self._limits.info(one, sides[side], now) for one in wanted} for side in named}

    async def _serve(self, operation: Operation | None, dates: Dates, request: web.Request) -> web.StreamResponse:
        if request.method == "OPTIONS":
            return web.Response(status=204, headers=_CORS)
        began = time.perf_counter()
        record = self._recorded(operation, request)
        fault = self._faults.take(Road.STREAM_API, f"{request.method} {request.path}", port_of(request))
        if fault is not None and (early := await self._struck(fault, record, request)) is not None:
            return early
        answer = await self._answered(operation, dates, request, record, began)
        if fault is not None and fault.drops_after():
            return dropped(request)
        record.status = answer.status
        self._seen(record)
        return answer

    def _recorded(self, operation: Operation | None, request: web.Request) -> ApiRequest:
        query = {key: value for key, value in request.query.items() if key != "api_key"}
        record = ApiRequest(self._core.now(), request.method, request.path, query)
        record.operation = operation.name if operation else ""
        self.requests.append(record)
        return record

    async def _struck(self, fault: Fault, record: ApiRequest, request: web.Request) -> web.StreamResponse | None:
        """What a fault does before any work; None where the work is still to be done."""
        if fault.kind is Kind.DELAY:
            await asyncio.sleep(fault.seconds)
        record.body = _kept(await request.read())
        if fault.kind is Kind.DROP_BEFORE:
            return dropped(request)
        answer = _failed(fault, record.operation, record.at)
        if answer is not None:
            record.status = answer.status
            self._seen(record)
        return answer

    async def _answered(
        self, operation: Operation | None, dates: Dates, request: web.Request, record: ApiRequest, began: float
    ) -> web.Response:
        headers: dict[str, str] = {}
        try:
            status, found = await self._done(operation, dates, request, record, headers)
            return _json(status, written({**found, "duration": _since(began)}, dates), headers)
        except Refused as error:
            refused = error
        except ConnectionError:
            raise  # Whoever asked is gone: nobody's fault, and aiohttp knows what to do.
        except Exception:
            # Our own fault, but in Stream's form all the same, and with CORS: a page could not read it otherwise.
            log.exception("the stand-in for Stream failed", action="coordinator_failed", operation=record.operation)
            refused = internal()
        return _json(refused.status, refused.body(record.operation, _since(began)), headers | refused.headers)

    async def _done(
        self,
        operation: Operation | None,
        dates: Dates,
        request: web.Request,
        record: ApiRequest,
        headers: dict[str, str],
    ) -> tuple[int, dict[str, Any]]:
        if request.query.get("api_key") != self._core.app.api_key:
            raise bad_api_key()
        claims = tokens.claims(self._core.app, request.headers)
        record.who = claims.get("user_id") or "server"
        record.body = body = await _body(request)
        if operation is None:
            raise not_found(f"the path {request.path} does not exist")
        user = self._caller(operation, claims)
        user_id = user.id if user else None
        side = platform(request.headers, user_id)
        headers |= self._limits.take(operation.name, side, user_id, self._core.now())
        self._well_formed(operation, body, user)
        asked = Asked(operation.name, user, dict(request.match_info), dict(request.query), body, dates)
        found = operation.run(self._core, asked)
        if connection_id := asked.query.get("connection_id"):
            self._watch(connection_id, _watched(asked, found))
        return operation.status, found

    def _caller(self, operation: Operation, claims: dict[str, Any]) -> User | None:
        """The user of a user token, who has to exist; None for the server."""
        if not (user_id := claims.get("user_id")):
            return None
        user = self._core.user(user_id)
        if user.deactivated_at is not None:
            raise not_allowed(f"User '{user.id}' is deactivated")
        if "S" in operation.who and "C" not in operation.who:
            raise not_allowed(f"{operation.name} is only allowed with server side auth")
        return user

    def _well_formed(self, operation: Operation, body: dict[str, Any], user: User | None) -> None:
        """Wrong fields are refused; those nobody knows are passed over as Stream does, and kept as a warning."""
        if operation.request is None:
            unknown, problems = list(body), []
        else:
            finding = check(operation.request, body, client=user is not None)
            unknown, problems = finding.unknown, finding.problems
        if unknown:
            self._core.warn(f"{operation.name} does not know {', '.join(unknown)}")
        if problems:
            raise bad_input("; ".join(problems))


def _watched(asked: Asked, found: dict[str, Any]) -> list[str]:
    """The calls a client wants to hear of: those it gets, makes or joins, and those it queries with `watch`."""
    if asked.operation in ("GetCall", "GetOrCreateCall", "JoinCall"):
        return [found["call"]["cid"]]
    if asked.operation == "QueryCalls" and asked.body.get("watch"):
        return [one["call"]["cid"] for one in found["calls"]]
    return []


def _failed(fault: Fault, operation: str, now: datetime) -> web.Response | None:
    if fault.kind is Kind.TOO_MANY:
        reset = {"X-RateLimit-Limit": "1000", "X-RateLimit-Remaining": "0"}
        reset["X-RateLimit-Reset"] = str(in_real_time(now.timestamp() + fault.seconds, now))
        refused = too_many(f"Too many requests for {operation}", reset | {"Retry-After": f"{fault.seconds:.0f}"})
        return _json(429, refused.body(operation, "0.00ms"), refused.headers)
    if fault.kind in _REFUSALS:
        refused = _REFUSALS[fault.kind]
        return _json(refused.status, refused.body(operation, "0.00ms"), {})
    if fault.kind is Kind.ERROR_503:
        # A proxy in front of Stream answers, not Stream: no JSON.
        return web.Response(status=503, text="<html>503 Service Unavailable</html>", content_type="text/html")
    if fault.kind is Kind.GARBAGE:
        return web.Response(status=200, text='{"call": {"cid', content_type="application/json", headers=_CORS)
    return None


async def _body(request: web.Request) -> dict[str, Any]:
    try:
        raw = await request.read()
    except web.HTTPRequestEntityTooLarge as error:
        raise too_large() from error
    if not raw:
        return {}
    try:
        body = read(raw)
    except ValueError as error:
        raise bad_input("the request body is not valid JSON") from error
    if not isinstance(body, dict):
        raise bad_input("the request body must be a JSON object")
    return body


def _kept(raw: bytes) -> Any:
    try:
        return read(raw) if raw else None
    except ValueError:
        return None


def _json(status: int, body: dict[str, Any], headers: dict[str, str]) -> web.Response:
    text = json.dumps(body, ensure_ascii=False)
    return web.Response(status=status, text=text, content_type="application/json", headers=_CORS | headers)


def _since(began: float) -> str:
    return f"{(time.perf_counter() - began) * 1000:.2f}ms"
