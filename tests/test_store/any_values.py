"""Any value of a dataclass, field by field from its annotations: a new field is tested as soon as it exists."""

from dataclasses import fields, is_dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from types import UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

from hypothesis import strategies as st

words = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=20)
_PLAIN: dict[Any, st.SearchStrategy[Any]] = {
    str: words,
    int: st.integers(0, 2**31 - 1),
    float: st.floats(allow_nan=False, allow_infinity=False),
    bool: st.booleans(),
    bytes: st.binary(max_size=50),
    datetime: st.datetimes(timezones=st.just(UTC)),
    timedelta: st.timedeltas(timedelta(), timedelta(days=400)),
}


def any_value(kind: Any, **known: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    if is_dataclass(kind) and isinstance(kind, type):
        hints = get_type_hints(kind)
        return st.builds(kind, **{f.name: known.get(f.name, any_value(hints[f.name])) for f in fields(kind)})
    if isinstance(kind, type) and issubclass(kind, StrEnum):
        return st.sampled_from(kind)
    if get_origin(kind) in (Union, UnionType):
        return st.one_of([st.none() if arg is type(None) else any_value(arg) for arg in get_args(kind)])
    if get_origin(kind) is frozenset:
        return st.frozensets(any_value(get_args(kind)[0]), max_size=3)
    if get_origin(kind) is tuple:
        return st.lists(any_value(get_args(kind)[0]), max_size=3).map(tuple)
    plain: st.SearchStrategy[Any] = _PLAIN[kind]
    return plain
