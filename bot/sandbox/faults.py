"""Things that go wrong on purpose, on each of the four roads between the bot and the stand-ins.

A stand-in asks `take(road, what)` for each request it serves or delivers, and does what the fault says.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from enum import StrEnum

from aiohttp import web


class Road(StrEnum):
    SLACK_API = "slack.api"
    """The bot calls Slack; `what` is the method, e.g. `chat.postMessage`, or `response_url`."""
    SLACK_DELIVERY = "slack.delivery"
    """Slack calls the bot; `what` is `slash_commands`, `interactive` or `events_api`."""
    STREAM_API = "stream.api"
    """The bot (or another client) calls Stream; `what` is verb and path: `POST /api/v2/video/call/default/x/ring`."""
    STREAM_WEBHOOK = "stream.webhook"
    """Stream calls the bot; `what` is the event's type, e.g. `call.accepted`."""


class Kind(StrEnum):
    DELAY = "delay"
    """Wait `seconds` of real time, then go on as usual."""
    DROP_BEFORE = "drop_before"
    """Close the connection before the work is done."""
    DROP_AFTER = "drop_after"
    """Do the work, then close the connection without an answer."""
    TOO_MANY = "429"
    """Answer 429; `seconds` is the Retry-After."""
    ERROR_400 = "400"
    ERROR_401 = "401"
    ERROR_403 = "403"
    """Stream only: it refuses the request, as it would again."""
    ERROR_500 = "500"
    ERROR_503 = "503"
    GARBAGE = "garbage"
    """Answer 200 with something that is not JSON."""
    LOSE = "lose"
    """A delivery that is never made."""
    DUPLICATE = "duplicate"
    """A delivery made twice."""
    LATE_DUPLICATE = "late_duplicate"
    """A delivery made again `seconds` later, by the shared clock."""
    REORDER = "reorder"
    """A delivery held back until the next one on its road has been made."""
    REFRESH = "refresh"
    """Socket Mode: Slack asks the client to reconnect."""
    HALF_OPEN = "half_open"
    """Socket Mode: the connection looks open and carries nothing."""


@dataclass(frozen=True)
class Fault:
    road: Road
    kind: Kind
    match: str = ""
    """A regular expression searched in `what`; empty matches everything."""
    times: int | None = 1
    """How many requests it strikes; None: every one until cleared."""
    seconds: float = 0.0

    @classmethod
    def read(cls, text: str) -> "Fault":
        """`road:kind` or `road:kind:match`, as a lasting fault. Raises ValueError with what there is to choose from."""
        road, _, rest = text.partition(":")
        kind, _, match = rest.partition(":")
        try:
            return cls(Road(road), Kind(kind), match, times=None)
        except ValueError:
            roads, kinds = ", ".join(Road), ", ".join(Kind)
            raise ValueError(f"{text!r} is no fault: write road:kind, of {roads}; and {kinds}") from None

    done: Callable[[], None] | None = field(default=None, compare=False)
    """For DROP_AFTER: called once the work is done, before the connection is closed."""

    def drops_after(self) -> bool:
        """Whether the answer is lost, now that the work is done."""
        if self.kind is not Kind.DROP_AFTER:
            return False
        if self.done is not None:
            self.done()
        return True


@dataclass
class Faults:
    planned: list[Fault] = field(default_factory=list)
    struck: list[tuple[Fault, str]] = field(default_factory=list)

    def add(self, fault: Fault) -> None:
        self.planned.append(fault)

    def clear(self) -> None:
        self.planned.clear()

    def take(self, road: Road, what: str, port: int = 0) -> Fault | None:
        """The first planned fault that strikes this request, counted down; None where nothing goes wrong.

        `port` is whence the bot asks, for who wants to know which of its processes it was."""
        for at, fault in enumerate(self.planned):
            if fault.road is road and re.search(fault.match, what):
                self._count_down(at, fault)
                self.struck.append((fault, what))
                return fault
        return None

    def _count_down(self, at: int, fault: Fault) -> None:
        if fault.times is None:
            return
        if fault.times <= 1:
            del self.planned[at]
        else:
            self.planned[at] = replace(fault, times=fault.times - 1)


def port_of(request: web.Request) -> int:
    """Whence a request comes; 0 where nobody knows."""
    peer = request.transport.get_extra_info("peername") if request.transport else None
    return int(peer[1]) if peer else 0


def dropped(request: web.Request) -> web.Response:
    """Close the connection under the request; what is returned never arrives."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response(status=499)
