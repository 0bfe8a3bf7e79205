"""Puts both stand-ins and the real bot on free ports of 127.0.0.1: the whole product in one process, on one clock.

The only part of the sandbox that knows the bot. Between them is real HTTP, with real signatures and tokens.
"""

import asyncio
import secrets
import tempfile
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from bot.app import App, running
from bot.ledger import Clock
from bot.sandbox.clock import SandboxClock
from bot.sandbox.coordinator import Call as StreamCall
from bot.sandbox.coordinator import Coordinator
from bot.sandbox.coordinator.client import Client
from bot.sandbox.faults import Fault, Faults, Kind, Road
from bot.sandbox.workspace import Person, Workspace
from bot.settings import Settings
from bot.slack.scopes import SCOPES
from bot.store import StoreError
from bot.web import STREAM_EVENTS

BOT_EVENTS = ("app_home_opened", "user_change")
QUIET_WITHIN = 20.0
"""Seconds of real time after which a world that does not come to rest is broken."""
LOOK_AGAIN = 0.002
"""Seconds from one look to the next."""


@dataclass
class World:
    """Everything a scene can happen in."""

    clock: SandboxClock
    faults: Faults
    workspace: Workspace
    coordinator: Coordinator
    settings: Settings
    app: App | None = None
    """None while the bot is stopped."""
    _running: AsyncExitStack | None = None

    # --- the bot

    async def start_bot(self) -> App:
        """Start the bot (again, on the same ledger)."""
        assert self.app is None, "the bot is running already"
        stack = AsyncExitStack()
        self.app = await stack.enter_async_context(running(self.settings, clock=self.clock))
        self._running = stack
        self.settings = self.settings.model_copy(update={"port": int(self.app.url.rpartition(":")[2])})
        self.workspace.install(
            request_url=None if self.settings.socket_mode else f"{self.app.url}/slack/events",
            commands=(self.settings.ring_command, self.settings.notify_command),
            bot_events=BOT_EVENTS,
        )
        if not self.coordinator.app.event_hooks:
            self.coordinator.hook(f"{self.app.url}{STREAM_EVENTS}")
        return self.app

    async def stop_bot(self) -> None:
        stack, self._running, self.app = self._running, None, None
        if stack is not None:
            await stack.aclose()

    # --- time

    async def after(self, **by: float) -> None:
        """Let that much time pass (`minutes=1`, `seconds=30`, …), and what it brings come to rest."""
        await self.settled()
        self.clock.turn(timedelta(**by))
        await self.settled()

    async def at(self, when: datetime) -> None:
        """Let time pass until then."""
        await self.after(seconds=max(0.0, (when - self.clock.now()).total_seconds()))

    async def next_due(self) -> datetime | None:
        """When the bot has something to do next; None where nothing waits for its time, or the bot is stopped."""
        if self.app is not None:
            with suppress(StoreError):  # It may be stopping just now.
                return await self.app.store.look(lambda tx: tx.next_work_at())
        return None

    async def settled(self) -> None:
        """Return once nothing is on its way, in hand, or due by now. Raises TimeoutError if that never comes."""
        async with asyncio.timeout(QUIET_WITHIN):
            calm = 0
            while calm < 2:  # Two looks in a row: one part may have woken another just after it was looked at.
                await self.workspace.settled()
                await self.coordinator.settled()
                calm = calm + 1 if await self._is_quiet() else 0
                await asyncio.sleep(LOOK_AGAIN)

    async def _is_quiet(self) -> bool:
        """Nothing was due, and the bot has asked neither of the two for anything."""
        if self.app is None:
            return True
        asked = len(self.workspace.calls) + len(self.coordinator.requests)
        is_at_rest = await at_rest(self.app, self.clock)
        return is_at_rest and asked == len(self.workspace.calls) + len(self.coordinator.requests)

    # --- Stream's side

    @property
    def cids(self) -> list[str]:
        """Every call on Stream, oldest first."""
        return list(self.coordinator.calls)

    def on_stream(self, cid: str | None = None) -> StreamCall:
        """This call on Stream, or the newest one."""
        return self.coordinator.call(cid or self.cids[-1])

    def stream_id(self, person: Person) -> str:
        """Who they are on Stream. Raises LookupError until a call has brought them there."""
        for user in self.coordinator.users.values():
            if user.custom.get("slack_user_id") == person.id:
                return user.id
        raise LookupError(f"no call has brought {person.name} to Stream yet")

    def phone(self, person: Person) -> Client:
        """Their own Stream client, away from Slack."""
        return self.coordinator.client_of(self.stream_id(person))

    async def joins(self, *people: Person, cid: str | None = None) -> None:
        """Their browsers are in the call."""
        for person in people:
            await self.coordinator.joins(cid or self.cids[-1], self.stream_id(person))
        await self.settled()

    async def leaves(self, *people: Person, cid: str | None = None) -> None:
        """They hang up."""
        for person in people:
            await self.coordinator.leaves(cid or self.cids[-1], self.stream_id(person))
        await self.settled()

    # --- trouble

    def breaks(self, road: Road, kind: Kind, match: str = "", *, times: int | None = 1, seconds: float = 0.0) -> None:
        """From now on this goes wrong."""
        self.faults.add(Fault(road, kind, match, times, seconds))

    def mends(self) -> None:
        """Nothing goes wrong any more."""
        self.faults.clear()


