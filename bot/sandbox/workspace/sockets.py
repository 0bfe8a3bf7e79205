"""Socket Mode: up to ten WebSockets to one app, each payload down one of them. https://docs.slack.dev/apis/events-api/using-socket-mode"""

import asyncio
import contextlib
import json
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from aiohttp import WSMsgType, web

from bot.sandbox.workspace.records import Json

MOST_CONNECTIONS = 10


@dataclass(eq=False)
class Connection:
    socket: web.WebSocketResponse
    leaving: bool = False
    """Slack has asked the client to reconnect: nothing more goes down this one."""
    dead: asyncio.Event | None = None
    """Set on a half-open connection: it looks open and carries nothing, not even pongs."""


@dataclass
class Sockets:
    app_id: str
    origin: Callable[[], str]
    connections: list[Connection] = field(default_factory=list)
    in_use: bool = False
    """Whether the app has ever asked for a socket: then its deliveries go there."""
    _tickets: set[str] = field(default_factory=set)
    _acks: dict[str, asyncio.Future[Json]] = field(default_factory=dict)
    _arrived: asyncio.Event = field(default_factory=asyncio.Event)
    _turn: int = 0

    def new_url(self) -> str:
        """An address for one connection; its ticket is good once."""
        ticket = secrets.token_urlsafe(16)
        self._tickets.add(ticket)
        self.in_use = True
        return f"{self.origin().replace('http', 'ws', 1)}/socket?ticket={ticket}&app_id={self.app_id}"

    async def serve(self, request: web.Request) -> web.StreamResponse:
        ticket = request.query.get("ticket", "")
        if ticket not in self._tickets:
            return web.Response(status=403, text="invalid ticket")
        self._tickets.discard(ticket)
        socket = web.WebSocketResponse(autoping=False)
        await socket.prepare(request)
        if len(self._live()) >= MOST_CONNECTIONS:
            await socket.send_json({"type": "disconnect", "reason": "too_many_websockets"})
            await socket.close()
            return socket
        await self._converse(Connection(socket))
        return socket

    async def _converse(self, connection: Connection) -> None:
        await connection.socket.send_json(self._hello())
        self.connections.append(connection)
        self._arrived.set()
        try:
            await self._listen(connection)
        finally:
            self.connections.remove(connection)

    def _hello(self) -> Json:
        debug = {"host": "applink", "build_number": 1, "approximate_connection_time": 18060}
        count = len(self._live()) + 1
        info = {"app_id": self.app_id}
        return {"type": "hello", "num_connections": count, "connection_info": info, "debug_info": debug}

    async def _listen(self, connection: Connection) -> None:
        async for message in connection.socket:
            if connection.dead:
                await connection.dead.wait()
            elif message.type is WSMsgType.PING:
                await connection.socket.pong(message.data)
            elif message.type is WSMsgType.TEXT:
                self._acknowledge(message.data)

    def _acknowledge(self, text: str) -> None:
        with contextlib.suppress(ValueError):
            ack = json.loads(text)
            waiting = self._acks.pop(str(ack.get("envelope_id")), None)
            if waiting and not waiting.done():
                waiting.set_result(ack)

    def _live(self) -> list[Connection]:
        return [c for c in self.connections if not c.leaving and not c.socket.closed]

    async def send(self, kind: str, payload: Json, extra: Json) -> Any:
        """One envelope down one connection; its ack's payload. Waits for a connection where there is none."""
        connection = await self._next()
        envelope_id = secrets.token_hex(16)
        self._acks[envelope_id] = waiting = asyncio.get_running_loop().create_future()
        answers = kind != "events_api"
        envelope: Json = {"envelope_id": envelope_id, "type": kind, "payload": payload}
        envelope |= {"accepts_response_payload": answers, **extra}
        try:
            if not connection.dead:
                await connection.socket.send_json(envelope)
            return (await waiting).get("payload")
        finally:
            self._acks.pop(envelope_id, None)
            connection.leaving = connection.leaving or connection.dead is not None

    async def _next(self) -> Connection:
        while not self._live():
            self._arrived.clear()
            await self._arrived.wait()
        self._turn += 1
        live = self._live()
        return live[self._turn % len(live)]

    async def refresh(self, reason: str = "refresh_requested") -> None:
        """Ask every client to reconnect, as Slack does every few hours."""
        debug = {"host": "applink"}
        for connection in self._live():
            connection.leaving = True
            with contextlib.suppress(ConnectionError):
                await connection.socket.send_json({"type": "disconnect", "reason": reason, "debug_info": debug})

    async def disable(self) -> None:
        """Socket Mode is off, or its token gone: every connection ends."""
        await self.refresh("link_disabled")
        for connection in tuple(self.connections):
            with contextlib.suppress(ConnectionError):
                await connection.socket.close()

    def half_open(self) -> None:
        """Let every connection of now go silent without closing."""
        for connection in self._live():
            connection.dead = asyncio.Event()

    async def close(self) -> None:
        for connection in tuple(self.connections):
            if connection.dead:
                connection.dead.set()
            with contextlib.suppress(ConnectionError):
                await connection.socket.close()
