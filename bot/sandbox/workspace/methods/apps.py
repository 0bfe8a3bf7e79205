"""auth.test, apps.connections.open, team.info, bots.info, dnd.info and blocks.validate."""

from bot.sandbox.workspace.blocks import check_blocks, check_view
from bot.sandbox.workspace.methods.call import Call, Handler
from bot.sandbox.workspace.records import Json


def auth_test(call: Call) -> Json:
    state = call.state
    return {
        "url": f"https://{state.team.domain}.slack.com/",
        "team": state.team.name,
        "user": state.bot.name,
        "team_id": state.team.id,
        "user_id": state.bot.id,
        "bot_id": state.bot_id,
        "is_enterprise_install": False,
    }


def connections_open(call: Call) -> Json:
    return {"url": call.socket_url()}


def team_info(call: Call) -> Json:
    team = call.state.team
    if call.args.text("team") not in (None, team.id):
        call.refuse("team_not_found")
    return {"team": {"id": team.id, "name": team.name, "domain": team.domain, "email_domain": ""}}


def bots_info(call: Call) -> Json:
    state = call.state
    wanted = call.args.text("bot")
    if wanted not in (None, state.bot_id):
        call.refuse("bot_not_found")
    bot = {"id": state.bot_id, "deleted": False, "name": state.bot.name, "app_id": state.app_id}
    return {"bot": {**bot, "user_id": state.bot.id, "updated": 0, "icons": {}}}


def dnd_info(call: Call) -> Json:
    """The schedule of a user; nobody in this workspace has set one."""
    if (call.args.text("user") or call.state.bot.id) not in call.state.users:
        call.refuse("user_not_found")
    return {"dnd_enabled": False, "next_dnd_start_ts": 1, "next_dnd_end_ts": 1}


def blocks_validate(call: Call) -> Json:
    given = [name for name in ("blocks", "message", "view") if name in call.args]
    if len(given) != 1:
        call.refuse("invalid_arguments")
    code = f"invalid_{given[0]}"
    try:
        value = call.args.structure(given[0])
    except ValueError:
        call.refuse_first(code)
    if given[0] == "view":
        problems = check_view(value, "")
    elif given[0] == "message":
        problems = check_blocks((value or {}).get("blocks", []), "message")
    else:
        problems = check_blocks(value, "message", "")
    if problems:
        call.refuse(code, errors=[problem.as_validated() for problem in problems])
    return {}


METHODS: dict[str, Handler] = {
    "auth.test": auth_test,
    "apps.connections.open": connections_open,
    "team.info": team_info,
    "bots.info": bots_info,
    "dnd.info": dnd_info,
    "blocks.validate": blocks_validate,
}
