"""Statements made ready once: SQLAlchemy writes their SQL and knows how values lie in it, the driver runs them.

Running a statement through SQLAlchemy takes ten times as long as SQLite takes for it, and a command runs half a dozen.
A list in a statement is filled up to a round length with its last value: few lengths are few statements.
"""

import re
from collections import namedtuple
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Dialect, Executable
from sqlalchemy.exc import DBAPIError, MultipleResultsFound, NoResultFound
from sqlalchemy.sql.compiler import SQLCompiler

Values = Mapping[str, object]
Processor = Callable[[Any], Any]
READY_AT_MOST = 512
ROWS_AT_MOST = 32
"""In one statement; each number of them is another statement, and the driver remembers 128."""
ROW = re.compile(r"(?<= VALUES )\((?:\?, )*\?\)")


class Rows:
    """What came of a statement, all of it read."""

    def __init__(self, rows: list[Any], rowcount: int) -> None:
        self._rows = rows
        self.rowcount = rowcount

    def __iter__(self) -> Iterator[Any]:
        return iter(self._rows)

    def all(self) -> list[Any]:
        return self._rows

    def one_or_none(self) -> Any | None:
        if len(self._rows) > 1:
            raise MultipleResultsFound
        return self._rows[0] if self._rows else None

    def one(self) -> Any:
        if not self._rows:
            raise NoResultFound
        return self.one_or_none()

    def scalars(self) -> Iterator[Any]:
        return (row[0] for row in self._rows)

    def scalar(self) -> Any | None:
        """Of the first row; None if there is none."""
        return self._rows[0][0] if self._rows else None

    def scalar_one(self) -> Any:
        return self.one()[0]


class Prepared:
    """One statement for one kind of database, for values of these names; each name in `lengths` is a list."""

    def __init__(
        self, statement: Executable, dialect: Dialect, names: tuple[str, ...], lengths: Mapping[str, int]
    ) -> None:
        compiled = _compiled(statement, dialect, names)
        given = {name: [None] * lengths[name] if name in lengths else None for name in names}
        ready = compiled.construct_expanded_state(given)
        self.sql = ready.statement
        self._names = ready.positiontup or list(ready.parameters)
        self._by_name = ready.positiontup is None
        self._constants: dict[str, Any] = {}
        self._lists: list[tuple[str, Sequence[str], Processor | None]] = []
        single: dict[str, tuple[str, Processor | None]] = {}
        for bind, name in compiled.bind_names.items():
            process = bind.type.dialect_impl(dialect).bind_processor(dialect)
            parts = ready.parameter_expansion.get(name)
            if bind.key not in given:
                for part in parts or (name,):
                    value = ready.parameters[part]
                    self._constants[part] = process(value) if process else value
            elif parts is not None:
                self._lists.append((bind.key, parts, process))
            else:
                single[name] = bind.key, process
        self._single = [(name, *single[name]) for name in self._names if name in single]
        self._plain = len(self._single) == len(self._names)
        """Each place takes one of the values."""
        self._row_at = self._place_of_a_row()
        self._columns, self._row = _columns_of(statement, dialect)

    def run(self, connection: Connection, values: Values) -> Rows:
        cursor = connection.connection.cursor()
        try:
            cursor.execute(self.sql, self._bound(values))
            return Rows(self._read(cursor), cursor.rowcount)
        except _errors(connection) as error:
            raise _wrapped(error, self.sql, connection) from error
        finally:
            cursor.close()

    def run_many(self, connection: Connection, rows: Sequence[Values]) -> Rows:
        """For each of these, in their order; what comes of all of them together."""
        cursor = connection.connection.cursor()
        try:
            if connection.dialect.name == "postgresql":
                return self._in_a_pipeline(cursor, rows)
            if self._row_at is not None:
                return self._together(cursor, rows, self._row_at)
            assert self._row is None, "sqlite3 hands out nothing of an executemany"
            cursor.executemany(self.sql, [self._bound(values) for values in rows])
            return Rows([], cursor.rowcount)
        except _errors(connection) as error:
            raise _wrapped(error, self.sql, connection) from error
        finally:
            cursor.close()

    def _together(self, cursor: Any, rows: Sequence[Values], at: slice) -> Rows:
        """Many rows in one statement: around each statement sqlite3 lets go of Python's lock, and with a busy event
        loop beside it, it takes longer to get it back than to insert a row."""
        found, changed = [], 0
        for first in range(0, len(rows), ROWS_AT_MOST):
            part = rows[first : first + ROWS_AT_MOST]
            sql = self.sql[: at.stop] + f", {self.sql[at]}" * (len(part) - 1) + self.sql[at.stop :]
            cursor.execute(sql, [value for values in part for value in self._bound(values)])
            found += self._read(cursor)
            changed += cursor.rowcount
        return Rows(found, changed)

    def _place_of_a_row(self) -> slice | None:
        """Where its row stands in an insert, if all values belong to that row."""
        place = None if self._by_name else ROW.search(self.sql)
        return slice(*place.span()) if place and place[0].count("?") == len(self._names) else None

    def _in_a_pipeline(self, cursor: Any, rows: Sequence[Values]) -> Rows:
        """https://www.psycopg.org/psycopg3/docs/api/cursors.html#psycopg.Cursor.executemany"""
        cursor.executemany(self.sql, [self._bound(values) for values in rows], returning=self._row is not None)
        found: list[Any] = []
        while self._row is not None:
            found += self._read(cursor)
            if not cursor.nextset():
                break
        return Rows(found, cursor.rowcount)

    def _bound(self, values: Values) -> Any:
        if self._plain and not self._by_name:
            return [process(values[key]) if process else values[key] for _, key, process in self._single]
        bound = dict(self._constants)
        for name, key, process in self._single:
            bound[name] = process(values[key]) if process else values[key]
        for key, parts, process in self._lists:
            given: Any = values[key]
            filled = given + given[-1:] * (len(parts) - len(given))
            bound.update(zip(parts, map(process, filled) if process else filled, strict=True))
        return bound if self._by_name else [bound[name] for name in self._names]

    def _read(self, cursor: Any) -> list[Any]:
        row = self._row
        if row is None:
            return []
        found = cursor.fetchall()
        if not self._columns:
            return [row(one) for one in found]
        return [row(self._processed_row(one)) for one in found]

    def _processed_row(self, one: Sequence[Any]) -> list[Any]:
        values = list(one)
        for at, process in self._columns:
            if values[at] is not None:
                values[at] = process(values[at])
        return values