async def at_rest(app: App, clock: Clock, *, within: float = QUIET_WITHIN) -> bool:
    """Have it do what is due. Whether, once it has nothing in hand, nothing is due any more.

    `within`: the seconds it has to lay down what it has in hand.
    """
    await app.tick()
    with suppress(TimeoutError):
        async with asyncio.timeout(within):
            pause = LOOK_AGAIN / 8
            while not app.idle:  # A tick has it look for work, and looking takes the ledger a moment.
                await asyncio.sleep(pause)
                pause = min(2 * pause, LOOK_AGAIN)
    next_at = await app.store.look(lambda tx: tx.next_work_at())
    return app.idle and (next_at is None or next_at > clock.now())


@asynccontextmanager
async def world(
    *,
    database_url: str | None = None,
    socket_mode: bool = False,
    start: datetime | None = None,
    start_bot: bool = True,
    faults: Faults | None = None,
    **settings: Any,
) -> AsyncIterator[World]:
    """A workspace, a coordinator and the bot between them. `settings` are the bot's, by their field names.

    Without a `database_url` the ledger is a SQLite file that goes with the world.
    """
    async with AsyncExitStack() as stack:
        clock, faults = SandboxClock(start), faults or Faults()
        app_token = f"xapp-1-A0RINGER-{secrets.token_hex(8)}" if socket_mode else None
        workspace = Workspace(
            clock=clock,
            faults=faults,
            signing_secret=secrets.token_hex(16),
            bot_token=f"xoxb-0-0-{secrets.token_hex(12)}",
            app_token=app_token,
            scopes=frozenset(SCOPES),
        )
        coordinator = Coordinator(
            clock=clock, faults=faults, api_key=secrets.token_hex(6), api_secret=secrets.token_hex(32)
        )
        await workspace.start()
        stack.push_async_callback(workspace.stop)
        await coordinator.start()
        stack.push_async_callback(coordinator.stop)
        if database_url is None:
            folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="ringer-"))
            database_url = f"sqlite:///{Path(folder) / 'ringer.sqlite3'}"
        wired = _settings(workspace, coordinator, app_token, {"database_url": database_url, **settings})
        made = World(clock, faults, workspace, coordinator, wired)
        stack.push_async_callback(made.stop_bot)
        if start_bot:
            await made.start_bot()
        yield made


def _settings(workspace: Workspace, coordinator: Coordinator, app_token: str | None, more: dict[str, Any]) -> Settings:
    """The bot's, to work between these two."""
    return Settings.model_validate(
        {
            "slack_bot_token": workspace.bot_token,
            "slack_signing_secret": workspace.signing_secret,
            "slack_app_token": app_token,
            "slack_api_url": workspace.api_url,
            "stream_api_key": coordinator.app.api_key,
            "stream_api_secret": coordinator.app.api_secret,
            "stream_base_url": coordinator.url,
            "stream_sdk_url": coordinator.sdk_url,
            "port": 0,
            **more,
        }
    )
