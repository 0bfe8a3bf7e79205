"""The HTTP side of the workspace: /api/{method}, the response_urls, the sockets, and the faults planned for them."""

import asyncio
import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from aiohttp import web

from bot.sandbox.faults import Fault, Faults, Kind, Road, dropped, port_of
from bot.sandbox.workspace.args import Arguments, read_arguments
from bot.sandbox.workspace.errors import Refused, published, refuse
from bot.sandbox.workspace.grants import Triggers
from bot.sandbox.workspace.hooks import Hooks
from bot.sandbox.workspace.limits import Limits
from bot.sandbox.workspace.methods import METHODS, Call
from bot.sandbox.workspace.records import Json
from bot.sandbox.workspace.sockets import Sockets
from bot.sandbox.workspace.state import State

REFUSALS = {Kind.ERROR_500: 500, Kind.ERROR_503: 503}
APP_METHODS = {"apps.connections.open"}
"""These take the app-level token, and only that one."""


@dataclass(frozen=True)
class APICall:
    """One request of the app's, and what it was answered."""

    method: str
    args: Json
    status: int
    answer: Json
    at: datetime
    fault: Kind | None = None

    @property
    def ok(self) -> bool:
        return bool(self.answer.get("ok"))


@dataclass
class Server:
    state: State
    faults: Faults
    limits: Limits
    triggers: Triggers
    hooks: Hooks
    sockets: Sockets
    scopes: Callable[[], frozenset[str]]
    bot_token: str
    app_token: str | None
    calls: list[APICall]
    refused: dict[str, str] = field(default_factory=dict)
    """Tokens that were good once, and the code they are refused with."""
    _runner: web.AppRunner | None = None
    origin: str = ""

    async def start(self, port: int) -> None:
        app = web.Application(client_max_size=4 * 1024**2)
        app.router.add_route("GET", "/api/{method}", self._api)
        app.router.add_route("POST", "/api/{method}", self._api)
        app.router.add_post("/{kind:commands|actions}/{team}/{key}", self._response_url)
        app.router.add_get("/socket", self.sockets.serve)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.2)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", port).start()
        self.origin = f"http://127.0.0.1:{self._runner.addresses[0][1]}"

    async def stop(self) -> None:
        await self.sockets.close()
        if self._runner:
            await self._runner.cleanup()

    # -- the Web API

    async def _api(self, request: web.Request) -> web.StreamResponse:
        name = request.match_info["method"]
        sent = await read_arguments(request)
        fault = self.faults.take(Road.SLACK_API, name, port_of(request))
        if spoiled := await self._before(fault, request, name, sent):
            return spoiled
        try:
            answer = {"ok": True, **self._answered(name, sent, request)}
            response = self._respond(answer, 200, {})
        except Refused as no:
            answer = no.body
            response = self._respond(answer, no.status, no.headers)
        self._note(name, sent, response.status, answer, fault)
        return _after(fault, request) or response

    def _answered(self, name: str, sent: Json, request: web.Request) -> Json:
        if name not in METHODS:
            refuse(name, "unknown_method", {"req_method": name})
        method, args = published()[name], Arguments(name, sent)
        self._authorise(name, sent, request)
        if wait := self.limits.method(name):
            refuse(name, "ratelimited", retry_after=wait)
        call = Call(name, args, self.state, self.scopes(), self.limits, self.triggers, self.sockets.new_url)
        call.need_scope(*method.scopes)
        args.require(method)
        self.state.warnings += [f"{name}: there is no argument {each!r}" for each in args.unknown()]
        return METHODS[name](call)

    def _authorise(self, name: str, sent: Json, request: web.Request) -> None:
        header = request.headers.get("Authorization", "")
        token = header.removeprefix("Bearer ").strip() or sent.get("token")
        if not token:
            refuse(name, "not_authed")
        if token not in (self.bot_token, self.app_token):
            refuse(name, "invalid_auth")
        if token in self.refused:
            refuse(name, self.refused[token])
        if name != "auth.test" and (token == self.app_token) != (name in APP_METHODS):
            refuse(name, "not_allowed_token_type")

    def _respond(self, body: Json, status: int, headers: dict[str, str]) -> web.Response:
        told = {"X-OAuth-Scopes": ",".join(sorted(self.scopes())), "X-Slack-Req-Id": f"{time.monotonic_ns():x}"}
        return web.json_response(body, status=status, headers={**told, **headers})

    def _note(self, method: str, sent: Json, status: int, answer: Json, fault: Fault | None) -> None:
        args = {key: value for key, value in sent.items() if key != "token"}
        at = self.state.clock.now()
        call = APICall(method, args, status, answer, at, fault.kind if fault else None)
        self.calls.append(call)
        self.state.tell("call", call=call)

    # -- what goes wrong on purpose

    async def _before(
        self, fault: Fault | None, request: web.Request, name: str, sent: Json
    ) -> web.StreamResponse | None:
        """The answer of a request that never reaches the work; None where it goes on."""
        if fault is None:
            return None
        if fault.kind is Kind.DELAY:
            await asyncio.sleep(fault.seconds)
            return None
        response = _spoiled(fault, request)
        if response is not None:
            self._note(name, sent, response.status, {}, fault)
        return response

    # -- response_url

    async def _response_url(self, request: web.Request) -> web.StreamResponse:
        try:
            sent = json.loads(await request.text())
        except ValueError:
            sent = None
        fault = self.faults.take(Road.SLACK_API, "response_url", port_of(request))
        if spoiled := await self._before(fault, request, "response_url", sent or {}):
            return spoiled
        if not isinstance(sent, dict):
            return web.json_response({"ok": False, "error": "invalid_payload"}, status=400)
        status, answer = self.hooks.respond(request.match_info["key"], sent)
        self._note("response_url", sent, status, answer, fault)
        wait = answer.pop("retry_after", None)
        headers = {"Retry-After": str(wait)} if wait else {}
        return _after(fault, request) or web.json_response(answer, status=status, headers=headers)


def _spoiled(fault: Fault, request: web.Request) -> web.StreamResponse | None:
    if fault.kind is Kind.DROP_BEFORE:
        return dropped(request)
    if fault.kind is Kind.TOO_MANY:
        body, after = {"ok": False, "error": "ratelimited"}, str(max(1, round(fault.seconds)))
        return web.json_response(body, status=429, headers={"Retry-After": after})
    if fault.kind in REFUSALS:
        return web.Response(status=REFUSALS[fault.kind], text="Server Error", content_type="text/html")
    if fault.kind is Kind.GARBAGE:
        return web.Response(text="<!DOCTYPE html><p>Slack is loading", content_type="text/html")
    return None


def _after(fault: Fault | None, request: web.Request) -> web.StreamResponse | None:
    return dropped(request) if fault and fault.drops_after() else None
