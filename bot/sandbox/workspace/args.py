"""The arguments of one Web API call, whichever way they came: query, form or JSON."""

import json
from typing import Any

from aiohttp import web

from bot.sandbox.workspace.errors import Method, published, refuse
from bot.sandbox.workspace.records import Json

ABSENT_IS_UNKNOWN = {
    "channel": "channel_not_found",
    "user": "user_not_found",
    "ts": "message_not_found",
    "message_ts": "message_not_found",
    "email": "users_not_found",
    "usergroup": "no_such_subteam",
}
"""A required argument that is missing is to most methods one that names nothing."""


ADDED_BY_SDK = {"team_id"}
"""slack_sdk puts it on every call once it knows the team, whatever the method."""


async def read_arguments(request: web.Request) -> Json:
    """Everything the caller sent, the body over the query; a body that cannot be read is no argument at all."""
    sent: Json = dict(request.query)
    if request.content_type == "application/json":
        sent |= _object(await request.text())
    elif request.method == "POST":
        sent |= {key: value for key, value in (await request.post()).items() if isinstance(value, str)}
    return sent


def _object(text: str) -> Json:
    try:
        body = json.loads(text)
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


class Arguments:
    def __init__(self, method: str, sent: Json) -> None:
        self._method = method
        self._sent = {key: value for key, value in sent.items() if value is not None and key != "token"}

    def __contains__(self, name: str) -> bool:
        return name in self._sent

    def as_sent(self) -> Json:
        return dict(self._sent)

    def unknown(self) -> list[str]:
        """Arguments that the method does not have; Slack passes over them in silence."""
        return sorted(self._sent.keys() - published()[self._method].args - ADDED_BY_SDK)

    def require(self, method: Method) -> None:
        """Refuse the call if a required argument is missing."""
        for name in method.required:
            if self._sent.get(name) in (None, ""):
                self._refuse_missing(method, name)

    def _refuse_missing(self, method: Method, name: str) -> None:
        unknown = ABSENT_IS_UNKNOWN.get(name)
        code = unknown if unknown in method.errors else "missing_argument"
        if code in method.errors:
            refuse(method.name, str(code))
        refuse(method.name, "invalid_arguments", _messages(f"missing required field: {name}"))

    def text(self, name: str) -> str | None:
        value = self._sent.get(name)
        return None if value is None else str(value)

    def flag(self, name: str) -> bool:
        return str(self._sent.get(name, "")).lower() in ("1", "true")

    def number(self, name: str, default: int) -> int:
        value = self._sent.get(name, default)
        try:
            return int(value)
        except (TypeError, ValueError):
            refuse(self._method, "invalid_arguments", _messages(f"{name} must be an integer"))

    def listed(self, name: str) -> list[str]:
        """A comma-separated list, or a JSON array of strings."""
        value = self._sent.get(name, "")
        parts = value if isinstance(value, list) else str(value).split(",")
        return [str(part).strip() for part in parts if str(part).strip()]

    def structure(self, name: str) -> Any:
        """An object or array, sent as such or as JSON in a string. Raises ValueError where it is neither."""
        value = self._sent.get(name)
        return json.loads(value) if isinstance(value, str) else value


def _messages(*lines: str) -> Json:
    return {"response_metadata": {"messages": [f"[ERROR] {line}" for line in lines]}}
