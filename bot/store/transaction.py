"""What every verb stands on: the connection of the transaction it is part of."""

from collections.abc import Iterable, Sequence
from hashlib import sha256

from sqlalchemy import Connection, Executable

from bot.call.values import Call
from bot.store.prepared import Rows, prepared

KEY_AT_MOST = 200
"""Postgres indexes no value of more than about 2,700 bytes."""


class Transaction:
    """`writing` is False in a query that locks nothing."""

    def __init__(self, connection: Connection, *, writing: bool) -> None:
        self._connection = connection
        self._writing = writing
        self.saved: list[tuple[Call, Call]] = []
        """The calls that were changed: before, and after."""
        self._on_postgres = connection.dialect.name == "postgresql"

    def run(self, statement: Executable, **values: object) -> Rows:
        connection = self._connection
        return prepared(statement, connection.dialect, values).run(connection, values)

    def run_many(self, statement: Executable, rows: Sequence[dict[str, object]]) -> Rows:
        """For each of these, in their order."""
        if len(rows) < 2:
            return self.run(statement, **rows[0]) if rows else Rows([], 0)
        connection = self._connection
        return prepared(statement, connection.dialect, rows[0]).run_many(connection, rows)


def short(key: str) -> str:
    """`key` itself, or what stands for it where it is too long for an index."""
    return key if len(key) <= KEY_AT_MOST else f"sha256:{sha256(key.encode('utf-8', 'surrogatepass')).hexdigest()}"


def shorts(keys: Iterable[str]) -> list[str]:
    return [short(key) for key in keys]
