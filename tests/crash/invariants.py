"""What must hold at the end of every play, wherever somebody died in it."""

import json
import re
from collections import Counter
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from sqlalchemy import func, select

from bot.call.values import Call, MemberState
from bot.messages import MessageKind
from bot.sandbox.coordinator import Call as StreamCall
from bot.sandbox.workspace import Message
from bot.slack.finding import LINES, MESSAGE
from bot.store import Store, open_store
from bot.store.tables import calls, inbox, work
from tests.crash.theatre import Theatre

NUMBER = re.compile(r"\d+")
PERSON = re.compile(r"<@[^>]*>")


@dataclass(frozen=True)
class Picture:
    """What stands in Slack and on Stream at the end, apart from times and ids."""

    conversations: dict[str, list[str]]
    threads: list[list[str]]
    stream: list[dict[str, Any]]


def picture(place: Theatre) -> Picture:
    world, state = place.world, place.world.workspace.state
    conversations: dict[str, list[str]] = {}
    threads: dict[str, list[str]] = {}
    for message in _posted(place):
        name = state.conversations[message.channel].name or "+".join(
            sorted(state.conversations[message.channel].members)
        )
        if message.is_reply:
            threads.setdefault(str(message.thread_ts), []).extend(_lines(message))
        else:
            conversations.setdefault(name, []).append(_shown(message))
    return Picture(
        {name: sorted(shown) for name, shown in sorted(conversations.items())},
        sorted(sorted(lines) for lines in threads.values()),
        [_on_stream(call) for call in world.coordinator.calls.values()],
    )


def _lines(message: Message) -> list[str]:
    """Several may miss a ring in one line or in one each: it is a race between our clock and Stream's reports."""
    told: list[str] = []
    for line in _plain(message.text).splitlines():
        people, missed, rest = line.partition(" missed it")
        told += [person + missed + rest for person in PERSON.findall(people)] if missed else [line]
    return told


def _posted(place: Theatre) -> list[Message]:
    """What the bot has posted for more than one pair of eyes, or in somebody's direct messages."""
    bot = place.world.workspace.state.bot.id
    messages = place.world.workspace.messages()
    return [m for m in messages if m.user == bot and m.ephemeral_to is None and not m.deleted]


def _shown(message: Message) -> str:
    return _plain(message.text) + " | " + ", ".join(_labels(message.blocks))


def _labels(blocks: Any) -> list[str]:
    if isinstance(blocks, list):
        return [label for block in blocks for label in _labels(block)]
    if not isinstance(blocks, dict):
        return []
    if blocks.get("type") == "button":
        return [str(blocks["text"]["text"])]
    return [label for value in blocks.values() for label in _labels(value)]


def _plain(text: str) -> str:
    return NUMBER.sub("#", re.sub(r"<!date[^>]*>", "<date>", text))


def _on_stream(call: StreamCall) -> dict[str, Any]:
    session = call.session
    return {
        "members": sorted(call.members),
        "accepted": sorted(session.accepted_by) if session else [],
        "rejected": sorted(call.reject_reasons.items()),
        "rung": sorted({user for ring in call.rings for user in ring.user_ids}),
        "ended": call.ended_at is not None,
    }


# --- what must hold, whatever the scene


async def broken(place: Theatre, *, commands: int, unanswered: int = 0) -> list[str]:
    """What does not hold; nothing if all is well. A command that was not answered, and was typed again when that
    could no longer be taken for the same one, may have led to a call of its own."""
    store = open_store(place.world.settings.database_url)
    try:
        ledger = await _ledger(place, store)
        wrong = _claims(place)
        dead = await store.look(lambda tx: tx.dead(10))
        wrong += [f"dead: {each}" for each in dead]
        accepted = [call for call in ledger if call.end_reason != "refused"]
        if not commands <= len(accepted) <= commands + unanswered:
            wrong.append(f"{commands} commands made {len(accepted)} calls")
        on_stream = [call for call in accepted if call.on_stream]
        wrong += _unknown_on_stream(place, accepted)
        for call in on_stream:
            wrong += await _of_call(place, store, call)
        wrong += [f"Slack: {warning}" for warning in place.world.workspace.warnings]
        wrong += [f"Stream: {warning}" for warning in place.world.coordinator.warnings]
        return wrong
    finally:
        await store.close()


def _unknown_on_stream(place: Theatre, ledger: list[Call]) -> list[str]:
    """Each call on Stream is one of ours; where nobody lived to hear that it was put there in time, it is ended."""
    ours = {call.cid: call for call in ledger}
    there = place.world.coordinator.calls
    wrong = [f"{cid} is on Stream, and in no ledger" for cid in there.keys() - ours.keys()]
    unheard = [call for cid, call in there.items() if cid in ours and not ours[cid].on_stream]
    return wrong + [f"{call.cid} was given up and is on still" for call in unheard if not call.ended_at]


