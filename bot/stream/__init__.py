"""Our own client of Stream Video's documented HTTP API, and the reading of its webhooks.

It knows nothing of the bot.
"""

from . import events, tokens
from .client import StreamClient
from .errors import StreamError, StreamRefused, StreamUnavailable
from .events import Event, Malformed, TooLarge, parse
from .models import (
    App,
    Call,
    CallRequest,
    CallState,
    CallType,
    Member,
    MemberRequest,
    Page,
    Participant,
    Session,
    Sort,
    User,
    UserResponse,
)

__all__ = [
    "App",
    "Call",
    "CallRequest",
    "CallState",
    "CallType",
    "Event",
    "Malformed",
    "Member",
    "MemberRequest",
    "Page",
    "Participant",
    "Session",
    "Sort",
    "StreamClient",
    "StreamError",
    "StreamRefused",
    "StreamUnavailable",
    "TooLarge",
    "User",
    "UserResponse",
    "events",
    "parse",
    "tokens",
]
