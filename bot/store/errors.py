"""What can go wrong with the database, for whoever asked something of it.

StoreError
├── StoreUnavailable   it cannot be reached, is silent, full, locked or closed: nothing of the transaction was kept, nor
│                      will be, unless the connection broke, or patience ended, in the very moment of its commit
└── StoreTooNew        a newer version of this program has migrated it
"""

from bot.ledger import LedgerAway


class StoreError(Exception):
    """The database did not do what was asked."""


class StoreUnavailable(StoreError, LedgerAway):
    """The database cannot be used right now."""


class StoreTooNew(StoreError):
    """The database was migrated by a newer version of this program."""

    def __init__(self, revision: str) -> None:
        super().__init__(
            f"The database is at revision {revision}, which this version of Huddle Ringer does not know: "
            "run the newer version that migrated it."
        )
