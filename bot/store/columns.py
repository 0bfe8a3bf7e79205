"""How our values lie in columns that SQLite and Postgres both have: whole numbers, text, truth and bytes.

Instants are microseconds since 1970 in a BIGINT: exact, sortable, the same on both. Sets and tuples are JSON.
Each type gives SQLAlchemy a plain function for either way: these run for every value of every row.
"""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any, Generic, TypeVar

from sqlalchemy import BigInteger, Dialect, Text
from sqlalchemy.types import TypeDecorator

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)

E = TypeVar("E", bound=StrEnum)
Processor = Callable[[Any], Any]


class Instant(TypeDecorator[datetime]):
    """An aware datetime, UTC."""

    impl = BigInteger
    cache_ok = True

    def bind_processor(self, dialect: Dialect) -> Processor:
        return lambda value: None if value is None else (value - EPOCH) // _MICROSECOND

    def result_processor(self, dialect: Dialect, coltype: object) -> Processor:
        return lambda value: None if value is None else EPOCH + timedelta(microseconds=value)


class Span(TypeDecorator[timedelta]):
    """A timedelta, in microseconds."""

    impl = BigInteger
    cache_ok = True

    def bind_processor(self, dialect: Dialect) -> Processor:
        return lambda value: None if value is None else value // _MICROSECOND

    def result_processor(self, dialect: Dialect, coltype: object) -> Processor:
        return lambda value: None if value is None else timedelta(microseconds=value)


class Words(TypeDecorator[str]):
    """Text from outside. Postgres takes no NUL, neither database half a surrogate pair: both become U+FFFD."""

    impl = Text
    cache_ok = True

    def bind_processor(self, dialect: Dialect) -> Processor:
        return storable


def storable(value: str | None) -> str | None:
    if value is None or (value.isascii() and "\0" not in value):
        return value
    return value.replace("\0", "\ufffd").encode("utf-16", "surrogatepass").decode("utf-16", "replace")


class Word(TypeDecorator[E], Generic[E]):
    """One of the words of an enumeration, by its value."""

    impl = Text
    cache_ok = True

    def __init__(self, words: type[E]) -> None:
        super().__init__()
        self.words = words

    def bind_processor(self, dialect: Dialect) -> Processor:
        return lambda value: None if value is None else value.value

    def result_processor(self, dialect: Dialect, coltype: object) -> Processor:
        words = {word.value: word for word in self.words}
        return lambda value: None if value is None else words[value]


class WordSet(TypeDecorator[frozenset[str]]):
    """A set of strings, as a sorted JSON array."""

    impl = Text
    cache_ok = True

    def bind_processor(self, dialect: Dialect) -> Processor:
        return lambda value: json.dumps(sorted(value)) if value else "[]"

    def result_processor(self, dialect: Dialect, coltype: object) -> Processor:
        return lambda value: frozenset() if value == "[]" else frozenset(json.loads(value))


class WordList(TypeDecorator[tuple[str, ...]]):
    """A tuple of strings, as a JSON array."""

    impl = Text
    cache_ok = True

    def bind_processor(self, dialect: Dialect) -> Processor:
        return lambda value: json.dumps(value) if value else "[]"

    def result_processor(self, dialect: Dialect, coltype: object) -> Processor:
        return lambda value: () if value == "[]" else tuple(json.loads(value))


class Payload(TypeDecorator[dict[str, Any]]):
    """A JSON object."""

    impl = Text
    cache_ok = True

    def bind_processor(self, dialect: Dialect) -> Processor:
        return json.dumps

    def result_processor(self, dialect: Dialect, coltype: object) -> Processor:
        return json.loads
