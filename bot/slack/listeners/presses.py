"""Buttons and menus: each press is one verb, or opens the modal that asks what the verb needs to know."""

from collections.abc import Awaitable, Callable, Mapping

from bot.call.change import Outcome
from bot.call.inviting import may_add
from bot.call.values import UNANSWERED, Call, CallStatus, Rejection
from bot.ringer.press import Press
from bot.slack.blocks import (
    Action,
    Button,
    DeclineWith,
    add_people_modal,
    decline_modal,
    edit_modal,
    read_press,
    rejection,
)
from bot.slack.listeners.edge import Body, Malformed, OpenView, opened, readable
from bot.slack.listeners.payloads import Pressed
from bot.slack.listeners.verbs import Verbs

Verb = Callable[[str, Press], Awaitable[Outcome]]


def call_of(body: Body) -> str:
    """The call a press is about, for the log."""
    button = read_press(body["actions"][0])
    return button.call_id if button else ""


class Presses:
    def __init__(self, ringer: Verbs, open_view: OpenView, team: str) -> None:
        self._ringer = ringer
        self._open_view = open_view
        self._team = team
        self._verbs: Mapping[Action, Verb] = {
            Action.ACCEPT: ringer.accept,
            Action.DECLINE: self._decline,
            Action.CANCEL: ringer.cancel,
            Action.CANCEL_PLAN: ringer.cancel,
            Action.PICK_CANCEL: ringer.cancel,
            Action.JOIN: ringer.join,
            Action.JOIN_EARLY: ringer.join,
            Action.LEAVE: ringer.leave,
            Action.END: ringer.end,
            Action.RING_AGAIN: ringer.ring_again,
            Action.CALL_BACK: ringer.call_back,
            Action.TRY_AGAIN: ringer.try_again,
            Action.NOTIFY_AGAIN: ringer.notify_again,
            Action.CANT_MAKE_IT: ringer.cant_make_it,
            Action.CAN_MAKE_IT: ringer.can_make_it,
            Action.SNOOZE: ringer.snooze,
        }

    async def pressed(self, body: Body) -> None:
        pressed = Pressed.model_validate(body)
        with readable():
            button = read_press(pressed.action)
        if button is None:
            raise Malformed
        press = pressed.press(self._team, button.message_id)
        if verb := self._verbs.get(button.action):
            await verb(button.call_id, press)
        elif button.action is Action.DECLINE_WITH:
            await self._decline_with(button, press, pressed.trigger_id)
        elif button.action is Action.ADD_PEOPLE:
            await self._add_people(button, press, pressed.trigger_id)
        elif button.action is Action.EDIT:
            await self._edit(button, press, pressed.trigger_id)

    async def _decline(self, call_id: str, press: Press) -> Outcome:
        return await self._ringer.reject(call_id, press, Rejection())

    async def _decline_with(self, button: Button, press: Press, trigger_id: str) -> None:
        said = rejection(button.choice or DeclineWith.WORDS)
        call = await self._ringer.call(button.call_id) if said is None else None
        if call is not None and _may_decline(call, press.user):
            await opened(self._open_view, trigger_id, decline_modal(call, message_id=button.message_id))
        else:  # Where there is nothing to decline, the verb says why.
            await self._ringer.reject(button.call_id, press, said or Rejection())

    async def _add_people(self, button: Button, press: Press, trigger_id: str) -> None:
        call = await self._ringer.call(button.call_id)
        member = call.member(press.user) if call else None
        if call is not None and not call.is_over and member is not None and may_add(call, member):
            await opened(self._open_view, trigger_id, add_people_modal(call, message_id=button.message_id))
        else:
            await self._ringer.add_people(button.call_id, press, ())

    async def _edit(self, button: Button, press: Press, trigger_id: str) -> None:
        call = await self._ringer.call(button.call_id)
        if call is not None and call.status is CallStatus.SCHEDULED and call.caller == press.user:
            await opened(self._open_view, trigger_id, edit_modal(call, message_id=button.message_id))
        else:
            await self._ringer.edit(button.call_id, press, (), "", 0.0)


def _may_decline(call: Call, user: str) -> bool:
    """Declining with words is worth asking for: a guess, the verb decides."""
    member = call.member(user)
    return not call.is_over and member is not None and not member.is_caller and member.state in UNANSWERED
