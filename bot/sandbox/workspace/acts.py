"""What one person's client sends to the app as they type, press and submit, and what it shows of the answer."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from bot.sandbox.workspace import payloads
from bot.sandbox.workspace.blocks import check_view
from bot.sandbox.workspace.content import BadContent
from bot.sandbox.workspace.courier import Attempt, Courier, Delivery
from bot.sandbox.workspace.elements import Control
from bot.sandbox.workspace.grants import ResponseUrls, Triggers
from bot.sandbox.workspace.hooks import Hooks
from bot.sandbox.workspace.records import SLACKBOT, Conversation, Json, Message, User, View
from bot.sandbox.workspace.state import State
from bot.sandbox.workspace.wire import view_object

NO_CONNECTION = "We had some trouble connecting. Try again?"


@dataclass
class Installed:
    """What the app's configuration says, as far as it decides what is delivered."""

    commands: frozenset[str] = frozenset()
    bot_events: frozenset[str] = frozenset()
    should_escape: bool = True


@dataclass
class Slack:
    """The parts of a workspace that people's clients work with."""

    state: State
    courier: Courier
    triggers: Triggers
    urls: ResponseUrls
    hooks: Hooks
    origin: Callable[[], str]
    installed: Installed = field(default_factory=Installed)

    def response_url(self, kind: str, user: str, channel: str, message_ts: str | None) -> str:
        key = self.urls.make(user, channel, message_ts)
        return f"{self.origin()}/{kind}/{self.state.team.id}/{key}"

    async def emit(self, name: str, body: Json) -> Delivery | None:
        """Tell the app of an event, if it has subscribed to it."""
        if name not in self.installed.bot_events:
            return None
        return await self.courier.deliver("events_api", payloads.event(self.state, body))

    def emit_soon(self, name: str, body: Json) -> None:
        if name in self.installed.bot_events:
            self.courier.deliver_soon("events_api", payloads.event(self.state, body))

    def slackbot_says(self, user: str, channel: Conversation, text: str) -> None:
        message = Message(channel.id, self.state.mint_ts(), SLACKBOT, text, ephemeral_to=user)
        self.state.post(channel, message)


def _said(attempt: Attempt) -> str:
    """The words a client has for an answer that is none."""
    return "operation_timeout" if attempt.error == "http_timeout" else "dispatch_failed"


