"""Carries out what is owed to Stream: calls put there, answers relayed, calls ended.

relay  each piece of work, and what comes of it      requests  a call, as Stream is told of it
"""

from bot.relay.relay import Relay
from bot.relay.requests import CallOptions

__all__ = ["CallOptions", "Relay"]
