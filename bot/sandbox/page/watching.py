"""Listens to the workspace, to Stream and to the clock, and puts what changed into the feed."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import structlog

from bot.sandbox.page import shown
from bot.sandbox.page.behind import Behind
from bot.sandbox.page.feed import Feed
from bot.sandbox.page.log import Log
from bot.sandbox.world import World

log = structlog.get_logger()

LOOKS_EVERY = 0.5
"""For what nobody tells of: what is due next, faults that struck, deliveries that came to something."""


class Watching:
    def __init__(self, world: World, feed: Feed, log: Log, behind: Behind) -> None:
        self._world, self._feed, self._log, self._behind = world, feed, log, behind
        self._stops: list[Callable[[], None]] = []
        self._told: dict[str, Any] = {}
        self._look_now = asyncio.Event()
        self._looking: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._stops = [
            self._world.workspace.watch(self._in_workspace),
            self._world.coordinator.watch(self._on_stream),
            self._world.clock.on_turn(self._clock_turned),
        ]
        self._looking = asyncio.create_task(self._look())

    async def stop(self) -> None:
        for stop in self._stops:
            stop()
        if self._looking is not None:
            self._looking.cancel()
            with suppress(asyncio.CancelledError):
                await self._looking

    def look_soon(self) -> None:
        self._look_now.set()

    # --- what is told

    def _in_workspace(self, kind: str, payload: dict[str, Any]) -> None:
        if kind.startswith("message"):
            self._feed.tell("message", message=shown.message(payload["message"]))
        elif kind in ("view", "view_closed"):
            self._viewed(payload["view"].user if "view" in payload else payload["user"])
        elif kind.startswith("channel"):
            self._feed.tell("channel", channel=shown.channel(payload["channel"]))
        elif kind.startswith("user"):
            people = [one.id for one in self._world.workspace.people.values() if not one.user.is_bot]
            self._feed.tell("user", user=shown.user(payload["user"]), people=people)
        self.look_soon()

    def _viewed(self, user: str) -> None:
        state = self._world.workspace.state
        self._feed.tell("modals", user=user, views=[shown.view(each) for each in state.modals.get(user, [])])
        if home := state.homes.get(user):
            self._feed.tell("home", view=shown.view(home))

    def _on_stream(self, kind: str, payload: Any) -> None:
        if kind == "event" and (call := self._world.coordinator.calls.get(str(payload.get("call_cid")))):
            self._feed.tell("call", call=shown.call(call))
        self.look_soon()

    def _clock_turned(self) -> None:
        self.look_soon()

    # --- what is looked for

    async def _look(self) -> None:
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(LOOKS_EVERY):
                    await self._look_now.wait()
            self._look_now.clear()
            try:
                await self._behind.look()
            except Exception:  # The page goes on telling all the rest.
                log.exception("the page could not ask what is due next", action="page_look_failed")
            if heads := self._log.look():
                self._feed.tell("log", entries=heads)
            self._clock()
            self._if_new("trouble", self._behind.trouble())
            self._if_new("groups", [shown.group(each) for each in self._world.workspace.state.groups.values()])
            await asyncio.sleep(0.05)  # Changes come in bursts: one look for all of one.

    def _clock(self) -> None:
        """Told when it is not where a page would think it is by now."""
        clock = self._behind.clock()
        drift = (clock["now"] - self._loop_time(), clock["speed"], clock["next"])
        before = self._told.get("clock")
        if before is None or abs(drift[0] - before[0]) > 0.2 or drift[1:] != before[1:]:
            self._told["clock"] = drift
            self._feed.tell("clock", clock=clock)

    def _loop_time(self) -> float:
        return asyncio.get_running_loop().time()

    def _if_new(self, kind: str, value: Any) -> None:
        if self._told.get(kind) != value:
            self._told[kind] = value
            self._feed.tell(kind, **{kind: value})
