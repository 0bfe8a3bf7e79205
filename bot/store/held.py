"""A connection that one database thread keeps for itself, made anew after it broke."""

from collections.abc import Callable
from contextlib import suppress

from sqlalchemy import Connection, Engine


class Held:
    """`prepare` is run on each new connection."""

    def __init__(self, engine: Engine, prepare: Callable[[Connection], None] = lambda connection: None) -> None:
        self._engine = engine
        self._prepare = prepare
        self._connection: Connection | None = None

    @property
    def is_connected(self) -> bool:
        """Or was, as far as anybody has noticed."""
        return self._connection is not None

    def connection(self) -> Connection:
        if self._connection is None:
            connection = self._engine.connect()
            try:
                self._prepare(connection)
            except BaseException:
                connection.close()
                raise
            self._connection = connection
        return self._connection

    def drop(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            with suppress(Exception):  # What broke may break again in closing; a new one is made for the next.
                connection.close()