_READY: dict[tuple[Executable, str, tuple[str, ...], tuple[int, ...]], Prepared] = {}
"""What is made ready for one database is good for the next of its kind."""


def prepared(statement: Executable, dialect: Dialect, values: Values) -> Prepared:
    lists = {name: _round(len(value)) for name, value in values.items() if type(value) is list}
    key = statement, dialect.name, tuple(values), tuple(lists.values())
    ready = _READY.get(key)
    if ready is None:
        if len(_READY) >= READY_AT_MOST:
            _READY.clear()
        ready = _READY[key] = Prepared(statement, dialect, key[2], lists)
    return ready


def _round(length: int) -> int:
    """This long or longer: 0, 1, 2, 4, 8…"""
    return 1 << (length - 1).bit_length() if length else 0


_COMPILED: dict[tuple[Executable, str, tuple[str, ...]], SQLCompiler] = {}
"""Takes milliseconds; what is different for lists of another length does not."""


def _compiled(statement: Any, dialect: Dialect, names: tuple[str, ...]) -> SQLCompiler:
    key = statement, dialect.name, names
    compiled = _COMPILED.get(key)
    if compiled is None:
        compiled = _COMPILED[key] = statement.compile(dialect=dialect, column_keys=list(names))
        assert isinstance(compiled, SQLCompiler)
    return compiled


def _columns_of(statement: Any, dialect: Dialect) -> tuple[list[tuple[int, Processor]], Callable[[Any], Any] | None]:
    """The columns whose values are not what the driver gives, and what makes a row; None where there are no rows."""
    columns = list(statement.exported_columns) if hasattr(statement, "exported_columns") else []
    if not columns:
        return [], None
    processors = [column.type.dialect_impl(dialect).result_processor(dialect, None) for column in columns]
    row = namedtuple("Row", [str(column.key) for column in columns], rename=True)  # type: ignore[misc]
    return [(at, process) for at, process in enumerate(processors) if process], row._make


def _errors(connection: Connection) -> Any:
    return connection.dialect.loaded_dbapi.Error


def _wrapped(error: Exception, sql: str, connection: Connection) -> BaseException:
    """As SQLAlchemy would raise it, without the values: they are people's words."""
    base = _errors(connection)
    return DBAPIError.instance(sql, None, error, base, hide_parameters=True, dialect=connection.dialect)
