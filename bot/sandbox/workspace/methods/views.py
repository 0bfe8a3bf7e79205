"""views.open, .push, .update and .publish."""

import json
from typing import NoReturn

from bot.sandbox.workspace.blocks import check_view
from bot.sandbox.workspace.grants import Trigger
from bot.sandbox.workspace.methods.call import Call, Handler
from bot.sandbox.workspace.records import Json, View
from bot.sandbox.workspace.wire import view_object

DEEPEST = 3
"""A modal may have two more on top. https://docs.slack.dev/surfaces/modals#pushing_views"""
LARGEST = 250_000


def open_(call: Call) -> Json:
    body = _body(call, "modal")
    view = call.state.new_view(_trigger(call).user, body)
    call.state.open_modal(view)
    return {"view": view_object(view, call.state)}


def push(call: Call) -> Json:
    body = _body(call, "modal")
    trigger = _trigger(call)
    stack = call.state.modals.get(trigger.user, [])
    if trigger.view is None or not any(view.id == trigger.view for view in stack):
        call.refuse("not_found")
    if len(stack) >= DEEPEST:
        call.refuse("push_limit_reached")
    view = call.state.new_view(trigger.user, body, on=stack[-1])
    call.state.open_modal(view)
    return {"view": view_object(view, call.state)}


def update(call: Call) -> Json:
    view = _view_to_update(call)
    body = _body(call, view.type)
    _same_hash(view, call)
    call.state.redraw(view, body)
    return {"view": view_object(view, call.state)}


def publish(call: Call) -> Json:
    user_id = call.args.text("user_id") or ""
    if user_id not in call.state.users:
        _refuse_arguments(call, f"user_id: no such user {user_id!r}")
    body = _body(call, "home")
    before = call.state.homes.get(user_id)
    if before is None:
        call.state.homes[user_id] = before = call.state.new_view(user_id, body)
        call.state.tell("view", view=before)
    else:
        _same_hash(before, call)
        call.state.redraw(before, body)
    return {"view": view_object(before, call.state)}


def _trigger(call: Call) -> Trigger:
    if "trigger_id" not in call.args:
        _refuse_arguments(call, "missing required field: trigger_id")
    trigger = call.triggers.exchange(call.args.text("trigger_id"))
    if isinstance(trigger, str):
        call.refuse_first(trigger)
    return trigger


def _view_to_update(call: Call) -> View:
    view_id, external_id = call.args.text("view_id"), call.args.text("external_id")
    meant = (v for v in call.state.views() if v.id == view_id or (external_id and v.external_id == external_id))
    view = next(meant, None)
    if view is None:
        call.refuse("not_found")
    return view


def _same_hash(view: View, call: Call) -> None:
    """An update that says what it was drawn from loses against one that came in between."""
    if call.args.text("hash") not in (None, view.hash):
        call.refuse("hash_conflict")


def _body(call: Call, surface: str) -> Json:
    try:
        body = call.args.structure("view")
    except ValueError:
        _refuse_arguments(call, "view: must be a valid JSON string")
    if problems := check_view(body):
        call.refuse_blocks("invalid_arguments", problems)
    if body["type"] != surface:
        _refuse_arguments(call, f"view: must be of type {surface} [json-pointer:/view/type]")
    if len(json.dumps(body)) > LARGEST:
        call.refuse("view_too_large")
    _unique_external_id(body.get("external_id"), call)
    return dict(body)


def _unique_external_id(external_id: str | None, call: Call) -> None:
    """No other view of the workspace may have it; the one that is being updated may keep it."""
    updated = {call.args.text("view_id"), call.args.text("user_id")}
    others = [v for v in call.state.views() if not updated & {v.id, v.user}]
    taken = external_id and any(view.external_id == external_id for view in others)
    if taken and call.args.text("external_id") != external_id:
        call.refuse("duplicate_external_id")


def _refuse_arguments(call: Call, message: str) -> NoReturn:
    call.refuse("invalid_arguments", response_metadata={"messages": [f"[ERROR] {message}"]})


METHODS: dict[str, Handler] = {
    "views.open": open_,
    "views.push": push,
    "views.update": update,
    "views.publish": publish,
}
