"""Which fields each of Stream's objects has: read from schemas.txt, asked of requests here and of answers in tests."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from typing import Any

from .dates import Dates, parse


@dataclass(frozen=True)
class Field:
    name: str
    required: bool
    type: str
    limits: dict[str, int]


@dataclass
class Finding:
    """What is wrong with a value, and which of its fields nobody knows."""

    problems: list[str] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)


_INT32 = 2**31
_FIELD = re.compile(r"(?P<name>\w+)(?P<required>\*?):(?P<type>\S+)(?P<limits>(?: \w+=\d+)*)")


@cache
def tables() -> tuple[dict[str, dict[str, Field]], dict[str, str]]:
    """Objects with their fields, and names for plain types (`OwnCapability = a|b|c`)."""
    objects: dict[str, dict[str, Field]] = {}
    names: dict[str, str] = {}
    for line in _lines(resources.files(__package__).joinpath("schemas.txt").read_text("utf-8")):
        if " = " in line:
            name, _, kind = line.partition(" = ")
            names[name] = kind
        else:
            name, _, rest = line.partition(": ")
            objects[name] = {found.name: found for found in map(_field, rest.split(", "))}
    return objects, names


def _lines(text: str) -> Iterator[str]:
    held = ""
    for line in text.splitlines():
        if line.startswith("  "):
            held += " " + line.strip()
            continue
        if held:
            yield held
        held = "" if line.startswith("#") else line.strip()
    if held:
        yield held


def _field(text: str) -> Field:
    found = _FIELD.fullmatch(text.strip().rstrip(","))
    if found is None:
        raise ValueError(f"schemas.txt: cannot read {text!r}")
    limits = {key: int(number) for key, _, number in (one.partition("=") for one in found["limits"].split())}
    return Field(found["name"], bool(found["required"]), found["type"], limits)


def check(name: str, value: Any, *, client: bool = False, dates: Dates | None = None) -> Finding:
    """Look `value` over as the object `name`. `dates` says how its times must be written; None: as in requests."""
    checker = _Checker(client, dates)
    checker.object(name, value, "")
    return checker.finding


class _Checker:
    def __init__(self, client: bool, dates: Dates | None) -> None:
        self.client, self.dates = client, dates
        self.finding = Finding()

    def wrong(self, where: str, what: str) -> None:
        self.finding.problems.append(f"{where.lstrip('.') or 'body'} {what}")

    def object(self, name: str, value: Any, where: str) -> None:
        if not isinstance(value, dict):
            return self.wrong(where, "must be an object")
        objects, _ = tables()
        fields = objects.get(f"{name}@C", objects[name]) if self.client else objects[name]
        self.finding.unknown += [f"{where}.{key}".lstrip(".") for key in value if key not in fields]
        for one in fields.values():
            if value.get(one.name) is not None:
                self.value(one.type, value[one.name], f"{where}.{one.name}", one.limits)
            elif one.required:
                self.wrong(f"{where}.{one.name}", "is a required field")
        return None

    def value(self, kind: str, value: Any, where: str, limits: dict[str, int]) -> None:
        objects, names = tables()
        kind = names.get(kind, kind)
        if kind.startswith("["):
            self.list(kind[1:-1], value, where, limits)
        elif kind.startswith("{"):
            self.map(kind[1:-1], value, where)
        elif kind in objects:
            self.object(kind, value, where)
        elif "|" in kind:
            if value not in kind.split("|"):
                self.wrong(where, f"must be one of {kind.replace('|', ', ')}")
        else:
            self.plain(kind, value, where, limits)

    def list(self, kind: str, value: Any, where: str, limits: dict[str, int]) -> None:
        if not isinstance(value, list):
            return self.wrong(where, "must be a list")
        if len(value) > limits.get("items", len(value)):
            self.wrong(where, f"must contain {limits['items']} or less items")
        for at, item in enumerate(value):
            self.value(kind, item, f"{where}[{at}]", {})
        return None

    def map(self, kind: str, value: Any, where: str) -> None:
        if not isinstance(value, dict):
            return self.wrong(where, "must be an object")
        for key, item in value.items():
            self.value(kind, item, f"{where}.{key}", {})
        return None

    def plain(self, kind: str, value: Any, where: str, limits: dict[str, int]) -> None:
        if kind == "any":
            return None
        if kind == "ts":
            return self.time(value, where)
        wanted: type = {"string": str, "int": int, "bool": bool}[kind]
        if not isinstance(value, wanted) or (wanted is int and isinstance(value, bool)):
            return self.wrong(where, f"must be a {wanted.__name__}")
        size = len(value) if isinstance(value, str) else int(value)  # type: ignore[call-overload]
        if wanted is int and not -_INT32 <= size < _INT32:
            return self.wrong(where, "must be an integer of 32 bits")
        if size > limits.get("max", limits.get("len", size)):
            self.wrong(where, f"must be {limits.get('max', limits.get('len'))} or less")
        if size < limits.get("min", limits.get("minlen", size)):
            self.wrong(where, f"must be {limits.get('min', limits.get('minlen'))} or greater")
        return None

    def time(self, value: Any, where: str) -> None:
        if self.dates is Dates.NANOSECONDS:
            if not isinstance(value, int) or value < 10**17:
                self.wrong(where, "must be integer nanoseconds")
            return
        try:
            parse(value)
        except (TypeError, ValueError):
            self.wrong(where, "must be an RFC 3339 time with its offset")
