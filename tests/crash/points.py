"""The points at which a process can die: each request it makes and each commit, before it and after it.

They are counted as they come, so that the points of a scene are those of a recorded run of it, and no list by hand.
"""

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from bot.sandbox.faults import Fault, Faults, Kind, Road


class What(StrEnum):
    REQUEST = "request"
    COMMIT = "commit"


class When(StrEnum):
    BEFORE = "before"
    """A request: it has reached the other side, which has not done it. A commit: nothing of it is durable."""
    AFTER = "after"
    """A request: done, but not answered. A commit: durable, but nobody has been told."""


@dataclass(frozen=True)
class Point:
    what: What
    name: str
    """Of a request: what it asks for. Of a commit: the tables it wrote to, as they were when it was recorded."""
    nth: int
    """Among the requests of that name; among all commits."""
    when: When

    def __str__(self) -> str:
        return f"{self.when} {self.what} {self.name} #{self.nth}"

    @property
    def road(self) -> str:
        """What kind of thing is done here: what is asked for, or the weightiest table that is written to."""
        if self.what is What.REQUEST:
            return self.name
        written = self.name.split("+")
        return f"commit of {next((table for table in WEIGHTY if table in written), 'the rest')}"


WEIGHTY = ("calls", "inbox", "messages", "work")
"""Tables, those first that tell most of what a commit is about."""

Kill = Callable[[int], None]
"""Kills the process whose connection comes from this port."""

CALL = re.compile(r"(/call/\w+/)\w+")


class Points(Faults):
    """What the stand-ins ask before they do what they are asked: here the trigger is pulled, where there is one."""

    def __init__(self, kill_at: Point | None = None) -> None:
        super().__init__()
        self.kill_at = kill_at
        self.kill: Kill = lambda port: None
        self.seen: list[Point] = []
        """Every point that came by, the one it died at included."""
        self.reached = False
        self._requests: Counter[str] = Counter()
        self._commits = 0

    def take(self, road: Road, what: str, port: int = 0) -> Fault | None:
        planned = super().take(road, what, port)
        if road not in (Road.SLACK_API, Road.STREAM_API):
            return planned
        name = CALL.sub(r"\1*", what)
        self._requests[name] += 1
        when = self._passes(What.REQUEST, name, self._requests[name])
        if when is When.BEFORE:
            self.kill(port)
            return Fault(road, Kind.DROP_BEFORE)
        if when is When.AFTER:
            return Fault(road, Kind.DROP_AFTER, done=lambda: self.kill(port))
        return planned

    def commits(self, tables: str) -> When | None:
        """Whether the process that is about to commit is to die before it, after it, or not now."""
        self._commits += 1
        return self._passes(What.COMMIT, tables, self._commits)

    def _passes(self, what: What, name: str, nth: int) -> When | None:
        self.seen += [Point(what, name, nth, when) for when in When]
        at = self.kill_at
        here = at is not None and not self.reached and at.what is what and at.nth == nth
        if at is None or not here or (what is What.REQUEST and at.name != name):
            return None
        self.reached = True
        return at.when
