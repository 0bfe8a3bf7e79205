"""/ring and /notify: what was typed becomes one verb, and its typist hears at once what comes of it."""

from collections.abc import Callable
from datetime import datetime, timedelta

from bot.call.values import CallKind
from bot.ringer.press import Asked, Cancelled, How
from bot.slack.blocks import Block, Drawn, Note, help, listing, note, notify_modal, ring_modal
from bot.slack.blocks.parts import listed, mention
from bot.slack.command import Cancel, Help, ListCalls, Notify, OpenModal, Ring, Wrong, parse_notify, parse_ring
from bot.slack.listeners.edge import Answer, Body, OpenView, Say, opened
from bot.slack.listeners.payloads import Command
from bot.slack.listeners.verbs import Verbs


class Commands:
    def __init__(
        self,
        ringer: Verbs,
        open_view: OpenView,
        team: str,
        *,
        now: Callable[[], datetime],
        ring_command: str,
        notify_command: str,
        ring_timeout: timedelta,
    ) -> None:
        self._ringer = ringer
        self._open_view = open_view
        self._team = team
        self._now = now
        self._ring = ring_command
        self._notify = notify_command
        self._ring_timeout = ring_timeout

    async def ring(self, body: Body) -> Answer:
        typed = Command.model_validate(body)
        match parse_ring(typed.text, command=self._ring, notify_command=self._notify):
            case Ring() as said:
                return await self._ask(typed, said)
            case Wrong(why):
                return Say(why)
            case Help():
                return self._help()
            case ListCalls():
                return await self._list(typed.user_id)
            case Cancel():
                return _cancelled(await self._ringer.cancel_outgoing(self._team, typed.user_id), typed.user_id)
            case OpenModal():
                modal = ring_modal(channel=typed.channel_id, ring_timeout=self._ring_timeout, ring=self._ring)
                await self._open(typed, modal)
                return None

    async def notify(self, body: Body) -> Answer:
        typed = Command.model_validate(body)
        match parse_notify(typed.text, command=self._notify):
            case Notify() as said:
                return await self._ask(typed, said)
            case Wrong(why):
                return Say(why)
            case Help():
                return self._help()
            case OpenModal():
                modal = notify_modal(channel=typed.channel_id, notify=self._notify)
                await self._open(typed, modal)
                return None

    async def unknown(self, body: Body) -> Answer:
        """A command that Slack sends here and the settings do not name."""
        Command.model_validate(body)
        return Say(f"I listen to {self._ring} and {self._notify}. To learn what they do, type {self._ring} `help`.")

    def sorry(self) -> Say:
        return _say(note(Note.SOMETHING_BROKE, call=None, user=""))

    async def _ask(self, typed: Command, said: Ring | Notify) -> Answer:
        begun = await self._ringer.ask(self._asked(typed, said))
        call = await self._ringer.call(begun.call_id) if begun.how is How.GLARE else None
        return _say(note(Note(begun.how.value), call=call, user=typed.user_id, text=_named(said, typed.user_id)))

    def _asked(self, typed: Command, said: Ring | Notify) -> Asked:
        kind = CallKind.NOTIFY if isinstance(said, Notify) else CallKind.RING
        return Asked(
            team=self._team,
            user=typed.user_id,
            channel=typed.channel_id,
            kind=kind,
            users=said.users,
            groups=said.groups,
            notify_channel=(said.channel or "") if isinstance(said, Notify) else "",
            topic=said.topic or "",
            when=said.when or "",
            video=not said.audio,
            response_url=typed.response_url,
            text=typed.text,
            trigger=typed.trigger_id,
        )

    async def _open(self, typed: Command, modal: Block) -> None:
        await opened(self._open_view, typed.trigger_id, modal)

    async def _list(self, user: str) -> Answer:
        calls = await self._ringer.calls_of(self._team, user)
        return _say(listing(calls, user, now=self._now(), ring=self._ring))

    def _help(self) -> Say:
        return _say(help(self._ring, self._notify))


def _cancelled(cancelled: Cancelled, user: str) -> Say:
    if cancelled.call is not None:
        return _say(note(Note.CANCELLED, call=cancelled.call, user=user))
    if cancelled.too_late is not None:
        return _say(note(Note.TOO_LATE_TO_CANCEL, call=cancelled.too_late, user=user))
    which = Note.WHICH_TO_CANCEL if cancelled.which else Note.NOTHING_TO_CANCEL
    return _say(note(which, call=None, user=user, calls=cancelled.which))


def _named(said: Ring | Notify, caller: str) -> str:
    """Whom they named, as they named them; who of these can be rung is found out later."""
    if isinstance(said, Notify) and said.channel:
        return f"<#{said.channel}>"
    people = [mention(user) for user in said.users if user != caller]
    return listed([*people, *(f"<!subteam^{group}>" for group in said.groups)])


def _say(drawn: Drawn) -> Say:
    return Say(drawn.text, drawn.blocks)
