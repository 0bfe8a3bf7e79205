"""The ledger's store: every query, named as a verb, on SQLite and on Postgres.

tables       what is remembered                    columns     how values lie in columns
ledger       all verbs of a transaction (Tx)       calls, messages, work, claims, inbox, people, limits, links, turns,
                                                   pruning
database     open_store, Store                     jobs, held, sqlite, postgres, aside: threads, and what they run
migrating    migrate, migrated, pending            migrations/ the steps from one version's tables to the next
"""

from bot.store.database import Store, open_store
from bot.store.errors import StoreError, StoreTooNew, StoreUnavailable
from bot.store.ledger import Tx
from bot.store.migrating import migrate, migrated, pending

__all__ = [
    "Store",
    "StoreError",
    "StoreTooNew",
    "StoreUnavailable",
    "Tx",
    "migrate",
    "migrated",
    "open_store",
    "pending",
]
