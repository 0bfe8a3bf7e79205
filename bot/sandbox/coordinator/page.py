"""A plain page to join and leave a call, and the doors behind it that stand in for an SFU.

GET  /sandbox/join?type=&id=&user_id=&token=   the page
POST /sandbox/join   {"cid": "default:x", "token": "<the user's>"}   one more client of this user is in
POST /sandbox/leave  the same   all clients of this user are out
POST /sandbox/state  the same   how it stands
"""

import json
from collections.abc import Callable
from functools import partial
from importlib import resources
from typing import Any

from aiohttp import web

from . import tokens
from .core import Core
from .errors import Refused, bad_input, bad_token, not_found
from .media import enterable
from .sessions import enters, exits
from .state import Call, User
from .views import visible_to

_TYPES = {"html": "text/html", "css": "text/css", "js": "text/javascript"}
_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
}
Act = Callable[[Core, Call, User], None]
_CORS = {"Access-Control-Allow-Origin": "*"}


def routes(core: Core) -> list[web.RouteDef]:
    files = [
        web.get(path, partial(_file, name))
        for path, name in (
            ("/sandbox/join", "join.html"),
            ("/sandbox/join.css", "join.css"),
            ("/sandbox/join.js", "join.js"),
        )
    ]
    acts: dict[str, Act] = {"join": _join, "leave": _leave, "state": _look}
    return [*files, *(web.post(f"/sandbox/{name}", partial(_act, core, act)) for name, act in acts.items())]


async def _file(name: str, request: web.Request) -> web.Response:
    text = resources.files(__package__).joinpath(name).read_text("utf-8")
    return web.Response(text=text, content_type=_TYPES[name.rpartition(".")[2]], charset="utf-8", headers=_HEADERS)


async def _act(core: Core, act: Act, request: web.Request) -> web.Response:
    try:
        call, user = _who(core, await request.read())
        act(core, call, user)
    except Refused as refused:
        return web.json_response(refused.body("", "0.00ms"), status=refused.status, headers=_CORS)
    return web.json_response(_shown(call, user), headers=_CORS)


def _who(core: Core, raw: bytes) -> tuple[Call, User]:
    try:
        body = json.loads(raw)
        cid, token = body["cid"], body["token"]
    except (ValueError, KeyError, TypeError) as error:
        raise bad_input("cid and token are required fields") from error
    if not (user_id := tokens.verified(core.app, token).get("user_id")):
        raise bad_token(5, "a user token is required")
    user, call = core.user(user_id), core.call(cid)
    if not visible_to(core, call, user):
        raise not_found(f"Can't find call with id {cid}")
    return call, user


def _join(core: Core, call: Call, user: User) -> None:
    enterable(core, call, user)
    enters(core, call, user)


def _leave(core: Core, call: Call, user: User) -> None:
    exits(core, call, user.id)


def _look(core: Core, call: Call, user: User) -> None:
    """Changes nothing."""


def _shown(call: Call, user: User) -> dict[str, Any]:
    return {
        "topic": call.custom.get("topic") or "",
        "you": user.name or user.id,
        "created_by": call.created_by.name or call.created_by.id,
        "participants": [one.user.name or one.user.id for one in call.participants],
        "in": call.is_in(user.id),
        "ended": call.ended_at is not None,
    }
