"""Modals handed in: what was answered is read, checked field by field, and becomes one verb."""

from collections.abc import Callable
from datetime import datetime

from bot.call.values import CallKind, Reason, Rejection
from bot.ringer.press import Asked, Press
from bot.slack.blocks import (
    Callback,
    Note,
    RingForm,
    note,
    read_edit_form,
    read_metadata,
    read_people_form,
    read_ring_form,
    read_words_form,
)
from bot.slack.blocks.forms import Field
from bot.slack.listeners.edge import Answer, Body, CloseModals, FieldErrors, Malformed, readable
from bot.slack.listeners.payloads import Submitted
from bot.slack.listeners.verbs import Verbs


def call_of_view(body: Body) -> str:
    """The call a modal is about, for the log."""
    return read_metadata(body["view"]).get("call", "")


class Submissions:
    def __init__(self, ringer: Verbs, team: str, now: Callable[[], datetime]) -> None:
        self._ringer = ringer
        self._team = team
        self._now = now

    async def submitted(self, body: Body) -> Answer:
        handed_in = Submitted.model_validate(body)
        match handed_in.view.callback_id:
            case Callback.RING:
                return await self._ask(handed_in, CallKind.RING)
            case Callback.NOTIFY:
                return await self._ask(handed_in, CallKind.NOTIFY)
            case Callback.ADD_PEOPLE:
                return await self._add_people(handed_in)
            case Callback.EDIT:
                return await self._edit(handed_in)
            case Callback.DECLINE:
                return await self._decline(handed_in)
        raise Malformed

    async def _ask(self, handed_in: Submitted, kind: CallKind) -> Answer:
        user = handed_in.user.id
        with readable():
            form = read_ring_form(handed_in.view.state, user=user, now=self._now())
        if not isinstance(form, RingForm):
            return FieldErrors(form)
        channel = handed_in.ids().get("channel") or user
        asked = self._asked(form, kind, user, channel, same=handed_in.view.id)
        begun = await self._ringer.ask(asked, answer=True)
        if begun.how.is_too_many:
            return FieldErrors({Field.USERS.value: note(Note(begun.how.value), call=None, user=user).text})
        return CloseModals()

    def _asked(self, form: RingForm, kind: CallKind, user: str, channel: str, *, same: str) -> Asked:
        """`same`: a modal that is handed in twice is one call."""
        return Asked(
            team=self._team,
            user=user,
            channel=channel,
            kind=kind,
            users=form.users,
            topic=form.topic,
            at=form.at,
            video=form.video,
            ring_timeout=form.ring_timeout if kind is CallKind.RING else None,
            text=same,
            trigger=same,
        )

    async def _add_people(self, handed_in: Submitted) -> Answer:
        with readable():
            users = read_people_form(handed_in.view.state, user=handed_in.user.id)
        if not isinstance(users, tuple):
            return FieldErrors(users)
        call_id, press = self._about(handed_in)
        await self._ringer.add_people(call_id, press, users)
        return CloseModals()

    async def _edit(self, handed_in: Submitted) -> Answer:
        with readable():
            form = read_edit_form(handed_in.view.state, user=handed_in.user.id, now=self._now())
        if isinstance(form, dict):
            return FieldErrors(form)
        call_id, press = self._about(handed_in)
        await self._ringer.edit(call_id, press, form.users, form.topic, form.at)
        return CloseModals()

    async def _decline(self, handed_in: Submitted) -> Answer:
        with readable():
            said = read_words_form(handed_in.view.state)
        if isinstance(said, dict):
            return FieldErrors(said)
        call_id, press = self._about(handed_in)
        await self._ringer.reject(call_id, press, Rejection(Reason.TEXT, said))
        return CloseModals()

    def _about(self, handed_in: Submitted) -> tuple[str, Press]:
        """The call a modal is about, and its answer as a press on the message that opened it."""
        ids = handed_in.ids()
        if not ids.get("call"):
            raise Malformed
        return ids["call"], Press(self._team, handed_in.user.id, message_id=ids.get("message", ""))
