"""A person in the workspace, in words a test can be written with: types, presses, chooses, submits, sees."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.sandbox.workspace import keyboard
from bot.sandbox.workspace.acts import Acts, Slack
from bot.sandbox.workspace.courier import Delivery
from bot.sandbox.workspace.elements import HOLDS, PICKERS, Control, controls
from bot.sandbox.workspace.forms import chosen_options, missing, option_named, shown_value
from bot.sandbox.workspace.places import Channel
from bot.sandbox.workspace.records import Conversation, Json, Message, User, View
from bot.sandbox.workspace.screen import Screen, Thing

SEES_WITHIN = 5.0
CHOOSABLE = {"static_select", "multi_static_select", "radio_buttons", "checkboxes", "overflow"}
FILLABLE = {kind for kind in HOLDS if kind.endswith(("input", "picker"))}


@dataclass(frozen=True)
class Press:
    """What pressing a button did on the person's own machine."""

    url: str | None
    """The page that a link button opened."""
    asked: str | None
    """What the dialog said, where the button has one."""
    delivery: Delivery | None
    """What went to the app; None where the dialog was declined."""


class Person:
    def __init__(self, slack: Slack, user: User) -> None:
        self._slack = slack
        self._state = slack.state
        self.user = user
        self._screen = Screen(self._state, user)
        self._acts = Acts(slack, user)
        self.notifications: list[str] = []
        """The text of each message that came, as a notification or a screen reader tells it."""
        self._state.watch(self._notice)

    def __repr__(self) -> str:
        return f"<{self.name}>"

    @property
    def id(self) -> str:
        return self.user.id

    @property
    def name(self) -> str:
        return self.user.name

    @property
    def acts(self) -> Acts:
        """The same one control at a time, for who has it before them and need not look for it."""
        return self._acts

    # -- typing

    async def types(self, text: str, *, at: Place | None = None, thread: Message | None = None) -> Delivery | None:
        """Type a line and press Enter, in the DM with the app unless said otherwise. Returns what went to the app."""
        self._awake()
        channel = self._place(at) if thread is None else self._state.conversations[thread.channel]
        assert self.id in channel.members, f"{self.name} is not in {self._screen.title(channel)}"
        assert not channel.archived, f"{self._screen.title(channel)} is archived: nobody can type there"
        if text.startswith("/"):
            return await self._command(text, channel, thread)
        shown = keyboard.with_mentions(text, self.user, self._state)
        thread_ts = thread.thread_ts or thread.ts if thread else None
        message = Message(channel.id, self._state.mint_ts(), self.id, shown, thread_ts=thread_ts)
        self._state.post(channel, message)
        return None

    async def _command(self, line: str, channel: Conversation, thread: Message | None) -> Delivery | None:
        name, _, rest = line.partition(" ")
        if thread is not None:
            self._slack.slackbot_says(self.id, channel, f"{name} is not supported in threads. Sorry!")
            return None
        if name not in self._slack.installed.commands or self.user.is_stranger:
            self._slack.slackbot_says(self.id, channel, f"{name} is not a valid command.")
            return None
        escape = self._slack.installed.should_escape
        text = keyboard.with_mentions(rest, self.user, self._state) if escape else rest
        return await self._acts.command(name, text.strip(), channel)

    # -- buttons and menus

    async def presses(
        self,
        label: str,
        *,
        on: Thing | str | None = None,
        at: Place | None = None,
        confirm: bool = True,
        stale: bool = False,
    ) -> Press:
        """Press the newest live button with this label. `stale` presses one that was there in an earlier version."""
        self._awake()
        if on is None and at is None and await self._pressed_frame(label):
            return Press(None, None, None)
        thing, control = self._find(label, {"button"}, on, at, stale=stale)
        dialog = control.element.get("confirm")
        asked = dialog["text"]["text"] if dialog else None
        if dialog and not confirm:
            return Press(None, asked, None)
        delivery = await self._acts.use(thing, control)
        return Press(control.element.get("url"), asked, delivery)

    async def _pressed_frame(self, label: str) -> bool:
        """Whether this was the submit or close of the open modal."""
        modal = self._screen.modal()
        names = {p: (modal.body.get(p) or {}).get("text") for p in ("submit", "close")} if modal else {}
        if label == names.get("submit"):
            await self.submits()
        elif label == names.get("close"):
            await self.closes()
        else:
            return False
        return True

    async def chooses(
        self, *options: str, of: str | None = None, on: Thing | str | None = None, at: Place | None = None
    ) -> Delivery | None:
        """Choose from a menu, radio buttons or check boxes; `of` is its label or placeholder."""
        self._awake()
        for thing in self._screen.matching(on, self._place_id(at)):
            for control in controls(thing.blocks):
                named = of is None or of in (control.label, control.element.get("action_id"))
                if control.type in CHOOSABLE and named and option_named(control, options[0]):
                    return await self._acts.use(thing, control, chosen_options(control, options))
        raise AssertionError(self._not_there(f"a menu {of or ''} with {options}"))

    async def picks(self, label: str, *what: Person | Channel | Sequence[Person | Channel]) -> None:
        """Pick people or channels in the open modal."""
        control = self._field(label, PICKERS)
        ids = [each.id for part in what for each in (part if isinstance(part, Sequence) else [part])]
        await self._acts.use(self._modal(), control, ids if control.type.startswith("multi") else ids[0])

    async def fills(self, label: str, value: str | int | datetime | None) -> None:
        """Fill in a field of the open modal; None empties it."""
        control = self._field(label, FILLABLE)
        await self._acts.use(self._modal(), control, shown_value(control, value))

    def _field(self, label: str, kinds: set[str]) -> Control:
        self._awake()
        found = self._screen.control(label, kinds, self._modal(), None)
        if found is None:
            raise AssertionError(self._not_there(f"a field {label!r}"))
        return found[1]

    # -- modals and Home

    async def submits(self) -> dict[str, str]:
        """Submit the open modal; the errors it then shows, by block_id."""
        self._awake()
        modal = self._modal()
        if wrong := missing(modal):
            modal.errors = wrong
            self._state.tell("view", view=modal)
            return wrong
        await self._acts.submit(modal)
        return dict(modal.errors)

    async def closes(self, *, everything: bool = False) -> None:
        """Close the open modal; with `everything`, all that lie under it too (the cross in the corner)."""
        self._awake()
        modal = self._modal()
        stack = self._state.modals[self.id]
        await self._acts.close([*reversed(stack)] if everything else [modal], cleared=everything)

    async def opens_home(self) -> View | None:
        """Open the app's Home; returns it as it stands when the app has been told."""
        self._awake()
        self._screen.home_opened_ts = self._state.mint_ts()
        await self._acts.open_home()
        return self._screen.home()

    @property
    def modal(self) -> View | None:
        return self._screen.modal()

    @property
    def home(self) -> View | None:
        return self._screen.home()

    # -- seeing

    async def sees(self, text: str, *, at: Place | None = None, within: float = SEES_WITHIN) -> Thing:
        """Wait until this text is on the screen; returns what it stands in, the newest where there are several."""
        changed = asyncio.Event()
        stop = self._state.watch(lambda kind, payload: changed.set())
        try:
            async with asyncio.timeout(within):
                while (found := self._spot(text, at)) is None:
                    changed.clear()
                    await changed.wait()
                return found
        except TimeoutError:
            raise AssertionError(self._not_there(repr(text))) from None
        finally:
            stop()

    def sees_not(self, text: str, *, at: Place | None = None) -> None:
        found = self._spot(text, at)
        assert found is None, f"{self.name} does see {text!r}:\n{found and self.reads(found)}"

    def _spot(self, text: str, at: Place | None) -> Thing | None:
        things = self._screen.things(self._place_id(at))
        return next((thing for thing in things if text in self._screen.text_of(thing)), None)

    def reads(self, thing: Thing) -> str:
        """The text of one message or view, as this person reads it."""
        return self._screen.text_of(thing)

    def buttons(self, on: Thing | str | None = None, *, at: Place | None = None) -> list[str]:
        """The labels of the buttons on the newest thing meant; without `on`, the newest that has any."""
        things = self._screen.matching(on, self._place_id(at))
        if on is not None:
            return self._screen.buttons(things[0]) if things else []
        return next((labels for thing in things if (labels := self._screen.buttons(thing))), [])

    def messages(self, *, at: Place | None = None) -> list[Message]:
        """Every message this person can see, oldest first."""
        return self._screen.messages(self._place_id(at))

    def screen(self, *, at: Place | None = None) -> str:
        """All that this person sees, as a transcript."""
        return self._screen.transcript(self._place_id(at))

    # -- life

    def deactivate(self) -> None:
        """An admin deactivates the account: out of every channel, and nothing can be done with it."""
        self.user.deleted = True
        for channel in self._state.conversations.values():
            if not channel.is_direct and self.id in channel.members:
                channel.members.remove(self.id)
        self._state.tell("user_change", user=self.user)

    def travels(self, tz: str) -> None:
        """Into another time zone."""
        self.user.tz = tz
        self._state.tell("user_change", user=self.user)

    def bars_apps(self) -> None:
        """A preference of the workspace's keeps apps from writing to them from now on."""
        self.user.bars_apps = True

    # -- finding things

    def _find(
        self, label: str, kinds: set[str], on: Thing | str | None, at: Place | None, *, stale: bool
    ) -> tuple[Thing, Control]:
        found = self._screen.control(label, kinds, on, self._place_id(at))
        if found is None and stale:
            found = self._earlier(label, kinds)
        if found is None:
            raise AssertionError(self._not_there(f"a button {label!r}" + (f" on {on!r}" if on else "")))
        return found

    def _earlier(self, label: str, kinds: set[str]) -> tuple[Thing, Control] | None:
        """A control that was on the screen before it changed: pressed just as it went away."""
        for channel in self._screen.conversations():
            for message in reversed(channel.messages):
                versions = [message.blocks, *(version.blocks for version in reversed(message.edits))]
                for blocks in versions:
                    for control in controls(blocks):
                        if control.type in kinds and control.label == label:
                            return message, control
        return None

    def _not_there(self, what: str) -> str:
        return f"{self.name} does not see {what}. What {self.name} sees:\n{self.screen()}"

    def _modal(self) -> View:
        modal = self._screen.modal()
        assert modal, f"{self.name} has no modal open. What {self.name} sees:\n{self.screen()}"
        return modal

    def _awake(self) -> None:
        assert not self.user.deleted, f"{self.name} is deactivated"

    def _place(self, at: Place | None) -> Conversation:
        if at is None:
            return self._state.dm_with_bot(self.id)
        if isinstance(at, Person):
            return self._state.open_direct([self.id, at.id], creator=self.id)
        if isinstance(at, Channel):
            return at.conversation
        if isinstance(at, Conversation):
            return at
        if not isinstance(at, str):
            return self._state.open_direct([self.id, *(p.id for p in at)], creator=self.id)
        found = self._state.conversations.get(at) or self._state.channel_named(at)
        assert found, f"there is no channel {at}"
        return found

    def _place_id(self, at: Place | None) -> str | None:
        return None if at is None else self._place(at).id

    def _notice(self, kind: str, payload: Json) -> None:
        if kind != "message":
            return
        message: Message = payload["message"]
        here = self.id in self._state.conversations[message.channel].members
        if here and message.user != self.id and message.ephemeral_to in (None, self.id):
            self.notifications.append(self._screen.notification(message))


Place = str | Channel | Conversation | Person | Sequence[Person]
"""A channel by name or handle, a person (the DM of two), several people (their group DM)."""

__all__ = ["Person", "Place", "Press"]
