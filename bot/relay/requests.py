"""A call, as Stream is told of it: its people, its members, what it carries and how it rings."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from bot.call.values import Call, Member
from bot.person import Person
from bot.stream import CallRequest, MemberRequest, User


@dataclass(frozen=True)
class CallOptions:
    """What the operator wants on every call (CALL_CUSTOM, CALL_SETTINGS_OVERRIDE, roles, tenancy)."""

    custom: Mapping[str, object] = field(default_factory=dict)
    settings_override: Mapping[str, object] = field(default_factory=dict)
    caller_role: str | None = None
    callee_role: str | None = None
    multi_tenant: bool = False

    def user(self, call: Call, member: Member, person: Person | None) -> User:
        return User(
            member.stream_user_id,
            name=person.name if person else None,
            image=(person.image or None) if person else None,
            teams=(call.team,) if self.multi_tenant else (),
            custom={"slack_user_id": member.user, "slack_team_id": call.team},
        )

    def request(self, call: Call) -> CallRequest:
        caller = call.member(call.caller)
        return CallRequest(
            created_by_id=caller.stream_user_id if caller else "",
            members=[self.member(member) for member in call.members],
            custom=self.custom_of(call),
            settings_override=self._settings_of(call),
            starts_at=call.starts_at,
            team=call.team if self.multi_tenant else None,
            video=call.video,
        )

    def member(self, member: Member) -> MemberRequest:
        role = self.caller_role if member.is_caller else self.callee_role
        return MemberRequest(member.stream_user_id, role=role, custom={"slack_user_id": member.user})

    def custom_of(self, call: Call) -> dict[str, object]:
        ours = {
            "topic": call.topic,
            "slack_team_id": call.team,
            "slack_channel_id": call.channel,
            "caller_slack_user_id": call.caller,
        }
        return {**ours, **self.custom}

    def _settings_of(self, call: Call) -> dict[str, object]:
        """All three ring time-outs are ours: the deadline that the ledger keeps is the one clients show."""
        timeout = int(call.ring_timeout.total_seconds() * 1000)
        ring = {
            "auto_cancel_timeout_ms": timeout,
            "incoming_call_timeout_ms": timeout,
            "missed_call_timeout_ms": timeout,
        }
        theirs = self.settings_override.get("ring")
        more = theirs if isinstance(theirs, Mapping) else {}
        return {**self.settings_override, "ring": {**more, **ring}}
