"""One row for each promise: the work, what it must reach, what was measured, and whether that holds."""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Row:
    work: str
    must: str
    seen: str
    holds: bool = True
    regressed: bool = False
    """A ratio so far from what it was that something must have broken, on however busy a machine."""


def drawn(rows: Iterable[Row]) -> str:
    """As the README shows it."""
    lines = ["| work | must reach | measured | |", "|---|---|---|---|"]
    lines += [f"| {row.work} | {row.must} | {row.seen} | {_verdict(row)} |" for row in rows]
    return "\n".join(lines)


def _verdict(row: Row) -> str:
    if row.regressed:
        return "**regressed**"
    return "yes" if row.holds else "**no**"
