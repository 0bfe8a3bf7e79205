"""What goes to Stream and what comes back, as values.

Requests are dataclasses. Answers are pydantic models that require only what is used, ignore what is new, and
take a field that is null like one that is absent: Stream sends both, and adds fields at any time.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, TypeVar

from pydantic import AfterValidator, AliasPath, BaseModel, BeforeValidator, ConfigDict, Field

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def iso(when: datetime) -> str:
    """How Stream wants a time in a request."""
    if when.tzinfo is None:
        raise ValueError("Stream reads a time without a zone as it likes: pass an aware one")
    return when.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _timestamp(value: object) -> datetime:
    """Unix nanoseconds (answers of /api/v2) or RFC 3339 with up to nine digits (webhooks) → an aware time."""
    try:
        if isinstance(value, datetime):
            when = value
        elif isinstance(value, str):
            when = datetime.fromisoformat(value)
        elif isinstance(value, int | float) and not isinstance(value, bool):
            when = EPOCH + timedelta(microseconds=int(value) // 1000)
        else:
            raise ValueError("neither nanoseconds nor a date")
        if when.tzinfo is None:
            raise ValueError("a time without a zone")
        return when.astimezone(UTC)
    except OverflowError:
        raise ValueError("a time beyond the calendar") from None


def _dict_for_null(value: object) -> object:
    return {} if value is None else value


def _list_for_null(value: object) -> object:
    return [] if value is None else value


def _text_for_null(value: object) -> object:
    return "" if value is None else value


def _false_for_null(value: object) -> object:
    return False if value is None else value


def _none_for_empty(value: str | None) -> str | None:
    return value or None


Timestamp = Annotated[datetime, BeforeValidator(_timestamp)]
Times = Annotated[dict[str, Timestamp], BeforeValidator(_dict_for_null)]
Custom = Annotated[dict[str, Any], BeforeValidator(_dict_for_null)]
Text = Annotated[str, BeforeValidator(_text_for_null)]
MaybeId = Annotated[str | None, AfterValidator(_none_for_empty)]  # Stream writes "no session" as ""


class Answer(BaseModel):
    """Any JSON object: what Stream answers where nothing in it is of use."""

    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True, cache_strings="keys")


A = TypeVar("A", bound=Answer)


class UserResponse(Answer):
    id: str
    name: Text = ""
    image: Text = ""
    role: Text = ""
    custom: Custom = {}


class Participant(Answer):
    """One connection of a user to the session: the same user may be there twice."""

    user: UserResponse
    user_session_id: Text = ""
    joined_at: Timestamp | None = None
    role: Text = ""


class Session(Answer):
    """One use of a call. It exists from the ring on, and has started only when somebody joined."""

    id: Text = ""
    started_at: Timestamp | None = None
    ended_at: Timestamp | None = None
    accepted_by: Times = {}
    rejected_by: Times = {}
    missed_by: Times = {}
    participants: Annotated[tuple[Participant, ...], BeforeValidator(_list_for_null)] = ()


class Call(Answer):
    cid: str
    id: str
    type: str
    created_at: Timestamp | None = None
    starts_at: Timestamp | None = None
    ended_at: Timestamp | None = None
    session: Session | None = None
    custom: Custom = {}
    team: MaybeId = None


class Member(Answer):
    user_id: str
    role: Text = ""
    user: UserResponse | None = None
    custom: Custom = {}


class CallState(Answer):
    """A call with its members."""

    call: Call
    members: Annotated[tuple[Member, ...], BeforeValidator(_list_for_null)] = ()


class Page(Answer):
    """Some of the calls that were asked for, and where the next page begins."""

    calls: Annotated[tuple[CallState, ...], BeforeValidator(_list_for_null)]
    next: MaybeId = None


class Rung(Answer):
    members_ids: Annotated[tuple[str, ...], BeforeValidator(_list_for_null)]


class App(Answer):
    """The app's settings that we look at. Hooks stay as they came."""

    name: Text = ""
    multi_tenant_enabled: bool | None = None
    event_hooks: Annotated[tuple[dict[str, Any], ...], BeforeValidator(_list_for_null)] = ()
    webhook_url: Text = ""


class AppAnswer(Answer):
    app: App


class CallType(Answer):
    """A type of calls, and what people of each role may do in them."""

    name: str
    grants: Annotated[dict[str, tuple[str, ...]], BeforeValidator(_dict_for_null)] = {}
    backstage: Annotated[bool, BeforeValidator(_false_for_null)] = Field(
        default=False, validation_alias=AliasPath("settings", "backstage", "enabled")
    )
    """Nobody may join before somebody goes live."""


@dataclass(frozen=True)
class User:
    """A person as we tell Stream of them. Only what is given is sent."""

    id: str
    name: str | None = None
    image: str | None = None
    role: str | None = None
    teams: Sequence[str] = ()
    custom: Mapping[str, Any] = field(default_factory=dict)

    def body(self) -> dict[str, Any]:
        return given(
            id=self.id,
            name=self.name,
            image=self.image,
            role=self.role,
            teams=list(self.teams) or None,
            custom=dict(self.custom) or None,
        )


@dataclass(frozen=True)
class MemberRequest:
    user_id: str
    role: str | None = None
    custom: Mapping[str, Any] = field(default_factory=dict)

    def body(self) -> dict[str, Any]:
        return given(user_id=self.user_id, role=self.role, custom=dict(self.custom) or None)


@dataclass(frozen=True)
class CallRequest:
    """A call to be. With a server token Stream asks for `created_by_id`."""

    created_by_id: str
    members: Sequence[MemberRequest] = ()
    custom: Mapping[str, Any] = field(default_factory=dict)
    settings_override: Mapping[str, Any] = field(default_factory=dict)
    starts_at: datetime | None = None
    team: str | None = None
    video: bool | None = None

    def body(self) -> dict[str, Any]:
        return given(
            created_by_id=self.created_by_id,
            members=[member.body() for member in self.members] or None,
            custom=dict(self.custom) or None,
            settings_override=dict(self.settings_override) or None,
            starts_at=iso(self.starts_at) if self.starts_at else None,
            team=self.team,
            video=self.video,
        )


def given(**fields: Any) -> dict[str, Any]:
    """The fields that were given. What stands inside them (a null in someone's `custom`) stays as it is."""
    return {name: value for name, value in fields.items() if value is not None}
