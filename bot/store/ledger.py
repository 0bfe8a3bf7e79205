"""All verbs of a transaction as one: it fits `bot.ledger.Tx` by shape."""

from datetime import datetime

from bot.store.calls import CallVerbs
from bot.store.claims import ClaimVerbs
from bot.store.inbox import InboxVerbs
from bot.store.limits import LimitVerbs
from bot.store.links import LinkVerbs
from bot.store.messages import MessageVerbs
from bot.store.people import PeopleVerbs
from bot.store.pruning import PruneVerbs
from bot.store.queue import QueueVerbs
from bot.store.real_time import NOW
from bot.store.turns import TurnVerbs
from bot.store.work import WorkVerbs


class Tx(
    CallVerbs,
    MessageVerbs,
    WorkVerbs,
    ClaimVerbs,
    InboxVerbs,
    PeopleVerbs,
    LimitVerbs,
    LinkVerbs,
    PruneVerbs,
    QueueVerbs,
    TurnVerbs,
):
    """A transaction, for as long as it runs."""

    def real_now(self) -> datetime:
        """What time it is by the database's clock: on Postgres the same for all replicas."""
        now: datetime = self.run(NOW).scalar_one()
        return now
