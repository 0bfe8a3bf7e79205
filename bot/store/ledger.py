"""All verbs of a transaction as one: it fits `bot.ledger.Tx` by shape."""

from bot.store.calls import CallVerbs
from bot.store.claims import ClaimVerbs
from bot.store.inbox import InboxVerbs
from bot.store.limits import LimitVerbs
from bot.store.messages import MessageVerbs
from bot.store.people import PeopleVerbs
from bot.store.pruning import PruneVerbs
from bot.store.work import WorkVerbs


class Tx(CallVerbs, MessageVerbs, WorkVerbs, ClaimVerbs, InboxVerbs, PeopleVerbs, LimitVerbs, PruneVerbs):
    """A transaction, for as long as it runs."""
