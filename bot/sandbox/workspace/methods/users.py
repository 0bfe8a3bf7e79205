"""users.info, users.list and users.lookupByEmail."""

from datetime import datetime
from zoneinfo import ZoneInfo

from bot.sandbox.workspace.methods.call import Call, Handler
from bot.sandbox.workspace.records import SLACKBOT, Json, User


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
    """The user object. Deactivated people and strangers come with less. https://docs.slack.dev/reference/objects/user-object"""
    shown: Json = {
        "id": user.id,
        "team_id": user.team_id,
        "name": user.name,
        "deleted": user.deleted,
        "real_name": user.real_name,
        "profile": _profile(user, call),
        "is_bot": user.is_bot,
        "is_app_user": False,
        "updated": 0,
    }
    if user.deleted:
        return shown
    zone: Json = {"tz": user.tz, "tz_label": user.tz, "tz_offset": _offset(user, call)}
    if user.is_stranger:
        return {**shown, **zone, "is_stranger": True}
    shown |= {**zone, "is_admin": user.is_admin, "is_owner": False, "is_primary_owner": False}
    shown |= {"is_restricted": user.is_restricted, "is_ultra_restricted": user.is_ultra_restricted}
    if call.args.flag("include_locale"):
        shown["locale"] = "en-US"
    return shown


def _profile(user: User, call: Call) -> Json:
    profile: Json = {"real_name": user.real_name, "display_name": user.display_name, "team": user.team_id}
    profile |= {"status_text": "", "status_emoji": "", "status_expiration": 0}
    if user.email and not user.is_stranger and "users:read.email" in call.scopes:
        profile["email"] = user.email
    if user.id == call.state.bot.id:
        profile |= {"api_app_id": call.state.app_id, "bot_id": call.state.bot_id}
    elif user.id == SLACKBOT:
        profile["always_active"] = True
    return profile


def _offset(user: User, call: Call) -> int:
    offset = datetime.astimezone(call.state.clock.now(), ZoneInfo(user.tz)).utcoffset()
    return int(offset.total_seconds()) if offset else 0


METHODS: dict[str, Handler] = {
    "users.info": users_info,
    "users.list": users_list,
    "users.lookupByEmail": lookup_by_email,
}
