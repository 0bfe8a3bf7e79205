"""What a user may do in a call, by the grants of its call type; the server may do everything."""

from collections.abc import Iterable

from .errors import not_allowed
from .state import App, Call, User


def roles_in(app: App, call: Call | None, user: User, team: str | None = None) -> list[str]:
    roles = [user.role]
    if app.multi_tenant and (in_team := user.teams_role.get((call.team if call else team) or "")):
        roles.append(in_team)
    if call is not None and (member := call.members.get(user.id)):
        roles += ["call_member", member.role]
    return roles


def capabilities(app: App, call: Call, user: User) -> list[str]:
    """The `own_capabilities` of this user: by role, by owning the call, by what was granted or revoked in it."""
    found = _granted(app, call.type, roles_in(app, call, user))
    if user.id == call.created_by.id:
        found |= {one.removesuffix("-owner") for one in found if one.endswith("-owner")}
    personal = call.granted.get(user.id, set())
    found |= {one for one in personal if not one.startswith("-")}
    found -= {one[1:] for one in personal if one.startswith("-")}
    return sorted(one for one in found if not one.endswith("-owner"))


def by_role(app: App, call: Call) -> dict[str, list[str]]:
    return {role: sorted(grants) for role, grants in app.call_types[call.type].grants.items()}


def _granted(app: App, call_type: str, roles: Iterable[str]) -> set[str]:
    grants = app.call_types[call_type].grants
    return {one for role in roles for one in grants.get(role, ())}


def may_create(app: App, call_type: str, user: User, team: str | None) -> None:
    if "create-call" not in _granted(app, call_type, roles_in(app, None, user, team)):
        raise refusal(user, "CreateCall", call_type)


def may(app: App, call: Call, user: User | None, capability: str, action: str) -> None:
    """Raise 403 code 17 where this user may not. None is the server, which may."""
    if user is not None and capability not in capabilities(app, call, user):
        raise refusal(user, action, call.type)


def refusal(user: User, action: str, call_type: str) -> Exception:
    return not_allowed(
        f"User '{user.id}' with role '{user.role}' is not allowed to perform action {action} "
        f"in scope 'video:{call_type}'"
    )


def same_team(app: App, call: Call, user: User) -> bool:
    """In a multi-tenant app users see only the calls of their teams.

    https://getstream.io/video/docs/api/multi-tenancy/
    """
    return not app.multi_tenant or call.team is None or call.team in user.teams
