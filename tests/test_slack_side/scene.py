"""A stand-in Slack over real HTTP, a real store in a file, the real verbs, and the handlers of all Slack-side work.

What Stream is owed is answered at once: it rings whoever it is asked to.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from slack_sdk.web.async_client import AsyncWebClient

from bot.call.values import Call, CallKind, CallStatus, Rules
from bot.ledger import Dead
from bot.messages import Message, MessageKind
from bot.ringer import Ringer
from bot.ringer.press import Asked
from bot.sandbox.clock import SandboxClock
from bot.sandbox.faults import Fault, Faults, Kind, Road
from bot.sandbox.workspace import APICall, Channel, Person, Workspace
from bot.sandbox.workspace import Message as Posted
from bot.slack.api import SlackApi
from bot.slack.home import Home
from bot.slack.painter import Painter
from bot.slack.people import People
from bot.slack.prepare import Preparing
from bot.slack.teller import Teller
from bot.slack.thread import Thread
from bot.store import Store
from bot.work import (
    Claimed,
    EndAsAdmin,
    Never,
    NotNow,
    Paint,
    Prepare,
    PrepareEdit,
    PreparePeople,
    PublishHome,
    PutCall,
    RingMembers,
    Tell,
    TellThread,
    Work,
)

TOKEN = "xoxb-bot"
TEAM = "T0HUDDLE"
LINK = "https://join.example/secret-token"


@dataclass
class Scene:
    slack: Workspace
    store: Store
    clock: SandboxClock
    faults: Faults
    template: str = "{team}-{user}"
    observed: list[tuple[str, str]] = field(default_factory=list)
    waits: list[NotNow] = field(default_factory=list)
    """What could not be done at first."""
    waits_until: datetime | None = None

    def __post_init__(self) -> None:
        client = AsyncWebClient(TOKEN, base_url=self.slack.api_url, retry_handlers=[])
        self.api = SlackApi(
            client,
            self.store,
            self.clock,
            team=TEAM,
            observe=lambda method, outcome, seconds: self.observed.append((method, outcome)),
        )
        self.ringer = Ringer(self.store, self.clock, Rules(), rings_per_minute=0)
        self.people = People(self.api, self.store, self.clock, self.template)
        self.restart()

    def restart(self) -> None:
        """The process has died and another has begun: what it held in its memory is gone."""

        async def mint(call: Call, user: str) -> str:
            return f"{LINK}-{user}"

        preparing = Preparing(self.people, self.store, self.clock, self.ringer)
        self.painter = Painter(self.api, self.store, self.clock, mint)
        self.thread = Thread(self.api, self.store)
        self.handlers: dict[type[Work], Callable[[Claimed], Awaitable[object]]] = {
            Prepare: preparing.prepare,
            PrepareEdit: preparing.prepare_edit,
            PreparePeople: preparing.prepare_people,
            EndAsAdmin: preparing.end_as_admin,
            Paint: self.painter,
            TellThread: self.thread,
            Tell: Teller(self.api, self.store, mint),
            PublishHome: Home(self.api, self.store, self.clock),
            PutCall: self._stream_rings,
            RingMembers: self._stream_rings,
        }

    async def _stream_rings(self, claimed: Claimed) -> None:
        call = await self.ringer.call(claimed.work.about)
        assert call is not None
        later = call.starts_at is not None and call.ring_by is None
        await self.ringer.put(call.id, rung=None if later else [callee.user for callee in call.callees])

    async def struck(self, times: int = 1) -> None:
        """Something has gone wrong as often as that."""
        async with asyncio.timeout(10):
            while len(self.faults.struck) < times:  # noqa: ASYNC110 - nobody tells
                await asyncio.sleep(0.01)

    # --- the worker, one piece after the other

    async def works(self, *, patience: int = 40) -> None:
        """Do everything that is owed by now, again where it failed; where Slack has it wait, the clock is turned."""
        for _ in range(patience):
            claimed = await self.claims()
            for one in claimed:
                await self.does(one)
            if not claimed and self.waits_until is None:
                return
            if not claimed and self.waits_until:
                self.clock.turn(max(self.waits_until - self.clock.now(), timedelta()))
                self.waits_until = None
        raise AssertionError(f"there is no end of work: {self.waits}")

    async def works_until(self, wanted: Callable[[Work], bool]) -> Claimed:
        """Do what is owed until such a piece comes up: that one alone is in hand then."""
        for _ in range(10):
            claimed = await self.claims()
            found = next((one for one in claimed if wanted(one.work)), None)
            for one in claimed:
                if found is None:
                    await self.does(one)
                elif one is not found:
                    await self.lays_down(one)
            if found:
                return found
        raise AssertionError("no such work came up")

    async def lays_down(self, claimed: Claimed) -> None:
        now = self.clock.now()
        await self.store.commit(lambda tx: tx.put_back(claimed, now, counts=False))

    async def claims(self) -> list[Claimed]:
        now = self.clock.now()
        return await self.store.commit(lambda tx: tx.claim(now, 100, 10.0))

    async def does(self, claimed: Claimed) -> None:
        try:
            handler = self.handlers.get(type(claimed.work))
            if handler:
                await handler(claimed)
        except NotNow as wait:
            self.waits.append(wait)
            at, why, counts = self.clock.now() + timedelta(seconds=wait.after or 0), str(wait), wait.counts
            if wait.after:
                self.waits_until = max(at, self.waits_until or at)
            await self.store.commit(lambda tx: tx.put_back(claimed, at, why, counts=counts))
        except Never as never:
            now, why = self.clock.now(), str(never)
            await self.store.commit(lambda tx: tx.bury(claimed, why, now))
        else:
            await self.store.commit(lambda tx: tx.finish(claimed))

    async def owes(self, *work: Work) -> None:
        await self.store.commit(lambda tx: tx.owe(*work))

    # --- what people do

    async def asks(
        self,
        caller: Person,
        users: Sequence[Person | str] = (),
        *,
        at: Channel | str,
        groups: Sequence[str] = (),
        kind: CallKind = CallKind.RING,
        notify: Channel | None = None,
        when: str = "",
        unix: float | None = None,
        response_url: str = "",
    ) -> str:
        """Ask for a call as a command does; its id."""
        begun = await self.ringer.ask(
            Asked(
                team=TEAM,
                user=caller.id,
                channel=at if isinstance(at, str) else at.id,
                kind=CallKind.NOTIFY if notify else kind,
                users=tuple(user if isinstance(user, str) else user.id for user in users),
                groups=tuple(groups),
                notify_channel=notify.id if notify else "",
                topic="Lunch",
                when=when,
                at=unix,
                response_url=response_url,
                text=f"{self.clock.now()}",
            )
        )
        return begun.call_id

    async def rings(self, caller: Person, *users: Person, at: Channel | str) -> str:
        """Ask for a call, and do everything that follows."""
        call_id = await self.asks(caller, users, at=at)
        await self.works()
        return call_id

    # --- what is there

    async def call(self, call_id: str) -> Call:
        call = await self.ringer.call(call_id)
        assert call is not None
        return call

    async def status(self, call_id: str) -> CallStatus:
        return (await self.call(call_id)).status

    async def why(self, call_id: str) -> str:
        return (await self.call(call_id)).why

    async def message(self, call_id: str, kind: MessageKind, user: Person | None = None) -> Message:
        messages = await self.store.look(lambda tx: tx.messages(call_id))
        wanted = [m for m in messages if m.key.kind is kind and (user is None or m.key.user == user.id)]
        assert wanted, f"no {kind} among {messages}"
        return wanted[-1]

    async def dead(self) -> list[Dead]:
        return await self.store.look(lambda tx: tx.dead(10))

    def in_dm(self, person: Person) -> list[Posted]:
        return self.slack.dm(person).messages

    def asked_slack(self, method: str) -> list[APICall]:
        return [call for call in self.slack.calls if call.method == method]

    def breaks(self, method: str, kind: Kind, *, times: int | None = 1, seconds: float = 0) -> None:
        self.faults.add(Fault(Road.SLACK_API, kind, match=f"^{method}$", times=times, seconds=seconds))

    def turns(self, **by: float) -> datetime:
        self.clock.turn(timedelta(**by))
        return self.clock.now()
