"""usergroups.list and usergroups.users.list."""

from bot.sandbox.workspace.methods.call import Call, Handler
from bot.sandbox.workspace.records import Json, Usergroup


def usergroups_list(call: Call) -> Json:
    shown = [g for g in call.state.groups.values() if not g.disabled or call.args.flag("include_disabled")]
    return {"usergroups": [_as_slack_shows(group, call) for group in shown]}


def _as_slack_shows(group: Usergroup, call: Call) -> Json:
    row: Json = {
        "id": group.id,
        "team_id": call.state.team.id,
        "is_usergroup": True,
        "name": group.name,
        "handle": group.handle,
        "is_external": False,
        "date_delete": 1 if group.disabled else 0,
    }
    if call.args.flag("include_users"):
        row["users"] = list(group.users)
    if call.args.flag("include_count"):
        row["user_count"] = len(group.users)
    return row


def usergroup_users(call: Call) -> Json:
    group = call.state.groups.get(call.args.text("usergroup") or "")
    if group is None or (group.disabled and not call.args.flag("include_disabled")):
        call.refuse("no_such_subteam")
    return {"users": list(group.users)}


METHODS: dict[str, Handler] = {
    "usergroups.list": usergroups_list,
    "usergroups.users.list": usergroup_users,
}
