"""What the Web API's methods take and may refuse, from Slack's published list; every refusal is made here."""

import json
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from typing import NoReturn

from bot.sandbox.workspace.records import Json

COMMON = frozenset(
    [
        "access_denied",
        "account_inactive",
        "deprecated_endpoint",
        "ekm_access_denied",
        "enterprise_is_restricted",
        "fatal_error",
        "internal_error",
        "invalid_arg_name",
        "invalid_arguments",
        "invalid_array_arg",
        "invalid_auth",
        "invalid_charset",
        "invalid_form_data",
        "invalid_post_type",
        "method_deprecated",
        "missing_post_type",
        "missing_scope",
        "no_permission",
        "not_allowed_token_type",
        "not_authed",
        "org_login_required",
        "ratelimited",
        "request_timeout",
        "service_unavailable",
        "team_access_not_granted",
        "team_added_to_org",
        "token_expired",
        "token_revoked",
        "two_factor_setup_required",
        "unknown_method",
    ]
)
"""Every method may answer these: they stand on each method's page, e.g.
https://docs.slack.dev/reference/methods/chat.postMessage#errors"""


@dataclass(frozen=True)
class Method:
    """One method as published: its tier, the scopes of which a bot needs one, its arguments and its errors."""

    name: str
    verb: str
    tier: str | None
    scopes: tuple[str, ...]
    required: tuple[str, ...]
    args: frozenset[str]
    errors: frozenset[str]


@dataclass
class Refused(Exception):
    """The Web API says no."""

    method: str
    code: str
    details: Json = field(default_factory=dict)
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def body(self) -> Json:
        return {"ok": False, "error": self.code, **self.details}


@cache
def published() -> dict[str, Method]:
    """Every method the stand-in answers, by name."""
    text = resources.files(__package__).joinpath("slack_methods.json").read_text(encoding="utf-8")
    return {
        name: Method(
            name=name,
            verb=row["verb"],
            tier=row["tier"],
            scopes=tuple(row["scopes"]),
            required=tuple(row["required"]),
            args=frozenset(row["args"]),
            errors=frozenset(row["errors"]),
        )
        for name, row in json.loads(text).items()
    }


def is_published(method: str, code: str) -> bool:
    return code in COMMON or (method in published() and code in published()[method].errors)


def refuse(method: str, code: str, details: Json | None = None, *, retry_after: int | None = None) -> NoReturn:
    """Refuse a call as Slack does. A code that is not published for the method is a mistake of ours."""
    if not is_published(method, code):
        raise AssertionError(f"{code} is not a published error of {method}")
    if retry_after is None:
        raise Refused(method, code, details or {})
    raise Refused(method, code, details or {}, status=429, headers={"Retry-After": str(retry_after)})
