"""A stand-in Stream Video coordinator: any client that follows the published API can talk to it on 127.0.0.1.

`coordinator` is the whole; `server` its HTTP side and `operations` the table of what it can do, written out in
`users`, `calls`, `ringing`, `media`, `live`, `apps`; `incoming` reads what it is sent, `state` is what it knows,
`answers` how that is written, `schemas.txt` which fields there are; `webhooks` and `sockets` deliver events; `client`
is a person's own Stream client, `page` what stands in for an SFU and for the browser SDK.

Written from Stream's public documentation alone. What that leaves open is a switch in `state.Behaviour`.
"""

from .client import Client, ClientRefused
from .coordinator import Coordinator
from .server import ApiRequest
from .state import Behaviour, Call, Session, User
from .webhooks import Attempt, Delivery

__all__ = [
    "ApiRequest",
    "Attempt",
    "Behaviour",
    "Call",
    "Client",
    "ClientRefused",
    "Coordinator",
    "Delivery",
    "Session",
    "User",
]
