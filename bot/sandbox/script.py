"""A story played in the terminal: every message as its reader sees it, with its buttons, every edit, every thread line.

`ringer sandbox --script`. It fails, and says where, when the story goes otherwise than told.
"""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

from bot.sandbox.faults import Fault
from bot.sandbox.workspace import Message, Person
from bot.sandbox.world import World, world

Say = Callable[[str], None]
NINE_O_CLOCK = datetime(2026, 12, 1, 8, 0, tzinfo=UTC)
"""In Berlin, where everyone in the story is."""


class Transcript:
    """Says what appears and what changes, each message once for each way it reads, in the words of one who reads it."""

    def __init__(self, sandbox: World, say: Say) -> None:
        self._world = sandbox
        self._say = say
        self._said: dict[tuple[str, str], str] = {}
        sandbox.workspace.watch(self._changed)

    def title(self, words: str) -> None:
        self._say(f"\n━━ {words} ━━")

    def acts(self, who: Person, words: str) -> None:
        self._say(f"\n▶ {who.name} {words}")

    def _changed(self, kind: str, payload: dict[str, Any]) -> None:
        if kind in ("message", "message_changed"):
            self._tell(payload["message"])

    def _tell(self, message: Message) -> None:
        reader = self._reader(message)
        if reader is None:
            return
        body = reader.reads(message)
        key = (message.channel, message.ts)
        if self._said.get(key) == body:
            return
        edited = key in self._said
        self._said[key] = body
        indent = "      " if message.is_reply else "  "
        head = f"[{reader.name} reads{self._where(message)}{', edited' if edited else ''}]"
        self._say("\n".join(f"{indent}{line}" for line in (head, *body.splitlines())))

    def _reader(self, message: Message) -> Person | None:
        people = self._world.workspace.people.values()
        if message.ephemeral_to:
            return next((person for person in people if person.id == message.ephemeral_to), None)
        members = self._world.workspace.state.conversations[message.channel].members
        return next((person for person in people if person.id in members), None)

    def _where(self, message: Message) -> str:
        channel = self._world.workspace.state.conversations[message.channel]
        if message.ephemeral_to:
            return ", alone"
        if message.is_reply:
            return ", in the thread"
        return " in a direct message" if channel.is_direct else f" in #{channel.name}"


async def play(say: Say, faults: Sequence[Fault] = ()) -> None:
    """Play the whole story, with these faults in its way. Raises AssertionError where it goes otherwise."""
    async with world(start=NINE_O_CLOCK) as sandbox:
        sandbox.faults.planned += faults
        transcript = Transcript(sandbox, say)
        people = [sandbox.workspace.person(name, tz="Europe/Berlin") for name in ("ana", "ben", "cy")]
        sandbox.workspace.channel("support", *people)
        await _a_ring(sandbox, transcript, *people)
        await _a_call_for_later(sandbox, transcript, *people)
        assert not sandbox.workspace.warnings, sandbox.workspace.warnings
        assert not sandbox.coordinator.warnings, sandbox.coordinator.warnings


async def _a_ring(sandbox: World, transcript: Transcript, ana: Person, ben: Person, cy: Person) -> None:
    transcript.title("One rings two: one declines, one accepts, joins, leaves, and the call ends")
    transcript.acts(ana, 'types in #support: /ring @ben @cy "Prod is down"')
    await ana.types('/ring @ben @cy "Prod is down"', at="#support")
    await ben.sees("is ringing you")
    await cy.sees("is ringing you")
    await sandbox.settled()

    transcript.acts(ben, "chooses Decline with… Busy")
    await ben.chooses("Busy", of="Decline with…")
    await ana.sees("declined", at="#support")
    await sandbox.settled()

    transcript.acts(cy, "presses Accept, and joins in the browser; so does ana")
    press = await cy.presses("Accept")
    assert press.url, "Accept opens the page where one joins"
    await ana.sees("accepted", at="#support")
    await sandbox.joins(cy, ana)
    await ana.sees("joined", at="#support")

    transcript.acts(cy, "hangs up after twelve minutes; ana too, and the call is over")
    await sandbox.after(minutes=12)
    await sandbox.leaves(cy, ana)
    await sandbox.after(minutes=1)
    await ana.sees("ended", at="#support")
    on_stream = sandbox.on_stream()
    assert on_stream.ended_at, "Stream was told that the call is over"
    assert on_stream.reject_reasons[sandbox.stream_id(ben)] == "busy", on_stream.reject_reasons


async def _a_call_for_later(sandbox: World, transcript: Transcript, ana: Person, ben: Person, cy: Person) -> None:
    transcript.title("A call for later rings by itself")
    transcript.acts(ben, 'types in #support: /ring @ana @cy "Retro" in 30 minutes')
    await ben.types('/ring @ana @cy "Retro" in 30 minutes', at="#support")
    await ana.sees("Retro")
    await sandbox.settled()
    starts_at = sandbox.on_stream().starts_at
    assert starts_at, "Stream knows when it starts"

    transcript.acts(cy, "presses Can't make it")
    await cy.presses("Can't make it")
    await sandbox.settled()

    transcript.title("Twenty minutes pass: a reminder")
    await sandbox.after(minutes=20, seconds=5)
    await ana.sees("Join early")

    transcript.title("Ten more: it rings, by itself, whoever did not say no")
    await sandbox.at(starts_at)
    await ana.sees("is ringing you", within=5)
    rung = {user for ring in sandbox.on_stream().rings for user in ring.user_ids}
    assert rung == {sandbox.stream_id(ana)}, rung
    transcript.acts(ana, "does not answer")
    await sandbox.after(minutes=1, seconds=5)
    await ben.sees("Nobody answered", at="#support")
    assert sandbox.on_stream().ended_at, "Stream was told that the call is over"
