"""The kinds of work the ledger can owe to the outside world, as frozen values.

A verb commits them with the state they follow from; the worker hands each to its handler. `key` makes owing the same
thing twice harmless: owed again while it is being done, it is done once more. Work of one `lane` keeps its order:
what is `exclusive` waits for everything before it in its lane and holds up everything behind it; the rest of a lane
runs side by side. The smaller the `priority`, the sooner it goes when there is not room for all.
"""

from abc import ABC, abstractmethod
from contextvars import ContextVar
from dataclasses import dataclass
from enum import IntEnum
from typing import ClassVar, Self

OUTWARD_CALL_SECONDS = 6
"""Every call to Slack or Stream gives up after this long; a lease has to outlive it."""


class Priority(IntEnum):
    """What comes first when Slack's limits squeeze."""

    RELAY = 0
    """What Stream is owed, and whatever a person is waiting for right now."""
    DEAD_BUTTONS = 1
    DIRECT_MESSAGE = 2
    CARD = 3
    THREAD = 4
    HOME = 5


class NotNow(Exception):
    """It cannot be done now; the row goes back and is tried again.

    `after`: seconds until then; None: the worker backs off with full jitter.
    `counts`: False where waiting is nobody's failure (a rate limit, a Retry-After).
    """

    def __init__(self, why: str, *, after: float | None = None, counts: bool = True) -> None:
        super().__init__(why)
        self.after = after
        self.counts = counts


class Never(Exception):
    """It can never succeed: the row goes to the dead, visibly, and its lane moves on."""


class Work(ABC):
    """Base of all kinds: a frozen dataclass of JSON values."""

    exclusive: ClassVar[bool] = True
    priority: int = Priority.RELAY

    @property
    @abstractmethod
    def key(self) -> str:
        """Unique among what is owed."""

    @property
    def lane(self) -> str:
        """Its own, unless a kind says otherwise."""
        return self.key

    @property
    def about(self) -> str:
        """The call it is for, for logs; empty where there is none."""
        return str(getattr(self, "call_id", ""))

    @classmethod
    def kind(cls) -> str:
        return cls.__name__

    def payload(self) -> dict[str, object]:
        return dict(vars(self))

    @classmethod
    def from_payload(cls, payload: dict[str, object]) -> Self:
        """The value that `payload` was made from; lists become tuples again."""
        return cls(**{name: _frozen(value) for name, value in payload.items()})


def _frozen(value: object) -> object:
    return tuple(_frozen(item) for item in value) if isinstance(value, list) else value


@dataclass(frozen=True)
class _ForStream(Work):
    """What one call owes Stream, in order."""

    call_id: str

    @property
    def lane(self) -> str:
        return f"stream:{self.call_id}"

    @property
    def key(self) -> str:
        return f"{self.kind()}:{self.call_id}"


@dataclass(frozen=True)
class _OfSomebody(_ForStream):
    """The same, for one person."""

    user: str

    @property
    def key(self) -> str:
        return f"{super().key}:{self.user}"


@dataclass(frozen=True)
class Prepare(_ForStream):
    """Find out who the people are and what time was meant; then put the call to Stream, or tell its typist why not."""

    users: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    channel: str = ""
    """The channel a notify tells; empty for people."""
    when: str = ""
    """The words of a time, to be read in the caller's zone."""
    at: float | None = None
    """A time picked in a modal: unix seconds."""
    response_url: str = ""
    afresh: bool = False
    """They were named some time ago: look once more who of them is there."""


@dataclass(frozen=True)
class PrepareEdit(_ForStream):
    """Find out who the people of an edited plan are, then edit it."""

    user: str
    users: tuple[str, ...]
    topic: str
    at: float
    response_url: str = ""


@dataclass(frozen=True)
class PreparePeople(_OfSomebody):
    """Find out who the people to be added are, then add them."""

    users: tuple[str, ...]
    response_url: str = ""

    @property
    def key(self) -> str:
        return f"{super().key}:{','.join(self.users)}"


@dataclass(frozen=True)
class LookAfresh(_ForStream):
    """A planned call's time has come, or some are to be rung again: look who of them still can be, then ring those."""


@dataclass(frozen=True)
class PutCall(_ForStream):
    """Create the call on Stream and ring (tell, or only put down) its people, as its state says."""


