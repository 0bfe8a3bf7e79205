"""Our own client of Stream Video's documented HTTP API, and the reading of its webhooks.

It knows nothing of the bot.
"""

from . import events
from .client import StreamClient
from .errors import StreamError, StreamRefused, StreamUnauthorized, StreamUnavailable
from .models import App, CallRequest, CallState, CallType, MemberRequest, Page, User

__all__ = [
    "App",
    "CallRequest",
    "CallState",
    "CallType",
    "MemberRequest",
    "Page",
    "StreamClient",
    "StreamError",
    "StreamRefused",
    "StreamUnauthorized",
    "StreamUnavailable",
    "User",
    "events",
]
