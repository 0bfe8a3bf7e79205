"""What the coordinator knows: users, calls with their members and sessions, call types, hooks."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple
from uuid import uuid4


@dataclass
class User:
    id: str
    created_at: datetime
    updated_at: datetime
    name: str | None = None
    image: str | None = None
    role: str = "user"
    language: str = ""
    invisible: bool = False
    custom: dict[str, Any] = field(default_factory=dict)
    teams: list[str] = field(default_factory=list)
    teams_role: dict[str, str] = field(default_factory=dict)
    devices: list[dict[str, Any]] = field(default_factory=list)
    deactivated_at: datetime | None = None
    online: bool = False


@dataclass
class Member:
    user: User
    created_at: datetime
    updated_at: datetime
    role: str = "user"
    custom: dict[str, Any] = field(default_factory=dict)


@dataclass
class Participant:
    """One client of a user, in the media of a call. A user may be in with several."""

    user: User
    role: str
    joined_at: datetime
    user_session_id: str = field(default_factory=lambda: str(uuid4()))


@dataclass
class Session:
    """Made by the first ring or join; it starts when somebody is in, ends when nobody has been for a while."""

    created_at: datetime
    id: str = field(default_factory=lambda: str(uuid4()))
    started_at: datetime | None = None
    ended_at: datetime | None = None
    live_started_at: datetime | None = None
    live_ended_at: datetime | None = None
    timer_ends_at: datetime | None = None
    empty_since: datetime | None = None
    accepted_by: dict[str, datetime] = field(default_factory=dict)
    rejected_by: dict[str, datetime] = field(default_factory=dict)
    missed_by: dict[str, datetime] = field(default_factory=dict)
    participants: list[Participant] = field(default_factory=list)

    def answered_since(self, user_id: str, since: datetime) -> bool:
        """Whether this user accepted or rejected at `since` or later."""
        answers = (self.accepted_by.get(user_id), self.rejected_by.get(user_id))
        return any(at is not None and at >= since for at in answers)


class Ring(NamedTuple):
    at: datetime
    user_ids: tuple[str, ...]
    by: User


@dataclass
class Call:
    type: str
    id: str
    created_by: User
    created_at: datetime
    updated_at: datetime
    settings: dict[str, Any]
    custom: dict[str, Any] = field(default_factory=dict)
    members: dict[str, Member] = field(default_factory=dict)
    team: str | None = None
    channel_cid: str | None = None
    starts_at: datetime | None = None
    ended_at: datetime | None = None
    backstage: bool = False
    session: Session | None = None
    blocked_user_ids: list[str] = field(default_factory=list)
    granted: dict[str, set[str]] = field(default_factory=dict)
    """Capabilities given to or (with a leading `-`) taken from one user of this call."""
    rings: list[Ring] = field(default_factory=list)
    reject_reasons: dict[str, str | None] = field(default_factory=dict)

    @property
    def cid(self) -> str:
        return f"{self.type}:{self.id}"

    @property
    def running(self) -> Session | None:
        """The session that is rung for or going on; None when there is none or it is over."""
        return self.session if self.session and self.session.ended_at is None else None

    @property
    def ongoing(self) -> bool:
        return self.running is not None and self.ended_at is None

    @property
    def participants(self) -> list[Participant]:
        return self.running.participants if self.running else []

    @property
    def ringing(self) -> set[str]:
        """The users whose clients still ring: members, rung, who neither accepted, rejected nor missed it since."""
        if self.running is None or self.ended_at or self.created_by.id in self.running.rejected_by:
            return set()
        return {user for ring in self.rings_now for user in ring.user_ids if self._rings_still(user, ring.at)}

    @property
    def rings_now(self) -> list[Ring]:
        """The rings of the running session."""
        return [one for one in self.rings if self.running and one.at >= self.running.created_at]

    def _rings_still(self, user_id: str, since: datetime) -> bool:
        assert self.session is not None
        missed_at = self.session.missed_by.get(user_id)
        over = self.session.answered_since(user_id, since) or (missed_at is not None and missed_at >= since)
        return user_id in self.members and not over

    def is_in(self, user_id: str) -> bool:
        return any(one.user.id == user_id for one in self.participants)

    def knows(self, user_id: str) -> bool:
        """Whether this user is a member or made the call."""
        return user_id in self.members or user_id == self.created_by.id


@dataclass
class CallType:
    name: str
    settings: dict[str, Any]
    grants: dict[str, list[str]]
    notification_settings: dict[str, Any]
    created_at: datetime
    updated_at: datetime
    external_storage: str | None = None


@dataclass
class Behaviour:
    """What Stream's documentation leaves open, or was seen both ways: turn these to try a client against either."""

    answers_after_end: bool = False
    """False: accept and reject on an ended call get 400, as newer clients report; True: as captured in 2024."""
    only_members_answer: bool = True
    """False: anyone who may read the call may accept or reject it."""
    creator_is_rung: bool = False
    """True: a ring made by the server rings the creator too."""
    join_is_media: bool = False
    """True: POST …/join makes a participant at once; False: only `joins`, which is what the SFU would report."""
    cancelled_to_missed_seconds: float = 0.3
    """How long after the creator's reject the callees who did not answer are reported missed (captured: 0.3 s)."""
    idle_session_seconds: float = 600.0
    """When a session that nobody ever joined is let go; until then the call is `ongoing`."""
    missed_after_end: bool = False
    """True: the missed-call timer also reports on a call that has been marked ended meanwhile."""
    created_with_session: bool = True
    """True: a call made to ring or to join has its session in call.created already, which official clients were seen
    to need here; False: it has none yet, as captured from Stream in 2025."""
    limits_per_second: bool = True
    """False: only the limits per minute are held, not the per-second ones (a thirtieth of them)."""
    retry_seconds: float = 0.2
    """The wait between two attempts at a webhook; of real time."""
    attempt_seconds: float = 6.0
    """How long a receiver may take; of real time."""


@dataclass
class App:
    """One app on Stream: its key and secret, and everything in it."""

    api_key: str
    api_secret: str
    multi_tenant: bool
    compress: bool
    call_types: dict[str, CallType]
    behaviour: Behaviour = field(default_factory=Behaviour)
    users: dict[str, User] = field(default_factory=dict)
    calls: dict[str, Call] = field(default_factory=dict)
    event_hooks: list[dict[str, Any]] = field(default_factory=list)
    revoke_tokens_issued_before: datetime | None = None

    def missing(self, user_ids: Iterable[str]) -> list[str]:
        return [one for one in dict.fromkeys(user_ids) if one not in self.users]