async def _ledger(place: Theatre, store: Store) -> list[Call]:
    with place.engine.connect() as connection:
        ids = list(connection.scalars(select(calls.c.id)))
    found = [await store.look(lambda tx, id=id: tx.call(id)) for id in ids]  # type: ignore[misc]
    return [call for call in found if call is not None]


def _claims(place: Theatre) -> list[str]:
    """Nothing is claimed, or owed, for ever; all that came in was applied."""
    with place.engine.connect() as connection:
        left = connection.execute(select(work.c.key, work.c.error).where(work.c.dead_at.is_(None))).all()
        unapplied = connection.scalar(select(func.count()).select_from(inbox).where(inbox.c.applied_at.is_(None)))
        unread = connection.scalar(select(func.count()).select_from(inbox).where(inbox.c.error != ""))
    wrong = [f"still owed: {key} ({error})" for key, error in left]
    wrong += [f"{unapplied} webhooks were never applied"] if unapplied else []
    return wrong + ([f"{unread} webhooks could not be applied"] if unread else [])


async def _of_call(place: Theatre, store: Store, call: Call) -> list[str]:
    messages = await store.look(lambda tx: tx.messages(call.id))
    timeline = await store.look(lambda tx: tx.timeline(call.id))
    posted = Counter(
        message.metadata["event_payload"]["message_id"]
        for message in _posted(place)
        if message.metadata and message.metadata["event_type"] == MESSAGE
    )
    wrong = [f"{count} messages for one {id}" for id, count in posted.items() if count > 1]
    there = [message for message in messages if message.ts and not message.gone]
    wrong += [f"{message.key} is nowhere in Slack" for message in there if not posted[message.id]]
    cards = [message for message in there if message.key.kind is MessageKind.CARD]
    if len(cards) != 1:
        wrong.append(f"{len(cards)} cards")
    for member in call.callees:
        mine = [m for m in there if m.key.kind is MessageKind.INCOMING and m.key.user == member.user]
        if len(mine) != member.rings:
            wrong.append(f"{member.user} was rung {member.rings} times and has {len(mine)} messages")
        notices = sum("missed a call" in m.text for m in _posted(place) if _is_of(m, [one.id for one in mine]))
        if notices > 1:
            wrong.append(f"{member.user} was told {notices} times that they missed it")
    wrong += _thread(place, call, len(timeline))
    return wrong + _stream(place, call)


def _is_of(message: Message, ids: list[str]) -> bool:
    return bool(message.metadata) and json.loads(json.dumps(message.metadata))["event_payload"].get("message_id") in ids


def _thread(place: Theatre, call: Call, events: int) -> list[str]:
    """One line for each thing that happened, in order: the posts tell 1…n without a gap and without a repeat."""
    told = [
        (m.metadata["event_payload"]["from"], m.metadata["event_payload"]["to"])
        for m in _posted(place)
        if m.metadata and m.metadata["event_type"] == LINES and m.metadata["event_payload"]["call_id"] == call.id
    ]
    wrong = [f"the thread tells {one}, then {two}" for one, two in pairwise(told) if two[0] <= one[1]]
    if told and told[-1][1] > events:
        wrong.append(f"the thread tells {told}, of {events} events")
    return wrong


def _stream(place: Theatre, call: Call) -> list[str]:
    """Every answer reached Stream; nobody was rung twice, after the end, or past the deadline."""
    on_stream = place.world.coordinator.calls.get(call.cid)
    if on_stream is None:
        return [f"{call.cid} is not on Stream"]
    wrong = []
    accepted = on_stream.session.accepted_by if on_stream.session else {}
    for member in call.callees:
        if member.state is MemberState.ACCEPTED and member.stream_user_id not in accepted and not call.starts_at:
            wrong.append(f"Stream does not know that {member.user} accepted")
        if member.state is MemberState.REJECTED and member.stream_user_id not in on_stream.reject_reasons:
            wrong.append(f"Stream does not know that {member.user} declined")
    wrong += _rung_too_often(place, call, on_stream)
    for ring in on_stream.rings:
        if on_stream.ended_at and ring.at > on_stream.ended_at:
            wrong.append("Stream rang after the end")
        if (
            call.ring_by
            and ring.at > call.ring_by
            and len(call.callees) == len(on_stream.members) - 1
            and not call.accepted_at
        ):
            wrong.append(f"Stream rang at {ring.at}, and it was to be rung by {call.ring_by}")
    return wrong


def _rung_too_often(place: Theatre, call: Call, on_stream: StreamCall) -> list[str]:
    """The ring that begins a call is made once. Whom Stream has rung since, for people added to a call that is on, it
    tells nobody: after a death they may be rung once more."""
    first = on_stream.rings[0].user_ids if on_stream.rings else ()
    rung = Counter(user for ring in on_stream.rings for user in ring.user_ids)
    most = {
        m.stream_user_id: max(1, m.rings) + (0 if m.stream_user_id in first else place.deaths) for m in call.callees
    }
    return [f"{user} was rung {times} times on Stream" for user, times in rung.items() if times > most.get(user, 1)]
