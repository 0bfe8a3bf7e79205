"""Stream's filters, sorts and pages over rows of plain values.

https://getstream.io/video/docs/api/basics/calls/#querying-calls
"""

import base64
import binascii
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from operator import ge, gt, le, lt
from typing import Any

from .dates import parse
from .errors import bad_input

Row = dict[str, Any]
_ALL = {"$and", "$or", "$nor"}


def matches(row: Row, conditions: Mapping[str, Any], fields: Iterable[str]) -> bool:
    """Whether a row meets filter_conditions. Raises 400 for a field or an operator that does not exist."""
    return all([_met(row, key, wanted, set(fields)) for key, wanted in conditions.items()])


def _met(row: Row, key: str, wanted: Any, fields: set[str]) -> bool:
    if key in _ALL:
        return _combined(row, key, wanted, fields)
    if key not in fields and not (key.startswith("custom.") and "custom" in fields):
        raise bad_input(f"filter_conditions: the field {key} is not supported")
    value = value_of(row, key)
    if not isinstance(wanted, Mapping):
        return _equal(value, wanted)
    return all([_compared(key, value, operator, operand) for operator, operand in wanted.items()])


def _combined(row: Row, key: str, parts: Any, fields: set[str]) -> bool:
    if not isinstance(parts, list) or not parts or not all(isinstance(part, dict) for part in parts):
        raise bad_input(f"filter_conditions: {key} takes a list of conditions")
    met = [matches(row, part, fields) for part in parts]
    return {"$and": all(met), "$or": any(met), "$nor": not any(met)}[key]


def value_of(row: Row, key: str) -> Any:
    if not key.startswith("custom."):
        return row.get(key)
    value: Any = row.get("custom")
    for step in key.split(".")[1:]:
        value = value.get(step) if isinstance(value, Mapping) else None
    return value


def _compared(key: str, value: Any, operator: str, operand: Any) -> bool:
    if operator == "$exists":
        return (value is not None) is bool(operand)
    if operator == "$eq":
        return _equal(value, operand)
    if operator == "$ne":
        return not _equal(value, operand)
    if operator in ("$in", "$nin"):
        if not isinstance(operand, list):
            raise bad_input(f"filter_conditions: {operator} on {key} takes a list")
        return any(_equal(value, one) for one in operand) is (operator == "$in")
    if operator == "$contains":
        return isinstance(value, list) and operand in value
    if operator == "$autocomplete":
        return isinstance(value, str) and value.lower().startswith(str(operand).lower())
    if operator in _ORDER:
        return _ordered(key, value, operator, operand)
    raise bad_input(f"filter_conditions: the operator {operator} is not supported")


def _equal(value: Any, wanted: Any) -> bool:
    """A list (a call's members, a user's teams) equals each of its items."""
    if isinstance(value, list) and not isinstance(wanted, list):
        return wanted in value
    if isinstance(value, datetime):
        return wanted is not None and value == _time(wanted)
    return bool(value == wanted)


def _ordered(key: str, value: Any, operator: str, operand: Any) -> bool:
    if value is None:
        return False
    if isinstance(value, datetime):
        operand = _time(operand)
    try:
        return bool(_ORDER[operator](value, operand))
    except TypeError as error:
        raise bad_input(f"filter_conditions: {key} cannot be compared with {operand!r}") from error


_ORDER = {"$gt": gt, "$gte": ge, "$lt": lt, "$lte": le}


def _time(operand: Any) -> datetime:
    try:
        return parse(operand)
    except (TypeError, ValueError) as error:
        raise bad_input(f"filter_conditions: {operand!r} is not an RFC 3339 time") from error


def sorted_by(rows: list[Row], sort: Sequence[Mapping[str, Any]], fields: Iterable[str]) -> list[Row]:
    """The rows in the order asked for; direction 1 up, -1 down, those without a value last."""
    ordered = list(rows)
    for one in reversed(sort):
        key, direction = one.get("field") or "", one.get("direction") or 1
        if key not in set(fields) and not key.startswith("custom."):
            raise bad_input(f"sort: the field {key} is not supported")
        if direction not in (1, -1):
            raise bad_input("sort: direction must be 1 or -1")
        present = [row for row in ordered if value_of(row, key) is not None]
        absent = [row for row in ordered if value_of(row, key) is None]
        ordered = _in_order(present, key, direction == -1) + absent
    return ordered


def _in_order(rows: list[Row], key: str, down: bool) -> list[Row]:
    """Custom fields hold whatever was put there, so two of them may have no order between them."""
    try:
        return sorted(rows, key=lambda row: value_of(row, key), reverse=down)
    except TypeError as error:
        raise bad_input(f"sort: the values of {key} cannot be compared") from error


def paged(rows: list[Row], body: Mapping[str, Any], default: int = 25) -> tuple[list[Row], dict[str, str]]:
    """One page of the rows and the cursors to its neighbours, absent where there is none."""
    limit = default if body.get("limit") is None else body["limit"]
    if body.get("next") and body.get("prev"):
        raise bad_input("next and prev cannot be used together")
    start = _offset(body.get("next") or body.get("prev"))
    cursors = {}
    if limit and start + limit < len(rows):
        cursors["next"] = _cursor(start + limit)
    if start > 0:
        cursors["prev"] = _cursor(max(0, start - limit))
    return rows[start : start + limit], cursors


def _cursor(offset: int) -> str:
    return base64.urlsafe_b64encode(f"offset:{offset}".encode()).decode()


def _offset(cursor: str | None) -> int:
    if not cursor:
        return 0
    try:
        label, _, number = base64.urlsafe_b64decode(cursor).decode().partition(":")
        if label != "offset":
            raise ValueError(cursor)
        return int(number)
    except (ValueError, binascii.Error) as error:
        raise bad_input("the cursor is not valid") from error
