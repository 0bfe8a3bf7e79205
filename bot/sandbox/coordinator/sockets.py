"""The WebSocket people's own clients hear events on: GET /video/connect?api_key=…

The client's first message is `{"token", "products": ["video"], "user_details"}`; the answer is `connection.ok`, or
`connection.error` and the end. After that events come, and each `health.check` is answered by one.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from aiohttp import WSCloseCode, WSMsgType, web

from . import tokens
from .answers import user_response
from .core import Core, Event
from .dates import Dates, written
from .errors import Refused, bad_api_key, bad_input, bad_token, not_allowed
from .incoming import read
from .schema import check
from .sessions import exits
from .state import Call, User
from .users import custom_fits

_HELLO_SECONDS = 10.0
_GOODBYE_SECONDS = 1.0
_DETAILS = ("name", "image", "language", "invisible", "custom")


@dataclass(eq=False)
class Connection:
    id: str
    user: User
    socket: web.WebSocketResponse
    transport: asyncio.Transport | None
    watching: set[str] = field(default_factory=set)
    """The calls it asked for with its connection_id: it hears of them though its user be no member."""
    outbox: "asyncio.Queue[dict[str, Any]]" = field(default_factory=asyncio.Queue)
    carried: list[tuple[Call, str]] = field(default_factory=list)
    """The sessions that this client is in calls with: they end when it goes away."""

    def hears(self, event: Event) -> bool:
        """A ring is for those it is meant for: whoever else hears it would take it for one of theirs."""
        watches = event.type != "call.ring" and event.payload.get("call_cid") in self.watching
        return watches or self.user.id in event.to


class Sockets:
    def __init__(self, core: Core, changed: Callable[[Connection], None]) -> None:
        self._core, self._changed = core, changed
        self.connections: dict[str, Connection] = {}
        self._stopping = False

    def routes(self) -> list[web.RouteDef]:
        return [web.get("/video/connect", self.connect)]

    async def stop(self) -> None:
        self._stopping = True
        for one in tuple(self.connections.values()):
            await one.socket.close(code=WSCloseCode.GOING_AWAY)

    def publish(self, event: Event, payload: dict[str, Any]) -> None:
        for one in self.connections.values():
            if one.hears(event):
                one.outbox.put_nowait(payload)

    def watch(self, connection_id: str, cids: list[str]) -> None:
        if (connection := self.connections.get(connection_id)) is not None:
            connection.watching.update(cids)

    def carry(self, connection_id: str, call: Call, user_session_id: str) -> None:
        if (connection := self.connections.get(connection_id)) is not None:
            connection.carried.append((call, user_session_id))

    def drop(self, user_id: str) -> None:
        """Cut off the clients of this user, as a lost network would."""
        for one in self.connections.values():
            if one.user.id == user_id and one.transport is not None:
                one.transport.abort()

    async def connect(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse(timeout=_GOODBYE_SECONDS)
        await socket.prepare(request)
        connection_id = str(uuid4())
        try:
            user = await self._welcomed(request, socket)
        except Refused as refused:
            await socket.send_json(self._error(connection_id, refused))
            await socket.close(code=WSCloseCode.POLICY_VIOLATION)
            return socket
        connection = Connection(connection_id, user, socket, request.transport)
        await self._serve(connection)
        return socket

    async def _welcomed(self, request: web.Request, socket: web.WebSocketResponse) -> User:
        """The user of the token, made if new: this is the one place where a token alone makes a user."""
        if request.query.get("api_key") != self._core.app.api_key:
            raise bad_api_key()
        hello = await _hello(socket)
        user_id = tokens.verified(self._core.app, str(hello.get("token") or "")).get("user_id")
        if not user_id:
            raise bad_token(5, "a user token is required")
        return self._known(user_id, self._details(hello, user_id))

    def _details(self, hello: dict[str, Any], user_id: str) -> dict[str, Any]:
        """What the client says of its user: as well-formed as in any request."""
        found = {} if hello.get("user_details") is None else hello["user_details"]
        if isinstance(found, dict) and found.setdefault("id", user_id) != user_id:
            raise bad_token(5, "user_details.id does not match the token's user_id")
        finding = check("UserRequest", found, client=True)
        if finding.problems:
            raise bad_input("user_details: " + "; ".join(finding.problems))
        if finding.unknown:
            self._core.warn(f"connect does not know {', '.join(finding.unknown)}")
        return dict(found)

    def _known(self, user_id: str, details: dict[str, Any]) -> User:
        now = self._core.now()
        custom_fits(details.get("custom"))
        user = self._core.app.users.setdefault(user_id, User(user_id, now, now))
        if user.deactivated_at is not None:
            raise not_allowed(f"User '{user.id}' is deactivated")
        for name in _DETAILS:
            if details.get(name) is not None:
                setattr(user, name, details[name])
        return user

    async def _serve(self, connection: Connection) -> None:
        self.connections[connection.id] = connection
        connection.user.online = True
        self._changed(connection)
        connection.outbox.put_nowait(self._said("connection.ok", connection.id, me=_own(connection.user)))
        writer = asyncio.create_task(_write(connection))
        try:
            async for message in connection.socket:
                if message.type is WSMsgType.TEXT and _is_health_check(message.data):
                    connection.outbox.put_nowait(self._said("health.check", connection.id, custom={}))
        finally:
            writer.cancel()
            await asyncio.gather(writer, return_exceptions=True)
            del self.connections[connection.id]
            for call, session_id in () if self._stopping else connection.carried:
                exits(self._core, call, connection.user.id, only=session_id)
            connection.user.online = any(one.user is connection.user for one in self.connections.values())
            self._changed(connection)

    def _said(self, kind: str, connection_id: str, **fields: Any) -> dict[str, Any]:
        said = {"type": kind, "connection_id": connection_id, "created_at": self._core.now(), **fields}
        found: dict[str, Any] = written(said, Dates.RFC3339)
        return found

    def _error(self, connection_id: str, refused: Refused) -> dict[str, Any]:
        return self._said("connection.error", connection_id, error=refused.body("", "0.00ms"))


async def _hello(socket: web.WebSocketResponse) -> dict[str, Any]:
    try:
        found = read(await socket.receive_str(timeout=_HELLO_SECONDS))
    except (TimeoutError, TypeError, ValueError) as error:
        raise bad_token(5, "the first message must carry a token") from error
    if not isinstance(found, dict):
        raise bad_token(5, "the first message must carry a token")
    return found


async def _write(connection: Connection) -> None:
    while not connection.socket.closed:
        try:
            await connection.socket.send_json(await connection.outbox.get())
        except ConnectionError:
            return


def _is_health_check(text: str) -> bool:
    """One message, or a list of them, as older clients send it."""
    try:
        found = read(text)
    except ValueError:
        return False
    messages = found if isinstance(found, list) else [found]
    return any(isinstance(one, dict) and one.get("type") == "health.check" for one in messages)


def _own(user: User) -> dict[str, Any]:
    """OwnUserResponse: the user with what only they may know; the counts of chat are nothing here."""
    return {
        **user_response(user),
        "devices": user.devices,
        "mutes": [],
        "channel_mutes": [],
        "total_unread_count": 0,
        "unread_channels": 0,
        "unread_count": 0,
        "unread_threads": 0,
    }
