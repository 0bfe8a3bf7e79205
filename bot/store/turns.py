"""Taking turns where no row can be held: what would be held may not be there yet, or is found only by looking."""

from sqlalchemy import bindparam, func, select

from bot.store.columns import Words
from bot.store.transaction import Transaction

_TAKE_TURN = select(func.pg_advisory_xact_lock(func.hashtextextended(bindparam("key", type_=Words), 0)))


class TurnVerbs(Transaction):
    def one_at_a_time(self, key: str) -> None:
        """On SQLite there is one writer anyway."""
        if self._on_postgres:
            self.run(_TAKE_TURN, key=key)
