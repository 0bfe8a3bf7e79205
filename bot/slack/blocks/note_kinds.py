"""Which notes there are, and what each may speak of."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from bot.call.values import Call, Member
from bot.slack.blocks.parts import mention
from bot.slack.blocks.says import people


class Note(StrEnum):
    """Every outcome that its presser is told has a note of its name; the rest follow."""

    REJECTED = "rejected"
    CANCELLED = "cancelled"
    JOIN = "join"
    LEFT = "left"
    ENDED = "ended"
    SNOOZED = "snoozed"
    CANT_MAKE_IT = "cant_make_it"
    NOTHING = "nothing"
    OVER = "over"
    NOT_A_MEMBER = "not_a_member"
    NOT_THE_CALLER = "not_the_caller"
    MAY_NOT_END = "may_not_end"
    MAY_NOT_ADD = "may_not_add"
    ALREADY_ACCEPTED = "already_accepted"
    ACCEPTED_BEFORE = "accepted_before"
    ALREADY_REJECTED = "already_rejected"
    MISSED_BEFORE = "missed_before"
    TOO_LATE_TO_CANCEL = "too_late_to_cancel"
    NOT_IN = "not_in"
    NOT_RINGING = "not_ringing"
    NOT_SCHEDULED = "not_scheduled"
    TOO_SOON = "too_soon"
    TOO_MANY = "too_many"
    NOBODY_TO_RING = "nobody_to_ring"
    # --- what came of a command
    RINGING = "ringing"
    NOTIFYING = "notifying"
    SCHEDULING = "scheduling"
    SCHEDULED_FOR = "scheduled_for"
    SAME_AS_BEFORE = "same_as_before"
    GLARE = "glare"
    RATE_LIMITED = "rate_limited"
    WORKSPACE_LIMITED = "workspace_limited"
    REFUSED = "refused"
    """The text says why not."""
    SKIPPED = "skipped"
    """The text names those left out, or out of reach, a line each."""
    CARD_ELSEWHERE = "card_elsewhere"
    """The text says where: “in a group message with everyone you are ringing”. Without: in the caller's own."""
    WHICH_TO_CANCEL = "which_to_cancel"
    NOTHING_TO_CANCEL = "nothing_to_cancel"
    NOTIFIED_AGAIN = "notified_again"
    NOTIFY_TOO_SOON = "notify_too_soon"
    TOLD_AGAIN = "told_again"
    EDITED_TOO_OFTEN = "edited_too_often"
    TAKEN_OUT = "taken_out"
    SOMETHING_BROKE = "something_broke"


@dataclass(frozen=True)
class About:
    """What a note may speak of."""

    call: Call | None
    user: str
    text: str
    calls: Sequence[Call]
    own_links: bool = True
    """Each person's link into the call is theirs alone."""

    @property
    def member(self) -> Member | None:
        return self.call.member(self.user) if self.call else None

    @property
    def caller(self) -> str:
        return mention(self.call.caller) if self.call else "its caller"

    @property
    def people(self) -> str:
        return people(self.call) if self.call and (self.call.callees or self.call.to_channel) else ""

    @property
    def is_live(self) -> bool:
        return self.call is not None and self.call.is_live

    @property
    def takes_part(self) -> bool:
        return self.member is not None and self.member.takes_part
