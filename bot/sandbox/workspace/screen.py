"""What one person has before their eyes: the channels they are in, their DMs, threads, Home, and the open modal."""

from collections.abc import Iterator
from typing import Any

from bot.sandbox.workspace.elements import HOLDS, PICKERS, Control, controls
from bot.sandbox.workspace.reading import Reader
from bot.sandbox.workspace.records import Conversation, Json, Message, User, View
from bot.sandbox.workspace.state import State

Thing = Message | View


class Screen:
    def __init__(self, state: State, user: User) -> None:
        self._state = state
        self._user = user
        self._reader = Reader(state, user)
        self.home_opened_ts: str | None = None

    # -- things

    def conversations(self) -> list[Conversation]:
        return [c for c in self._state.conversations.values() if self._user.id in c.members]

    def messages(self, channel: str | None = None) -> list[Message]:
        """Every message this person can see, oldest first."""
        seen = [m for c in self.conversations() if channel in (None, c.id) for m in c.messages]
        shown = [m for m in seen if not m.gone and m.ephemeral_to in (None, self._user.id)]
        return sorted(shown, key=lambda m: float(m.ts))

    def modal(self) -> View | None:
        stack = self._state.modals.get(self._user.id)
        return stack[-1] if stack else None

    def home(self) -> View | None:
        """Home as last published, once this person has opened it."""
        return self._state.homes.get(self._user.id) if self.home_opened_ts else None

    def things(self, channel: str | None = None) -> list[Thing]:
        """What is visible, what is on top or newest first."""
        messages: list[Thing] = list(self.messages(channel))
        if channel is None and (home := self.home()):
            messages.append(home)
        messages.sort(key=self._since, reverse=True)
        modal = self.modal() if channel is None else None
        return [modal, *messages] if modal else messages

    def _since(self, thing: Thing) -> float:
        return float(thing.ts if isinstance(thing, Message) else self.home_opened_ts or 0)

    # -- reading

    def text_of(self, thing: Thing) -> str:
        if isinstance(thing, View):
            return self._view(thing)
        text = self._reader.shows(thing.text, thing.blocks)
        trouble = thing.trouble.get(self._user.id)
        return f"{text}\n⚠ {trouble}" if trouble else text

    def _view(self, view: View) -> str:
        parts = [self._frame(view, "title"), *self._view_blocks(view), view.trouble]
        parts += [f"[{label}]" for part in ("close", "submit") if (label := self._frame(view, part))]
        return "\n".join(part for part in parts if part)

    def _frame(self, view: View, part: str) -> str:
        return str((view.body.get(part) or {}).get("text", ""))

    def _view_blocks(self, view: View) -> Iterator[str]:
        for block in view.blocks:
            yield self._reader.blocks([block])
            yield from self._typed(view, block)
            if error := view.errors.get(block["block_id"]):
                yield f"⚠ {error}"

    def _typed(self, view: View, block: Json) -> Iterator[str]:
        """What a field holds now: put in by the person, or at first by the app."""
        for control in controls([block]):
            if control.type in HOLDS:
                value = view.values.get(control.key, control.first_value())
                if value:
                    yield f"  “{self._held(control, value)}”"

    def _held(self, control: Control, value: Any) -> str:
        """A value as its field shows it: names for ids, the option's words, this person's time for a moment."""
        if isinstance(value, list):
            return ", ".join(self._held(control, each) for each in value)
        if isinstance(value, dict):
            return str(value.get("text", {}).get("text", ""))
        if control.type == "datetimepicker":
            return self._reader.mrkdwn(f"<!date^{value}^{{date_short}} {{time}}|{value}>")
        if value in self._state.users:
            return f"@{self._state.users[value].shown_name}"
        channel = self._state.conversations.get(value) if control.type in PICKERS else None
        return self.title(channel) if channel else str(value)

    def notification(self, message: Message) -> str:
        return self._reader.mrkdwn(message.text)

    def buttons(self, thing: Thing) -> list[str]:
        return [c.label for c in controls(thing.blocks) if c.type == "button"]

    # -- finding

    def matching(self, on: Thing | str | None, channel: str | None) -> list[Thing]:
        """The things meant by `on`: one of them, those with this text, or all."""
        if isinstance(on, Message | View):
            return [on]
        things = self.things(channel)
        return things if on is None else [t for t in things if on in self.text_of(t)]

    def control(
        self, wanted: str, kinds: set[str], on: Thing | str | None, channel: str | None
    ) -> tuple[Thing, Control] | None:
        """The newest thing with such a control, and the control."""
        for thing in self.matching(on, channel):
            for control in controls(thing.blocks):
                if control.type in kinds and control.label.strip() == wanted.strip():
                    return thing, control
        return None

    # -- the whole transcript

    def transcript(self, channel: str | None = None) -> str:
        parts = [
            self._channel(c)
            for c in self.conversations()
            if channel in (None, c.id) and (channel or self.messages(c.id))
        ]
        if channel is None:
            parts += [f"── {v.type.title()} ──\n{self._view(v)}" for v in (self.home(), self.modal()) if v]
        return "\n\n".join(parts)

    def _channel(self, channel: Conversation) -> str:
        lines = [f"── {self.title(channel)} ──"]
        shown = self.messages(channel.id)
        for message in shown:
            if message.is_reply and any(m.ts == message.thread_ts for m in shown):
                continue
            lines.append(self._line(message, ""))
            replies = [m for m in shown if m.is_reply and m.thread_ts == message.ts]
            lines += [self._line(reply, "    ↳ ") for reply in replies]
        return "\n".join(lines)

    def title(self, channel: Conversation) -> str:
        if not channel.is_direct:
            return f"#{channel.name}" + (" (archived)" if channel.archived else "")
        others = [m for m in channel.members if m != self._user.id]
        return ", ".join(self._state.users[m].shown_name for m in others) or self._user.shown_name

    def _line(self, message: Message, indent: str) -> str:
        user = self._state.users.get(message.user)
        author = user.shown_name if user else "Slackbot"
        notes = " (only visible to you)" * bool(message.ephemeral_to) + " (edited)" * bool(message.edited_ts)
        text = self.text_of(message).replace("\n", "\n" + " " * (len(indent) + 4))
        return f"{indent}{self._reader.time(message.at)} {author}{notes}: {text}"
