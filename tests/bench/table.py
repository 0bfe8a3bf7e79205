"""One row for each promise: the work, what it must reach, what was measured, and whether that holds."""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Row:
    work: str
    must: str
    seen: str
    holds: bool | None = True
    """None: shown for what it says, there is nothing it must reach."""


def drawn(rows: Iterable[Row]) -> str:
    """As the README shows it."""
    lines = ["| work | must reach | measured | |", "|---|---|---|---|"]
    lines += [f"| {row.work} | {row.must} | {row.seen} | {_verdict(row)} |" for row in rows]
    return "\n".join(lines)


def _verdict(row: Row) -> str:
    return {True: "yes", False: "**no**", None: ""}[row.holds]
