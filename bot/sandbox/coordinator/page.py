"""What stands in for an SFU, and for Stream's browser SDK in front of it.

GET  /sandbox/sdk/{file}   the ES modules of bot/sandbox/sdk, for a page to import
POST /sandbox/join    {"cid": "default:x", "token": "<the user's>"}   one more client of this user is in; with the
     "connection_id" of its WebSocket, until that closes
POST /sandbox/leave   the same   all clients of this user are out; with a "session_id", that one
POST /sandbox/state   the same   how it stands
"""

from collections.abc import Callable
from functools import partial
from importlib import resources
from typing import Any

from aiohttp import web

from . import tokens
from .core import Core
from .errors import Refused, bad_input, bad_token, not_found
from .incoming import read
from .media import enterable
from .sessions import enters, exits
from .sockets import Sockets
from .state import Call, User
from .views import visible_to

SDK = "video-client.js"
_CORS = {"Access-Control-Allow-Origin": "*"}
_FILE_HEADERS = {**_CORS, "X-Content-Type-Options": "nosniff", "Cache-Control": "no-cache"}
Act = Callable[[Core, Sockets, Call, User, dict[str, Any]], dict[str, Any]]


def routes(core: Core, sockets: Sockets) -> list[web.RouteDef]:
    acts: dict[str, Act] = {"join": _join, "leave": _leave, "state": _look}
    return [
        web.get("/sandbox/sdk/{file}", _file),
        *(web.post(f"/sandbox/{name}", partial(_act, core, sockets, act)) for name, act in acts.items()),
    ]


async def _file(request: web.Request) -> web.Response:
    """Modules are fetched across origins, so they need CORS."""
    folder = resources.files((__package__ or "").rpartition(".")[0]).joinpath("sdk")
    found = {one.name: one for one in folder.iterdir() if one.name.endswith(".js")}.get(request.match_info["file"])
    if found is None:
        return web.Response(status=404, text="not found", headers=_CORS)
    text = found.read_text("utf-8")
    return web.Response(text=text, content_type="text/javascript", charset="utf-8", headers=_FILE_HEADERS)


async def _act(core: Core, sockets: Sockets, act: Act, request: web.Request) -> web.Response:
    try:
        call, user, asked = _who(core, await request.read())
        done = act(core, sockets, call, user, asked)
    except Refused as refused:
        return web.json_response(refused.body("", "0.00ms"), status=refused.status, headers=_CORS)
    return web.json_response({**_shown(call, user), **done}, headers=_CORS)


def _who(core: Core, raw: bytes) -> tuple[Call, User, dict[str, Any]]:
    try:
        body = read(raw)
        cid, token = str(body["cid"]), str(body["token"])
    except (ValueError, KeyError, TypeError) as error:
        raise bad_input("cid and token are required fields") from error
    if not (user_id := tokens.verified(core.app, token).get("user_id")):
        raise bad_token(5, "a user token is required")
    user, call = core.user(user_id), core.call(cid)
    if not visible_to(core, call, user):
        raise not_found(f"Can't find call with id {cid}")
    return call, user, body


def _join(core: Core, sockets: Sockets, call: Call, user: User, asked: dict[str, Any]) -> dict[str, Any]:
    enterable(core, call, user)
    participant = enters(core, call, user)
    sockets.carry(str(asked.get("connection_id") or ""), call, participant.user_session_id)
    return {"session_id": participant.user_session_id}


def _leave(core: Core, sockets: Sockets, call: Call, user: User, asked: dict[str, Any]) -> dict[str, Any]:
    exits(core, call, user.id, only=asked.get("session_id"))
    return {}


def _look(core: Core, sockets: Sockets, call: Call, user: User, asked: dict[str, Any]) -> dict[str, Any]:
    """Changes nothing."""
    return {}


def _shown(call: Call, user: User) -> dict[str, Any]:
    return {
        "topic": call.custom.get("topic") or "",
        "you": user.name or user.id,
        "created_by": call.created_by.name or call.created_by.id,
        "participants": [one.user.name or one.user.id for one in call.participants],
        "in": call.is_in(user.id),
        "ended": call.ended_at is not None,
    }
