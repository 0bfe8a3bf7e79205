"""What whoever asks may see of a call."""

from typing import Any

from .answers import call_response, member_response
from .core import Asked, Core
from .errors import bad_input, not_found
from .permissions import capabilities, same_team
from .state import Call, User


def visible_to(core: Core, call: Call, user: User | None) -> bool:
    return user is None or same_team(core.app, call, user)


def visible(core: Core, asked: Asked, call: Call) -> Call:
    if not visible_to(core, call, asked.user):
        raise not_found(f"Can't find call with id {call.cid}")
    return call


def found(core: Core, asked: Asked) -> Call:
    """The call a request is about. Raises 404 code 16 where there is none."""
    return visible(core, asked, core.call(asked.cid))


def state_of(core: Core, asked: Asked, call: Call, limit: int = 100) -> dict[str, Any]:
    """A call as most answers carry it. The server has no capabilities of its own."""
    answer = {
        "call": call_response(call),
        "members": [member_response(one) for one in list(call.members.values())[:limit]],
        "own_capabilities": capabilities(core.app, call, asked.user) if asked.user else [],
    }
    if asked.user is not None and (mine := call.members.get(asked.user.id)):
        answer["membership"] = member_response(mine)
    return answer


def members_limit(body: dict[str, Any]) -> int:
    limit = 100 if body.get("members_limit") is None else int(body["members_limit"])
    if limit < 0:
        raise bad_input("members_limit must be 0 or greater")
    return limit