class Acts:
    def __init__(self, slack: Slack, user: User) -> None:
        self._slack = slack
        self._user = user
        self._chosen: dict[tuple[str, str], dict[tuple[str, str], Any]] = {}
        """What this person's menus hold, by message."""

    @property
    def _state(self) -> State:
        return self._slack.state

    # -- commands

    async def command(self, name: str, text: str, channel: Conversation) -> Delivery:
        form = payloads.command(
            self._state,
            self._user,
            channel,
            name,
            text,
            self._slack.triggers.make(self._user.id),
            self._slack.response_url("commands", self._user.id, channel.id, None),
        )

        def show(attempt: Attempt) -> None:
            self._show_command_answer(f"{name} {text}".strip(), name, channel, attempt)

        return await self._slack.courier.deliver("slash_commands", form, show)

    def _show_command_answer(self, typed: str, name: str, channel: Conversation, attempt: Attempt) -> None:
        if not attempt.ok:
            self._failed(name, channel, _said(attempt))
            return
        sent = {"text": attempt.body} if isinstance(attempt.body, str) else attempt.body
        if not isinstance(sent, dict) or not sent:
            return
        if sent.get("response_type") == "in_channel":
            self._state.post(channel, Message(channel.id, self._state.mint_ts(), self._user.id, typed))
        try:
            self._slack.hooks.say(self._user.id, channel.id, sent, f"the answer to {name}")
        except BadContent as bad:
            problems = "; ".join(str(problem) for problem in bad.problems)
            self._state.warnings.append(f"the answer to {name}: {bad.code} {problems}".strip())
            self._failed(name, channel, "invalid_command_response")

    def _failed(self, name: str, channel: Conversation, code: str) -> None:
        self._slack.slackbot_says(self._user.id, channel, f'{name} failed with the error "{code}"')

    # -- buttons and menus

    async def use(self, thing: Message | View, control: Control, value: Any = None) -> Delivery | None:
        """Use one control: tell the app, or in a form only note it until the submit."""
        if isinstance(thing, View):
            return await self._use_in_view(thing, control, value)
        chosen = self._chosen.setdefault((thing.channel, thing.ts), {})
        if control.type not in ("button", "overflow"):
            chosen[control.key] = value
        thing.trouble.pop(self._user.id, None)
        payload = payloads.message_action(
            self._state,
            self._user,
            thing,
            payloads.action(self._state, control, value),
            chosen,
            self._slack.triggers.make(self._user.id),
            self._slack.response_url("actions", self._user.id, thing.channel, thing.ts),
        )

        def show(attempt: Attempt) -> None:
            if not attempt.ok:
                thing.trouble[self._user.id] = _said(attempt)
                self._state.tell("message_changed", message=thing)

        return await self._slack.courier.deliver("interactive", payload, show)

    async def _use_in_view(self, view: View, control: Control, value: Any) -> Delivery | None:
        if control.type not in ("button", "overflow"):
            view.values[control.key] = value
            view.errors.pop(control.key[0], None)
            self._state.tell("view", view=view)
        if not control.reports:
            return None
        trigger_id = self._slack.triggers.make(self._user.id, view.id)
        action = payloads.action(self._state, control, value)
        payload = payloads.view_action(self._state, self._user, view, action, trigger_id)
        return await self._slack.courier.deliver("interactive", payload, lambda a: self._trouble(view, a))

    def _trouble(self, view: View, attempt: Attempt) -> None:
        view.trouble = "" if attempt.ok else _said(attempt)
        self._state.tell("view", view=view)

    # -- modals

    async def submit(self, view: View) -> Delivery:
        view.errors, view.trouble = {}, ""
        trigger_id = self._slack.triggers.make(self._user.id, view.id)
        payload = payloads.view_submission(self._state, self._user, view, trigger_id)
        return await self._slack.courier.deliver("interactive", payload, lambda a: self._submitted(view, a))

    def _submitted(self, view: View, attempt: Attempt) -> None:
        if not attempt.ok:
            view.trouble = NO_CONNECTION
            self._state.tell("view", view=view)
        elif view in self._state.modals.get(self._user.id, []):
            answer = attempt.body if isinstance(attempt.body, dict) else {}
            self._answered(view, answer.get("response_action"), answer)

    def _answered(self, view: View, action: str | None, answer: Json) -> None:
        """https://docs.slack.dev/surfaces/modals#updating_response"""
        if action is None:
            self._state.close_modal(view)
        elif action == "clear":
            self._state.close_modals(self._user.id)
        elif action == "errors":
            self._put_errors(view, answer.get("errors") or {})
        elif action in ("update", "push") and not self._bad_view(view, answer.get("view")):
            if action == "update":
                self._state.redraw(view, answer["view"])
            else:
                self._state.open_modal(self._state.new_view(self._user.id, answer["view"], on=view))

    def _put_errors(self, view: View, errors: dict[str, str]) -> None:
        """Errors belong to input blocks; one for another block makes the client say that it has trouble."""
        inputs = {block["block_id"] for block in view.blocks if block["type"] == "input"}
        if not errors or errors.keys() - inputs:
            view.trouble = NO_CONNECTION
            self._state.warnings.append(f"errors for blocks that take no input: {sorted(errors.keys() - inputs)}")
        view.errors = dict(errors)
        self._state.tell("view", view=view)

    def _bad_view(self, view: View, body: Any) -> bool:
        problems = check_view(body)
        if problems:
            self._state.warnings.append(f"the answer to a submit: {'; '.join(map(str, problems))}")
            view.trouble = NO_CONNECTION
            self._state.tell("view", view=view)
        return bool(problems)

    async def close(self, views: Iterable[View], *, cleared: bool) -> None:
        for view in views:
            self._state.close_modal(view)
            if view.body.get("notify_on_close"):
                payload = payloads.view_closed(self._state, self._user, view, cleared=cleared)
                await self._slack.courier.deliver("interactive", payload)

    # -- Home

    async def open_home(self) -> Delivery | None:
        body: Json = {"type": "app_home_opened", "user": self._user.id, "tab": "home"}
        body |= {"channel": self._state.dm_with_bot(self._user.id).id, "event_ts": self._state.mint_ts()}
        if home := self._state.homes.get(self._user.id):
            body["view"] = view_object(home, self._state)
        return await self._slack.emit("app_home_opened", body)
