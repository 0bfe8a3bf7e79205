"""Between the ringer and Stream: what is owed there is carried out, and Stream asked how calls stand.

relay   each piece of work owed to Stream, and what comes of it     requests  a call, as Stream is told of it
asking  how calls stand, where a report may have been lost
"""

from bot.relay.asking import Asking
from bot.relay.relay import Relay
from bot.relay.requests import CallOptions

__all__ = ["Asking", "CallOptions", "Relay"]
