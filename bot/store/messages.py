"""The Slack messages that are kept true, and the response_urls that may still be used on them."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, bindparam, select
from sqlalchemy.dialects.postgresql import insert

from bot.call.ids import new_id
from bot.messages import Message, MessageKey
from bot.store.tables import messages
from bot.store.transaction import Transaction

# https://docs.slack.dev/interactivity/handling-user-interaction#message_responses
USES = 5
USABLE_FOR = timedelta(minutes=30)

_ONE = select(messages).where(messages.c.id == bindparam("id"))
_OF_CALLS = (
    select(messages)
    .where(messages.c.call_id.in_(bindparam("ids", expanding=True)))
    .order_by(messages.c.kind, messages.c.user, messages.c.nth)
)
_WANT = insert(messages).on_conflict_do_nothing(index_elements=["call_id", "kind", "user", "nth"])

_THIS = messages.update().where(messages.c.id == bindparam("of_id"))
_PLACED = _THIS.where(messages.c.ts == "").values(channel=bindparam("channel"), ts=bindparam("ts"))
_TOLD = _THIS.where(messages.c.told < bindparam("seq", type_=messages.c.told.type)).values(told=bindparam("seq"))
_PRESSED = _THIS.values(response_url=bindparam("url"), response_until=bindparam("until"), response_uses=0)
_USE = (
    _THIS.where(
        messages.c.response_url != "",
        messages.c.response_until > bindparam("now"),
        messages.c.response_uses < USES,
    )
    .values(response_uses=messages.c.response_uses + 1)
    .returning(messages.c.response_url)
)
_GONE = _THIS.values(gone=True)
_LET_GO = messages.delete().where(messages.c.id == bindparam("of_id"))


class MessageVerbs(Transaction):
    def __init__(self, connection: Connection, *, writing: bool) -> None:
        super().__init__(connection, writing=writing)
        self._known: dict[str, dict[MessageKey, Message]] = {}
        """A call's messages as they were last read here: a verb wants many of them, one after the other."""

    def want(self, call_id: str, keys: Sequence[MessageKey]) -> list[Message]:
        self.messages(call_id)
        known = self._known[call_id]
        new = [Message(new_id(), call_id, key) for key in dict.fromkeys(keys) if key not in known]
        if self.run_many(_WANT, [_row(message) for message in new]).rowcount == len(new):
            known |= {message.key: message for message in new}
        else:  # Somebody else has just made one of them.
            del self._known[call_id]
            self.messages(call_id)
        return [self._known[call_id][key] for key in keys]

    def message(self, message_id: str) -> Message | None:
        row = self.run(_ONE, id=message_id).one_or_none()
        return None if row is None else _message_from(row)

    def messages(self, call_id: str) -> list[Message]:
        return self.messages_of([call_id])[call_id]

    def messages_of(self, call_ids: Collection[str]) -> dict[str, list[Message]]:
        unread = [call_id for call_id in call_ids if call_id not in self._known]
        self._known |= {call_id: {} for call_id in unread}
        for row in self.run(_OF_CALLS, ids=unread) if unread else ():
            message = _message_from(row)
            self._known[message.call_id][message.key] = message
        return {call_id: list(self._known[call_id].values()) for call_id in call_ids}

    def placed(self, message_id: str, channel: str, ts: str) -> None:
        self._known.clear()
        self.run(_PLACED, of_id=message_id, channel=channel, ts=ts)

    def told(self, message_id: str, seq: int) -> None:
        self._known.clear()
        self.run(_TOLD, of_id=message_id, seq=seq)

    def pressed(self, message_id: str, response_url: str, now: datetime) -> None:
        self._known.clear()
        self.run(_PRESSED, of_id=message_id, url=response_url, until=now + USABLE_FOR)

    def use_response_url(self, message_id: str, now: datetime) -> str:
        self._known.clear()
        return str(self.run(_USE, of_id=message_id, now=now).scalar() or "")

    def gone(self, message_id: str) -> None:
        self._known.clear()
        self.run(_GONE, of_id=message_id)

    def let_go(self, message_id: str) -> None:
        """It stays in Slack as it is, and its key is free for another."""
        self._known.clear()
        self.run(_LET_GO, of_id=message_id)


def _row(message: Message) -> dict[str, object]:
    """Of one that is nowhere yet."""
    return {
        "id": message.id,
        "call_id": message.call_id,
        "kind": message.key.kind,
        "user": message.key.user,
        "nth": message.key.nth,
        "channel": "",
        "ts": "",
        "told": 0,
        "response_url": "",
        "response_uses": 0,
        "gone": False,
    }


def _message_from(row: Any) -> Message:
    return Message(
        id=row.id,
        call_id=row.call_id,
        key=MessageKey(row.kind, row.user, row.nth),
        channel=row.channel,
        ts=row.ts,
        told=row.told,
        response_url=row.response_url if row.response_uses < USES else "",
        gone=row.gone,
    )
