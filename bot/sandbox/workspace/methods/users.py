"""users.info, users.list and users.lookupByEmail."""

from bot.sandbox.workspace.methods.call import Call, Handler
from bot.sandbox.workspace.records import Json, User
from bot.sandbox.workspace.wire import user_object


def users_info(call: Call) -> Json:
    user = call.state.users.get(call.args.text("user") or "")
    if user is None:
        call.refuse("user_not_found")
    if user.is_stranger and not call.state.share_a_channel(user.id, call.state.bot.id):
        call.refuse("user_not_visible")
    return {"user": as_slack_shows(user, call)}


def users_list(call: Call) -> Json:
    everyone = [user for user in call.state.users.values() if not user.is_stranger]
    members, metadata = call.page(everyone, default=1000)
    return {
        "members": [as_slack_shows(user, call) for user in members],
        "cache_ts": call.state.unix_now(),
        "response_metadata": metadata,
    }


def lookup_by_email(call: Call) -> Json:
    wanted = (call.args.text("email") or "").lower()
    known = (u for u in call.state.users.values() if not u.deleted and not u.is_stranger)
    user = next((u for u in known if u.email and u.email.lower() == wanted), None)
    if user is None:
        call.refuse("users_not_found")
    return {"user": as_slack_shows(user, call)}


def as_slack_shows(user: User, call: Call) -> Json:
    shown = user_object(user, call.state, email="users:read.email" in call.scopes)
    if call.args.flag("include_locale") and not (user.deleted or user.is_stranger):
        shown["locale"] = "en-US"
    return shown


METHODS: dict[str, Handler] = {
    "users.info": users_info,
    "users.list": users_list,
    "users.lookupByEmail": lookup_by_email,
}