@dataclass(frozen=True)
class RingMembers(_ForStream):
    """Ring, for just them, everyone in this live call who is invited and not rung yet."""


@dataclass(frozen=True)
class UpdateCall(_ForStream):
    """Bring Stream's copy of a plan up to date: time, topic, members."""


@dataclass(frozen=True)
class NotifyAgain(_ForStream):
    """Tell the members of a notify of it once more."""


@dataclass(frozen=True)
class Accept(_OfSomebody):
    exclusive: ClassVar[bool] = False
    leave: tuple[str, ...] = ()
    """Calls they leave first."""


@dataclass(frozen=True)
class Reject(_OfSomebody):
    exclusive: ClassVar[bool] = False
    reason: str


@dataclass(frozen=True)
class Kick(_OfSomebody):
    """Take their own sessions out of the call, without a block."""


@dataclass(frozen=True)
class EndCall(_ForStream):
    """mark_ended; before it, where a ring is taken back or ran out, the caller's own reject with that reason."""

    reject: str = ""


@dataclass(frozen=True)
class Paint(Work):
    """Make this Slack message true."""

    message_id: str
    call_id: str
    priority: int = Priority.DIRECT_MESSAGE

    @property
    def key(self) -> str:
        return f"Paint:{self.message_id}"

    @property
    def lane(self) -> str:
        return f"message:{self.message_id}"


@dataclass(frozen=True)
class PaintWaiting(Work):
    """Draw the messages of plans whose time came a moment ago (all those that began together), should they still not
    ring."""

    call_ids: tuple[str, ...]
    priority: int = Priority.DIRECT_MESSAGE

    @property
    def key(self) -> str:
        return f"PaintWaiting:{','.join(self.call_ids)}"


@dataclass(frozen=True)
class TellThread(Work):
    """Post the lines that the thread of this call's card does not tell yet."""

    call_id: str
    priority: int = Priority.THREAD

    @property
    def key(self) -> str:
        return f"TellThread:{self.call_id}"

    @property
    def lane(self) -> str:
        return f"thread:{self.call_id}"


@dataclass(frozen=True)
class Tell(Work):
    """Say something to one person alone: what came of their press or command."""

    exclusive: ClassVar[bool] = False
    id: str
    note: str
    """Which note it is (bot.slack.blocks.notes draws it)."""
    team: str
    user: str
    call_id: str = ""
    text: str = ""
    """Words that only the one who wrote the note knew."""
    response_url: str = ""
    channel: str = ""
    """Where there is no response_url: the conversation for an ephemeral; else the person's direct message."""

    @property
    def key(self) -> str:
        return f"Tell:{self.id}"


@dataclass(frozen=True)
class EndAsAdmin(Work):
    """Someone else than the caller pressed End for all: find out whether they are a workspace admin."""

    call_id: str
    user: str
    response_url: str = ""

    @property
    def key(self) -> str:
        return f"EndAsAdmin:{self.call_id}:{self.user}"


@dataclass(frozen=True)
class PublishHome(Work):
    team: str
    user: str
    priority: int = Priority.HOME

    @property
    def key(self) -> str:
        return f"PublishHome:{self.team}:{self.user}"


KINDS: dict[str, type[Work]] = {
    kind.kind(): kind
    for kind in (
        Prepare,
        PrepareEdit,
        PreparePeople,
        LookAfresh,
        PutCall,
        RingMembers,
        UpdateCall,
        NotifyAgain,
        Accept,
        Reject,
        Kick,
        EndCall,
        Paint,
        PaintWaiting,
        TellThread,
        Tell,
        EndAsAdmin,
        PublishHome,
    )
}


@dataclass(frozen=True)
class Claimed:
    """A piece of work this process holds until its lease ends."""

    id: int
    work: Work
    fence: int
    """Grows with every claim: a late finisher's is old, and is not believed."""
    attempts: int
    """Tries so far, this one included: not those that only waited for room, nor those before it was owed once more."""


IN_HAND: ContextVar[Claimed | None] = ContextVar("in_hand", default=None)
"""What this task works on. What is less urgent leaves some of Slack's limits to what is more, and whatever has to wait
for them waits once, however often it is owed meanwhile. None: a person waits for it right now."""
