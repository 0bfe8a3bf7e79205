"""The stand-in coordinator as one thing: started, stopped, looked into, and told what people's media do."""

import asyncio
import json
from collections.abc import Callable, Iterable
from typing import Any

from aiohttp import web

from ..clock import SandboxClock
from ..faults import Faults
from . import apps, call_types, page, sessions
from .client import Client
from .core import Core, Event
from .dates import Dates, written
from .limits import Limits
from .server import MOST_BYTES, ApiRequest, Server
from .sockets import Connection, Sockets
from .state import App, Behaviour, Call, User
from .timers import Timers
from .webhooks import Delivery, Webhooks

Listener = Callable[[str, Any], None]


class Coordinator:
    """Stream Video on 127.0.0.1: `url` is its base URL once started."""

    def __init__(
        self,
        *,
        clock: SandboxClock,
        faults: Faults,
        api_key: str,
        api_secret: str,
        multi_tenant: bool = False,
        compress: bool = True,
    ) -> None:
        self.app = App(api_key, api_secret, multi_tenant, compress, call_types.built_in(clock.now()))
        self.limits = Limits(self.app.behaviour)
        self.url = ""
        self.events: list[dict[str, Any]] = []
        """Every event, as it went to hooks and clients."""
        self._timers = Timers(clock)
        self._core = Core(self.app, clock, self._timers, self._publish)
        self._webhooks = Webhooks(self.app, self._timers, faults, self._delivered)
        self.sockets = Sockets(self._core, self._connected)
        self._server = Server(self._core, faults, self.limits, self._asked, self.sockets.watch)
        self._listeners: list[Listener] = []
        self._runner: web.AppRunner | None = None

    @property
    def sdk_url(self) -> str:
        """The ES module that takes the place of Stream's browser SDK."""
        return f"{self.url}/sandbox/sdk/{page.SDK}"

    @property
    def behaviour(self) -> Behaviour:
        return self.app.behaviour

    @property
    def users(self) -> dict[str, User]:
        return self.app.users

    @property
    def calls(self) -> dict[str, Call]:
        return self.app.calls

    @property
    def requests(self) -> list[ApiRequest]:
        return self._server.requests

    @property
    def webhooks(self) -> list[Delivery]:
        return self._webhooks.made

    @property
    def warnings(self) -> list[str]:
        """What was let pass though a careful client would not have sent it."""
        return self._core.warnings

    async def start(self) -> None:
        await self._webhooks.start()
        app = web.Application(client_max_size=MOST_BYTES)
        app.add_routes([*page.routes(self._core, self.sockets), *self.sockets.routes(), *self._server.routes()])
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        host, port = self._runner.addresses[0][:2]
        self.url = f"http://{host}:{port}"

    async def stop(self) -> None:
        await self._timers.stop()
        await self._webhooks.stop()
        await self.sockets.stop()
        if self._runner is not None:
            await self._runner.cleanup()

    def hook(self, webhook_url: str, event_types: Iterable[str] = ()) -> None:
        """Send events to this address too: of these types, or all."""
        self.app.event_hooks.append(apps.hook(webhook_url, list(event_types)))

    def call(self, cid: str) -> Call:
        """The call `type:id`. Raises KeyError where there is none."""
        return self.app.calls[cid]

    def client_of(self, user_id: str) -> Client:
        return Client(self.url, self.app.api_key, self.app.api_secret, user_id)

    async def joins(self, cid: str, user_id: str) -> None:
        """A client of this user is in the call's media, whatever the API would have said."""
        sessions.enters(self._core, self.call(cid), self.app.users[user_id])

    async def leaves(self, cid: str, user_id: str) -> None:
        """All clients of this user are out of the call's media."""
        sessions.exits(self._core, self.call(cid), user_id)

    async def settled(self) -> None:
        """Return once what is due by the clock is done and no webhook is in flight; what is held on purpose stays."""
        while busy := {*self._timers.due(), *self._webhooks.in_flight}:
            await asyncio.wait(busy, return_when=asyncio.FIRST_COMPLETED)

    def watch(self, listener: Listener) -> Callable[[], None]:
        """Tell `listener(kind, payload)` of each `event`, `request`, `webhook`, `connection`; returns what stops it."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def send(
        self,
        event: dict[str, Any],
        *,
        body: bytes | None = None,
        signature: str | None = None,
        webhook_id: str | None = None,
        compress: bool | None = None,
        attempt: int = 1,
        headers: dict[str, str] | None = None,
    ) -> "asyncio.Task[list[Delivery]]":
        """Deliver this event to every hook, whatever it is; past all faults. Await it for the deliveries and outcomes.

        `body` replaces the event's JSON; `signature` and `webhook_id` replace the right ones.
        """
        kind = str(event.get("type", ""))
        raw = json.dumps(written(event, Dates.RFC3339)).encode() if body is None else body
        made = [self._webhooks.written(url, kind, raw) for url in self._webhooks.urls(kind)]
        for one in made:
            one.signature = one.signature if signature is None else signature
            one.webhook_id = webhook_id or one.webhook_id
            one.compress = one.compress if compress is None else compress
            one.first_attempt, one.headers = attempt, headers or {}
        return asyncio.create_task(_sent(made, [self._webhooks.send(one) for one in made]))

    def _publish(self, event: Event) -> None:
        payload: dict[str, Any] = written(event.payload, Dates.RFC3339)
        self.events.append(payload)
        self._webhooks.publish(event.type, payload)
        self.sockets.publish(event, payload)
        self._tell("event", payload)

    def _delivered(self, delivery: Delivery) -> None:
        self._tell("webhook", delivery)

    def _connected(self, connection: Connection) -> None:
        self._tell("connection", connection)

    def _asked(self, request: ApiRequest) -> None:
        self._tell("request", request)

    def _tell(self, kind: str, payload: Any) -> None:
        for listener in tuple(self._listeners):
            listener(kind, payload)


async def _sent(made: list[Delivery], tasks: list["asyncio.Task[None]"]) -> list[Delivery]:
    await asyncio.gather(*tasks)
    return made
