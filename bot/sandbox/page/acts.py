"""What people do on the page: each act goes the way a person's own client would send it, signed and for real."""

from collections.abc import Awaitable, Callable
from typing import Any

from bot.sandbox.workspace import Person
from bot.sandbox.workspace.elements import HOLDS, MENUS, Control, controls
from bot.sandbox.workspace.forms import missing
from bot.sandbox.workspace.records import Conversation, Message, View
from bot.sandbox.workspace.screen import Thing
from bot.sandbox.workspace.workspace import Workspace

Asked = dict[str, Any]
Act = Callable[[Asked], Awaitable[Asked]]


class CannotDo(Exception):
    """What was asked for cannot be done; the sentence says why."""


class Acts:
    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._state = workspace.state

    def table(self) -> dict[str, Act]:
        """By the name in `POST /do/{name}`."""
        return {
            "type": self.type,
            "use": self.use,
            "submit": self.submit,
            "close": self.close,
            "home": self.home,
            "talk": self.talk,
            "enter": self.enter,
        }

    # --- typing

    async def type(self, asked: Asked) -> Asked:
        """{who, channel, text, thread?}: a line and Enter."""
        person, channel = self._person(asked), self._channel(asked["channel"])
        if person.id not in channel.members:
            raise CannotDo(f"{person.name} is not in this channel.")
        thread = self._message(channel, asked["thread"]) if asked.get("thread") else None
        await person.types(str(asked["text"]), at=channel, thread=thread)
        return {}

    async def talk(self, asked: Asked) -> Asked:
        """{who, with: [user ids]}: open the direct message of these people."""
        people = [one for one in asked["with"] if one in self._state.users]
        person = self._person(asked)
        return {"channel": self._state.open_direct([person.id, *people], creator=person.id).id}

    async def enter(self, asked: Asked) -> Asked:
        """{who, channel}: join a public channel."""
        person, channel = self._person(asked), self._channel(asked["channel"])
        if channel.kind != "public":
            raise CannotDo("Only public channels can be joined.")
        if person.id not in channel.members:
            channel.members.append(person.id)
            self._state.tell("channel_joined", channel=channel, user=person.id)
        return {}

    # --- buttons and menus

    async def use(self, asked: Asked) -> Asked:
        """{who, view | channel and ts, block, action, value?}: one control; options are named by their values."""
        person = self._person(asked)
        thing = self._view(person, asked) if "view" in asked else self._seen(person, asked)
        control = _control(thing, asked["block"], asked["action"])
        await person.acts.use(thing, control, _held(control, asked.get("value")))
        return {}

    # --- modals and Home

    async def submit(self, asked: Asked) -> Asked:
        """{who, view, values: {block_id: {action_id: value}}}: the form as it is filled in."""
        person = self._person(asked)
        view = self._view(person, asked)
        for control in controls(view.blocks):
            block_id, action_id = control.key
            if control.type in HOLDS and action_id in asked["values"].get(block_id, {}):
                view.values[control.key] = _held(control, asked["values"][block_id][action_id])
        if wrong := missing(view):
            view.errors = wrong
            self._state.tell("view", view=view)
        else:
            await person.acts.submit(view)
        return {"errors": view.errors}

    async def close(self, asked: Asked) -> Asked:
        """{who, view}: put it away, with what lies on it."""
        person = self._person(asked)
        view = self._view(person, asked)
        await person.acts.close([view], cleared=False)
        return {}

    async def home(self, asked: Asked) -> Asked:
        """{who}: open the app's Home."""
        await self._person(asked).opens_home()
        return {}

    # --- finding

    def _person(self, asked: Asked) -> Person:
        for person in self._workspace.people.values():
            if person.id == asked["who"]:
                return person
        raise CannotDo("There is no such person.")

    def _channel(self, channel_id: str) -> Conversation:
        if found := self._state.conversations.get(channel_id):
            return found
        raise CannotDo("There is no such channel.")

    def _message(self, channel: Conversation, ts: str) -> Message:
        if found := next((each for each in channel.messages if each.ts == ts), None):
            return found
        raise CannotDo("This message is gone.")

    def _seen(self, person: Person, asked: Asked) -> Message:
        channel = self._channel(asked["channel"])
        message = self._message(channel, asked["ts"])
        if person.id not in channel.members or message.ephemeral_to not in (None, person.id):
            raise CannotDo(f"{person.name} does not see this message.")
        return message

    def _view(self, person: Person, asked: Asked) -> View:
        home = self._state.homes.get(person.id)
        for view in [*self._state.modals.get(person.id, []), *([home] if home else [])]:
            if view.id == asked["view"]:
                return view
        raise CannotDo("This is closed already.")


def _control(thing: Thing, block_id: str, action_id: str) -> Control:
    """The control with these ids, also one that an edit has just taken away: it can be pressed in that moment."""
    versions = [thing.blocks]
    if isinstance(thing, Message):
        versions += [version.blocks for version in reversed(thing.edits)]
    for blocks in versions:
        for control in controls(blocks):
            if control.key == (block_id, action_id):
                return control
    raise CannotDo("This is not there any more.")


def _held(control: Control, value: Any) -> Any:
    """What the control holds: whole options for the values the page names."""
    if control.type not in MENUS:
        return value if value != "" else None
    options = {option["value"]: option for option in control.options}
    if isinstance(value, list):
        return [options[each] for each in value if each in options]
    return options.get(value)
